//! The check that every answer of the stories passes: it finds what it is there to find.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};

use crate::support::contract;

const ID: &str = "01a20890-2747-7b24-8bd3-532150d7d13f";

/// An answer that is right, to be spoiled.
#[derive(Clone)]
struct Answer {
    method: &'static str,
    path: &'static str,
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Value,
}

fn laboratories() -> Answer {
    Answer {
        method: "GET",
        path: "/api/v1/laboratories",
        status: 200,
        headers: vec![
            ("content-type", "application/json".into()),
            ("x-request-id", ID.into()),
            ("cache-control", "no-store".into()),
            ("ratelimit", "\"person\";r=597;t=41".into()),
            ("ratelimit-policy", "\"person\";q=600;w=60".into()),
        ],
        body: json!({ "items": [{
            "id": ID, "name": "Laboratoire fictif", "commune": "Cayenne", "territory": "FR-GF", "network": ID,
        }]}),
    }
}

fn not_found() -> Answer {
    Answer {
        path: "/api/v1/cases/x",
        status: 404,
        headers: vec![
            ("content-type", "application/problem+json".into()),
            ("x-request-id", ID.into()),
            ("cache-control", "no-store".into()),
        ],
        body: json!({
            "type": "urn:relecture:problem:not_found", "title": "Not found", "status": 404, "instance": format!("urn:uuid:{ID}"),
        }),
        ..laboratories()
    }
}

impl Answer {
    fn complaints(&self) -> Vec<String> {
        let headers: HeaderMap = self
            .headers
            .iter()
            .map(|(name, text)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_str(text).unwrap(),
                )
            })
            .collect();
        contract::complaints(
            self.method,
            self.path,
            self.status,
            &headers,
            self.body.to_string().as_bytes(),
        )
    }

    fn set(mut self, name: &'static str, text: &str) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        if !text.is_empty() {
            self.headers.push((name, text.to_owned()));
        }
        self
    }

    fn member(mut self, pointer: &str, name: &str, value: Value) -> Self {
        self.body.pointer_mut(pointer).unwrap()[name] = value;
        self
    }
}

#[test]
fn a_right_answer_passes() {
    assert_eq!(laboratories().complaints(), Vec::<String>::new());
    assert_eq!(not_found().complaints(), Vec::<String>::new());
}

#[test]
fn a_wrong_answer_is_found() {
    let ok = laboratories;
    let table = [
        (
            "a status nobody documents",
            Answer {
                status: 418,
                ..ok()
            },
            "no problem document",
        ),
        (
            "a member nobody documents",
            ok().member("/items/0", "fax", json!("x")),
            "fax",
        ),
        (
            "a member of another type",
            ok().member("/items/0", "id", json!("no uuid")),
            "/items/0/id",
        ),
        (
            "a member that is missing",
            ok().member("", "items", json!([{}])),
            "required",
        ),
        (
            "no rate limit",
            ok().set("ratelimit", ""),
            "RateLimit is missing",
        ),
        (
            "another form of it",
            ok().set("ratelimit", "597"),
            "RateLimit: ",
        ),
        (
            "an answer that may be kept",
            ok().set("cache-control", "public"),
            "Cache-Control: ",
        ),
        (
            "a header nobody documents",
            ok().set("etag", "\"1\""),
            "etag is not documented",
        ),
        (
            "another media type",
            ok().set("content-type", "text/html"),
            "media type",
        ),
        (
            "no request identifier",
            ok().set("x-request-id", ""),
            "X-Request-Id is missing",
        ),
        (
            "a path nobody documents",
            Answer {
                path: "/api/v1/nowhere",
                ..ok()
            },
            "no operation stands there",
        ),
        (
            "a method nobody documents",
            Answer {
                method: "PATCH",
                ..ok()
            },
            "Allow should name",
        ),
        (
            "a problem of another status",
            Answer {
                status: 401,
                ..not_found()
            },
            "another status",
        ),
        (
            "a problem of another request",
            not_found().member("", "instance", json!("urn:uuid:x")),
            "another request",
        ),
        (
            "a problem that does not belong here",
            not_found().member("", "type", json!("urn:relecture:problem:conflict")),
            "/type",
        ),
        (
            "a member no problem has",
            not_found().member("", "trace", json!("x")),
            "trace",
        ),
        (
            "a wait without its length",
            Answer {
                status: 429,
                ..not_found()
            },
            "Retry-After",
        ),
    ];
    for (story, answer, part) in table {
        let complaints = answer.complaints();
        assert!(
            complaints.iter().any(|complaint| complaint.contains(part)),
            "{story}: {part:?} in {complaints:#?}"
        );
    }
}
