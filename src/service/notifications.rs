//! What a person wants to be told by mail, and when.

use serde::{Deserialize, Serialize};

use super::error::ServiceError;
use super::{Exchange, audit};
use crate::domain::notifications::{Choices, Notification, NotificationKind, Safety, Timing};
use crate::domain::people::Actor;
use crate::domain::text_enum::TextEnum;
use crate::domain::traces::Standing;
use crate::store::traces::insert_audit;
use crate::store::{Conn, summaries};

/// One kind of mail, as a person gets it.
#[derive(Debug, Clone, Serialize)]
pub struct ChoiceOfKind {
    /// Which mail.
    pub kind: NotificationKind,
    /// When it comes.
    pub timing: Timing,
    /// When it may come.
    pub may: &'static [Timing],
    /// Why it always comes at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<Safety>,
}

/// The mails that a person may get, and when they come.
#[derive(Debug, Clone, Serialize)]
pub struct NotificationChoices {
    /// Version, for the next change.
    pub version: i64,
    /// The kinds that go to the roles they hold.
    pub items: Vec<ChoiceOfKind>,
}

/// What a person chooses.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewChoices {
    /// When each kind of mail comes; what is left out comes at once.
    pub choices: Choices,
}

fn document(actor: &Actor, version: i64, choices: &Choices) -> NotificationChoices {
    let gets = |kind: &NotificationKind| kind.rule().to.iter().any(|role| actor.has(*role));
    let kinds = NotificationKind::ALL.iter().copied().filter(gets);
    NotificationChoices {
        version,
        items: kinds
            .map(|kind| ChoiceOfKind {
                kind,
                timing: choices.of(kind),
                may: kind.rule().may,
                because: kind.rule().because,
            })
            .collect(),
    }
}

/// The actor's own choices.
///
/// # Errors
/// Storage failures.
pub async fn own(ex: &Exchange, actor: &Actor) -> Result<NotificationChoices, ServiceError> {
    let actor = actor.clone();
    ex.store
        .read(move |conn| {
            let (version, choices) = summaries::choices_of(conn, actor.person)?;
            Ok(document(&actor, version, &choices))
        })
        .await
}

/// Changes the actor's own choices, if they are still at version `if_match`; 0 before the first.
///
/// # Errors
/// [`ServiceError::Invalid`] naming what safety forbids, [`ServiceError::Stale`].
pub async fn choose(
    ex: &Exchange,
    actor: &Actor,
    if_match: i64,
    NewChoices { mut choices }: NewChoices,
    request_id: &str,
) -> Result<NotificationChoices, ServiceError> {
    let problems = choices.problems("/choices");
    if !problems.is_empty() {
        return Err(ServiceError::Invalid(problems));
    }
    choices.0.retain(|_, timing| *timing != Timing::AtOnce);
    let actor = actor.clone();
    let (person, act) = (actor.person, "choose_notifications");
    let entry = audit::entry(&ex.core, person, Standing::Oneself, act, None, request_id);
    ex.store
        .write(move |conn| {
            if if_match < 0 || !summaries::keep_choices(conn, person, if_match, &choices)? {
                let (current, _) = summaries::choices_of(conn, person)?;
                return Err(ServiceError::Stale { current });
            }
            insert_audit(conn, &entry)?;
            Ok(document(&actor, if_match + 1, &choices))
        })
        .await
}

/// When a mail is sent.
pub(super) fn timing(conn: &mut Conn, mail: &Notification) -> Result<Timing, ServiceError> {
    if mail.kind.rule().may.len() < 2 {
        return Ok(Timing::AtOnce);
    }
    let (_, choices) = summaries::choices_of(conn, mail.to)?;
    Ok(choices.timing(mail.kind, mail.urgency))
}
