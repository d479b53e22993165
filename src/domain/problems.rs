//! What is wrong with a field, in a form that the API, the workspace and the tests all read.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::codes::Coded;

/// One bad field.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldProblem {
    /// JSON pointer (RFC 6901) of the field in the body that was sent.
    pub pointer: String,
    /// The rule it breaks.
    #[serde(flatten)]
    pub rule: FieldRule,
}

impl FieldProblem {
    /// The field at `pointer` breaks `rule`.
    pub fn new(pointer: impl Into<String>, rule: FieldRule) -> Self {
        Self {
            pointer: pointer.into(),
            rule,
        }
    }
}

/// The rule a field breaks, with its limits.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum FieldRule {
    /// Nothing was given.
    Required,
    /// More characters or entries than allowed.
    TooLong {
        /// The most allowed.
        max: usize,
    },
    /// Fewer characters or entries than needed.
    TooFew {
        /// The least needed.
        min: usize,
    },
    /// Not written as the named format demands.
    Malformed {
        /// The format, in words.
        expected: String,
    },
    /// Not one of the known codes.
    UnknownCode,
    /// Not in the table of its coding system.
    NotInTable {
        /// The codes nearest to what was given, the best first.
        nearest: Vec<Coded>,
    },
    /// A day that lies in the future.
    InTheFuture,
    /// Outside the allowed range.
    OutOfRange {
        /// The least allowed.
        min: i64,
        /// The most allowed.
        max: i64,
    },
    /// Must be true for the case to go out.
    MustBeTrue,
    /// There is no initial diagnosis to compare with: the concordance can only be not assessable.
    NothingToCompare,
    /// Given twice.
    Duplicate,
    /// Somebody or something else has it already.
    Taken,
    /// The slide cannot be read, and nothing says why the case should go out all the same.
    SlideUnreadable {
        /// What the check of the link found.
        failure: String,
    },
    /// Two fields cannot both be true: the concordance says the same diagnosis, the codes name two lesions.
    Contradicts,
    /// Another entry holds for the same cases at the same time.
    Overlaps {
        /// Its identifier.
        entry: String,
        /// From when it holds.
        from: DateTime<Utc>,
        /// Until when, where it ends.
        #[serde(skip_serializing_if = "Option::is_none")]
        until: Option<DateTime<Utc>>,
    },
    /// Two intervals of a day overlap, or stand in the wrong order.
    HoursOverlap,
    /// An interval of a day ends before it begins.
    HoursReversed,
    /// Not the person's password.
    WrongPassword,
    /// A password that is easily guessed.
    Guessable,
    /// Control characters, which no text field takes.
    ControlCharacters,
    /// Text is not allowed with this status.
    NotAllowedHere,
    /// A field the document does not name.
    UnknownField,
    /// Not what the document says of its type or range.
    Invalid {
        /// What is expected, in words.
        detail: String,
    },
}

impl FieldRule {
    /// The rule in English words, for the API's readers.
    pub fn in_words(&self) -> String {
        match self {
            Self::Required => "is required".into(),
            Self::TooLong { max } => format!("holds more than {max}"),
            Self::TooFew { min } => format!("needs at least {min}"),
            Self::Malformed { expected } => format!("is not {expected}"),
            Self::UnknownCode => "is not a known code".into(),
            Self::NotInTable { nearest } => {
                let nearest: Vec<&str> = nearest.iter().map(|one| one.code.as_str()).collect();
                match nearest.join(", ") {
                    none if none.is_empty() => "is not in the table".into(),
                    nearest => format!("is not in the table; the nearest codes are {nearest}"),
                }
            }
            Self::InTheFuture => "lies in the future".into(),
            Self::OutOfRange { min, max } => format!("must lie between {min} and {max}"),
            Self::MustBeTrue => "must be true".into(),
            Self::NothingToCompare => {
                "must be not_assessable: the submitter gave no diagnosis to compare with".into()
            }
            Self::Duplicate => "is given twice".into(),
            Self::Taken => "is taken already".into(),
            Self::SlideUnreadable { failure } => {
                format!(
                    "cannot be read ({failure}); mend the link or say why the case goes out without it"
                )
            }
            Self::Contradicts => "cannot be concordant: the ADICAP codes name two lesions".into(),
            Self::Overlaps { entry, from, until } => {
                let until = until.map_or_else(String::new, |until| format!(" until {until:?}"));
                format!("overlaps the entry {entry}, which holds from {from:?}{until}")
            }
            Self::HoursOverlap => "holds two intervals that overlap, or in the wrong order".into(),
            Self::HoursReversed => {
                "holds an interval that ends before it begins; what goes past midnight goes on under the next day".into()
            }
            Self::WrongPassword => "is not the password of who is logged in".into(),
            Self::Guessable => "is too easy to guess".into(),
            Self::ControlCharacters => "holds control characters".into(),
            Self::NotAllowedHere => "must be left out here".into(),
            Self::UnknownField => "is not a field of this document".into(),
            Self::Invalid { detail } => detail.clone(),
        }
    }
}
