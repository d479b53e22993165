//! Small promises that no compiler holds.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::source::{Code, files, repository, rust_files};

const LONGEST: usize = 600;

/// Longer files, each with its reason. A row that is no longer needed is an error, so the list can only shrink by itself.
const LONG_FILES: &[(&str, &str)] = &[(
    "src/store/schema.rs",
    "one row for each column of the database, as diesel wants them, and nothing else",
)];

/// Where time and randomness enter the program, each with its reason; everything else has them passed in.
const PROVIDERS: &[&str] = &["src/clock.rs"];

const AMBIENT: &[&str] = &[
    "Utc::now",
    "Local::now",
    "SystemTime::now",
    "Uuid::now_v7",
    "Uuid::new_v4",
];

fn report(found: Vec<String>) {
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn files_are_short_enough_to_read() {
    let mut found = Vec::new();
    let sources = [rust_files("src"), rust_files("tests")].concat();
    for (path, text) in &sources {
        let lines = text.lines().count();
        if lines > LONGEST && !LONG_FILES.iter().any(|(name, _)| name == path) {
            found.push(format!("{path}:{lines}: longer than {LONGEST} lines: split it, or give the reason in LONG_FILES"));
        }
    }
    for (name, _) in LONG_FILES {
        if !sources
            .iter()
            .any(|(path, text)| path == name && text.lines().count() > LONGEST)
        {
            found.push(format!("{name} is listed in LONG_FILES but is not long"));
        }
    }
    report(found);
}

#[test]
fn time_and_randomness_are_passed_in() {
    let mut found = Vec::new();
    for (path, text) in rust_files("src")
        .iter()
        .filter(|(path, _)| !PROVIDERS.contains(&path.as_str()))
    {
        let code = Code::of(text).without_tests(path);
        for name in AMBIENT {
            for (at, _) in code.text.match_indices(name) {
                found.push(format!(
                    "{path}:{}: {name}: take a Clock or an IdGenerator",
                    code.line(at)
                ));
            }
        }
    }
    report(found);
}

#[test]
fn lints_are_expected_with_a_reason_never_allowed() {
    let mut found = Vec::new();
    for (path, text) in [rust_files("src"), rust_files("tests")].concat() {
        let code = Code::of(&text);
        for (at, _) in code.text.match_indices("allow(") {
            if code.text[..at].trim_end().ends_with('[') {
                found.push(format!(
                    "{path}:{}: use expect with a reason",
                    code.line(at)
                ));
            }
        }
    }
    report(found);
}

#[test]
fn no_test_is_switched_off() {
    let mut found = Vec::new();
    for (path, text) in rust_files("tests") {
        let code = Code::of(&text);
        for (at, _) in code.text.match_indices("#[ignore") {
            found.push(format!(
                "{path}:{}: a test that is not run proves nothing",
                code.line(at)
            ));
        }
    }
    report(found);
}

#[test]
fn nothing_is_left_for_later_and_no_folder_of_one_machine_is_named() {
    let marks = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("XX", "X"),
        concat!("/ro", "ot/"),
        concat!("/ho", "me/"),
    ];
    let folders = [
        "src",
        "tests",
        "script",
        "docs",
        "migrations",
        "api-spec",
        ".ci",
    ];
    let texts = folders.iter().flat_map(|folder| {
        [
            ".rs", ".md", ".sql", ".yaml", ".toml", "run", "setup", "test", "demo", ".sh",
        ]
        .iter()
        .flat_map(|ending| files(folder, ending))
    });
    let mut found = Vec::new();
    for (path, text) in texts {
        for (number, line) in text.lines().enumerate() {
            for mark in marks.iter().filter(|mark| line.contains(**mark)) {
                found.push(format!("{path}:{}: {mark}", number + 1));
            }
        }
    }
    report(found);
}

#[test]
fn both_databases_have_the_same_migrations() {
    let names = |database: &str| {
        let Ok(entries) = fs::read_dir(repository().join("migrations").join(database)) else {
            return Vec::new();
        };
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    };
    assert_eq!(names("sqlite"), names("postgresql"));
    for database in ["sqlite", "postgresql"] {
        for name in names(database) {
            for file in ["up.sql", "down.sql"] {
                let path = repository()
                    .join("migrations")
                    .join(database)
                    .join(&name)
                    .join(file);
                assert!(path.is_file(), "{} is missing", path.display());
            }
        }
    }
}

/// Lines of the fenced shell blocks of a document that run one of our scripts.
fn script_lines(document: &str) -> Vec<String> {
    let mut inside = false;
    let mut found = Vec::new();
    for line in document.lines() {
        if line.starts_with("```") {
            inside = !inside && line == "```sh";
        } else if inside && line.starts_with("script/") {
            found.push(line.split_whitespace().next().unwrap().to_owned());
        }
    }
    found
}

#[test]
fn the_commands_people_read_exist_and_can_be_run() {
    let mut seen = 0;
    for document in ["README.md", "CONTRIBUTING.md"] {
        for script in script_lines(&fs::read_to_string(repository().join(document)).unwrap()) {
            let mode = fs::metadata(repository().join(&script))
                .unwrap_or_else(|_| panic!("{document} names {script}"))
                .permissions();
            assert_eq!(
                mode.mode() & 0o111,
                0o111,
                "{script} can be run by everybody"
            );
            seen += 1;
        }
    }
    assert!(seen >= 2, "README.md shows script/demo and script/test");
}

#[test]
fn links_inside_the_documents_lead_somewhere() {
    let mut found = Vec::new();
    let roots = ["README.md", "CONTRIBUTING.md", "SECURITY.md"].map(|name| {
        (
            name.to_owned(),
            fs::read_to_string(repository().join(name)).unwrap(),
        )
    });
    for (path, text) in roots.into_iter().chain(files("docs", ".md")) {
        let folder = repository().join(&path).parent().unwrap().to_owned();
        for target in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split([')', '#']).next())
        {
            if !target.is_empty() && !target.contains(':') && !folder.join(target).exists() {
                found.push(format!("{path}: {target} does not exist"));
            }
        }
    }
    report(found);
}
