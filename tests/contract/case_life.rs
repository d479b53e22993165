//! `docs/case-life.md` prints the transition table; this keeps it true.

use std::path::PathBuf;

use relecture::domain::permissions::Relation;
use relecture::domain::text_enum::TextEnum;
use relecture::domain::transitions::{ClockRule, TRANSITIONS, Target};

/// Set, the test writes the table into the page instead of comparing.
const REWRITE: &str = "RELECTURE_TEST_REWRITE_DOCS";
const BEGIN: &str = "<!-- table: begin -->\n";
const END: &str = "<!-- table: end -->\n";

fn page() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/case-life.md")
}

fn codes<E: TextEnum>(members: &[E]) -> String {
    let codes: Vec<&str> = members.iter().map(|member| member.as_str()).collect();
    codes.join(", ")
}

fn clock(rule: ClockRule) -> String {
    match rule {
        ClockRule::Unchanged => String::new(),
        ClockRule::Start => "starts".into(),
        ClockRule::Stop => "stops".into(),
        ClockRule::Pause(kind) => format!("pauses: {kind}"),
        ClockRule::Resume(kind) => format!("resumes: {kind}"),
    }
}

fn table() -> String {
    let mut lines = vec![
        "| command | from | who | guards | to | clock |".to_owned(),
        "| --- | --- | --- | --- | --- | --- |".to_owned(),
    ];
    for row in TRANSITIONS {
        let to = match row.to {
            Target::Same => "the same".to_owned(),
            Target::State(state) => state.to_string(),
            Target::ReadAgain => "signed where it is answered, the same elsewhere".to_owned(),
        };
        let who: Vec<Relation> = row.who.to_vec();
        let cells = [
            row.command.to_string(),
            codes(row.from),
            codes(&who),
            codes(row.guards),
            to,
            clock(row.clock),
        ];
        lines.push(
            format!("| {} |", cells.join(" | "))
                .replace("|  |", "| |")
                .replace("|  |", "| |"),
        );
    }
    lines.join("\n") + "\n"
}

#[test]
fn the_page_prints_the_transition_table() {
    let text = std::fs::read_to_string(page()).expect("docs/case-life.md");
    let (head, rest) = text
        .split_once(BEGIN)
        .expect("the page has a place for the table");
    let (printed, tail) = rest.split_once(END).expect("the table ends");
    if std::env::var_os(REWRITE).is_some() {
        std::fs::write(page(), format!("{head}{BEGIN}{}{END}{tail}", table()))
            .expect("the page is written");
        return;
    }
    assert_eq!(
        printed,
        table(),
        "docs/case-life.md is behind the table in src/domain/transitions.rs; write it anew with\n\
         {REWRITE}=1 cargo test --test stories -- the_page_prints_the_transition_table\n"
    );
}

/// The words of the page know every guard: a reader finds what a code means.
#[test]
fn the_page_explains_every_guard_and_every_relation() {
    let text = std::fs::read_to_string(page()).expect("docs/case-life.md");
    let used: Vec<&str> = TRANSITIONS
        .iter()
        .flat_map(|row| {
            let guards = row.guards.iter().map(|guard| guard.as_str());
            guards.chain(row.who.iter().map(|who| who.as_str()))
        })
        .collect();
    for code in used {
        assert!(
            text.contains(&format!("| `{code}` |")),
            "docs/case-life.md explains {code}"
        );
    }
}
