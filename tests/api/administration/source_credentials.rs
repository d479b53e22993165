//! Credentials of slide sources beyond passwords: looked at when they are given, never told, and used.

use super::*;
use crate::support::doors::{Authority, Guarded, Voucher};

const SOURCES: &str = "/administration/slide-sources";

fn of(world: &World, base_url: &str, credentials: &Value) -> Value {
    json!({
        "laboratory": world.cayenne, "name": "Serveur de lames", "kind": "deep_zoom", "base_url": base_url, "internal": true,
        "credentials": credentials,
    })
}

#[actix_web::test]
async fn tokens_and_certificates_are_registered_and_used_and_never_told() {
    let (authority, voucher) = (Authority::start(3600), Voucher::new());
    let guarded = Guarded::start(&voucher);
    let identity = voucher.identity(2020..2090);
    let client = authority.client();
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let administrator = served.login("administrator").await;
        let tokens = json!({
            "scheme": "client_credentials", "token_url": client.token_url, "client_id": client.client_id,
            "client_secret": client.client_secret, "scope": client.scope,
        });
        let certificate = json!({
            "scheme": "certificate", "certificate": identity.certificate, "key": identity.key, "authority": identity.authority,
        });
        for (base_url, credentials, secret) in [
            (authority.base_url(), &tokens, client.client_secret.as_str()),
            (guarded.base_url(), &certificate, "PRIVATE KEY"),
        ] {
            let made = administrator
                .post(SOURCES, &of(&world, &base_url, credentials))
                .await;
            let made = made.expect(201);
            assert_eq!(made.json["scheme"], credentials["scheme"]);
            let here = format!(
                "{SOURCES}/{}",
                made.json["id"].as_str().expect("an identifier")
            );
            let read = administrator.get(&here).await.expect(200);
            for answer in [&made, &read] {
                assert!(!answer.text.contains(secret), "{answer:?}");
            }
            let until = read.json.get("certificate_expires_at");
            let told =
                (credentials["scheme"] == "certificate").then(|| json!("2090-01-01T00:00:00Z"));
            assert_eq!(until, told.as_ref());
            let slide = format!("{}/one.dzi", base_url.trim_end_matches('/'));
            let (test, slide) = (format!("{here}/test"), json!({ "slide": slide }));
            let tested = administrator.post(&test, &slide).await.expect(200);
            assert_eq!(tested.json["slide"]["width"], 64, "{}", tested.text);
            // What is kept goes on to no other server, a certificate neither.
            let elsewhere = of(
                &world,
                "https://elsewhere.example.org",
                &json!({ "scheme": "keep" }),
            );
            let refused = administrator.put(&here, 1, &elsewhere).await;
            let refused = refused.refused(422, "invalid_fields");
            assert_eq!(refused.json["errors"][0]["pointer"], "/credentials");
        }

        let changed = |name: &str, value: Value| {
            let mut changed = certificate.clone();
            changed[name] = value;
            changed
        };
        let other = voucher.identity(2020..2090);
        let old = voucher.identity(2020..2021);
        let mut run_out = certificate.clone();
        run_out["certificate"] = json!(old.certificate);
        run_out["key"] = json!(old.key);
        let address = guarded.base_url();
        for (base_url, credentials, pointer) in [
            (
                &address,
                changed("certificate", json!("x")),
                "/credentials/certificate",
            ),
            (
                &address,
                changed("key", json!(other.key)),
                "/credentials/key",
            ),
            (
                &address,
                changed("key", json!(identity.certificate)),
                "/credentials/key",
            ),
            (
                &address,
                changed("authority", json!("x")),
                "/credentials/authority",
            ),
            (&address, run_out, "/credentials/certificate"),
            (&authority.base_url(), certificate.clone(), "/base_url"),
            (
                &address,
                json!({
                    "scheme": "client_credentials", "token_url": "https://user@sso.example.org/token", "client_id": "x",
                    "client_secret": "x",
                }),
                "/credentials/token_url",
            ),
        ] {
            let body = of(&world, base_url, &credentials);
            let refused = administrator.post(SOURCES, &body).await;
            let refused = refused.refused(422, "invalid_fields");
            assert_eq!(
                refused.json["errors"][0]["pointer"], pointer,
                "{}",
                refused.text
            );
        }
    }
}
