//! Slide sources, and whether they answer.

use std::io::Read as _;
use std::net::TcpListener;
use std::sync::Arc;

use super::*;
use crate::support::hostile::{Hostile, whole};

const SOURCES: &str = "/administration/slide-sources";

fn source_of(laboratory: impl serde::Serialize) -> Value {
    json!({
        "laboratory": laboratory, "name": "Serveur de Nouméa", "kind": "iiif", "base_url": "https://lames.example.org/iiif",
        "internal": false, "credentials": { "scheme": "basic", "user": "relecture", "password": "hunter2 hunter2" },
    })
}

#[actix_web::test]
async fn a_source_is_registered_and_changed_and_its_credentials_are_never_told() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let administrator = served.login("administrator").await;
        let new = source_of(world.noumea);
        let request = |body: &Value| {
            let request = administrator.request(reqwest::Method::POST, SOURCES);
            request.header("idempotency-key", "source").json(body)
        };
        let made = administrator.send(request(&new)).await.expect(201);
        let here = format!(
            "{SOURCES}/{}",
            made.json["id"].as_str().expect("an identifier")
        );
        assert_eq!(made.header("location"), format!("/api/v1{here}"));
        let again = administrator.send(request(&new)).await.expect(201);
        assert_eq!(
            (again.header("idempotent-replayed"), &again.json),
            ("true", &made.json)
        );
        let mut other = new.clone();
        other["credentials"]["password"] = json!("hunter3 hunter3");
        let _ = administrator
            .send(request(&other))
            .await
            .refused(422, "idempotency_mismatch");
        let listed = administrator.get(SOURCES).await.expect(200);
        assert_eq!(listed.json["items"].as_array().map(Vec::len), Some(2));
        for answer in [&made, &listed] {
            assert!(
                !answer.text.contains("hunter2") && !answer.text.contains("sealed"),
                "{answer:?}"
            );
        }

        let mut content = new.clone();
        content["name"] = json!("Serveur du Médipôle");
        content["credentials"] = json!({ "scheme": "keep" });
        let changed = administrator.put(&here, 1, &content).await.expect(200);
        assert_eq!(
            (changed.version(), &changed.json["has_credentials"]),
            (2, &json!(true))
        );
        let stale = administrator.put(&here, 1, &content).await;
        assert_eq!(
            stale.refused(412, "stale_version").json["current_version"],
            2
        );
        // To another server they are given anew, or not at all.
        content["base_url"] = json!("https://elsewhere.example.org/iiif");
        let refused = administrator
            .put(&here, 2, &content)
            .await
            .refused(422, "invalid_fields");
        assert_eq!(refused.json["errors"][0]["pointer"], "/credentials");
        content["credentials"] = json!({ "scheme": "none" });
        let changed = administrator.put(&here, 2, &content).await.expect(200);
        assert_eq!(changed.json["has_credentials"], false);
        let id = made.json["id"].as_str().expect("an identifier");
        assert_eq!(
            acts_on(&world, id).await,
            ["add_slide_source", "edit_slide_source", "edit_slide_source"]
        );

        let wrong = json!({
            "laboratory": "01a20890-0000-7000-8000-000000000000", "name": "", "kind": "iiif", "base_url": "http://u:p@x",
            "internal": false, "credentials": { "scheme": "bearer", "token": "" },
        });
        let refused = administrator
            .post(SOURCES, &wrong)
            .await
            .refused(422, "invalid_fields");
        let pointers = |refused: &Response| -> Vec<String> {
            let errors = refused.json["errors"].as_array().expect("errors").iter();
            errors
                .map(|one| one["pointer"].as_str().expect("a pointer").to_owned())
                .collect()
        };
        assert_eq!(
            pointers(&refused),
            ["/name", "/laboratory", "/base_url", "/credentials/token"]
        );
        // What slides are linked to speaks what it spoke.
        let submitter = served.login("submitter.cayenne").await;
        let _ = Case::created(&world, &submitter).await;
        let linked = format!("{SOURCES}/{}", world.source);
        let kept = administrator.get(&linked).await.expect(200);
        let mut content = source_of(world.cayenne);
        content["kind"] = json!("dicom_web");
        let refused = administrator.put(&linked, kept.version(), &content).await;
        assert_eq!(pointers(&refused.refused(422, "invalid_fields")), ["/kind"]);
    }
}

#[actix_web::test]
async fn who_keeps_a_network_keeps_the_sources_of_its_laboratories() {
    for database in databases() {
        let world = World::on(database.url()).await;
        keeper_of_antilles(&world).await;
        let far = source_of_noumea(&world).await;
        let served = Served::start(&world);
        let [administrator, keeper] = [
            served.login("administrator").await,
            served.login("coordinator.antilles").await,
        ];
        let listed = keeper.get(SOURCES).await.expect(200);
        assert_eq!(listed.json["items"].as_array().map(Vec::len), Some(1));
        let _ = keeper
            .get(&format!("{SOURCES}/{far}"))
            .await
            .refused(404, "not_found");
        let elsewhere = keeper.post(SOURCES, &source_of(world.noumea)).await;
        let elsewhere = elsewhere.refused(422, "invalid_fields");
        assert_eq!(elsewhere.json["errors"][0]["pointer"], "/laboratory");
        let mut within = source_of(world.cayenne);
        within["internal"] = json!(true);
        let refused = keeper
            .post(SOURCES, &within)
            .await
            .refused(422, "invalid_fields");
        assert_eq!(refused.json["errors"][0]["pointer"], "/internal");
        // One that is internal already keeps its address, and nobody points it elsewhere.
        let own = format!("{SOURCES}/{}", world.source);
        within["kind"] = json!("deep_zoom");
        within["base_url"] = json!("http://127.0.0.1:1/dz");
        within["credentials"] = json!({ "scheme": "none" });
        let _ = keeper.put(&own, 1, &within).await.expect(200);
        within["base_url"] = json!("http://127.0.0.1:2/dz");
        let refused = keeper
            .put(&own, 2, &within)
            .await
            .refused(422, "invalid_fields");
        assert_eq!(refused.json["errors"][0]["pointer"], "/internal");

        // A repeated request for what is somebody else's by now.
        let new = source_of(world.cayenne);
        let request = || {
            let request = keeper.request(reqwest::Method::POST, SOURCES);
            request.header("idempotency-key", "mine").json(&new)
        };
        let made = keeper.send(request()).await.expect(201);
        let here = format!(
            "{SOURCES}/{}",
            made.json["id"].as_str().expect("an identifier")
        );
        let _ = administrator
            .put(&here, 1, &source_of(world.noumea))
            .await
            .expect(200);
        let _ = keeper.send(request()).await.refused(404, "not_found");
        let nothing = json!({});
        let _ = keeper
            .post(&format!("{here}/test"), &nothing)
            .await
            .refused(404, "not_found");
    }
}

/// A server whose certificate nobody vouches for.
pub(super) fn self_signed() -> u16 {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".into()]).expect("a certificate");
    let key = rustls::pki_types::PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let _ = crate::support::served::client();
    let config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .expect("a configuration");
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut tls = rustls::ServerConnection::new(Arc::clone(&config)).expect("a connection");
            // The other side goes away once it has seen the certificate.
            let _ = rustls::Stream::new(&mut tls, &mut stream).read(&mut [0; 64]);
        }
    });
    port
}

#[actix_web::test]
async fn a_test_says_what_answers_and_what_does_not() {
    let dicom_web = Hostile::start(|path, stream| {
        use std::io::Write as _;
        let answer = if path.starts_with("/slides/studies?") {
            whole("200 OK", "Content-Type: application/dicom+json\r\n", b"[]")
        } else {
            whole("404 Not Found", "", b"")
        };
        let _ = stream.write_all(&answer);
    });
    let plain = Hostile::saying(whole("404 Not Found", "", b"nothing here"));
    let closed = Hostile::saying(whole("401 Unauthorized", "", b""));
    let silent = TcpListener::bind("127.0.0.1:0")
        .expect("a port")
        .local_addr()
        .expect("an address")
        .port();
    let http = |port: u16| format!("http://127.0.0.1:{port}/slides");
    let table = [
        (
            "dicom_web",
            http(dicom_web.port),
            true,
            json!({ "reached": true, "of_its_kind": true }),
        ),
        (
            "dicom_web",
            http(plain.port),
            true,
            json!({ "reached": true, "of_its_kind": false }),
        ),
        ("iiif", http(plain.port), true, json!({ "reached": true })),
        (
            "iiif",
            http(closed.port),
            true,
            json!({ "reached": true, "failure": "refused_credentials" }),
        ),
        (
            "iiif",
            http(silent),
            true,
            json!({ "reached": false, "failure": "source_unreachable" }),
        ),
        (
            "iiif",
            format!("https://127.0.0.1:{}/slides", plain.port),
            false,
            json!({ "reached": false, "failure": "address_refused" }),
        ),
        (
            "iiif",
            format!("https://127.0.0.1:{}/slides", self_signed()),
            true,
            json!({ "reached": false, "failure": "certificate_refused" }),
        ),
    ];
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let administrator = served.login("administrator").await;
        for (kind, base_url, internal, expected) in &table {
            let body = json!({
                "laboratory": world.cayenne, "name": "À l’essai", "kind": kind, "base_url": base_url, "internal": internal,
            });
            let made = administrator.post(SOURCES, &body).await.expect(201);
            let id = made.json["id"].as_str().expect("an identifier");
            let test = format!("{SOURCES}/{id}/test");
            let mut found = administrator.post(&test, &json!({})).await.expect(200).json;
            let fields = found.as_object_mut().expect("what was found");
            assert!(
                fields
                    .remove("milliseconds")
                    .is_some_and(|took| took.is_i64())
            );
            assert_eq!(&found, expected, "{kind} {base_url}");
            assert_eq!(
                acts_on(&world, id).await,
                ["add_slide_source", "test_slide_source"]
            );
            let elsewhere = json!({ "slide": "https://example.org/slide.dzi" });
            let refused = administrator
                .post(&test, &elsewhere)
                .await
                .refused(422, "invalid_fields");
            assert_eq!(refused.json["errors"][0]["pointer"], "/slide");
        }
        // A slide that the server does not have.
        let test = format!("{SOURCES}/{}/test", world.source);
        let body = json!({ "slide": "http://127.0.0.1:1/dz/cmu.dzi" });
        let found = administrator.post(&test, &body).await.expect(200);
        assert_eq!(found.json["failure"], "source_unreachable");
    }
}
