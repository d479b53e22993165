//! What administrators keep.

pub(super) mod people;

use super::caller::Caller;
use crate::service::administration::By;

/// Who changes something, on which request.
fn by(caller: &Caller) -> By {
    By::new(caller.actor(), &caller.request_id)
}
