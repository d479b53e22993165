//! Links by which people choose a password: of an invitation, and after the old one was forgotten.

use chrono::Duration;
use diesel::prelude::*;
use relecture::domain::people::Role;
use relecture::service::account_links as links;
use relecture::service::administration::By;
use relecture::service::administration::people::{self, Entrance, PersonContent, RoleContent};
use relecture::service::{own_password, sessions};
use relecture::store::schema::{account_links, audit_entries, outbox as rows};
use serde_json::{Value, json};

use super::*;
use crate::journey::run_due_jobs;
use crate::support::exchange::PASSWORD;
use crate::support::served::{Caller, Served};
use crate::support::smtp::SmtpServer;

const PEOPLE: &str = "/administration/people";
const NEW: &str = "zoe.eluard@example.org";
const CHOSEN: &str = "sept lames de verre";

/// The mails that arrive until none is due: to whom, subject, text.
async fn arrives(world: &World) -> Vec<(String, String, String)> {
    run_due_jobs(world).await;
    let server = SmtpServer::start("accept");
    let worker = worker(&world.exchange, server.port);
    while worker.work_once(Topic::Mail).await.unwrap() {}
    let part = |mail: &Value, name: &str| mail[name].as_str().unwrap_or_default().to_owned();
    let all = server.rest();
    let told = all.iter().map(|mail| {
        let to = mail["to"][0].as_str().unwrap_or_default().to_owned();
        (to, part(mail, "subject"), part(mail, "text"))
    });
    told.collect()
}

/// The token that the only mail of these holds.
fn token_in(arrived: &[(String, String, String)]) -> String {
    let [(_, _, text)] = arrived else {
        panic!("one mail: {arrived:#?}");
    };
    let before = format!("{PUBLIC_URL}/welcome?t=");
    let at = text.find(&before).expect("a link") + before.len();
    let rest = &text[at..];
    rest.split_whitespace().next().expect("a token").to_owned()
}

fn invited(world: &World) -> Value {
    json!({"login": NEW, "invite": true, "content": {
        "name": "Dr Zoé Éluard", "email": "zoe@example.net", "language": "en", "zone": "America/Cayenne", "active": true,
        "roles": [{"role": "submitter", "laboratory": world.cayenne}],
    }})
}

async fn chooses(
    stranger: &Caller,
    token: &str,
    password: &str,
) -> crate::support::served::Response {
    let body = json!({"token": token, "new_password": password});
    stranger.post("/session/password", &body).await
}

async fn logs_in(stranger: &Caller, login: &str, password: &str) -> u16 {
    let body = json!({"login": login, "password": password});
    stranger.post("/session", &body).await.status
}

async fn acts(world: &World) -> Vec<String> {
    let read = world.exchange.store.read(|conn| {
        Ok::<_, StoreError>(
            audit_entries::table
                .order(audit_entries::id)
                .select(audit_entries::action)
                .load(conn)?,
        )
    });
    read.await.unwrap()
}

/// Whether any row of the outbox or of the links holds that token.
async fn is_kept(world: &World, token: &str) -> bool {
    let read = world.exchange.store.read(|conn| {
        let payloads: Vec<String> = rows::table.select(rows::payload).load(conn)?;
        let hashes: Vec<String> = account_links::table
            .select(account_links::token_hash)
            .load(conn)?;
        Ok::<_, StoreError>([payloads, hashes].concat())
    });
    read.await.unwrap().iter().any(|text| text.contains(token))
}

/// Causes every mail about an account: somebody is invited, somebody has forgotten their password, somebody changes it.
pub async fn accounts_are_looked_after(world: &World) {
    let by = By::new(&world.actor("administrator@example.org").await, "r");
    let role = RoleContent {
        role: Role::Auditor,
        laboratory: None,
        network: None,
    };
    let content = PersonContent {
        name: "Dr Zoé Éluard".into(),
        email: NEW.into(),
        language: "fr".into(),
        zone: "America/Cayenne".into(),
        rpps: None,
        active: true,
        roles: vec![role],
        expert_profile: None,
    };
    let (exchange, login) = (&world.exchange, "auditor@example.org");
    people::add(exchange, &by, NEW.into(), content, Entrance::Invited, None)
        .await
        .unwrap();
    links::ask_recovery(exchange, "submitter.martinique@example.org", None, "r")
        .await
        .unwrap();
    run_due_jobs(world).await;
    let tokens = sessions::login(exchange, login, PASSWORD.into(), None, "r")
        .await
        .unwrap();
    let session = sessions::authenticate(exchange, &tokens.access_token)
        .await
        .unwrap();
    own_password::change(
        exchange,
        &session,
        PASSWORD.into(),
        CHOSEN.into(),
        None,
        "r",
    )
    .await
    .unwrap();
}

#[actix_web::test]
async fn who_is_invited_chooses_a_password_and_enters() {
    for (_database, world) in worlds().await {
        let served = Served::start(&world);
        let (administrator, stranger) = (served.login("administrator").await, served.stranger());
        let made = administrator
            .post(PEOPLE, &invited(&world))
            .await
            .expect(201);
        assert!(made.json.get("password").is_none(), "nobody else knows one");
        let person = &made.json["person"];
        assert_eq!(
            (&person["active"], &person["has_password"]),
            (&json!(false), &json!(false))
        );
        assert_eq!(person["invitation"]["expires_at"], "2026-11-26T13:00:00Z");
        let here = format!("{PEOPLE}/{}", person["id"].as_str().expect("an identifier"));
        let link = format!("{here}/invitation");

        let arrived = arrives(&world).await;
        assert_eq!(
            (arrived[0].0.as_str(), arrived[0].1.as_str()),
            ("zoe@example.net", "Your access to Relecture")
        );
        let first = token_in(&arrived);
        assert!(!is_kept(&world, &first).await);

        // Sent again, the first link is good no more; the mail of a link that was replaced before it left is not sent.
        for _ in 0..2 {
            let again = administrator.post(&link, &json!({})).await.expect(200);
            assert_eq!(again.json["login"], NEW);
        }
        let second = token_in(&arrives(&world).await);
        assert_ne!(first, second);
        let _ = chooses(&stranger, &first, CHOSEN)
            .await
            .refused(404, "not_found");
        let _ = administrator.delete(&link).await.expect(204);
        let _ = administrator.delete(&link).await.refused(404, "not_found");
        let _ = chooses(&stranger, &second, CHOSEN)
            .await
            .refused(404, "not_found");
        let third = {
            let _ = administrator.post(&link, &json!({})).await.expect(200);
            token_in(&arrives(&world).await)
        };

        // An address that was wrong: its link goes with it.
        let kept = administrator.get(&here).await.expect(200);
        let mut content = invited(&world)["content"].clone();
        content["active"] = json!(false);
        content["email"] = json!(NEW);
        let _ = administrator
            .put(&here, kept.version(), &content)
            .await
            .expect(200);
        let _ = chooses(&stranger, &third, CHOSEN)
            .await
            .refused(404, "not_found");
        let _ = administrator.post(&link, &json!({})).await.expect(200);
        let late = token_in(&arrives(&world).await);
        world.clock.advance(Duration::days(3));
        let _ = chooses(&stranger, &late, CHOSEN)
            .await
            .refused(404, "not_found");

        let administrator = served.login("administrator").await;
        let expired = administrator.get(&here).await.expect(200);
        assert!(expired.json.get("invitation").is_none());
        let _ = administrator.post(&link, &json!({})).await.expect(200);
        let arrived = arrives(&world).await;
        assert_eq!(arrived[0].0, NEW);
        let good = token_in(&arrived);
        for (weak, code) in [("", "required"), ("court", "too_few"), (NEW, "guessable")] {
            let refused = chooses(&stranger, &good, weak)
                .await
                .refused(422, "invalid_fields");
            assert_eq!(refused.json["errors"][0]["pointer"], "/new_password");
            assert_eq!(refused.json["errors"][0]["code"], code, "{weak}");
        }
        // Twice at once: one of them is first.
        let (one, other) = futures_util::join!(
            chooses(&stranger, &good, CHOSEN),
            chooses(&stranger, &good, "huit lames de verre")
        );
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [204, 404]);
        let password = if one.status == 204 {
            CHOSEN
        } else {
            "huit lames de verre"
        };
        assert_eq!(logs_in(&stranger, NEW, password).await, 200);
        let entered = administrator.get(&here).await.expect(200);
        assert_eq!(
            (&entered.json["active"], &entered.json["has_password"]),
            (&json!(true), &json!(true))
        );
        let _ = administrator
            .post(&link, &json!({}))
            .await
            .refused(409, "conflict");
        let acts = acts(&world).await;
        for (act, times) in [
            ("invite_person", 6),
            ("withdraw_invitation", 1),
            ("choose_password", 1),
        ] {
            assert_eq!(
                acts.iter().filter(|one| *one == act).count(),
                times,
                "{act}: {acts:?}"
            );
        }
        assert!(
            arrives(&world).await.is_empty(),
            "who has just come need not be told"
        );
    }
}

#[actix_web::test]
async fn who_has_forgotten_their_password_is_sent_a_link_and_nobody_learns_who_has_an_account() {
    for (_database, world) in worlds().await {
        let served = Served::start(&world);
        let stranger = served.stranger();
        let login = "submitter.cayenne@example.org";
        let session = json!({"login": login, "password": PASSWORD});
        let session = stranger.post("/session", &session).await.expect(200);
        let ask = async |login: &str| {
            let asked = stranger
                .post("/session/recovery", &json!({"login": login}))
                .await
                .expect(204);
            assert_eq!(asked.text, "");
        };
        for nobody in ["nobody@example.org", "", "a\u{0}b"] {
            ask(nobody).await;
        }
        assert!(arrives(&world).await.is_empty());
        ask(" Submitter.Cayenne@Example.org ").await;
        let arrived = arrives(&world).await;
        assert_eq!(
            (arrived[0].0.as_str(), arrived[0].1.as_str()),
            (login, "Choisir un nouveau mot de passe")
        );
        let first = token_in(&arrived);
        assert!(!is_kept(&world, &first).await);
        assert_eq!(
            logs_in(&stranger, login, PASSWORD).await,
            200,
            "asking changes nothing"
        );

        // Three within an hour, no more; one hour, no longer.
        ask(login).await;
        let second = token_in(&arrives(&world).await);
        for _ in 0..3 {
            ask(login).await;
        }
        assert_eq!(arrives(&world).await.len(), 1, "the third, and no more");
        world.clock.advance(Duration::hours(1));
        let _ = chooses(&stranger, &first, CHOSEN)
            .await
            .refused(404, "not_found");
        let _ = chooses(&stranger, &second, CHOSEN)
            .await
            .refused(404, "not_found");
        world.clock.advance(Duration::seconds(1));
        ask(login).await;
        let good = token_in(&arrives(&world).await);
        let _ = chooses(&stranger, &good, CHOSEN).await.expect(204);
        let told = arrives(&world).await;
        assert_eq!(
            (told.len(), told[0].1.as_str()),
            (1, "Votre mot de passe a été changé")
        );
        assert_eq!(
            (
                logs_in(&stranger, login, PASSWORD).await,
                logs_in(&stranger, login, CHOSEN).await
            ),
            (401, 200)
        );
        let ended = json!({"refresh_token": session.json["refresh_token"]});
        let _ = stranger
            .post("/session/refresh", &ended)
            .await
            .refused(401, "session_ended");

        // Who is kept out gets no link, and one that they have is good no more.
        let kept_out = "submitter.martinique@example.org";
        ask(kept_out).await;
        let link = token_in(&arrives(&world).await);
        world
            .alter(format!(
                "UPDATE people SET active = false WHERE login = '{kept_out}'"
            ))
            .await;
        let _ = chooses(&stranger, &link, CHOSEN)
            .await
            .refused(404, "not_found");
        ask(kept_out).await;
        assert!(arrives(&world).await.is_empty());

        // One address that asks for very many has to wait, whoever it asks for.
        let mut status = 204;
        for turn in 0..60 {
            let body = json!({"login": format!("nobody.{turn}@example.org")});
            status = stranger.post("/session/recovery", &body).await.status;
            if status != 204 {
                break;
            }
        }
        assert_eq!(status, 429);
        let acts = acts(&world).await;
        assert_eq!(
            acts.iter().filter(|one| *one == "ask_recovery").count(),
            5,
            "{acts:?}"
        );
    }
}
