//! When the answer to a case may be expected.

use serde::Serialize;

use super::access::relations_to;
use super::error::ServiceError;
use super::{Core, Exchange, calendars, routing};
use crate::domain::calendar::WorkingCalendar;
use crate::domain::cases::CaseState;
use crate::domain::forecast::{Forecast, forecast};
use crate::domain::ids::{CaseId, NetworkId, PersonId};
use crate::domain::people::Actor;
use crate::domain::permissions::{View, view};
use crate::domain::text_enum::text_enum;
use crate::domain::turnaround::Urgency;
use crate::store::cases::CaseRow;
use crate::store::{self, Conn, assignments, instant, name, organisations, people};

/// Answers of the pool looked at, the latest ones.
const LOOKED_AT: i64 = 200;

text_enum! {
    /// Why there is no forecast.
    pub enum NoForecast {
        /// The case was not sent, is answered, or has ended.
        NotWaiting = "not_waiting",
        /// No expert has it.
        NoExpert = "no_expert",
        /// Its clock stands still.
        ClockStandsStill = "clock_stands_still",
        /// It lies behind the calendar of the expert.
        BehindCalendar = "behind_calendar",
    }
}

/// The forecast of a case, or why there is none.
#[derive(Debug, Clone, Serialize)]
pub struct ForecastDocument {
    /// The case.
    pub case: CaseId,
    /// The forecast.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forecast: Option<Forecast>,
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub none_because: Option<NoForecast>,
}

/// When the answer to a case may be expected, from its expert's queue and calendar and from how the pool kept its plans.
///
/// # Errors
/// [`ServiceError::NotFound`] for a stranger.
pub async fn of_case(
    ex: &Exchange,
    actor: &Actor,
    case: CaseId,
) -> Result<ForecastDocument, ServiceError> {
    let (core, actor) = (ex.core.clone(), actor.clone());
    ex.store
        .read(move |conn| {
            let row = store::cases::find(conn, case)?.ok_or(ServiceError::NotFound)?;
            let facts = row.facts(Default::default())?;
            let relations = relations_to(conn, &actor, &row)?;
            if !matches!(view(&relations), Some(View::Full | View::Queue)) {
                return Err(ServiceError::NotFound);
            }
            let expert = match (facts.state, facts.expert) {
                (CaseState::Offered | CaseState::Accepted, Some(expert)) => Ok(expert),
                (CaseState::Submitted, _) => Err(NoForecast::NoExpert),
                _ => Err(NoForecast::NotWaiting),
            };
            let expert = expert.and_then(|expert| {
                if facts.pauses.is_empty() {
                    Ok(expert)
                } else {
                    Err(NoForecast::ClockStandsStill)
                }
            });
            let told = match expert {
                Ok(expert) => told(conn, &core, &row, expert)?.ok_or(NoForecast::BehindCalendar),
                Err(why) => Err(why),
            };
            Ok(ForecastDocument {
                case,
                forecast: told.ok(),
                none_because: told.err(),
            })
        })
        .await
}

fn told(
    conn: &mut Conn,
    core: &Core,
    row: &CaseRow,
    expert: PersonId,
) -> Result<Option<Forecast>, ServiceError> {
    let now = core.clock.now();
    let Some(profile) = people::find_profile(conn, expert)? else {
        return Ok(None);
    };
    let network = profile.network;
    let pool = organisations::find_network(conn, network)?
        .ok_or(ServiceError::Internal("an expert without a network".into()))?;
    let urgency: Urgency = name(&row.urgency)?;
    let calendar = calendars::for_urgency(core, &pool, urgency, now)?;
    let found = routing::candidates_of(conn, core, now, &(std::sync::Arc::new(pool), None))?;
    let Some(candidate) = found.iter().find(|one| one.expert == expert) else {
        return Ok(None);
    };
    let minutes = minutes_until(conn, row, expert)?;
    let Some(planned) = candidate.answers_at(urgency, minutes, now) else {
        return Ok(None);
    };
    let late_by = late_by(conn, network, &calendar)?;
    Ok(forecast(planned, &late_by, &calendar, now))
}

/// Reading minutes of what the expert has before this case, by due time, and of the case: of everything, and of what on-call hours
/// are for.
fn minutes_until(
    conn: &mut Conn,
    row: &CaseRow,
    expert: PersonId,
) -> Result<(i64, i64), ServiceError> {
    let minutes = assignments::minutes_by_case(conn, expert)?;
    let of = |case: &str| {
        let own = minutes.iter().filter(|(known, _)| known == case);
        own.map(|(_, minutes)| i64::from(*minutes)).sum::<i64>()
    };
    let own = of(&row.id);
    let (mut all, mut urgent) = (own, own);
    for other in store::waiting::in_hand(conn, expert)? {
        if (other.sort_at, &other.id) < (row.sort_at, &row.id) {
            all += of(&other.id);
            if name::<Urgency>(&other.urgency)?.answered_on_call() {
                urgent += of(&other.id);
            }
        }
    }
    Ok((all, urgent))
}

/// How many working minutes after their plan the last answers of a pool came, negative when sooner.
fn late_by(
    conn: &mut Conn,
    network: NetworkId,
    calendar: &WorkingCalendar,
) -> Result<Vec<i64>, ServiceError> {
    assignments::answered(conn, network, LOOKED_AT)?
        .into_iter()
        .map(|(expected, answered)| {
            let (expected, answered) = (instant(expected)?, instant(answered)?);
            let late = calendar.working_time_between(expected, answered);
            let soon = calendar.working_time_between(answered, expected);
            Ok((late - soon).num_minutes())
        })
        .collect()
}
