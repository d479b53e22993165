//! What the doctor finds beyond the exchange's own doors: the laboratories' slide sources and the time authority.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use relecture::clock::SystemClock;
use relecture::domain::slides::SourceKind;
use relecture::domain::time::Clock;

use crate::support::ca::Ca;
use crate::support::database::TestDatabase;
use crate::support::exchange::{SEALING_KEY, World};
use crate::support::program::Machine;
use crate::support::served::client;
use crate::support::tsa::Tsa;

fn machine_on(url: &str) -> Machine {
    Machine::on(url).with("sealing_key", &STANDARD.encode(SEALING_KEY))
}

/// The line of a check.
fn line<'s>(said: &'s str, check: &str) -> &'s str {
    let mut lines = said.lines();
    lines
        .find(|line| line.contains(&format!("  {check}: ")))
        .unwrap_or_else(|| panic!("no check {check}: {said}"))
}

#[actix_web::test]
async fn the_doctor_asks_every_slide_source_whether_it_answers() {
    for database in TestDatabase::both() {
        // Nobody answers at the one of the world. It is not the exchange that is ill.
        let world = World::on(database.url()).await;
        let machine = machine_on(database.url());
        let said = machine.done(&["doctor"]);
        let found = line(&said, "slide sources");
        assert!(found.starts_with("  note  "), "{said}");
        assert!(
            found.contains("1 of 1 cannot be read: Serveur de lames (Centre hospitalier de Cayenne): nobody answers"),
            "{said}"
        );
        assert!(!said.contains("127.0.0.1:1/dz"), "{said}");
        // A server that has nothing at its root answers all the same.
        let server = crate::support::served::Served::start(&world);
        let (source, address) = (world.source, server.address.clone());
        let moved = world.exchange.store.write(move |conn| {
            relecture::store::organisations::set_base_url(conn, source, &address)
        });
        moved.await.expect("the source is moved");
        let said = machine.done(&["doctor"]);
        assert_eq!(
            line(&said, "slide sources"),
            "  ok    slide sources: 1 registered, each answers"
        );
        world.alter("DELETE FROM slide_sources").await;
        let said = machine.done(&["doctor"]);
        assert!(line(&said, "slide sources").ends_with("none is registered"));
    }
}

#[actix_web::test]
async fn the_doctor_has_the_time_authority_stamp_something() {
    let tsa = Tsa::start();
    for database in TestDatabase::both() {
        let _world =
            World::with_source(database.url(), SourceKind::DeepZoom, "http://127.0.0.1:1").await;
        let machine = machine_on(database.url());
        let said = machine.done(&["doctor"]);
        assert!(
            line(&said, "time authority").contains("none is configured"),
            "{said}"
        );
        let certificates = tsa.certificate().display().to_string();
        let machine = machine
            .with("timestamps.certificates", &certificates)
            .with("timestamps.url", &tsa.address("good"));
        let said = machine.done(&["doctor"]);
        let found = line(&said, "time authority");
        assert!(
            found.starts_with("  ok    ") && found.ends_with(" stamps"),
            "{said}"
        );
        let machine = machine.with("timestamps.url", &tsa.address("garbage"));
        let said = machine.run(&["doctor"]);
        assert_eq!(said.code, 1, "{said:?}");
        assert!(
            line(&said.out, "time authority").starts_with("  FAIL  "),
            "{said:?}"
        );
    }
}

#[actix_web::test]
async fn the_doctor_warns_of_certificates_that_run_out_and_the_figures_tell_how_long_they_hold() {
    let tsa = Tsa::start();
    for database in TestDatabase::both() {
        let world = World::on(database.url()).await;
        let machine = machine_on(database.url());
        let said = machine.done(&["doctor"]);
        assert!(line(&said, "certificates").ends_with("none has to be renewed"));

        let ca = Ca::new();
        let root = ca.root().display().to_string();
        machine.done(&["keys", "trust", &root, "--name", "GCS Outre-mer"]);
        let login = "expert.breast@example.org";
        let request = machine.done(&["keys", "request", login]);
        let chain = machine.file("chain.pem", ca.answers("good", &request));
        machine.done(&["keys", "certify", login, "--chain", &chain]);
        let said = machine.done(&["doctor"]);
        let found = line(&said, "certificates");
        assert!(
            found.starts_with("  ok    ") && found.contains("2 in use"),
            "{said}"
        );

        // Of those of the time authority, the first runs out within the month.
        let pem = tsa.certificate().display().to_string();
        let stamped = machine_on(database.url())
            .with("timestamps.certificates", &pem)
            .with("timestamps.url", &tsa.address("good"));
        let said = stamped.done(&["doctor"]);
        let found = line(&said, "certificates");
        assert!(
            found.starts_with("  note  ") && found.contains("(time_authority) on"),
            "{said}"
        );

        let ends = |seconds: i64| {
            let at = SystemClock.now().timestamp_micros() + seconds * 1_000_000;
            format!("UPDATE signing_keys SET not_after = {at}")
        };
        world.alter(ends(864_000)).await;
        let said = machine.done(&["doctor"]);
        let found = line(&said, "certificates");
        let whose = format!("{login} (expert) on");
        assert!(
            found.starts_with("  note  ") && found.contains(&whose),
            "{said}"
        );
        world.alter(ends(-864_000)).await;
        let said = machine.run(&["doctor"]);
        assert_eq!(said.code, 1, "{said:?}");
        let found = line(&said.out, "certificates");
        assert!(
            found.starts_with("  FAIL  ") && found.contains(&whose),
            "{said:?}"
        );

        let (_program, address) = machine.serve(&[]).await;
        let figures = client().get(format!("{address}/metrics"));
        let figures = figures.send().await.expect("an answer");
        let figures = figures.text().await.expect("figures");
        let left = |holder: &str| -> i64 {
            let begin = format!("relecture_certificate_left_seconds{{holder=\"{holder}\"}} ");
            let mut lines = figures.lines().filter_map(|line| line.strip_prefix(&begin));
            let left = lines
                .next()
                .unwrap_or_else(|| panic!("no {holder}: {figures}"));
            left.parse().expect("seconds")
        };
        assert!(left("expert") < -863_000 && left("trusted_authority") > 864_000);
        // An authority that is trusted no more needs no other certificate, nor do those under it.
        let sha256 = machine.done(&["keys", "trusted"]);
        let sha256 = sha256.split_whitespace().next().expect("a fingerprint");
        machine.done(&["keys", "withdraw", sha256]);
        let said = machine.done(&["doctor"]);
        assert!(line(&said, "certificates").ends_with("none has to be renewed"));
    }
}

/// What `--help` lists under `Commands:`.
fn commands(help: &str) -> Vec<String> {
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    listed
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix("  "))
        .filter(|line| !line.starts_with(' '))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(ToOwned::to_owned)
        .collect()
}

/// Options and arguments of a help, each with the text that describes it.
fn described(help: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for line in help.lines().skip_while(|line| !line.starts_with("Usage: ")) {
        let text = line.trim_start();
        let indent = line.len() - text.len();
        if (text.starts_with('-') || text.starts_with('<') || text.starts_with('['))
            && (1..10).contains(&indent)
        {
            let (name, words) = text.split_once("  ").unwrap_or((text, ""));
            found.push((name.to_owned(), words.trim().to_owned()));
        } else if let (Some((_, words)), true) = (found.last_mut(), indent >= 10) {
            words.push_str(text);
        }
    }
    found
}

#[test]
fn every_command_tells_what_it_does_and_what_it_takes() {
    let machine = Machine::new();
    let mut waiting: Vec<Vec<String>> = vec![vec![]];
    let mut told = Vec::new();
    while let Some(command) = waiting.pop() {
        let mut arguments: Vec<&str> = command.iter().map(String::as_str).collect();
        arguments.push("--help");
        let said = machine.run(&arguments);
        assert_eq!((said.code, said.err.as_str()), (0, ""), "{arguments:?}");
        let what = said.out.lines().next().unwrap_or_default();
        assert!(
            what.split_whitespace().count() > 2 && !what.starts_with("Usage"),
            "{arguments:?} says what it does: {}",
            said.out
        );
        let usage = format!("Usage: relecture {}", command.join(" "));
        assert!(said.out.contains(usage.trim_end()), "{}", said.out);
        for (name, words) in described(&said.out) {
            assert!(
                words.len() > 5,
                "{arguments:?} says what {name} is: {}",
                said.out
            );
        }
        for below in commands(&said.out) {
            let mut deeper = command.clone();
            deeper.push(below);
            waiting.push(deeper);
        }
        told.push(command.join(" "));
    }
    for known in [
        "serve",
        "worker",
        "migrate",
        "import",
        "demo",
        "backup",
        "doctor",
        "user add",
        "user password",
        "user lock",
        "user list",
        "case list",
        "case show",
        "outbox list",
        "outbox retry",
        "verify",
        "calendar",
        "clock",
        "route",
        "agreement",
        "simulate",
    ] {
        assert!(
            told.iter().any(|command| command == known),
            "{known}: {told:?}"
        );
    }
    // Outside, nothing was made.
    assert!(!machine.path("data").exists());
}
