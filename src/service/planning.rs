//! What a coordinator plans with: the experts of a pool with their load, hours and absences, and which cases will be late.

use std::collections::HashMap;

use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;

use super::error::ServiceError;
use super::worklist::Page;
use super::{Core, Exchange, calendars};
use crate::domain::ids::{CaseId, NetworkId, PersonId};
use crate::domain::outlook::{Holder, Outlook, Risk};
use crate::domain::people::Actor;
use crate::domain::text_enum::TextEnum;
use crate::store::assignments::AssignmentState;
use crate::store::held::{HeldRow, Of, held};
use crate::store::people::{self, Absence, ExpertProfile};
use crate::store::{self, Conn, id, optional_instant, organisations};

/// From an instant to another.
pub type Span = (DateTime<Utc>, DateTime<Utc>);

/// A pool over some days.
#[derive(Debug)]
pub struct Plan {
    /// The network's name.
    pub name: String,
    /// The zone by which the pool works.
    pub zone: Tz,
    /// When the pool is open.
    pub open: Vec<Span>,
    /// Its experts, by name.
    pub experts: Vec<Planned>,
}

/// An expert over those days.
#[derive(Debug)]
pub struct Planned {
    /// Who.
    pub id: PersonId,
    /// Name.
    pub name: String,
    /// Field.
    pub primary_subspecialty: String,
    /// Their zone.
    pub zone: Tz,
    /// The most cases that wait for them at a time.
    pub capacity: u32,
    /// Cases that wait for them, of whichever network.
    pub waiting_cases: u32,
    /// Cases that they have beside, and that stand still.
    pub standing_still: u32,
    /// Reading minutes of all of them.
    pub queued_minutes: u32,
    /// When they read, without their absences.
    pub hours: Vec<Span>,
    /// When they are away.
    pub absences: Vec<Span>,
    /// The pool's on-call hours that they have, without their absences.
    pub on_call: Vec<Span>,
    /// The cases of this network that they have, by due time.
    pub cases: Vec<HeldCase>,
}

/// A case that an expert has.
#[derive(Debug)]
pub struct HeldCase {
    /// Identifier.
    pub id: CaseId,
    /// Human reference.
    pub reference: String,
    /// When the answer is due; none while the clock stands still.
    pub due_at: Option<DateTime<Utc>>,
    /// What speaks against an answer in time.
    pub risk: Option<Risk>,
}

impl Planned {
    /// How long they read on these days.
    pub fn reading_time(&self) -> Duration {
        self.hours
            .iter()
            .fold(Duration::zero(), |sum, (from, to)| sum + (*to - *from))
    }
}

/// The pool of a network the person coordinates, over the days between two instants.
///
/// # Errors
/// [`ServiceError::NotFound`] for anybody else.
pub async fn of_pool(
    ex: &Exchange,
    actor: &Actor,
    network: NetworkId,
    days: Span,
) -> Result<Plan, ServiceError> {
    if !actor.coordinates(network) {
        return Err(ServiceError::NotFound);
    }
    let core = ex.core.clone();
    ex.store
        .read(move |conn| plan(conn, &core, network, days))
        .await
}

fn plan(
    conn: &mut Conn,
    core: &Core,
    network: NetworkId,
    days: Span,
) -> Result<Plan, ServiceError> {
    let now = core.clock.now();
    let pool = organisations::find_network(conn, network)?.ok_or(ServiceError::NotFound)?;
    let profiles = people::experts_of(conn, network)?;
    let who: Vec<PersonId> = profiles.iter().map(|profile| profile.person).collect();
    let names = people::display_names(conn, &who)?;
    let burdens = store::burdens::of_pool(conn, network, now, false)?;
    let absences = people::absences_in(conn, network, now.min(days.0))?;
    let rows = held(conn, Of::Experts(&who))?;
    let mut of_expert: HashMap<&str, Vec<&HeldRow>> = HashMap::new();
    let own_network = network.to_string();
    for row in rows.iter().filter(|row| row.network_id == own_network) {
        of_expert.entry(&row.expert_id).or_default().push(row);
    }
    let on_call = calendars::on_call(core, &pool, days.0)?;
    let duties = store::duties::of_network(conn, network, days.0)?;
    let mut experts = Vec::with_capacity(profiles.len());
    for profile in profiles {
        let calendar = calendars::of_expert(core, &profile, &pool, days.0)?;
        let away: Vec<Span> = spans_of(&absences, profile.person);
        let open = burdens.get(&profile.person).cloned().unwrap_or_default();
        experts.push(Planned {
            id: profile.person,
            name: names.get(&profile.person).cloned().unwrap_or_default(),
            zone: zone(&profile)?,
            capacity: profile.capacity_per_day,
            waiting_cases: open.waiting(),
            standing_still: open.standing_still,
            queued_minutes: open.minutes,
            hours: without(calendar.openings_between(days.0, days.1), &away),
            cases: of_expert
                .remove(profile.person.to_string().as_str())
                .unwrap_or_default()
                .into_iter()
                .map(|row| held_case(row, &absences, now))
                .collect::<Result<_, _>>()?,
            on_call: duties
                .iter()
                .filter(|duty| duty.expert == profile.person)
                .zip(std::iter::repeat(on_call.as_deref()))
                .filter_map(|(duty, hours)| Some((duty, hours?)))
                .flat_map(|(duty, hours)| {
                    let (from, to) = duty.span();
                    without(
                        hours.openings_between(from.max(days.0), to.min(days.1)),
                        &away,
                    )
                })
                .collect(),
            absences: away
                .into_iter()
                .filter(|(from, to)| *from < days.1 && *to > days.0)
                .collect(),
            primary_subspecialty: profile.primary_subspecialty,
        });
    }
    experts.sort_by(|one, other| (&one.name, one.id).cmp(&(&other.name, other.id)));
    let calendar = calendars::of_pool(core, &pool, days.0)?;
    Ok(Plan {
        zone: core.reference.territory(&pool.territory)?.zone,
        open: calendar.openings_between(days.0, days.1).collect(),
        name: pool.name,
        experts,
    })
}

/// What keeps the cases on a page of a coordinator's queue from being answered in time.
///
/// # Errors
/// Storage failures.
pub async fn risks(ex: &Exchange, page: &Page) -> Result<HashMap<CaseId, Risk>, ServiceError> {
    let now = ex.core.clock.now();
    let mut open: Vec<(CaseId, Outlook)> = page
        .items
        .iter()
        .filter(|item| item.state.is_open() && item.due_at.is_some())
        .map(|item| {
            let outlook = Outlook {
                due_at: item.due_at,
                warning_at: item.warning_at,
                waiting_for: item.waiting_for,
                holder: None,
            };
            (item.id, outlook)
        })
        .collect();
    if open.is_empty() {
        return Ok(HashMap::new());
    }
    ex.store
        .read(move |conn| {
            let cases: Vec<CaseId> = open.iter().map(|(case, _)| *case).collect();
            let rows = held(conn, Of::Cases(&cases))?;
            let mut who: Vec<PersonId> = rows
                .iter()
                .map(|row| id(&row.expert_id))
                .collect::<Result<_, _>>()?;
            who.sort_unstable();
            who.dedup();
            let absences = people::absences_of(conn, &who, now)?;
            let mut found = HashMap::new();
            for (case, outlook) in &mut open {
                let row = rows.iter().find(|row| row.case_id == case.to_string());
                outlook.holder = row.map(|row| holder(row, &absences, now)).transpose()?;
                found.extend(outlook.cause(now).map(|risk| (*case, risk)));
            }
            Ok(found)
        })
        .await
}

fn zone(profile: &ExpertProfile) -> Result<Tz, ServiceError> {
    profile
        .zone
        .parse()
        .map_err(|_| ServiceError::Internal(format!("unknown zone {}", profile.zone)))
}

fn held_case(
    row: &HeldRow,
    absences: &[Absence],
    now: DateTime<Utc>,
) -> Result<HeldCase, ServiceError> {
    let outlook = Outlook {
        due_at: optional_instant(row.due_at)?,
        warning_at: optional_instant(row.warning_at)?,
        waiting_for: None,
        holder: Some(holder(row, absences, now)?),
    };
    Ok(HeldCase {
        id: id(&row.case_id)?,
        reference: row.reference.clone(),
        due_at: outlook.due_at,
        risk: outlook.risk(now),
    })
}

fn holder(row: &HeldRow, absences: &[Absence], now: DateTime<Utc>) -> Result<Holder, ServiceError> {
    let who: PersonId = id(&row.expert_id)?;
    Ok(Holder {
        accepted: row.assignment_state == AssignmentState::Accepted.as_str(),
        expected_answer_at: optional_instant(row.expected_answer_at)?,
        back_at: back(&spans_of(absences, who), now),
    })
}

/// The absences of one of these people, in order.
fn spans_of(absences: &[Absence], who: PersonId) -> Vec<Span> {
    absences
        .iter()
        .filter(|absence| absence.person == who)
        .map(|absence| (absence.starts_at, absence.ends_at))
        .collect()
}

/// When somebody who is away at `now` is back: absences that meet are one. `away` comes in order.
fn back(away: &[Span], now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let back = away.iter().fold(
        now,
        |at, (from, to)| if *from <= at { at.max(*to) } else { at },
    );
    (back > now).then_some(back)
}

/// What is left of openings outside of absences; both come in order.
pub(super) fn without(openings: impl Iterator<Item = Span>, away: &[Span]) -> Vec<Span> {
    let mut left = Vec::new();
    for (mut from, to) in openings {
        for (gone, returned) in away {
            if *gone >= to || *returned <= from {
                continue;
            }
            if from < *gone {
                left.push((from, *gone));
            }
            from = from.max(*returned);
        }
        if from < to {
            left.push((from, to));
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(from: u32, to: u32) -> Span {
        let at = |hour: u32| format!("2026-11-24T{hour:02}:00:00Z").parse().unwrap();
        (at(from), at(to))
    }

    #[test]
    fn an_absence_is_cut_out_of_the_hours() {
        let hours = [span(8, 12), span(14, 18)];
        let left = |away: &[Span]| without(hours.into_iter(), away);
        assert_eq!(left(&[]), hours);
        assert_eq!(left(&[span(10, 15)]), [span(8, 10), span(15, 18)]);
        assert_eq!(
            left(&[span(9, 10), span(11, 20)]),
            [span(8, 9), span(10, 11)]
        );
        assert_eq!(left(&[span(0, 23)]), []);
        assert_eq!(left(&[span(12, 14)]), hours);
    }

    #[test]
    fn absences_that_meet_are_one() {
        let now = span(9, 10).0;
        assert_eq!(back(&[], now), None);
        assert_eq!(back(&[span(10, 12)], now), None);
        assert_eq!(
            back(&[span(8, 10), span(10, 12), span(13, 14)], now),
            Some(span(0, 12).1)
        );
    }
}
