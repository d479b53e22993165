//! Why something was done to a case: a code that everybody who sees the timeline may read, and words for those with a right to
//! content, because people write into them whatever they like.

use serde::Serialize;
use serde_json::Value;

use super::cases::{DeclineReason, RefusalReason, TakeoverReason};
use super::permissions::Relation;
use super::text_enum::TextEnum;
use super::transitions::Command;

/// A reason as an event keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Why<'a> {
    /// One of the codes of the command.
    #[serde(rename = "reason", skip_serializing_if = "Option::is_none")]
    pub code: Option<&'a str>,
    /// What was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub words: Option<&'a str>,
}

impl<'a> Why<'a> {
    /// A code, and a comment that may be empty.
    pub fn coded(code: &'a str, comment: &'a str) -> Self {
        Self {
            code: Some(code),
            words: written(comment),
        }
    }

    /// What was written, nothing coded.
    pub fn in_words(text: &'a str) -> Self {
        Self {
            code: None,
            words: written(text),
        }
    }

    /// Parts a text that holds both: that of a command, and that of an event of the time when one key held both. What is not
    /// known to be a code is taken for words.
    pub fn parted(command: Command, relation: Relation, text: &'a str) -> Self {
        let (code, comment) = text.split_once(": ").unwrap_or((text, ""));
        let known = match command {
            Command::Decline | Command::LeavePanel => DeclineReason::parse(code).is_some(),
            Command::TakeOver => TakeoverReason::parse(code).is_some(),
            Command::Refuse => RefusalReason::parse(code).is_some(),
            // A step of the ladder, which nobody writes.
            Command::Redirect => relation == Relation::System,
            _ => false,
        };
        if known {
            Self::coded(code, comment)
        } else {
            Self::in_words(text)
        }
    }

    /// The facts of an event with this reason among them.
    #[must_use]
    pub fn beside(self, mut facts: Value) -> Value {
        if let Some(facts) = facts.as_object_mut() {
            for (key, text) in [("reason", self.code), ("words", self.words)] {
                if let Some(text) = text {
                    facts.insert(key.to_owned(), text.into());
                }
            }
        }
        facts
    }
}

fn written(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

/// The facts of an event as somebody may read them: reasons in words only with a right to content.
pub fn readable(command: Command, relation: Relation, facts: Value, content: bool) -> Value {
    let mut facts = facts;
    let Some(map) = facts.as_object_mut() else {
        return facts;
    };
    if !map.contains_key("words")
        && let Some(Value::String(text)) = map.remove("reason")
    {
        facts = Why::parted(command, relation, &text).beside(facts);
    }
    if let (Some(map), false) = (facts.as_object_mut(), content) {
        map.remove("words");
    }
    facts
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn codes_are_for_everybody_and_words_for_who_may_read_content() {
        use Command as C;
        use Relation as R;
        let table = [
            (
                C::Decline,
                R::Holder,
                json!({"expert": 1, "reason": "overloaded"}),
                json!({"expert": 1, "reason": "overloaded"}),
                None,
            ),
            (
                C::Decline,
                R::Holder,
                json!({"reason": "overloaded", "words": "Congrès"}),
                json!({"reason": "overloaded"}),
                Some("Congrès"),
            ),
            (
                C::TakeOver,
                R::Coordinator,
                json!({"reason": "no_answer"}),
                json!({"reason": "no_answer"}),
                None,
            ),
            // As events were kept when one key held both.
            (
                C::Refuse,
                R::Coordinator,
                json!({"reason": "duplicate: voir REL-1: le premier"}),
                json!({"reason": "duplicate"}),
                Some("voir REL-1: le premier"),
            ),
            (
                C::Refuse,
                R::Coordinator,
                json!({"reason": "duplicate"}),
                json!({"reason": "duplicate"}),
                None,
            ),
            (
                C::Refuse,
                R::Coordinator,
                json!({"reason": "Mme X: la sœur"}),
                json!({}),
                Some("Mme X: la sœur"),
            ),
            (
                C::Redirect,
                R::Coordinator,
                json!({"from": 1, "reason": "Personne ici"}),
                json!({"from": 1}),
                Some("Personne ici"),
            ),
            (
                C::Redirect,
                R::System,
                json!({"reason": "national_list"}),
                json!({"reason": "national_list"}),
                None,
            ),
            (
                C::Withdraw,
                R::Submitter,
                json!({"reason": "overloaded"}),
                json!({}),
                Some("overloaded"),
            ),
            (
                C::AgreeWithdrawal,
                R::Holder,
                json!({"reason": ""}),
                json!({}),
                None,
            ),
            (
                C::Reopen,
                R::Signer,
                json!({"words": "FISH"}),
                json!({}),
                Some("FISH"),
            ),
            (
                C::LeavePanel,
                R::Reader,
                json!({"reason": "overloaded"}),
                json!({"reason": "overloaded"}),
                None,
            ),
            (C::Accept, R::Holder, json!({}), json!({}), None),
        ];
        for (command, relation, kept, coded, words) in table {
            let seen = readable(command, relation, kept.clone(), false);
            assert_eq!(seen, coded, "{command} {kept}");
            let mut whole = coded;
            if let Some(words) = words {
                whole["words"] = json!(words);
            }
            assert_eq!(
                readable(command, relation, kept.clone(), true),
                whole,
                "{command} {kept}"
            );
        }
    }
}
