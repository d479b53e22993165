//! Who may know whom: the table, held against every path in `src`.
//!
//! A layer is the first module under the crate's root. The table is printed in `docs/ARCHITECTURE.md`, which is held to it too.

use super::source::{Code, repository, rust_files};

/// The layers, what each may use of ours, and what it is for.
pub const LAYERS: &[(&str, &[&str], &str)] = &[
    (
        "domain",
        &[],
        "pure rules: no I/O, no clock, no database, no HTTP",
    ),
    (
        "simulation",
        &["domain"],
        "a year of a national service on the real rules",
    ),
    (
        "config",
        &[],
        "configuration, with the source of each value",
    ),
    ("telemetry", &["config"], "logs and metrics"),
    (
        "clock",
        &["domain"],
        "the machine's clock and identifiers, passed in by the program itself",
    ),
    (
        "texts",
        &["domain"],
        "what people read, in French and English",
    ),
    (
        "store",
        &["domain"],
        "rows and queries; both databases behind one door",
    ),
    (
        "slides",
        &["domain"],
        "DICOMweb, IIIF and DeepZoom; the safe outbound client",
    ),
    (
        "signing",
        &["domain"],
        "signatures, keys, timestamps, verification",
    ),
    (
        "report",
        &["domain", "signing", "texts"],
        "signed opinions on paper: PDF/A that carries what it prints",
    ),
    ("identity", &["domain"], "passwords, tokens, sessions"),
    ("sealing", &["domain"], "encryption of patient data at rest"),
    (
        "service",
        &[
            "domain",
            "store",
            "slides",
            "signing",
            "report",
            "identity",
            "sealing",
            "telemetry",
            "texts",
            "simulation",
        ],
        "use cases: one function per command, one transaction each",
    ),
    (
        "http",
        &["service", "domain", "telemetry", "config"],
        "what every door over HTTP shares: state, problems, the watch over each request",
    ),
    (
        "api",
        &["http", "service", "domain", "telemetry", "config", "texts"],
        "the JSON API",
    ),
    (
        "tiles",
        &["http", "service", "domain", "telemetry", "config"],
        "slides for viewers, as DeepZoom and IIIF",
    ),
    (
        "transparency",
        &["http", "service"],
        "the transparency log of signed opinions, for everybody",
    ),
    (
        "workspace",
        &["http", "service", "domain", "telemetry", "config", "texts"],
        "pages for the three roles",
    ),
    (
        "notify",
        &["service", "domain", "telemetry", "config"],
        "mail and webhooks",
    ),
];

/// Modules that put the layers together and may know all of them. Nobody may know these.
pub const ROOTS: &[&str] = &["main", "lib", "cli", "server", "application", "demo"];

/// Crates that belong to few layers, and what they would bring where they are not wanted.
const CRATES: &[(&str, &[&str])] = &[
    (
        "actix_web",
        &["http", "api", "tiles", "transparency", "workspace"],
    ),
    ("ed25519_dalek", &["signing"]),
    ("signed_note", &["signing"]),
    ("tlog_tiles", &["signing"]),
    ("askama", &["workspace", "notify"]),
    ("diesel", &["store"]),
    ("diesel_migrations", &["store"]),
    ("lettre", &["notify", "config"]),
    ("reqwest", &["slides", "notify", "identity", "signing"]),
    ("prometheus", &["telemetry"]),
    ("fluent_bundle", &["texts", "workspace"]),
    ("krilla", &["report"]),
];

/// What would make the domain impure.
const IMPURE: &[&str] = &[
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::thread",
    "std::time",
    "tokio",
    "rand",
    "tracing",
];

/// The layer of a source file: `src/store/cases.rs` and `src/store.rs` are both `store`.
fn layer_of(path: &str) -> &str {
    let inside = path.strip_prefix("src/").unwrap_or(path);
    inside.split('/').next().unwrap().trim_end_matches(".rs")
}

/// What a file uses of ours, as (line, layer).
fn uses(path: &str, code: &Code) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (at, _) in code.text.match_indices("crate::") {
        if code.begins_word(at) {
            found.extend(names_at(code, at + "crate::".len()));
        }
    }
    // `super::` that climbs to the crate's root is `crate::` in disguise.
    let depth = path
        .trim_start_matches("src/")
        .trim_end_matches(".rs")
        .trim_end_matches("/mod")
        .split('/')
        .count();
    let climb = "super::".repeat(depth);
    for (at, _) in code.text.match_indices(&climb) {
        found.extend(
            names_at(code, at + climb.len())
                .into_iter()
                .filter(|(_, name)| is_layer(name)),
        );
    }
    found
}

fn is_layer(name: &str) -> bool {
    LAYERS.iter().any(|(layer, _, _)| *layer == name)
}

/// The first names of the path or the group of paths that begins at `at`: `a::b` gives a, `{a::{b, c}, d}` gives a and d.
fn names_at(code: &Code, at: usize) -> Vec<(usize, String)> {
    let name = |from: usize| {
        code.text[from..]
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect::<String>()
    };
    if !code.text[at..].starts_with('{') {
        return vec![(code.line(at), name(at))];
    }
    let mut found = Vec::new();
    let (mut depth, mut expects_name) = (0, false);
    for (offset, character) in code.text[at..].char_indices() {
        match character {
            '{' => (depth, expects_name) = (depth + 1, depth == 0),
            '}' => depth -= 1,
            ',' => expects_name = depth == 1,
            c if !c.is_whitespace() && expects_name => {
                found.push((code.line(at + offset), name(at + offset)));
                expects_name = false;
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    found
}

/// Everything wrong with one file.
fn violations(path: &str, code: &Code) -> Vec<String> {
    let layer = layer_of(path);
    if ROOTS.contains(&layer) {
        return Vec::new();
    }
    let Some((_, allowed, _)) = LAYERS.iter().find(|(name, _, _)| *name == layer) else {
        return vec![format!(
            "{path}:1: `{layer}` is not a layer: give it a row in tests/house/layers.rs"
        )];
    };
    let mut found = Vec::new();
    for (line, used) in uses(path, code) {
        if used != layer && !allowed.contains(&used.as_str()) {
            found.push(format!(
                "{path}:{line}: `{layer}` uses `{used}`; it may use {allowed:?}"
            ));
        }
    }
    // A unit test may read a file or start a thread.
    let program = code.clone().without_tests(path);
    for (name, layers) in CRATES {
        if !layers.contains(&layer) {
            for line in program.lines_with_path(name) {
                found.push(format!(
                    "{path}:{line}: `{layer}` uses the crate `{name}`, which belongs to {layers:?}"
                ));
            }
        }
    }
    for name in IMPURE.iter().filter(|_| layer == "domain") {
        for line in program.lines_with_path(name) {
            found.push(format!(
                "{path}:{line}: the domain is pure and cannot use `{name}`"
            ));
        }
    }
    found
}

#[test]
fn imports_run_one_way() {
    let found: Vec<String> = rust_files("src")
        .iter()
        .flat_map(|(path, text)| violations(path, &Code::of(text)))
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_check_sees_what_it_is_for() {
    let cases: &[(&str, &str, &[&str])] = &[
        (
            "src/domain/case.rs",
            "use crate::domain::ids;\nfn f() { crate::store::open() }",
            &["src/domain/case.rs:2: `domain` uses `store`"],
        ),
        (
            "src/store/cases.rs",
            "use crate::{\n    domain::{ids, time},\n    service::sign,\n};",
            &["src/store/cases.rs:3: `store` uses `service`"],
        ),
        (
            "src/slides/client.rs",
            "use super::super::store::x;",
            &["src/slides/client.rs:1: `slides` uses `store`"],
        ),
        (
            "src/slides/mod.rs",
            "mod a { use super::b; }\nuse super::api::x;",
            &["src/slides/mod.rs:2: `slides` uses `api`"],
        ),
        (
            "src/service/sign.rs",
            "// use crate::api::x\nlet text = \"crate::api\"; /* crate::notify::x */",
            &[],
        ),
        (
            "src/service/sign.rs",
            "use crate::{Error};",
            &["`service` uses `Error`"],
        ),
        (
            "src/api/cases.rs",
            "pub(crate) use crate::service::sign;\nuse diesel::prelude::*;",
            &["src/api/cases.rs:2: `api` uses the crate `diesel`"],
        ),
        (
            "src/domain/clock.rs",
            "let now = std::time::Instant::now();\nlet strand = operand::x;",
            &["src/domain/clock.rs:1: the domain is pure and cannot use `std::time`"],
        ),
        (
            "src/domain/clock.rs",
            "fn f() {}\n#[cfg(test)]\nmod tests { use std::fs; use crate::store::x; }",
            &["src/domain/clock.rs:3: `domain` uses `store`"],
        ),
        ("src/misc.rs", "", &["`misc` is not a layer"]),
        ("src/main.rs", "use relecture::store; use diesel::x;", &[]),
    ];
    for (path, text, expected) in cases {
        let found = violations(path, &Code::of(text));
        assert_eq!(found.len(), expected.len(), "{path}: {found:#?}");
        for (found, part) in found.iter().zip(*expected) {
            assert!(found.contains(part), "{part:?} in {found:?}");
        }
    }
}

#[test]
fn the_table_of_layers_is_the_one_people_read() {
    let rows: Vec<String> = LAYERS
        .iter()
        .map(|(layer, uses, purpose)| {
            let uses = if uses.is_empty() {
                "nothing".to_owned()
            } else {
                uses.join(", ")
            };
            format!("| `{layer}` | {purpose} | {uses} |")
        })
        .collect();
    let document = std::fs::read_to_string(repository().join("docs/ARCHITECTURE.md")).unwrap();
    let wanted = rows.join("\n");
    assert!(
        document.contains(&wanted),
        "docs/ARCHITECTURE.md needs these rows:\n{wanted}"
    );
}

#[test]
fn the_domain_layer_of_a_file_is_its_first_folder() {
    assert_eq!(layer_of("src/store/cases.rs"), "store");
    assert_eq!(layer_of("src/telemetry.rs"), "telemetry");
}
