//! What administrators keep. Each use case asks what the administrator's roles cover, writes what changed and who changed it, and
//! never reads what belongs to a case.

pub mod agreements;
pub mod audit;
pub mod laboratories;
pub mod messages;
pub mod networks;
pub mod people;
mod person_change;
pub mod slide_sources;

use super::Core;
use super::error::ServiceError;
use crate::domain::administration::{Act, Subject};
use crate::domain::people::{Actor, Role};
use crate::domain::permissions::{Realm, realm};
use crate::domain::text_enum::TextEnum;
use crate::store::traces::{About, AuditRow, insert_audit_about};
use crate::store::{Conn, micros};

/// What somebody else is told.
pub const FOR_ADMINISTRATORS: &str = "this is for administrators";

/// What the actor administers.
///
/// # Errors
/// [`ServiceError::Forbidden`] for who administers nothing.
pub(super) fn administered(actor: &Actor) -> Result<Realm, ServiceError> {
    realm(actor).ok_or(ServiceError::Forbidden(FOR_ADMINISTRATORS))
}

/// Who changes something, on which request.
#[derive(Debug, Clone)]
pub struct By {
    /// Who.
    pub actor: Actor,
    /// The request, for the audit.
    pub request_id: String,
}

impl By {
    /// This actor, on this request.
    pub fn new(actor: &Actor, request_id: &str) -> Self {
        Self {
            actor: actor.clone(),
            request_id: request_id.to_owned(),
        }
    }

    /// Puts an act on record, in the transaction that does it.
    pub(super) fn note(
        &self,
        conn: &mut Conn,
        core: &Core,
        act: Act,
        (kind, id): (Subject, String),
        detail: Option<String>,
    ) -> Result<(), ServiceError> {
        let row = AuditRow {
            id: core.ids.next().to_string(),
            at: micros(core.clock.now()),
            person_id: Some(self.actor.person.to_string()),
            relation: Role::Administrator.as_str().to_owned(),
            action: act.as_str().to_owned(),
            case_id: None,
            outcome: "done".to_owned(),
            request_id: Some(self.request_id.clone()),
        };
        let about = About {
            subject: Some((kind.as_str(), id)),
            detail,
        };
        Ok(insert_audit_about(conn, &row, &about)?)
    }
}

/// The names of what differs, for the audit; none when nothing does.
fn differing(fields: &[(&str, bool)]) -> Option<String> {
    let names: Vec<&str> = fields
        .iter()
        .filter(|(_, differs)| *differs)
        .map(|(name, _)| *name)
        .collect();
    (!names.is_empty()).then(|| names.join(" "))
}
