//! A program that runs: asked to end it finishes what it has begun, and what it cannot do it says.

use std::path::Path;

use serde_json::{Value, json};

use crate::api::Case;
use crate::support::database::TestDatabase;
use crate::support::exchange::{PASSWORD, World};
use crate::support::program::Machine;
use crate::support::served::{Caller, client};
use crate::support::smtp::SmtpServer;

/// Logs in over and over until the server is gone; counts the answers, each of which must be whole.
async fn ask_until_gone(address: String) -> usize {
    let http = client();
    let body = json!({ "login": "submitter.cayenne@example.org", "password": PASSWORD });
    let mut answers = 0;
    loop {
        let request = http.post(format!("{address}/api/v1/session")).json(&body);
        match request.send().await {
            Ok(answer) => {
                assert_eq!(answer.status(), 200);
                let tokens: Value = answer.json().await.expect("an answer that began is whole");
                assert!(tokens["access_token"].is_string());
                answers += 1;
            }
            Err(error) => {
                assert!(error.is_connect() || error.is_request(), "{error:?}");
                return answers;
            }
        }
    }
}

#[actix_web::test]
async fn a_server_asked_to_end_answers_what_was_asked_and_ends_well() {
    for database in TestDatabase::both() {
        World::on(database.url()).await;
        let machine = Machine::on(database.url()).with("limits.requests_per_minute", "100000");
        let (mut program, address) = machine.serve(&[]).await;
        let askers: Vec<_> = (0..4)
            .map(|_| actix_web::rt::spawn(ask_until_gone(address.clone())))
            .collect();
        // In the middle of the crowd.
        let first = client()
            .get(format!("{address}/health/live"))
            .send()
            .await
            .unwrap();
        assert!(first.status().is_success());
        program.signal("TERM");
        program.line("stopping");
        let (status, said) = program.ended();
        assert!(status.success(), "{status}: {said:#?}");
        for asker in askers {
            asker.await.unwrap();
        }
    }
}

/// A connection still being opened in the background when a command ended killed one command in twenty on PostgreSQL.
#[actix_web::test]
async fn a_short_command_ends_well_every_time() {
    for database in TestDatabase::both() {
        World::on(database.url()).await;
        let machine = Machine::on(database.url());
        for _ in 0..40 {
            machine.done(&["case", "list"]);
        }
    }
}

#[actix_web::test]
async fn who_is_locked_out_is_out_at_once_and_comes_back_with_a_new_password() {
    for database in TestDatabase::both() {
        World::on(database.url()).await;
        let machine = Machine::on(database.url());
        let (_program, address) = machine.serve(&[]).await;
        let login = "submitter.cayenne@example.org";
        let session = || {
            let body = json!({ "login": login, "password": PASSWORD });
            client()
                .post(format!("{address}/api/v1/session"))
                .json(&body)
        };
        let me = |token: &str| {
            client()
                .get(format!("{address}/api/v1/me"))
                .bearer_auth(token)
        };
        let refresh = |token: &Value| {
            let body = json!({ "refresh_token": token });
            client()
                .post(format!("{address}/api/v1/session/refresh"))
                .json(&body)
        };
        let tokens: Value = session().send().await.unwrap().json().await.unwrap();
        let access = tokens["access_token"].as_str().unwrap();
        assert_eq!(me(access).send().await.unwrap().status(), 200);

        machine.done(&["user", "lock", login]);
        assert_eq!(me(access).send().await.unwrap().status(), 401);
        assert_eq!(session().send().await.unwrap().status(), 401);

        let said = machine.run_with_input(&["user", "password", login], PASSWORD);
        assert_eq!(said.code, 0, "{said:?}");
        let old = refresh(&tokens["refresh_token"]).send().await.unwrap();
        assert_eq!(old.status(), 401, "an old session stays ended");
        assert_eq!(session().send().await.unwrap().status(), 200);
    }
}

#[test]
fn the_doctor_finds_a_mail_server_that_is_down_and_one_that_lets_us_in() {
    let machine = Machine::new();
    machine.done(&["migrate"]);
    let server = SmtpServer::start("accept");
    let machine = machine
        .with("mail.backend", "smtp")
        .with("mail.host", "127.0.0.1")
        .with("mail.port", &server.port.to_string())
        .with("mail.tls", "none");
    let said = machine.done(&["doctor"]);
    assert!(said.contains("lets us in"), "{said}");
    assert!(
        said.contains("RELECTURE_MAIL_PORT"),
        "each value with its source: {said}"
    );
    assert!(!said.contains("FAIL"), "{said}");
    drop(server);
    let said = machine.run(&["doctor"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(
        said.out.contains("FAIL  mail") && said.out.contains("no connection"),
        "{said:?}"
    );
}

/// Mail settings for a server that wants STARTTLS and a login, whose authority the machine trusts.
fn with_login(machine: Machine, port: u16, password: &str, authority: &Path) -> Machine {
    machine
        .with("mail.backend", "smtp")
        .with("mail.host", "127.0.0.1")
        .with("mail.port", &port.to_string())
        .with("mail.tls", "starttls")
        .with("mail.username", "relecture")
        .with("mail.password", password)
        .with_variable("SSL_CERT_FILE", &authority.display().to_string())
}

#[actix_web::test]
async fn mails_leave_over_starttls_with_a_login() {
    for database in TestDatabase::both() {
        let world = World::on(database.url()).await;
        let machine = Machine::on(database.url());
        let authority = machine.path("authority.pem");
        let mut server = SmtpServer::with_login(&authority);
        let machine = with_login(machine, server.port, "open sesame", &authority);
        let (_program, address) = machine.serve(&[]).await;
        let submitter = Caller::login_at(&address, "submitter.cayenne").await;
        let _ = Case::submitted(&world, &submitter).await;
        let mail = server.next_mail();
        let to = mail["to"][0].as_str().expect("an address");
        assert!(to.ends_with("@example.org"), "{mail}");
    }
}

#[test]
fn what_a_mail_server_has_against_us_is_told_apart() {
    let machine = Machine::new();
    machine.done(&["migrate"]);
    let authority = machine.path("authority.pem");
    let server = SmtpServer::with_login(&authority);
    let machine = with_login(machine, server.port, "open sesame", &authority);
    let said = machine.done(&["doctor"]);
    assert!(said.contains("lets us in"), "{said}");

    let machine = with_login(machine, server.port, "open barley", &authority);
    let said = machine.run(&["doctor"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(
        said.out.contains("the mail server answered 535"),
        "{said:?}"
    );
    assert!(!said.out.contains("barley"), "{said:?}");

    let plain = SmtpServer::start("accept");
    let machine = with_login(machine, plain.port, "open sesame", &authority);
    let said = machine.run(&["doctor"]);
    assert!(
        said.out.contains("does not offer what is asked of it"),
        "{said:?}"
    );

    // Somebody else's authority: a server that cannot prove who it is gets no password.
    let other = machine.path("other.pem");
    let _other = SmtpServer::with_login(&other);
    let machine = with_login(machine, server.port, "open sesame", &other);
    let said = machine.run(&["doctor"]);
    assert!(
        said.out.contains("no secure connection to the mail server"),
        "{said:?}"
    );
}

#[test]
fn a_password_that_the_database_refuses_is_said_so() {
    let database = TestDatabase::postgres();
    let mut address = url::Url::parse(database.url()).expect("an address");
    address.set_password(Some("not-this-one")).unwrap();
    let machine = Machine::on(address.as_str());
    for command in [
        &["doctor"] as &[&str],
        &["migrate"],
        &["serve"],
        &["backup", "copy"],
    ] {
        let said = machine.run(command);
        assert_eq!(said.code, 1, "{said:?}");
        let all = said.out + &said.err;
        assert!(
            all.contains("password authentication failed"),
            "{command:?}: {all}"
        );
        assert!(!all.contains("not-this-one"), "{command:?}: {all}");
    }
}

#[test]
fn a_database_without_a_schema_is_refused_with_what_to_do() {
    let machine = Machine::new();
    for command in [
        &["serve"] as &[&str],
        &["worker"],
        &["user", "list"],
        &["case", "list"],
        &["outbox", "list"],
    ] {
        let said = machine.run(command);
        assert_eq!(said.code, 1, "{command:?}: {said:?}");
        assert!(
            said.err.contains("relecture migrate"),
            "{command:?}: {said:?}"
        );
    }
    machine.done(&["migrate"]);
    assert!(machine.done(&["migrate"]).contains("Nothing to do"));
    assert!(
        machine
            .done(&["outbox", "list"])
            .contains("Nothing was given up")
    );
}
