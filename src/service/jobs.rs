//! Jobs: what the exchange does by itself when its time comes. Each is a row of the outbox, asks the case whether it is still
//! meant, and does nothing when it is not, so that running one twice does no harm.

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::change::Change;
use super::error::ServiceError;
use super::panel_time::SeatTime;
use super::{
    Exchange, account_links, audit_trail, digest, escalation, panel_time, routing, summaries,
    timestamps, transparency,
};
use crate::domain::cases::{CaseState, WaitingFor};
use crate::domain::escalation::StepAct;
use crate::domain::ids::{AssignmentId, CaseId, NetworkId, OpinionId, PersonId, RequestId};
use crate::domain::notifications::NotificationKind;
use crate::domain::permissions::Relation;
use crate::domain::transitions::{Command, permitted};
use crate::domain::webhooks::EventKind;
use crate::store::assignments::{self, AssignmentState};
use crate::store::{self, optional_instant};

/// How often an unrouted case is tried again: an absence may have ended, a queue may have emptied.
const REROUTE_EVERY: Duration = Duration::minutes(30);
/// How long a submitter has for an answer before each reminder.
const REMIND_SUBMITTER_AFTER: Duration = Duration::days(1);
/// How long answers to repeated requests are kept.
const IDEMPOTENCY_KEPT: Duration = Duration::hours(48);
/// How long delivered messages are kept.
const DELIVERED_KEPT: Duration = Duration::days(30);

/// A job, as its outbox row carries it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case")]
pub enum Job {
    /// Ends an offer that nobody answered.
    ExpireOffer {
        /// The case.
        case: CaseId,
        /// The offer.
        assignment: AssignmentId,
    },
    /// Reminds the expert of an offer halfway to its end.
    RemindOffer {
        /// The case.
        case: CaseId,
        /// The offer.
        assignment: AssignmentId,
        /// When the offer ended as this was scheduled, microseconds; another end means another reminder.
        #[serde(default)]
        until: Option<i64>,
    },
    /// Tries an unrouted case again.
    Reroute {
        /// The case.
        case: CaseId,
    },
    /// Warns that the answer is about to be late.
    Warn {
        /// The case.
        case: CaseId,
        /// The warning time this was scheduled for, microseconds; another one means that the clock has moved.
        at: i64,
    },
    /// Escalates a late answer.
    Breach {
        /// The case.
        case: CaseId,
        /// The due time this was scheduled for, microseconds.
        at: i64,
    },
    /// Takes a step of the escalation ladder.
    Escalate {
        /// The case.
        case: CaseId,
        /// What the step does.
        act: StepAct,
        /// The instant this was scheduled for, microseconds; another one means that the clock has moved.
        at: i64,
    },
    /// Reminds a reader of a panel before a time of their seat is over.
    RemindSeat {
        /// The case.
        case: CaseId,
        /// Which time of which seat.
        time: SeatTime,
    },
    /// Does what is to be done when it is over.
    EndSeat {
        /// The case.
        case: CaseId,
        /// Which time of which seat.
        time: SeatTime,
    },
    /// Reminds the submitter of an unanswered question.
    RemindSubmitter {
        /// The case.
        case: CaseId,
        /// The question.
        request: RequestId,
    },
    /// Has a signature stamped with its time.
    Timestamp {
        /// The version.
        opinion: OpinionId,
    },
    /// Enters what was signed into the transparency log.
    EnterLog,
    /// Sends the coordinators their counts, and schedules the next day's.
    DailyDigest {
        /// The network.
        network: NetworkId,
    },
    /// Writes the summary of a person's day.
    Summary {
        /// The person.
        person: PersonId,
    },
    /// Sends a link to somebody who has forgotten their password, if there is such a person.
    Recover {
        /// The person of the login that was typed.
        person: Option<PersonId>,
        /// The request, for the audit.
        request_id: String,
    },
    /// Forgets what has served, and schedules itself again.
    Housekeeping,
}

impl Job {
    /// How the row of every [`Job::Timestamp`] begins.
    pub(super) const TIMESTAMP: &str = r#"{"job":"timestamp""#;
}

/// Runs a job.
///
/// # Errors
/// Storage failures, which the worker retries. A job that is no longer meant succeeds.
pub async fn run(ex: &Exchange, job: Job) -> Result<(), ServiceError> {
    match job {
        Job::DailyDigest { network } => digest::send(ex, network).await,
        Job::Recover { person, request_id } => {
            account_links::recover(ex, person, &request_id).await
        }
        Job::Summary { person } => summaries::send(ex, person).await,
        Job::Housekeeping => housekeeping(ex).await,
        Job::EnterLog => transparency::append(ex).await,
        Job::Timestamp { opinion } => timestamps::complete(ex, opinion).await,
        Job::ExpireOffer { case, assignment } => {
            on_case(ex, case, move |change| expire(change, assignment)).await
        }
        Job::RemindOffer {
            case,
            assignment,
            until,
        } => {
            on_case(ex, case, move |change| {
                remind_offer(change, assignment, until)
            })
            .await
        }
        Job::Reroute { case } => on_case(ex, case, reroute).await,
        Job::Warn { case, at } => on_case(ex, case, move |change| warn(change, at)).await,
        Job::Breach { case, at } => on_case(ex, case, move |change| breach(change, at)).await,
        Job::Escalate { case, act, at } => {
            on_case(ex, case, move |change| escalation::climb(change, act, at)).await
        }
        Job::RemindSeat { case, time } => {
            on_case(ex, case, move |change| panel_time::remind(change, time)).await
        }
        Job::EndSeat { case, time } => {
            on_case(ex, case, move |change| panel_time::end(change, time)).await
        }
        Job::RemindSubmitter { case, request } => {
            on_case(ex, case, move |change| remind_submitter(change, request)).await
        }
    }
}

/// Runs `act` on a case in one transaction and writes the case if it changed.
async fn on_case<F>(ex: &Exchange, case: CaseId, act: F) -> Result<(), ServiceError>
where
    F: Fn(&mut Change<'_>) -> Result<(), ServiceError> + Send + 'static,
{
    let core = ex.core.clone();
    ex.store
        .write(move |conn| {
            let mut change = match Change::by_system(conn, &core, case) {
                Err(ServiceError::NotFound) => return Ok(()),
                other => other?,
            };
            let before = change.row.version;
            act(&mut change)?;
            if change.row.version == before {
                change.save_messages()
            } else {
                change.save()
            }
        })
        .await
}

fn is_live(change: &mut Change<'_>, assignment: AssignmentId) -> Result<bool, ServiceError> {
    Ok(change.state()? == CaseState::Offered
        && assignments::live_of(change.conn, change.id)? == Some(assignment))
}

fn expire(change: &mut Change<'_>, assignment: AssignmentId) -> Result<(), ServiceError> {
    if !is_live(change, assignment)?
        || permitted(
            &change.facts()?,
            &[Relation::System],
            Command::Expire,
            change.now,
        )
        .is_err()
    {
        return Ok(());
    }
    change.notify_expert(NotificationKind::OfferExpired)?;
    assignments::end_live(
        change.conn,
        change.id,
        AssignmentState::Expired,
        None,
        store::micros(change.now),
    )?;
    let expert = change.row.expert_id.take();
    change.row.offer_expires_at = None;
    change.wait_for(WaitingFor::Routing);
    change.record(
        Command::Expire,
        Relation::System,
        &json!({ "expert": expert }),
    )?;
    routing::route(change)
}

fn remind_offer(
    change: &mut Change<'_>,
    assignment: AssignmentId,
    until: Option<i64>,
) -> Result<(), ServiceError> {
    // Where the clock stands still, nothing is asked of the expert: a reminder follows when it runs again.
    if is_live(change, assignment)?
        && change.facts()?.pauses.is_empty()
        && (until.is_none() || until == change.row.offer_expires_at)
        && let Some(expert) = change.expert()?
    {
        let expires = optional_instant(change.row.offer_expires_at)?;
        change.notify(NotificationKind::OfferReminder, expert, expires)?;
    }
    Ok(())
}

/// An unrouted case is tried until somebody becomes eligible; only a change of the outcome is recorded.
fn reroute(change: &mut Change<'_>) -> Result<(), ServiceError> {
    if change.facts()?.waiting_for != Some(WaitingFor::Candidate) {
        return Ok(());
    }
    if !routing::offer_if_anybody(change)? {
        schedule_reroute(change)?;
    }
    Ok(())
}

/// Schedules the next try for an unrouted case.
pub(super) fn schedule_reroute(change: &mut Change<'_>) -> Result<(), ServiceError> {
    let (case, at) = (change.id, change.now + REROUTE_EVERY);
    change.schedule(&Job::Reroute { case }, at)
}

fn warn(change: &mut Change<'_>, at: i64) -> Result<(), ServiceError> {
    if change.row.warning_at == Some(at) && change.state()?.is_open() {
        let due = optional_instant(change.row.due_at)?;
        tell_late(change, NotificationKind::Warning, due)?;
    }
    Ok(())
}

fn breach(change: &mut Change<'_>, at: i64) -> Result<(), ServiceError> {
    if change.row.due_at == Some(at) && change.state()?.is_open() {
        let due = optional_instant(change.row.due_at)?;
        tell_late(change, NotificationKind::Breach, due)?;
    }
    Ok(())
}

fn tell_late(
    change: &mut Change<'_>,
    kind: NotificationKind,
    due: Option<DateTime<Utc>>,
) -> Result<(), ServiceError> {
    // A clock that stood still and runs again reaches the same instant again.
    let (cycle, now) = (change.row.cycle, store::micros(change.now));
    if !store::notices::keep_first(change.conn, change.id, cycle, kind, now)? {
        return Ok(());
    }
    if let Some(expert) = change.expert()? {
        change.notify(kind, expert, due)?;
    }
    change.notify_coordinators(kind, due)?;
    change.announce(match kind {
        NotificationKind::Warning => EventKind::AnswerDueSoon,
        _ => EventKind::AnswerLate,
    })
}

/// Schedules the next reminder to a submitter who owes an answer.
pub(super) fn schedule_reminder(
    change: &mut Change<'_>,
    request: RequestId,
) -> Result<(), ServiceError> {
    let (case, at) = (change.id, change.now + REMIND_SUBMITTER_AFTER);
    change.schedule(&Job::RemindSubmitter { case, request }, at)
}

/// Reminds of that question, once a day until it is answered or the case has ended.
fn remind_submitter(change: &mut Change<'_>, request: RequestId) -> Result<(), ServiceError> {
    let waits = change.state()?.is_open()
        && store::requests::of_case(change.conn, change.id)?
            .iter()
            .any(|known| known.id == request.to_string() && known.closed_at.is_none());
    if !waits {
        return Ok(());
    }
    change.notify_submitter(NotificationKind::Question)?;
    schedule_reminder(change, request)
}

async fn housekeeping(ex: &Exchange) -> Result<(), ServiceError> {
    let core = ex.core.clone();
    let kept = ex.store.write(move |conn| {
        let now = core.clock.now();
        store::idempotency::forget(conn, store::micros(now - IDEMPOTENCY_KEPT))?;
        store::outbox::forget_done(conn, store::micros(now - DELIVERED_KEPT))?;
        store::sessions::forget_expired(conn, store::micros(now))?;
        store::sessions::forget_failures(conn, None, store::micros(now - Duration::days(1)))?;
        store::summaries::forget_told(conn, store::micros(now - DELIVERED_KEPT))?;
        store::account_links::forget_ended(conn, store::micros(now - DELIVERED_KEPT))?;
        digest::ensure_digests(conn, &core)?;
        summaries::ensure_scheduled_all(conn, &core)?;
        digest::ensure_scheduled(conn, &core, &Job::Housekeeping, now + Duration::hours(1))
    });
    kept.await?;
    audit_trail::checkpoint(ex).await?;
    timestamps::catch_up(ex).await?;
    // Also what an earlier job may have left.
    transparency::append(ex).await
}
