//! The outbox: mails to send and jobs to run, claimed by a lease so that several workers share it safely.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use super::connection::Conn;
use super::literal::{DEAD_MESSAGE, WAITING_MESSAGE};
use super::schema::outbox;
use super::steady::{Steady, insert_all};
use super::{StoreResult, id};
use crate::domain::ids::{CaseId, OutboxId, PersonId, WebhookId};
use crate::domain::text_enum::{TextEnum, text_enum};

text_enum! {
    /// What a row of the outbox is.
    pub enum Topic {
        /// A mail to send.
        Mail = "mail",
        /// A job to run at its time.
        Job = "job",
        /// An event to tell a webhook.
        Webhook = "webhook",
    }
}

text_enum! {
    /// Where a row stands.
    pub enum OutboxState {
        /// Waits for its time.
        Ready = "ready",
        /// A worker has it.
        Leased = "leased",
        /// Delivered or run.
        Done = "done",
        /// A mail that waits for the summary of its reader's day, or was told there.
        Aside = "aside",
        /// A mail that was not sent: its reader does not want it, or has left.
        Unsent = "unsent",
        /// Given up: a person must look.
        Dead = "dead",
    }
}

/// A row to write.
#[derive(Debug, Clone)]
pub struct NewMessage {
    /// Identifier; a mail's Message-ID comes from it.
    pub id: OutboxId,
    /// What it is.
    pub topic: Topic,
    /// The case it belongs to; messages of one case go out in order.
    pub case: Option<CaseId>,
    /// The webhook it goes to.
    pub webhook: Option<WebhookId>,
    /// JSON, without patient data.
    pub payload: String,
    /// Not before then, microseconds.
    pub run_at: i64,
    /// Now, microseconds.
    pub created_at: i64,
}

/// A row that a worker holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Claimed {
    /// Identifier.
    pub id: OutboxId,
    /// What it is.
    pub topic: Topic,
    /// The case it belongs to.
    pub case: Option<CaseId>,
    /// The webhook it goes to.
    pub webhook: Option<WebhookId>,
    /// JSON.
    pub payload: String,
    /// Which try this is, from 1; part of the proof of the lease.
    pub attempt: i32,
}

#[derive(Insertable)]
#[diesel(table_name = outbox, treat_none_as_default_value = false)]
struct NewRow {
    id: String,
    topic: &'static str,
    case_id: Option<String>,
    webhook_id: Option<String>,
    payload: String,
    state: &'static str,
    run_at: i64,
    attempt: i32,
    created_at: i64,
}

impl NewRow {
    fn of(message: &NewMessage) -> Self {
        Self {
            id: message.id.to_string(),
            topic: message.topic.as_str(),
            case_id: message.case.map(|case| case.to_string()),
            webhook_id: message.webhook.map(|webhook| webhook.to_string()),
            payload: message.payload.clone(),
            state: OutboxState::Ready.as_str(),
            run_at: message.run_at,
            attempt: 0,
            created_at: message.created_at,
        }
    }
}

/// Writes a message in the transaction that makes it true.
///
/// # Errors
/// Storage failures.
pub fn enqueue(conn: &mut Conn, message: &NewMessage) -> StoreResult<()> {
    enqueue_all(conn, std::slice::from_ref(message))
}

/// Writes messages in the transaction that makes them true.
///
/// # Errors
/// Storage failures.
pub fn enqueue_all(conn: &mut Conn, messages: &[NewMessage]) -> StoreResult<()> {
    let rows: Vec<NewRow> = messages.iter().map(NewRow::of).collect();
    insert_all!(conn, outbox::table, rows);
    Ok(())
}

#[derive(QueryableByName)]
struct ClaimedColumns {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Text)]
    topic: String,
    #[diesel(sql_type = Nullable<Text>)]
    case_id: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    webhook_id: Option<String>,
    #[diesel(sql_type = Text)]
    payload: String,
    #[diesel(sql_type = diesel::sql_types::Integer)]
    attempt: i32,
}

/// Which rows of a topic may be worked on: a mail waits while an earlier mail of its case waits, so that they arrive in order. So
/// does an event, of those to the same webhook; and one webhook is sent one event at a time, so that one that is slow holds up no
/// other. Jobs have no such order.
fn eligible(topic: Topic) -> &'static str {
    match topic {
        Topic::Job => "o.topic = 'job' AND o.state IN ('ready', 'leased')",
        Topic::Mail => {
            "o.topic = 'mail' AND o.state IN ('ready', 'leased') AND (o.case_id IS NULL OR NOT EXISTS (SELECT 1 FROM outbox e \
             WHERE e.case_id = o.case_id AND e.topic = 'mail' AND e.id < o.id AND e.state IN ('ready', 'leased')))"
        }
        Topic::Webhook => {
            "o.topic = 'webhook' AND o.state IN ('ready', 'leased') AND NOT EXISTS (SELECT 1 FROM outbox e \
             WHERE e.case_id = o.case_id AND e.webhook_id = o.webhook_id AND e.id < o.id AND e.state IN ('ready', 'leased')) \
             AND (o.state = 'leased' OR NOT EXISTS (SELECT 1 FROM outbox f WHERE f.webhook_id = o.webhook_id AND f.state = 'leased'))"
        }
    }
}

/// Takes the next due row of a topic for `owner` until `lease_until`. A row whose lease ran out is taken again.
///
/// # Errors
/// Storage failures.
pub fn claim(
    conn: &mut Conn,
    topic: Topic,
    owner: &str,
    now: i64,
    lease_until: i64,
) -> StoreResult<Option<Claimed>> {
    let lock = match conn {
        Conn::Pg(_) => "FOR UPDATE SKIP LOCKED",
        Conn::Sqlite(_) => "",
    };
    let claim = format!(
        "UPDATE outbox SET state = 'leased', lease_owner = $1, lease_until = $2, attempt = attempt + 1 \
         WHERE id = (SELECT o.id FROM outbox o WHERE {} AND o.run_at <= $3 AND (o.state = 'ready' OR o.lease_until < $4) \
           ORDER BY o.run_at, o.id LIMIT 1 {lock}) RETURNING id, topic, case_id, webhook_id, payload, attempt",
        eligible(topic)
    );
    let claim = diesel::sql_query(claim)
        .bind::<Text, _>(owner)
        .bind::<BigInt, _>(lease_until)
        .bind::<BigInt, _>(now)
        .bind::<BigInt, _>(now);
    let rows: Vec<ClaimedColumns> = Steady(claim).load(conn)?;
    rows.into_iter()
        .next()
        .map(|row| {
            Ok(Claimed {
                id: id(&row.id)?,
                topic: super::name(&row.topic)?,
                case: super::optional_id(row.case_id.as_deref())?,
                webhook: super::optional_id(row.webhook_id.as_deref())?,
                payload: row.payload,
                attempt: row.attempt,
            })
        })
        .transpose()
}

/// What becomes of a claimed row.
#[derive(Debug, Clone, PartialEq)]
pub enum Finish {
    /// Delivered or run.
    Done,
    /// Told later, in a summary.
    Aside,
    /// Not sent, because nobody wants it.
    Unsent,
    /// Try again then.
    Retry {
        /// When, microseconds.
        run_at: i64,
        /// Why it failed; no address, no content.
        error: String,
    },
    /// Give up.
    Dead {
        /// Why.
        error: String,
    },
}

/// Ends a lease, if `owner` still holds that attempt of it.
///
/// # Errors
/// Storage failures.
pub fn finish(
    conn: &mut Conn,
    claimed: &Claimed,
    owner: &str,
    finish: &Finish,
    now: i64,
) -> StoreResult<bool> {
    let held = outbox::table
        .find(claimed.id.to_string())
        .filter(outbox::lease_owner.eq(owner))
        .filter(outbox::attempt.eq(claimed.attempt))
        .filter(outbox::state.eq(OutboxState::Leased.as_str()));
    let (state, run_at, error, finished_at) = match finish {
        Finish::Done => (OutboxState::Done, None, None, Some(now)),
        Finish::Aside => (OutboxState::Aside, None, None, Some(now)),
        Finish::Unsent => (OutboxState::Unsent, None, None, Some(now)),
        Finish::Retry { run_at, error } => (OutboxState::Ready, Some(*run_at), Some(error), None),
        Finish::Dead { error } => (OutboxState::Dead, None, Some(error), Some(now)),
    };
    let change = (
        outbox::state.eq(state.as_str()),
        outbox::last_error.eq(error),
        outbox::finished_at.eq(finished_at),
        outbox::lease_owner.eq(None::<String>),
        outbox::lease_until.eq(None::<i64>),
    );
    let changed = match run_at {
        Some(run_at) => {
            let again = (change, outbox::run_at.eq(run_at));
            Steady(diesel::update(held).set(again)).execute(conn)?
        }
        None => Steady(diesel::update(held).set(change)).execute(conn)?,
    };
    Ok(changed == 1)
}

/// A row that was given up, without its payload.
#[derive(Debug, Clone, PartialEq, Queryable, serde::Serialize)]
pub struct DeadLetter {
    /// Identifier.
    pub id: String,
    /// What it was.
    pub topic: String,
    /// The case it belongs to.
    pub case_id: Option<String>,
    /// How often it was tried.
    pub attempt: i32,
    /// The last error.
    pub last_error: Option<String>,
    /// When it was given up, microseconds.
    pub finished_at: Option<i64>,
}

/// Which messages to list.
#[derive(Debug, Clone, Default)]
pub struct MessageFilter {
    /// Only these states; all when empty.
    pub states: Vec<&'static str>,
    /// Only mails to this person.
    pub to: Option<PersonId>,
    /// Only events to this webhook.
    pub webhook: Option<WebhookId>,
    /// Only those written before this one.
    pub before: Option<OutboxId>,
    /// At most so many.
    pub limit: i64,
}

/// A row as it is listed.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable)]
#[diesel(table_name = outbox)]
#[expect(
    missing_docs,
    reason = "the columns carry the names of the outbox's terms; instants are microseconds UTC"
)]
pub struct ListedMessage {
    pub id: String,
    pub topic: String,
    pub payload: String,
    pub state: String,
    pub run_at: i64,
    pub attempt: i32,
    pub last_error: Option<String>,
    pub created_at: i64,
    pub finished_at: Option<i64>,
}

/// Messages, the latest first.
///
/// # Errors
/// Storage failures.
pub fn listed(conn: &mut Conn, filter: &MessageFilter) -> StoreResult<Vec<ListedMessage>> {
    let mut query = outbox::table
        .order(outbox::id.desc())
        .limit(filter.limit)
        .select(ListedMessage::as_select())
        .into_boxed();
    if !filter.states.is_empty() {
        query = query.filter(outbox::state.eq_any(&filter.states));
    }
    if let Some(to) = filter.to {
        query = query
            .filter(outbox::topic.eq(Topic::Mail.as_str()))
            .filter(outbox::payload.like(format!("%\"to\":\"{to}\"%")));
    }
    if let Some(webhook) = filter.webhook {
        query = query.filter(outbox::webhook_id.eq(webhook.to_string()));
    }
    if let Some(before) = filter.before {
        query = query.filter(outbox::id.lt(before.to_string()));
    }
    Ok(query.load(conn)?)
}

/// How many messages stand in each state.
///
/// # Errors
/// Storage failures.
pub fn counts(conn: &mut Conn) -> StoreResult<Vec<(String, i64)>> {
    Ok(outbox::table
        .group_by(outbox::state)
        .select((outbox::state, diesel::dsl::count_star()))
        .order(outbox::state)
        .load(conn)?)
}

/// What was given up, the oldest first, at most `limit`.
///
/// # Errors
/// Storage failures.
pub fn dead_letters(conn: &mut Conn, limit: i64) -> StoreResult<Vec<DeadLetter>> {
    Ok(outbox::table
        .filter(DEAD_MESSAGE)
        .order(outbox::id)
        .limit(limit)
        .select((
            outbox::id,
            outbox::topic,
            outbox::case_id,
            outbox::attempt,
            outbox::last_error,
            outbox::finished_at,
        ))
        .load(conn)?)
}

/// Puts a row that was given up back, from its first try.
///
/// # Errors
/// Storage failures.
pub fn retry_dead(conn: &mut Conn, key: OutboxId, now: i64) -> StoreResult<bool> {
    let changed = diesel::update(
        outbox::table
            .find(key.to_string())
            .filter(outbox::state.eq(OutboxState::Dead.as_str())),
    )
    .set((
        outbox::state.eq(OutboxState::Ready.as_str()),
        outbox::attempt.eq(0),
        outbox::run_at.eq(now),
        outbox::finished_at.eq(None::<i64>),
    ))
    .execute(conn)?;
    Ok(changed == 1)
}

/// Puts an event back, whatever became of it, from its first try; one that is on its way stays so. The receiver knows it by its
/// identifier.
///
/// # Errors
/// Storage failures.
pub fn send_again(
    conn: &mut Conn,
    key: OutboxId,
    webhook: WebhookId,
    now: i64,
) -> StoreResult<bool> {
    let still = outbox::table
        .find(key.to_string())
        .filter(outbox::webhook_id.eq(webhook.to_string()))
        .filter(outbox::state.ne(OutboxState::Leased.as_str()));
    let changed = diesel::update(still)
        .set((
            outbox::state.eq(OutboxState::Ready.as_str()),
            outbox::attempt.eq(0),
            outbox::run_at.eq(now),
            outbox::finished_at.eq(None::<i64>),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Whether a message of that identifier goes to that webhook.
///
/// # Errors
/// Storage failures.
pub fn goes_to(conn: &mut Conn, key: OutboxId, webhook: WebhookId) -> StoreResult<bool> {
    Ok(diesel::select(diesel::dsl::exists(
        outbox::table
            .find(key.to_string())
            .filter(outbox::webhook_id.eq(webhook.to_string())),
    ))
    .get_result(conn)?)
}

/// Rows due and waiting, for the metrics.
///
/// # Errors
/// Storage failures.
pub fn backlog(conn: &mut Conn, now: i64) -> StoreResult<i64> {
    Ok(outbox::table
        .filter(WAITING_MESSAGE)
        .filter(outbox::run_at.le(now))
        .count()
        .get_result(conn)?)
}

#[derive(QueryableByName)]
struct DueColumn {
    #[diesel(sql_type = BigInt)]
    at: i64,
}

/// Rows looked at for the next due time: those that are leased come first, for they were due.
const LOOKED_AT: usize = 32;

/// When the next row of a topic can be claimed, microseconds: its time, or the end of a lease that may run out.
///
/// # Errors
/// Storage failures.
pub fn next_due(conn: &mut Conn, topic: Topic) -> StoreResult<Option<i64>> {
    let next = format!(
        "SELECT CASE WHEN o.state = 'leased' THEN o.lease_until ELSE o.run_at END AS at FROM outbox o WHERE {} \
         ORDER BY o.run_at, o.id LIMIT {LOOKED_AT}",
        eligible(topic)
    );
    let due: Vec<DueColumn> = diesel::sql_query(next).load(conn)?;
    Ok(due.into_iter().map(|row| row.at).min())
}

/// Whether a job of exactly that payload waits for a time after `now`.
///
/// # Errors
/// Storage failures.
pub fn is_waiting(conn: &mut Conn, payload: &str, now: i64) -> StoreResult<bool> {
    Ok(diesel::select(diesel::dsl::exists(
        outbox::table
            .filter(outbox::payload.eq(payload))
            .filter(outbox::state.eq(OutboxState::Ready.as_str()))
            .filter(outbox::run_at.gt(now)),
    ))
    .get_result(conn)?)
}

/// The payloads that begin like this of the jobs that wait, run, or were given up.
///
/// # Errors
/// Storage failures.
pub fn unfinished_jobs(conn: &mut Conn, begins: &str) -> StoreResult<Vec<String>> {
    Ok(outbox::table
        .filter(outbox::topic.eq(Topic::Job.as_str()))
        .filter(outbox::state.ne(OutboxState::Done.as_str()))
        .filter(outbox::payload.like(format!("{begins}%")))
        .select(outbox::payload)
        .load(conn)?)
}

/// Forgets rows that were delivered before `before`, or that nobody was sent.
///
/// # Errors
/// Storage failures.
pub fn forget_done(conn: &mut Conn, before: i64) -> StoreResult<usize> {
    let over = [OutboxState::Done, OutboxState::Aside, OutboxState::Unsent];
    let over = over.map(|state| state.as_str());
    Ok(diesel::delete(
        outbox::table
            .filter(outbox::state.eq_any(over))
            .filter(outbox::finished_at.lt(before)),
    )
    .execute(conn)?)
}

/// Marks every mail that waits as not sent: those of a past that was lived at once go to nobody.
///
/// # Errors
/// Storage failures.
pub fn settle_mails(conn: &mut Conn, now: i64) -> StoreResult<usize> {
    Ok(diesel::update(
        outbox::table
            .filter(outbox::topic.eq(Topic::Mail.as_str()))
            .filter(outbox::state.eq(OutboxState::Ready.as_str())),
    )
    .set((
        outbox::state.eq(OutboxState::Unsent.as_str()),
        outbox::finished_at.eq(now),
    ))
    .execute(conn)?)
}
