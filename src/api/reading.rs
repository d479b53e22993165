//! Reads a JSON body as a typed document and names everything that is wrong with it in one go.
//!
//! serde stops at the first value that does not fit. Here that value is noted, a stand-in of the right type takes its place, and
//! the reading begins again, until nothing more is found. A right body is read once.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::Segment;

use crate::domain::commands::{Nothing, ReadBody};
use crate::domain::problems::{FieldProblem, FieldRule};
use crate::http::{Kind, Problem};

/// Values noted at most: what is wrong in more places is not this document at all.
const MOST: usize = 50;
/// Longest text of a bad value or of what was expected that is repeated to its sender, in characters.
const REPEATED: usize = 200;

/// The reading of one body.
pub(super) struct Reading<'b> {
    bytes: &'b [u8],
    problems: Vec<FieldProblem>,
}

impl<'b> Reading<'b> {
    /// Reads these bytes.
    pub(super) fn of(bytes: &'b [u8]) -> Self {
        Self {
            bytes,
            problems: Vec::new(),
        }
    }

    /// The document; where something is wrong with it, stand-ins are in it, and [`Reading::finish`] refuses.
    ///
    /// # Errors
    /// What is wrong, when no stand-in fits.
    pub(super) fn document<T: DeserializeOwned + Serialize>(&mut self) -> Result<T, Problem> {
        let first = match serde_json::from_slice(self.bytes) {
            Ok(document) => {
                self.refuse_lists(&document)?;
                return Ok(document);
            }
            Err(error) => error,
        };
        // Whether it is JSON at all is asked of the bytes: a list that is too long for a type is "malformed" to serde.
        let mut value: Value = serde_json::from_slice(self.bytes).map_err(|e| malformed(&e))?;
        let mut standing: Option<StandIn> = None;
        loop {
            let failure = match serde_path_to_error::deserialize(&value) {
                Ok(document) => {
                    if self.problems.is_empty() {
                        // A value forgives a field that is given twice; the document does not.
                        self.note(
                            String::new(),
                            FieldRule::Invalid {
                                detail: plain(&first),
                            },
                        );
                    }
                    return Ok(document);
                }
                Err(failure) => Failure::from(failure),
            };
            let next = match standing.take() {
                Some(tried) if tried.is_at(&failure.pointer) => tried.next(),
                _ => {
                    self.note(failure.pointer.clone(), failure.rule());
                    Some(StandIn::new(failure))
                }
            };
            let Some(next) = next.filter(|_| self.problems.len() < MOST) else {
                return Err(Problem::fields(&self.problems));
            };
            next.place(&mut value);
            standing = Some(next);
        }
    }

    /// Refuses a body in which something was wrong, naming `further` problems beside those of its shape.
    ///
    /// # Errors
    /// The bad fields.
    pub(super) fn finish(self, further: Vec<FieldProblem>) -> Result<(), Problem> {
        if self.problems.is_empty() {
            return Ok(());
        }
        Err(Problem::fields(&self.with(further)))
    }

    /// What is wrong with the body's shape, and what else was found; what is said about a stand-in is no news.
    fn with(self, further: Vec<FieldProblem>) -> Vec<FieldProblem> {
        let shape = self.problems;
        let news = |p: &FieldProblem| !shape.iter().any(|bad| p.pointer.starts_with(&bad.pointer));
        let news: Vec<FieldProblem> = further.into_iter().filter(news).collect();
        [shape, news].concat()
    }

    /// serde takes a list of its fields' values for an object; the document does not.
    fn refuse_lists<T: Serialize>(&mut self, document: &T) -> Result<(), Problem> {
        if !self.bytes.contains(&b'[') {
            return Ok(());
        }
        let given: Value = serde_json::from_slice(self.bytes).map_err(|e| malformed(&e))?;
        let taken = serde_json::to_value(document).map_err(|e| Problem::internal(e.to_string()))?;
        self.note_lists(&given, &taken, "");
        Ok(())
    }

    fn note_lists(&mut self, given: &Value, taken: &Value, pointer: &str) {
        match (given, taken) {
            (Value::Array(_), Value::Object(_)) => {
                let detail = "invalid type: list, expected an object".to_owned();
                self.note(pointer.to_owned(), FieldRule::Invalid { detail });
            }
            (Value::Array(given), Value::Array(taken)) => {
                for (index, (given, taken)) in given.iter().zip(taken).enumerate() {
                    self.note_lists(given, taken, &format!("{pointer}/{index}"));
                }
            }
            (Value::Object(given), Value::Object(taken)) => {
                for (key, given) in given {
                    let mut below = pointer.to_owned();
                    push(&mut below, key);
                    if let Some(taken) = taken.get(key) {
                        self.note_lists(given, taken, &below);
                    }
                }
            }
            _ => {}
        }
    }

    fn note(&mut self, pointer: String, rule: FieldRule) {
        self.problems.push(FieldProblem::new(pointer, rule));
    }
}

impl ReadBody for Reading<'_> {
    type Error = Problem;

    fn read<T: DeserializeOwned + Serialize>(&mut self) -> Result<T, Problem> {
        self.document()
    }

    fn read_nothing(&mut self) -> Result<Nothing, Problem> {
        if self.bytes.is_empty() {
            return Ok(Nothing {});
        }
        self.document()
    }
}

fn malformed(error: &serde_json::Error) -> Problem {
    Problem::new(Kind::MalformedJson).detail(format!("{error}."))
}

/// What serde says, without the place in the text, which the pointer tells better.
fn plain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let end = text.rfind(" at line ").unwrap_or(text.len());
    text.chars().take(end.min(REPEATED)).collect()
}

/// Where serde stopped, and why.
struct Failure {
    pointer: String,
    said: String,
}

impl From<serde_path_to_error::Error<serde_json::Error>> for Failure {
    fn from(error: serde_path_to_error::Error<serde_json::Error>) -> Self {
        let mut pointer = String::new();
        for segment in error.path() {
            match segment {
                Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
                Segment::Map { key } => push(&mut pointer, key),
                // The variant of an enumeration is not a step in the document.
                Segment::Enum { .. } | Segment::Unknown => {}
            }
        }
        let said = plain(error.inner());
        // serde names a field that is missing, or one it did not expect, in words only.
        if let Some(field) = quoted_after(&said, "missing field ") {
            push(&mut pointer, field);
        } else if let Some(field) = quoted_after(&said, "unknown field ") {
            let mut last = String::new();
            push(&mut last, field);
            if !pointer.ends_with(&last) {
                pointer.push_str(&last);
            }
        }
        Self { pointer, said }
    }
}

impl Failure {
    fn rule(&self) -> FieldRule {
        if self.said.starts_with("missing field ") {
            FieldRule::Required
        } else if self.said.starts_with("unknown field ") {
            FieldRule::UnknownField
        } else if self.said.starts_with("unknown variant ") {
            FieldRule::UnknownCode
        } else {
            let detail = self.said.clone();
            FieldRule::Invalid { detail }
        }
    }
}

/// Adds a step, escaped as RFC 6901 demands.
fn push(pointer: &mut String, key: &str) {
    pointer.push('/');
    pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
}

/// The word between back quotes that follows `words`.
fn quoted_after<'s>(said: &'s str, words: &str) -> Option<&'s str> {
    let rest = said.strip_prefix(words)?.strip_prefix('`')?;
    rest.split_once('`').map(|(word, _)| word)
}

/// A value put where a bad one stood, so that the reading can go on: one after the other, until one fits.
struct StandIn {
    pointer: String,
    unknown_field: bool,
    candidates: std::vec::IntoIter<Value>,
    current: Value,
}

impl StandIn {
    fn new(failure: Failure) -> Self {
        let variant = failure
            .said
            .split_once("expected ")
            .and_then(|(_, rest)| rest.split('`').nth(1))
            .unwrap_or_default();
        let candidates = [
            Value::from(variant),
            Value::from(0),
            Value::from(false),
            Value::Array(Vec::new()),
            Value::Object(serde_json::Map::new()),
            Value::from("00000000-0000-0000-0000-000000000000"),
            Value::from("1970-01-01T00:00:00Z"),
            Value::from("1970-01-01"),
            Value::from("00:00"),
        ];
        Self {
            unknown_field: failure.said.starts_with("unknown field "),
            pointer: failure.pointer,
            candidates: Vec::from(candidates).into_iter(),
            current: Value::Null,
        }
    }

    /// The next candidate; when none fits, a stand-in for what holds the value; nothing when the whole body was tried.
    fn next(mut self) -> Option<Self> {
        if let Some(candidate) = self.candidates.next() {
            self.current = candidate;
            return Some(self);
        }
        let (parent, _) = self.pointer.rsplit_once('/')?;
        Some(Self::new(Failure {
            pointer: parent.to_owned(),
            said: String::new(),
        }))
    }

    /// Whether a failure at `pointer` is about this stand-in.
    fn is_at(&self, pointer: &str) -> bool {
        let below = pointer.strip_prefix(self.pointer.as_str());
        below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    fn place(&self, value: &mut Value) {
        let (parent, key) = self.pointer.rsplit_once('/').unwrap_or_default();
        let key = key.replace("~1", "/").replace("~0", "~");
        match value.pointer_mut(parent) {
            _ if self.pointer.is_empty() => *value = self.current.clone(),
            Some(Value::Object(fields)) if self.unknown_field => {
                fields.remove(&key);
            }
            Some(Value::Object(fields)) => {
                fields.insert(key, self.current.clone());
            }
            Some(Value::Array(items)) => {
                let place = key
                    .parse()
                    .ok()
                    .and_then(|index: usize| items.get_mut(index));
                if let Some(place) = place {
                    *place = self.current.clone();
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
