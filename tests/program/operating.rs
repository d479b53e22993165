//! What an operator does to an exchange that runs: adds people, looks at a case, copies the database, checks the keys.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::api::Case;
use crate::support::database::TestDatabase;
use crate::support::exchange::{SEALING_KEY, World};
use crate::support::program::{Machine, repository_file};
use crate::support::served::{Caller, Served, client};

/// A machine with the stories' sealing key.
fn machine_on(url: &str) -> Machine {
    Machine::on(url).with("sealing_key", &STANDARD.encode(SEALING_KEY))
}

async fn logs_in(address: &str, login: &str, password: &str) -> Value {
    let answer = client()
        .post(format!("{address}/api/v1/session"))
        .json(&json!({ "login": login, "password": password }))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200, "{login}");
    let tokens: Value = answer.json().await.unwrap();
    let me = client()
        .get(format!("{address}/api/v1/me"))
        .bearer_auth(tokens["access_token"].as_str().unwrap());
    me.send().await.unwrap().json().await.unwrap()
}

#[actix_web::test]
async fn people_are_added_from_the_command_line_alone() {
    for database in TestDatabase::both() {
        let world = World::on(database.url()).await;
        let machine = machine_on(database.url());
        let said = machine.done(&[
            "user",
            "add",
            "Anna@example.org",
            "--name",
            "Anna Admin",
            "--role",
            "administrator",
            "--territory",
            "FR",
        ]);
        let made_up = said.lines().last().unwrap();
        let made_up = made_up.strip_prefix("Password, shown this once: ").unwrap();
        let expert = [
            "user",
            "add",
            "nina@example.org",
            "--name",
            "Dr Nina Neuf",
            "--role",
            "expert",
            "--role",
            "submitter",
            "--network",
            "GCS Antilles-Guyane",
            "--laboratory",
            "CHU de Martinique",
            "--subspecialty",
            "breast",
            "--also",
            "dermatopathology",
            "--capacity",
            "6",
            "--language",
            "en",
            "--password-stdin",
        ];
        let said = machine.run_with_input(&expert, "six blocs et douze lames\n");
        assert_eq!(said.code, 0, "{said:?}");
        assert!(!said.out.contains("six blocs"), "{said:?}");

        let (_program, address) = machine.serve(&[]).await;
        let anna = logs_in(&address, "anna@example.org", made_up).await;
        assert_eq!(anna["name"], "Anna Admin");
        let _ = logs_in(&address, "nina@example.org", "six blocs et douze lames").await;
        let nina = world.actor("nina@example.org").await;
        assert_eq!(nina.memberships.len(), 2);

        let again = machine.run_with_input(&expert, "six blocs et douze lames\n");
        assert_eq!(again.code, 1, "{again:?}");
        assert!(
            again.err.contains("nina@example.org: it is there already"),
            "{again:?}"
        );
    }
}

#[test]
fn the_first_exchange_of_the_documentation_is_set_up_as_it_says() {
    for database in TestDatabase::both() {
        let machine = machine_on(database.url());
        let said = machine.done(&["import", &repository_file("docs/first-exchange.json")]);
        assert!(said.contains("1 networks, 2 laboratories"), "{said}");
        let cayenne = "Centre hospitalier de Cayenne";
        for more in [
            &["--role", "administrator", "--territory", "FR"] as &[&str],
            &["--role", "submitter", "--laboratory", cayenne],
            &[
                "--role",
                "expert",
                "--network",
                "GCS Pathologie Ouest",
                "--laboratory",
                "CHU de Nantes",
                "--subspecialty",
                "breast",
            ],
        ] {
            let login = format!("{}@example.org", more[1]);
            machine.done(&[&["user", "add", &login, "--name", "Dr N"], more].concat());
        }
        assert!(
            machine.done(&["doctor"]).contains("(1 looked at)"),
            "its slide source has credentials"
        );
    }
}

#[actix_web::test]
async fn a_person_who_could_do_nothing_is_not_added_and_the_reason_is_said() {
    let database = TestDatabase::sqlite();
    let _world = World::on(database.url()).await;
    let machine = machine_on(database.url());
    let cayenne = "Centre hospitalier de Cayenne";
    for (more, reason) in [
        (
            &["--role", "expert", "--laboratory", cayenne] as &[&str],
            "the role expert needs a network",
        ),
        (
            &["--role", "submitter", "--territory", "FR"],
            "the role submitter needs a laboratory",
        ),
        (
            &["--role", "coordinator", "--territory", "FR"],
            "the role coordinator needs a network",
        ),
        (&["--role", "auditor", "--territory", "XX"], "XX"),
        (
            &["--role", "submitter", "--laboratory", "Nowhere"],
            "there is no laboratory Nowhere",
        ),
        (
            &["--role", "king", "--territory", "FR"],
            "one of submitter, expert",
        ),
        (&["--role", "auditor"], "--laboratory"),
        (
            &["--role", "auditor", "--territory", "FR", "--password-stdin"],
            "the password needs",
        ),
    ] {
        let said = machine.run(&[&["user", "add", "n@example.org", "--name", "N"], more].concat());
        assert_ne!(said.code, 0, "{said:?}");
        assert!(said.err.contains(reason), "{reason}: {said:?}");
    }
    assert!(!machine.done(&["user", "list"]).contains("n@example.org"));
}

#[actix_web::test]
async fn a_case_is_shown_without_its_content() {
    for database in TestDatabase::both() {
        let world = World::on(database.url()).await;
        let machine = machine_on(database.url());
        let (_program, address) = machine.serve(&[]).await;
        let submitter = Caller::login_at(&address, "submitter.cayenne").await;
        let case = Case::submitted(&world, &submitter).await;
        let document = submitter
            .get(&format!("/cases/{}", case.id))
            .await
            .expect(200);
        let reference = document.json["reference"].as_str().unwrap();
        let by_reference = machine.done(&["case", "show", &reference.to_lowercase()]);
        assert_eq!(by_reference, machine.done(&["case", "show", &case.id]));
        for part in [
            "offered",
            "Centre hospitalier de Cayenne",
            "submit ",
            ", system",
        ] {
            assert!(by_reference.contains(part), "{part} in\n{by_reference}");
        }
        for secret in ["26H00123", "1971", "lobulaire", "Nodule"] {
            assert!(
                !by_reference.contains(secret),
                "{secret} in\n{by_reference}"
            );
        }
        let said = machine.run(&["case", "show", "REL-2026-999999-9"]);
        assert_eq!(said.code, 1, "{said:?}");
        assert!(
            said.err.contains("there is no case REL-2026-999999-9"),
            "{said:?}"
        );
    }
}

#[actix_web::test]
async fn a_database_is_copied_while_it_serves_and_serves_from_its_copy() {
    let database = TestDatabase::sqlite();
    let world = World::on(database.url()).await;
    let machine = machine_on(database.url());
    let (program, address) = machine.serve(&[]).await;
    let submitter = Caller::login_at(&address, "submitter.cayenne").await;
    let first = Case::submitted(&world, &submitter).await;
    let copy = machine.path("copy.db").display().to_string();
    let backup = machine.start(&["backup", &copy]);
    let draft = json!({ "laboratory": world.cayenne, "content": {} });
    for _ in 0..20 {
        let _ = submitter.post("/cases", &draft).await.expect(201);
    }
    let (status, said) = backup.ended();
    assert!(status.success(), "{said:?}");
    drop(program);

    let again = machine.run(&["backup", &copy]);
    assert_eq!(again.code, 1, "a copy is not overwritten: {again:?}");
    let restored = machine_on(&format!("sqlite:{copy}"));
    assert!(restored.done(&["doctor"]).contains("opens what is sealed"));
    let (_program, address) = restored.serve(&[]).await;
    let submitter = Caller::login_at(&address, "submitter.cayenne").await;
    let case = submitter
        .get(&format!("/cases/{}", first.id))
        .await
        .expect(200);
    assert_eq!(case.json["patient"]["accession_number"], "26H00123");
}

#[test]
fn on_postgresql_the_command_for_a_copy_is_told() {
    let database = TestDatabase::postgres();
    let machine = machine_on(database.url());
    let said = machine.run(&["backup", "copy.dump"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(
        said.err
            .contains("pg_dump --format=custom --file=copy.dump 'postgres://"),
        "{said:?}"
    );
    assert!(!machine.path("copy.dump").exists());
}

#[actix_web::test]
async fn the_doctor_tells_whether_the_sealing_key_opens_what_is_sealed() {
    for database in TestDatabase::both() {
        let world = World::on(database.url()).await;
        let machine = machine_on(database.url());
        assert!(machine.done(&["doctor"]).contains("nothing is sealed yet"));
        {
            let (_program, address) = machine.serve(&[]).await;
            let submitter = Caller::login_at(&address, "submitter.cayenne").await;
            let _ = Case::submitted(&world, &submitter).await;
        }
        assert!(
            machine
                .done(&["doctor"])
                .contains("opens what is sealed (2 looked at)")
        );
        let other = machine.with("sealing_key", &"fedcba9876543210".repeat(4));
        let said = other.run(&["doctor"]);
        assert_eq!(said.code, 1, "{said:?}");
        assert!(
            said.out
                .contains("FAIL  sealing key: sealed data cannot be opened"),
            "{said:?}"
        );
        let short = other.with("sealing_key", &"fedcba9876543210".repeat(3));
        assert_eq!(short.run(&["doctor"]).code, 3);
    }
}

#[actix_web::test]
async fn a_change_is_tried_from_the_command_line() {
    for database in TestDatabase::both() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let submitter = served.login("submitter.cayenne").await;
        for _ in 0..2 {
            let _ = Case::submitted(&world, &submitter).await;
        }
        let machine = machine_on(database.url());
        let file = machine.path("trial.json").display().to_string();
        // The clock of the program is the machine's: the time of the story is named.
        let mut trial = json!({
            "from": "2026-11-23T00:00:00Z", "to": "2026-11-24T00:00:00Z",
            "targets": [{ "urgency": "routine", "time": "working", "answer_minutes": 10, "first_response_minutes": 5, "warning_minutes": 5 }],
        });
        std::fs::write(&file, trial.to_string()).unwrap();
        let said = machine.done(&["trial", "GCS Antilles-Guyane", &file]);
        assert!(said.contains("2 cases"), "{said}");
        let tried: Value =
            serde_json::from_str(&machine.done(&["trial", "GCS Antilles-Guyane", &file, "--json"]))
                .unwrap();
        assert_eq!(
            (&tried["before"]["on_time"], &tried["after"]["on_time"]),
            (&json!(1.0), &json!(0.0))
        );
        trial["targets"][0]["warning_minutes"] = json!(11);
        std::fs::write(&file, trial.to_string()).unwrap();
        let refused = machine.run(&["trial", "GCS Antilles-Guyane", &file]);
        assert!(
            refused.code == 1 && refused.err.contains("/targets/0/warning_minutes"),
            "{refused:?}"
        );
        let unknown = machine.run(&["trial", "GCS Nulle-Part"]);
        assert!(
            unknown.err.contains("there is no network GCS Nulle-Part"),
            "{unknown:?}"
        );
    }
}
