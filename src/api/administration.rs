//! What administrators keep.

pub(super) mod agreements;
pub(super) mod audit;
pub(super) mod laboratories;
pub(super) mod messages;
pub(super) mod networks;
pub(super) mod people;
pub(super) mod slide_sources;
pub(super) mod webhooks;

use super::caller::Caller;
use super::query::Parameters;
use crate::domain::problems::FieldRule;
use crate::service::administration::By;

/// Longest words to look for, in characters.
const WORDS_MAX: usize = 200;

/// Who changes something, on which request.
fn by(caller: &Caller) -> By {
    By::new(caller.actor(), &caller.request_id)
}

/// Words to look for people by.
fn words(parameters: &mut Parameters<'_>) -> Option<String> {
    let words = parameters.text("q");
    if words
        .as_deref()
        .is_some_and(|words| words.chars().count() > WORDS_MAX)
    {
        parameters.refuse("q", &FieldRule::TooLong { max: WORDS_MAX });
    }
    words
}
