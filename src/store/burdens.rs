//! What weighs on the experts of a pool when somebody is chosen among them: asked in one way to the database, because every choice
//! asks it of every pool that may answer.

use std::collections::HashMap;
use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text};

use super::connection::Conn;
use super::literal::{LIVE_ASSIGNMENT, STANDING_STILL};
use super::steady::Steady;
use super::{StoreResult, id, instant, micros};
use crate::domain::ids::{NetworkId, PersonId};
use crate::domain::panels::{PanelPhase, SeatState};
use crate::domain::text_enum::TextEnum;
use crate::domain::turnaround::Urgency;

/// What weighs on an expert.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Burden {
    /// Live assignments, and seats on panels that wait for a reading; of whichever network.
    pub cases: u32,
    /// Those of them whose clock stands still: they wait for somebody else.
    pub standing_still: u32,
    /// The expected reading time of them all, minutes.
    pub minutes: u32,
    /// Of these, what urgent cases take, where it was asked for.
    pub urgent_minutes: u32,
    /// Minutes of the work they have signed since then.
    pub work_minutes: u32,
    /// Their absences that end after then, the earliest first.
    pub absences: Vec<(DateTime<Utc>, DateTime<Utc>)>,
}

impl Burden {
    /// The cases that wait for the expert: what their capacity limits.
    pub fn waiting(&self) -> u32 {
        self.cases.saturating_sub(self.standing_still)
    }
}

/// One finding about an expert.
#[derive(QueryableByName)]
struct Finding {
    #[diesel(sql_type = Text)]
    what: String,
    #[diesel(sql_type = Text)]
    expert: String,
    #[diesel(sql_type = BigInt)]
    number: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    more: Option<i64>,
}

/// Every part has an index of its own that serves it; the pool stands in each, because the planner then knows how small it is.
static FINDINGS: LazyLock<String> = LazyLock::new(|| {
    let among = |column: &str| {
        format!("{column} IN (SELECT person_id FROM expert_profiles WHERE network_id = $1)")
    };
    let listed = |words: Vec<&str>| format!("'{}'", words.join("', '"));
    let urgent = Urgency::ALL.iter().filter(|one| one.answered_on_call());
    let urgent = listed(urgent.map(|one| one.as_str()).collect());
    let unread = listed(vec![
        SeatState::Invited.as_str(),
        SeatState::Accepted.as_str(),
    ]);
    let (live, still, blind) = (LIVE_ASSIGNMENT.0, STANDING_STILL.0, PanelPhase::Blind);
    let minutes = "SUM(assignments.reading_minutes)";
    let mine = among("assignments.expert_id");
    format!(
        "SELECT 'open' AS what, assignments.expert_id AS expert, COUNT(*) AS number, {minutes} AS more FROM assignments \
           WHERE {live} AND {mine} GROUP BY assignments.expert_id \
         UNION ALL SELECT 'still', cases.expert_id, COUNT(*), NULL FROM cases \
           WHERE {still} AND {held} GROUP BY cases.expert_id \
         UNION ALL SELECT 'seats', panel_seats.expert_id, COUNT(*), {minutes} FROM panel_seats \
           JOIN panels ON panels.id = panel_seats.panel_id \
           JOIN cases ON cases.id = panel_seats.case_id AND cases.cycle = panels.cycle \
           JOIN assignments ON assignments.case_id = cases.id \
           WHERE {live} AND cases.panel = '{blind}' AND panel_seats.state IN ({unread}) \
             AND panel_seats.expert_id <> assignments.expert_id AND {seated} GROUP BY panel_seats.expert_id \
         UNION ALL SELECT 'done', work_done.expert_id, COUNT(*), SUM(work_done.minutes) FROM work_done \
           WHERE {worked} AND work_done.signed_at > $2 GROUP BY work_done.expert_id \
         UNION ALL SELECT 'away', absences.person_id, absences.starts_at, absences.ends_at FROM absences \
           WHERE {away} AND absences.ends_at > $2 \
         UNION ALL SELECT 'urgent', assignments.expert_id, COUNT(*), {minutes} FROM assignments \
           JOIN cases ON cases.id = assignments.case_id \
           WHERE $3 AND {live} AND {mine} AND cases.urgency IN ({urgent}) GROUP BY assignments.expert_id",
        held = among("cases.expert_id"),
        seated = among("panel_seats.expert_id"),
        worked = among("work_done.expert_id"),
        away = among("absences.person_id"),
    )
});

/// What weighs on the experts of a pool; on whom nothing weighs is not among them. Work and absences count from `since` on; the minutes
/// of urgent cases are asked for where somebody is on call.
///
/// # Errors
/// Storage failures.
pub fn of_pool(
    conn: &mut Conn,
    network: NetworkId,
    since: DateTime<Utc>,
    on_call: bool,
) -> StoreResult<HashMap<PersonId, Burden>> {
    let asked = diesel::sql_query(FINDINGS.as_str())
        .bind::<Text, _>(network.to_string())
        .bind::<BigInt, _>(micros(since))
        .bind::<Bool, _>(on_call);
    let mut burdens: HashMap<PersonId, Burden> = HashMap::new();
    for found in Steady(asked).load::<Finding>(conn)? {
        let burden = burdens.entry(id(&found.expert)?).or_default();
        let (number, minutes) = (counted(found.number), counted(found.more.unwrap_or(0)));
        match found.what.as_str() {
            "open" | "seats" => {
                burden.cases = burden.cases.saturating_add(number);
                burden.minutes = burden.minutes.saturating_add(minutes);
            }
            "still" => burden.standing_still = number,
            "done" => burden.work_minutes = minutes,
            "urgent" => burden.urgent_minutes = minutes,
            _ => {
                let (from, to) = (found.number, found.more.unwrap_or(found.number));
                burden.absences.push((instant(from)?, instant(to)?));
            }
        }
    }
    for burden in burdens.values_mut() {
        burden.absences.sort_unstable();
    }
    Ok(burdens)
}

fn counted(number: i64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
