//! Sentences that an expert keeps, each under a short key, to write opinions with.

use serde::{Deserialize, Serialize};

use super::problems::{FieldProblem, FieldRule};

/// Most sentences that one expert keeps.
pub const MOST: usize = 100;
/// Longest key, in characters.
pub const KEY_MAX: usize = 20;
/// Longest text, in characters.
pub const TEXT_MAX: usize = 2000;

/// A sentence under its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snippet {
    /// What is typed for it, behind a semicolon: small letters, digits and hyphens.
    pub key: String,
    /// What stands in its place.
    pub text: String,
}

fn key_rule(key: &str) -> Option<FieldRule> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if key.is_empty() {
        Some(FieldRule::Required)
    } else if key.chars().count() > KEY_MAX {
        Some(FieldRule::TooLong { max: KEY_MAX })
    } else if !key.chars().all(plain) {
        let expected = "small letters without accents, digits and hyphens".to_owned();
        Some(FieldRule::Malformed { expected })
    } else {
        None
    }
}

fn text_rule(text: &str) -> Option<FieldRule> {
    if text.trim().is_empty() {
        Some(FieldRule::Required)
    } else if text.chars().count() > TEXT_MAX {
        Some(FieldRule::TooLong { max: TEXT_MAX })
    } else if text.chars().any(|c| c.is_control() && c != '\n') {
        Some(FieldRule::ControlCharacters)
    } else {
        None
    }
}

/// What is wrong with a list of sentences; `pointer` is where it stands.
pub fn problems(pointer: &str, items: &[Snippet]) -> Vec<FieldProblem> {
    if items.len() > MOST {
        return vec![FieldProblem::new(pointer, FieldRule::TooLong { max: MOST })];
    }
    let mut problems = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let before = items.get(..at).unwrap_or_default();
        let twice = before.iter().any(|one| one.key == item.key);
        let key = key_rule(&item.key).or(twice.then_some(FieldRule::Duplicate));
        let field = |name: &str, rule| FieldProblem::new(format!("{pointer}/{at}/{name}"), rule);
        problems.extend(key.map(|rule| field("key", rule)));
        problems.extend(text_rule(&item.text).map(|rule| field("text", rule)));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snippet(key: &str, text: &str) -> Snippet {
        Snippet {
            key: key.into(),
            text: text.into(),
        }
    }

    #[test]
    fn what_is_wrong_is_told_of_each() {
        let long = "x".repeat(TEXT_MAX);
        assert!(
            problems(
                "",
                &[
                    snippet("cl-1", "Carcinome\nlobulaire."),
                    snippet("2", &long)
                ]
            )
            .is_empty()
        );
        let wrong = [
            (snippet("", "a"), "/items/0/key"),
            (snippet("a b", "a"), "/items/0/key"),
            (snippet("É", "a"), "/items/0/key"),
            (snippet(&"k".repeat(21), "a"), "/items/0/key"),
            (snippet("k", " \n"), "/items/0/text"),
            (snippet("k", "a\u{0}"), "/items/0/text"),
            (snippet("k", &(long + "x")), "/items/0/text"),
        ];
        for (one, pointer) in wrong {
            let found = problems("/items", &[one]);
            assert_eq!(found.len(), 1, "{found:?}");
            assert_eq!(found[0].pointer, pointer);
        }
        let twice = problems("", &[snippet("k", "a"), snippet("k", "b")]);
        assert_eq!((twice.len(), twice[0].pointer.as_str()), (1, "/1/key"));
        assert_eq!(
            problems("/items", &vec![snippet("k", "a"); MOST + 1]).len(),
            1
        );
    }
}
