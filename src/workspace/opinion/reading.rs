//! The reading of a panel in the editor: what is typed is kept under a version of its own, and nobody else sees it.

use super::super::form::Fields;
use super::super::kept::{kept, not_kept};
use super::super::respond::{Answer, to};
use super::super::visitor::Visitor;
use super::again;
use crate::domain::ids::CaseId;
use crate::domain::opinions::OpinionContent;
use crate::domain::transitions::Command;
use crate::service::ServiceError;
use crate::service::reading_drafts::{self, ReadingDraft};

/// The button that keeps it.
pub(super) const SAVE: &str = "save_reading";

/// What the visitor has written so far.
pub(super) async fn draft(visitor: &Visitor, case: CaseId) -> Result<ReadingDraft, ServiceError> {
    reading_drafts::own(visitor.exchange(), visitor.actor(), case).await
}

/// Its version now; 0 for who has none any more, as their reading was signed while they typed.
pub(super) async fn version(visitor: &Visitor, case: CaseId) -> Result<i64, ServiceError> {
    match draft(visitor, case).await {
        Ok(draft) => Ok(draft.version),
        Err(ServiceError::NotFound) => Ok(0),
        Err(error) => Err(error),
    }
}

/// Refuses to sign over what was kept elsewhere since the form was shown. Of who has nothing any more, the command says why.
pub(super) async fn unchanged(
    visitor: &Visitor,
    case: CaseId,
    fields: &Fields,
) -> Result<(), ServiceError> {
    match draft(visitor, case).await {
        Ok(draft) if fields.get("_version") != draft.version.to_string() => {
            let current = draft.version;
            Err(ServiceError::Stale { current })
        }
        Ok(_) | Err(ServiceError::NotFound) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Keeps what was typed.
pub(super) async fn keep(
    visitor: &Visitor,
    case: CaseId,
    fields: &Fields,
    content: OpinionContent,
) -> Answer {
    let (exchange, actor, request) = (visitor.exchange(), visitor.actor(), &visitor.request_id);
    let read = fields.get("_version").parse().unwrap_or(-1);
    match reading_drafts::keep(exchange, actor, case, read, content.clone(), request).await {
        Ok(draft) if visitor.partial => kept(visitor, Some(draft.version)),
        Ok(_) => Ok(to(&format!(
            "/cases/{case}/opinion?as={}&done=done-save-reading&kept={case}-{}",
            Command::SignReading,
            super::kept_as(Command::SignReading)
        ))),
        Err(
            error @ (ServiceError::Invalid(_)
            | ServiceError::Stale { .. }
            | ServiceError::Refused(_)),
        ) => {
            if visitor.partial {
                return not_kept(visitor, &error);
            }
            let shown = (case, Command::SignReading);
            again(visitor, shown, fields, &content, &error).await
        }
        Err(other) => Err(other.into()),
    }
}
