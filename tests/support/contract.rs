//! Holds every answer to the API document, and remembers which (operation, status) pairs were answered.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::sync::{LazyLock, Mutex, PoisonError};

use reqwest::header::HeaderMap;
use serde_json::Value;

use super::document::{BASE, Operation, document, escaped};

/// Names the file into which a run writes what it covered; `script/test` sets it and compares.
pub const COVERAGE: &str = "RELECTURE_TEST_API_COVERAGE";

/// Headers that an answer may only carry where the document says so.
const DOCUMENTED: &[&str] = &[
    "etag",
    "link",
    "location",
    "retry-after",
    "idempotent-replayed",
    "www-authenticate",
];

/// Fails the story when an answer is not what the document promises. Answers outside the API are not looked at.
#[track_caller]
pub fn check(method: &str, path: &str, status: u16, headers: &HeaderMap, body: &[u8]) {
    if !path.starts_with(BASE) {
        return;
    }
    let complaints = complaints(method, path, status, headers, body);
    assert!(
        complaints.is_empty(),
        "{method} {path} answered {status}, which is not what the API document says:\n{}\n{headers:#?}\n{}",
        complaints.join("\n"),
        String::from_utf8_lossy(body)
    );
    let path = within(path);
    let operations = document().at(path);
    let answered = operations
        .iter()
        .find(|operation| operation.method == method);
    if let Some(operation) = answered {
        covered(&operation.id, status);
    }
}

/// Fails the story when the server took a body that the document would not have let it take.
#[track_caller]
pub fn check_taken(method: &str, path: &str, status: u16, body: &[u8]) {
    if !path.starts_with(BASE) || status >= 300 || body.is_empty() {
        return;
    }
    let operations = document().at(within(path));
    let Some(operation) = operations.iter().find(|one| one.method == method) else {
        return;
    };
    let place = format!(
        "/paths/{}/{}/requestBody",
        escaped(&operation.path),
        method.to_lowercase()
    );
    if operation.value["requestBody"].is_null() {
        return;
    }
    let schema = format!(
        "{}/content/application~1json/schema",
        document().pointer(&place)
    );
    let body: Value = serde_json::from_slice(body).expect("the server took it as JSON");
    let complaints = document().complaints(&schema, &body);
    assert!(
        complaints.is_empty(),
        "{method} {path} was taken, which the API document does not allow:\n{}\n{body:#}",
        complaints.join("\n")
    );
}

/// The path as the document writes it: below the API's address, without a query.
fn within(path: &str) -> &str {
    let path = path.strip_prefix(BASE).unwrap_or(path);
    path.split('?').next().unwrap_or_default()
}

/// What the document has against an answer of the API.
pub fn complaints(
    method: &str,
    path: &str,
    status: u16,
    headers: &HeaderMap,
    body: &[u8],
) -> Vec<String> {
    // The head alone says what the whole answer would.
    let (method, is_head) = if method == "HEAD" {
        ("GET", true)
    } else {
        (method, false)
    };
    let answer = Answer {
        status,
        headers,
        body,
        is_head,
    };
    let mut complaints = Vec::new();
    let operations = document().at(within(path));
    let asked = operations.iter().find(|one| one.method == method);
    if is_head && (status >= 400 || asked.is_none()) {
        // What a problem says stands in its body.
        return complaints;
    }
    match asked {
        Some(operation) => answer.as_documented(operation, &mut complaints),
        None => answer.of_no_operation(&operations, &mut complaints),
    }
    answer.of_any_operation(&mut complaints);
    complaints
}

/// An answer.
struct Answer<'a> {
    status: u16,
    headers: &'a HeaderMap,
    body: &'a [u8],
    is_head: bool,
}

impl Answer<'_> {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    fn problem(&self) -> Option<Value> {
        let is_problem = self
            .header("content-type")
            .is_some_and(|kind| kind.starts_with("application/problem+json"));
        is_problem.then(|| serde_json::from_slice(self.body).unwrap_or_default())
    }

    /// What the document says of this operation and status: headers, media type, body.
    fn as_documented(&self, operation: &Operation, complaints: &mut Vec<String>) {
        let responses = format!(
            "/paths/{}/{}/responses",
            escaped(&operation.path),
            operation.method.to_lowercase()
        );
        let known = &operation.value["responses"];
        let status = self.status.to_string();
        let key = if known.get(&status).is_some() {
            &status
        } else {
            "default"
        };
        if known.get(key).is_none() {
            complaints.push(format!("{} does not document {status}", operation.id));
            return;
        }
        let pointer = document().pointer(&format!("{responses}/{key}"));
        let response = document().root.pointer(&pointer).expect("a response");
        self.documented_headers(response, complaints);
        self.documented_body(&pointer, response, complaints);
    }

    fn documented_headers(&self, response: &Value, complaints: &mut Vec<String>) {
        let empty = serde_json::Map::new();
        let named = response["headers"].as_object().unwrap_or(&empty);
        for (name, header) in named {
            let header = document().resolve(header);
            match self.header(name) {
                Some(text) => {
                    let place = header_pointer(name, response);
                    let found =
                        document().complaints(&format!("{place}/schema"), &Value::from(text));
                    complaints.extend(found.iter().map(|complaint| format!("{name}: {complaint}")));
                }
                None if header["required"] == true => complaints.push(format!("{name} is missing")),
                None => {}
            }
        }
        for name in DOCUMENTED {
            let is_named = named.keys().any(|known| known.eq_ignore_ascii_case(name));
            if !is_named && self.headers.contains_key(*name) {
                complaints.push(format!("{name} is not documented here"));
            }
        }
    }

    fn documented_body(&self, pointer: &str, response: &Value, complaints: &mut Vec<String>) {
        let Some(content) = response["content"].as_object() else {
            if !self.body.is_empty() {
                complaints.push("there should be no body".into());
            }
            return;
        };
        let media_type = self
            .header("content-type")
            .and_then(|text| text.split(';').next())
            .unwrap_or_default();
        if !content.contains_key(media_type) {
            complaints.push(format!("the media type is {media_type:?}"));
            return;
        }
        if media_type.ends_with("json") && !self.is_head {
            match serde_json::from_slice(self.body) {
                Ok(value) => {
                    let schema = format!("{pointer}/content/{}/schema", escaped(media_type));
                    complaints.extend(document().complaints(&schema, &value));
                }
                Err(error) => complaints.push(format!("the body is not JSON: {error}")),
            }
        }
    }

    /// An address that the document does not have, or not with this method.
    fn of_no_operation(&self, others: &[&Operation], complaints: &mut Vec<String>) {
        let kind = self.problem().map(|problem| problem["type"].clone());
        let expected = if others.is_empty() {
            (404, "urn:relecture:problem:not_found")
        } else {
            (405, "urn:relecture:problem:method_not_allowed")
        };
        if (self.status, kind.as_ref().and_then(Value::as_str)) != (expected.0, Some(expected.1)) {
            complaints.push(format!("no operation stands there: {expected:?} is due"));
        }
        if expected.0 == 405 {
            let mut allowed: Vec<&str> = self
                .header("allow")
                .unwrap_or_default()
                .split(", ")
                .collect();
            let mut due: Vec<&str> = others
                .iter()
                .map(|operation| operation.method.as_str())
                .collect();
            allowed.retain(|method| !matches!(*method, "HEAD" | "OPTIONS"));
            allowed.sort_unstable();
            due.sort_unstable();
            if allowed != due {
                complaints.push(format!("Allow should name {due:?}"));
            }
        }
    }

    /// What holds for every answer.
    fn of_any_operation(&self, complaints: &mut Vec<String>) {
        let Some(id) = self.header("x-request-id") else {
            complaints.push("X-Request-Id is missing".into());
            return;
        };
        let Some(problem) = self.problem() else {
            if self.status >= 400 {
                complaints.push("an error that is no problem document".into());
            }
            return;
        };
        complaints.extend(document().complaints("/components/schemas/Problem", &problem));
        if problem["status"] != self.status {
            complaints.push("the problem names another status".into());
        }
        if problem["instance"] != format!("urn:uuid:{id}") {
            complaints.push("the problem names another request".into());
        }
        let waits = matches!(self.status, 429 | 503 | 507);
        if waits != self.headers.contains_key("retry-after") {
            complaints
                .push("Retry-After comes with 429, 503 and 507, and with nothing else".into());
        }
    }
}

/// Where a response's header is described.
fn header_pointer(name: &str, response: &Value) -> String {
    let target = response["headers"][name]["$ref"].as_str();
    let target = target.unwrap_or_else(|| panic!("{name} refers to no header of the components"));
    document().pointer(target.trim_start_matches('#'))
}

/// Remembers that an operation was answered with that status. The file lists each documented pair after a `-` and each covered
/// one after a `+`; the run ends before anybody reads it, so that no test must be the last one.
fn covered(operation: &str, status: u16) {
    static SEEN: LazyLock<Mutex<(HashSet<String>, Option<File>)>> = LazyLock::new(|| {
        let file = std::env::var_os(COVERAGE).map(|path| {
            let mut file = OpenOptions::new()
                .create(true)
                .append(true)
                .open(path)
                .expect("the coverage file");
            for pair in documented_pairs() {
                writeln!(file, "- {pair}").expect("a line");
            }
            file
        });
        Mutex::new((HashSet::new(), file))
    });
    let pair = format!("{operation} {status}");
    let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    if seen.0.insert(pair.clone())
        && let Some(file) = &mut seen.1
    {
        writeln!(file, "+ {pair}").expect("a line");
    }
}

/// Every (operation, status) pair that the document names.
pub fn documented_pairs() -> Vec<String> {
    let operations = document().operations.iter();
    operations
        .flat_map(|operation| {
            let statuses = operation.statuses().into_iter();
            statuses.map(|status| format!("{} {status}", operation.id))
        })
        .collect()
}
