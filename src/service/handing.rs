//! Who has the case: triage, offer, accept, decline, take over, redirect, refuse.

use serde_json::{Value, json};

use super::change::Change;
use super::commands::{Given, no_facts};
use super::error::ServiceError;
use super::{drafting, routing, targets};
use crate::domain::cases::{CaseState, WaitingFor};
use crate::domain::commands::{Decline, Offer, Redirect, Refuse, TakeOver, Triage};
use crate::domain::notifications::NotificationKind;
use crate::domain::permissions::Relation;
use crate::domain::problems::FieldRule;
use crate::domain::reasons::Why;
use crate::domain::text_enum::TextEnum;
use crate::domain::transitions::{Command, Guard, Refusal};
use crate::store::assignments::{self, AssignmentState};
use crate::store::organisations::{self, Network};
use crate::store::{self, micros};

/// Releases a held case to routing, perhaps with a better label.
pub(super) fn triage(
    change: &mut Change<'_>,
    given: &Given<'_>,
    body: &Triage,
) -> Result<(), ServiceError> {
    let before = (change.row.urgency.clone(), change.row.subspecialty.clone());
    if let Some(code) = &body.subspecialty {
        if !change.core.reference.subspecialty_codes().contains(code) {
            return Err(ServiceError::field("/subspecialty", FieldRule::UnknownCode));
        }
        change.row.subspecialty = Some(code.clone());
    }
    if let Some(urgency) = body.urgency {
        change.row.urgency = urgency.as_str().to_owned();
    }
    change.wait_for(WaitingFor::Routing);
    let mut facts =
        json!({ "urgency": change.row.urgency, "subspecialty": change.row.subspecialty });
    let label = (&change.row.urgency, &change.row.subspecialty);
    if label != (&before.0, &before.1) {
        // Another kind of case: what was promised of that kind when this one was sent.
        let promise = targets::promise_since_start(change)?;
        if let Some(facts) = facts.as_object_mut() {
            facts.insert("promise".into(), json!(promise));
        }
    }
    change.record(Command::Triage, given.relation, &facts)?;
    super::clock::recompute(change)?;
    routing::route(change)
}

/// Offers the case to the expert a coordinator chose; the rules of eligibility hold all the same.
pub(super) fn offer(
    change: &mut Change<'_>,
    given: &Given<'_>,
    body: &Offer,
) -> Result<(), ServiceError> {
    routing::offer_to(change, given.relation, body.expert, &body.reason)
}

/// Takes an offer.
pub(super) fn accept(change: &mut Change<'_>, given: &Given<'_>) -> Result<(), ServiceError> {
    accept_with(change, given.relation, &no_facts())
}

/// The same, with facts for the timeline.
pub(super) fn accept_with(
    change: &mut Change<'_>,
    relation: Relation,
    facts: &Value,
) -> Result<(), ServiceError> {
    assignments::accept_live(change.conn, change.id, micros(change.now))?;
    change.row.offer_expires_at = None;
    change.record(Command::Accept, relation, facts)
}

/// Gives the case back; it goes on to somebody else, its clock runs on.
pub(super) fn decline(
    change: &mut Change<'_>,
    given: &Given<'_>,
    body: &Decline,
) -> Result<(), ServiceError> {
    let facts = Why::coded(body.reason.as_str(), &body.comment)
        .beside(json!({ "expert": change.row.expert_id }));
    let reason = format!("{}: {}", body.reason, body.comment);
    leave_expert(
        change,
        AssignmentState::Declined,
        reason.trim_end_matches([':', ' ']),
    )?;
    change.wait_for(WaitingFor::Routing);
    change.record(Command::Decline, given.relation, &facts)?;
    routing::route(change)
}

/// Takes the case back from its expert, for another one or for the router.
pub(super) fn take_over(
    change: &mut Change<'_>,
    given: &Given<'_>,
    body: &TakeOver,
) -> Result<(), ServiceError> {
    change.notify_expert(NotificationKind::CaseLeft)?;
    let facts = Why::coded(body.reason.as_str(), &body.comment)
        .beside(json!({ "expert": change.row.expert_id }));
    leave_expert(change, AssignmentState::Withdrawn, body.reason.as_str())?;
    change.wait_for(WaitingFor::Routing);
    change.record(Command::TakeOver, given.relation, &facts)?;
    match body.expert {
        Some(expert) => routing::offer_to(change, given.relation, expert, body.reason.as_str()),
        None => routing::route(change),
    }
}

/// Hands the case to another pool by an agreement in force; history and clock go along.
pub(super) fn redirect(
    change: &mut Change<'_>,
    given: &Given<'_>,
    body: &Redirect,
) -> Result<(), ServiceError> {
    let network = organisations::find_network(change.conn, body.network)?
        .ok_or_else(|| ServiceError::field("/network", FieldRule::UnknownCode))?;
    let agreed = routing::agreements_for(change)?
        .iter()
        .any(|agreement| agreement.to == network.id);
    if !agreed {
        return Err(Refusal::Guarded {
            command: Command::Redirect,
            guard: Guard::OtherNetwork,
        }
        .into());
    }
    hand_to(change, given.relation, &network, &body.reason)
}

/// Hands the case to another network's pool; that an agreement allows it was asked before.
pub(super) fn hand_to(
    change: &mut Change<'_>,
    relation: Relation,
    network: &Network,
    reason: &str,
) -> Result<(), ServiceError> {
    if change.expert()?.is_some() {
        change.notify_expert(NotificationKind::CaseLeft)?;
    }
    let facts = Why::parted(Command::Redirect, relation, reason)
        .beside(json!({ "from": change.row.network_id, "to": network.id }));
    leave_expert(
        change,
        AssignmentState::Withdrawn,
        Command::Redirect.as_str(),
    )?;
    // Whom the network before kept it for is not in this pool.
    store::instructions::forget_pin(change.conn, change.id)?;
    change.row.network_id = network.id.to_string();
    // Another network weighs its own way.
    change.choice = None;
    let waiting = if network.routes_at_once {
        WaitingFor::Routing
    } else {
        WaitingFor::Triage
    };
    change.wait_for(waiting);
    change.record(Command::Redirect, relation, &facts)?;
    super::clock::recompute(change)?;
    match waiting {
        WaitingFor::Triage => change.notify_coordinators(NotificationKind::TriageNeeded, None),
        _ => routing::route(change),
    }
}

/// Refuses the case for the pool: an end that its submitter sees with its reason.
pub(super) fn refuse(
    change: &mut Change<'_>,
    given: &Given<'_>,
    body: &Refuse,
) -> Result<(), ServiceError> {
    if matches!(change.state()?, CaseState::Offered | CaseState::Accepted) {
        change.notify_expert(NotificationKind::CaseLeft)?;
    }
    let reason = format!("{}: {}", body.reason, body.comment);
    drafting::end(
        change,
        given.relation,
        Command::Refuse,
        reason.trim_end_matches([':', ' ']),
    )?;
    change.notify_submitter(NotificationKind::CaseRefused)
}

/// Ends the live assignment and forgets who holds the case. What the expert asked for and is still open stays open: the next
/// one needs it too.
pub(super) fn leave_expert(
    change: &mut Change<'_>,
    state: AssignmentState,
    reason: &str,
) -> Result<(), ServiceError> {
    assignments::end_live(
        change.conn,
        change.id,
        state,
        Some(reason),
        micros(change.now),
    )?;
    if let Some(expert) = change.expert()? {
        store::opinions::set_draft(change.conn, change.id, expert, None, micros(change.now))?;
        store::snapshots::end_draft(change.conn, change.id, Some(expert))?;
    }
    change.row.expert_id = None;
    change.row.offer_expires_at = None;
    change.row.withdrawal_requested = false;
    Ok(())
}
