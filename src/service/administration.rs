//! What administrators keep. Each use case asks what the administrator's roles cover, writes what changed and who changed it, and
//! never reads what belongs to a case.

pub mod agreements;
pub mod audit;
pub mod invitations;
pub mod laboratories;
pub mod messages;
pub mod networks;
pub mod people;
mod person_change;
pub mod slide_sources;
pub mod webhook_deliveries;
pub mod webhooks;

use super::error::ServiceError;
use super::{Core, audit as record};
use crate::domain::administration::{Act, Subject};
use crate::domain::people::Actor;
use crate::domain::permissions::{Realm, realm};
use crate::domain::text_enum::TextEnum;
use crate::domain::traces::Standing;
use crate::store::Conn;
use crate::store::traces::{About, insert_audit_about};

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
        let (person, administrator) = (self.actor.person, Standing::Administrator);
        let row = record::entry(
            core,
            person,
            administrator,
            act.as_str(),
            None,
            &self.request_id,
        );
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
