//! A configuration that is not right is told whole, before anything is touched.

use crate::support::program::Machine;

/// What the configuration could not be is not what failed at work.
const MISCONFIGURED: i32 = 3;

#[test]
fn every_problem_of_the_configuration_is_named_at_once() {
    let machine = Machine::new()
        .with("mail.port", "many")
        .with("log.level", "loud=very=much")
        .with_variable("RELECTURE_LISTNE", "127.0.0.1:1");
    let file = machine.file(
        "relecture.toml",
        "mode = \"test\"\npublic_url = \"ftp://example.org\"\n[mail]\nbackend = \"smtp\"\n",
    );
    for command in ["serve", "worker", "migrate", "doctor"] {
        let said = machine.run(&["--config", &file, command]);
        assert_eq!(said.code, MISCONFIGURED, "{command}: {said:?}");
        for part in [
            "RELECTURE_MAIL_PORT",
            "RELECTURE_LOG_LEVEL",
            "RELECTURE_LISTNE",
            "did you mean",
            "`mode`",
            "`public_url`",
            "`mail.host` is missing",
            "relecture.toml:1",
        ] {
            assert!(said.err.contains(part), "{part} in {}", said.err);
        }
        assert_eq!(said.out, "", "{command}");
    }
    assert!(!machine.path("data").exists(), "nothing was left behind");
}

#[test]
fn production_starts_with_keys_of_its_own_or_not_at_all() {
    let machine = Machine::new().with("mode", "production");
    let said = machine.run(&["serve"]);
    assert_eq!(said.code, MISCONFIGURED, "{said:?}");
    for key in [
        "token_keys",
        "sealing_key",
        "public_url",
        "mail.backend",
        "mail.from",
    ] {
        assert!(
            said.err.contains(&format!("`{key}`")),
            "{key} in {}",
            said.err
        );
    }
    assert!(!machine.path("data").exists(), "no key was made in secret");
}

#[test]
fn a_named_file_must_be_there_and_words_that_mean_nothing_are_refused() {
    let machine = Machine::new();
    let said = machine.run(&["--config", "nowhere.toml", "doctor"]);
    assert_eq!(said.code, MISCONFIGURED, "{said:?}");
    assert!(said.err.contains("nowhere.toml"), "{said:?}");
    for arguments in [
        &["sreve"] as &[&str],
        &["user"],
        &["case", "list", "--state", "lost"],
        &[],
    ] {
        let said = machine.run(arguments);
        assert_eq!(said.code, 2, "{arguments:?}: {said:?}");
    }
}

#[test]
fn a_table_of_codes_that_cannot_be_read_keeps_the_exchange_from_starting() {
    let machine = Machine::new();
    let own = machine.file(
        "lesions.tsv",
        "# version: 1\n[adicap_lesion]\nA7\tToo short\n",
    );
    for (files, said) in [
        (
            own,
            "lesions.tsv, line 3: not written like a code of this table",
        ),
        ("nowhere.tsv".into(), "nowhere.tsv: No such file"),
    ] {
        let machine = Machine::new().with("codes.files", &files);
        machine.done(&["migrate"]);
        let refused = machine.run(&["serve"]);
        assert_eq!(refused.code, 1, "{refused:?}");
        assert!(refused.err.contains(said), "{refused:?}");
    }
}
