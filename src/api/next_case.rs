//! The next case of the caller.

use super::answer::{self, Answer};
use super::body::Body;
use super::caller::Caller;
use crate::service::next_case;

/// Gives the caller the case to read next; nothing when none waits.
pub(super) async fn take(caller: Caller, body: Body) -> Answer {
    let asked = body.read()?;
    let given =
        next_case::take(caller.exchange(), caller.actor(), asked, &caller.request_id).await?;
    match given {
        Some(case) => answer::document(&case),
        None => answer::nothing(),
    }
}
