//! A change of what a network promises, or of what its choices weigh, tried on what was sent lately before it is switched on: the
//! cases are played again with the real routing code, as things are and as they would be.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

use super::choice::{self, Weights};
use super::error::ServiceError;
use super::{Core, Exchange, calendars, planning, routing, waiting};
use crate::domain::calendar::WorkingCalendar;
use crate::domain::ids::{CaseId, NetworkId, PersonId, TargetPolicyId};
use crate::domain::people::Actor;
use crate::domain::problems::{FieldProblem, FieldRule};
use crate::domain::routing::Candidate;
use crate::domain::routing::choice::ChoicePolicy;
use crate::domain::targets::{RequestKind, TargetPolicy, Terms, promised};
use crate::domain::time::database_precision;
use crate::domain::turnaround::Urgency;
use crate::domain::work::{COMPARED, WorkUnits};
use crate::simulation::Figures;
use crate::simulation::trial::{Fate, Past, PastCase, PastExpert, Promised, Session};
use crate::store::assignments::AssignmentState;
use crate::store::{self, Conn, id, instant, organisations};

/// How far back is looked when nothing is said.
const USUAL: Duration = Duration::days(30);
/// The longest time that is played.
const LONGEST: Duration = Duration::days(92);
/// How long ago a trial may begin: pools and promises of longer ago are others.
const FURTHEST: Duration = Duration::days(731);
/// What was sent so long before fills the queues.
const FILLING: Duration = Duration::days(14);
/// So long after the time measured its cases are followed.
const FOLLOWED: Duration = Duration::weeks(12);
/// Cases that are played at most; the earliest ones.
const PLAYED: i64 = 5_000;
/// New promises that are tried at once, at most.
const TERMS_MAX: usize = 50;

/// What is to be tried.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trial {
    /// Cases sent then or later; thirty days back without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<DateTime<Utc>>,
    /// Cases sent before then; until now without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<DateTime<Utc>>,
    /// Promises in the place of those about the same cases.
    #[serde(default)]
    pub targets: Vec<Terms>,
    /// Weights in the place of the network's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choice: Option<Weights>,
}

/// What a time comes to under some rules.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Outcome {
    /// Cases answered.
    pub answered: usize,
    /// Cases still open twelve weeks later, or that nobody of the pool can read.
    pub open: usize,
    /// Share answered in the time promised.
    pub on_time: f64,
    /// The same of what is not routine; none where nothing of the kind was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub urgent_on_time: Option<f64>,
    /// Mean hours from sending to answer, pauses apart.
    pub mean_hours: f64,
    /// Nine of ten answers take no longer.
    pub p90_hours: f64,
    /// How often a case changed hands, on average.
    pub moves: f64,
    /// Gini coefficient of the experts' work for the hours they offer: 0 is even.
    pub gini: f64,
}

/// What a trial came to.
#[derive(Debug, Clone, Serialize)]
pub struct TrialDocument {
    /// The network.
    pub network: NetworkId,
    /// From then.
    pub from: DateTime<Utc>,
    /// Until then.
    pub to: DateTime<Utc>,
    /// Cases sent in that time.
    pub cases: usize,
    /// Experts who read them.
    pub experts: usize,
    /// Whether there were more cases than are played.
    pub truncated: bool,
    /// As things are.
    pub before: Outcome,
    /// As they would be.
    pub after: Outcome,
}

/// Tries a change on what a network was sent, for who decides it. Nothing is changed.
///
/// # Errors
/// [`ServiceError::NotFound`] for anybody else; [`ServiceError::Invalid`] for what cannot be meant.
pub async fn try_out(
    ex: &Exchange,
    actor: &Actor,
    network: NetworkId,
    trial: Trial,
) -> Result<TrialDocument, ServiceError> {
    if !actor.sets_targets_of(network) {
        return Err(ServiceError::NotFound);
    }
    run(ex, network, trial).await
}

/// The same for an operator at the command line.
///
/// # Errors
/// As [`try_out`].
pub async fn run(
    ex: &Exchange,
    network: NetworkId,
    trial: Trial,
) -> Result<TrialDocument, ServiceError> {
    let now = ex.core.clock.now();
    // Before anything is computed from them: a year may be any.
    let far = |at: &Option<DateTime<Utc>>| at.is_some_and(|at| at < now - FURTHEST);
    for (pointer, at) in [("/from", &trial.from), ("/to", &trial.to)] {
        if far(at) {
            let expected = "within the last two years".to_owned();
            return Err(ServiceError::field(
                pointer,
                FieldRule::Malformed { expected },
            ));
        }
    }
    let to = trial.to.map_or(now, database_precision);
    if to > now {
        let expected = "not later than now".to_owned();
        return Err(ServiceError::field(
            "/to",
            FieldRule::Malformed { expected },
        ));
    }
    let from = trial.from.map_or(to - USUAL, database_precision);
    let problems = problems(&trial, (from, to), ex.core.reference.subspecialty_codes());
    if !problems.is_empty() {
        return Err(ServiceError::Invalid(problems));
    }
    let core = ex.core.clone();
    let turn = core.trials.next().await?;
    let read = move |conn: &mut Conn| read(conn, &core, network, &trial, (from, to));
    let before_after = ex.store.read(read).await?;
    // Playing takes its time: not on a connection, and not on the thread that serves. The turn goes along: who has gone away
    // meanwhile keeps the others waiting until their trial ends, not beside them.
    let played = tokio::task::spawn_blocking(move || {
        let outcome = before_after.play();
        drop(turn);
        outcome
    });
    let (cases, experts, truncated, before, after) = played
        .await
        .map_err(|_| ServiceError::Internal("a trial ended early".into()))?;
    Ok(TrialDocument {
        network,
        from,
        to,
        cases,
        experts,
        truncated,
        before,
        after,
    })
}

/// Whose turn it is to play: one trial takes a core for seconds and holds thousands of cases, and whoever serves patients goes on
/// meanwhile. Counted in each process.
pub struct Turns(Arc<Semaphore>);

impl Default for Turns {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(1)))
    }
}

impl Turns {
    /// Waits for the turn, which lasts as long as what is answered is kept.
    async fn next(&self) -> Result<OwnedSemaphorePermit, ServiceError> {
        let turn = Arc::clone(&self.0).acquire_owned().await;
        turn.map_err(|_| ServiceError::Internal("trials have ended".into()))
    }
}

fn problems(
    trial: &Trial,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
    subspecialties: &[String],
) -> Vec<FieldProblem> {
    let mut problems = Vec::new();
    let mut wrong = |pointer: &str, expected: &str| {
        let expected = expected.to_owned();
        problems.push(FieldProblem::new(
            pointer,
            FieldRule::Malformed { expected },
        ));
    };
    if to <= from || to - from > LONGEST {
        wrong("/from", "earlier than to, by at most 92 days");
    }
    if trial.targets.len() > TERMS_MAX {
        let rule = FieldRule::TooLong { max: TERMS_MAX };
        problems.push(FieldProblem::new("/targets", rule));
    }
    for (place, terms) in trial.targets.iter().enumerate() {
        let below = format!("/targets/{place}");
        for problem in terms.problems(subspecialties) {
            let pointer = format!("{below}{}", problem.pointer);
            problems.push(FieldProblem::new(pointer, problem.rule));
        }
        // No panel is played.
        if terms.request == RequestKind::Panel {
            let pointer = format!("{below}/request");
            problems.push(FieldProblem::new(pointer, FieldRule::NotAllowedHere));
        }
        let earlier = trial.targets.iter().take(place);
        if earlier.clone().any(|one| one.same_cases(terms)) {
            problems.push(FieldProblem::new(below, FieldRule::Duplicate));
        }
    }
    problems.extend(
        trial
            .choice
            .iter()
            .flat_map(|choice| choice.problems("/choice", subspecialties)),
    );
    problems
}

/// A past with the rules as they are and as they would be.
struct BeforeAfter {
    past: Past,
    cases: usize,
    /// Whether any of them was not routine.
    urgent: bool,
    truncated: bool,
    before: (Vec<Promised>, ChoicePolicy),
    after: (Vec<Promised>, ChoicePolicy),
}

impl BeforeAfter {
    fn play(self) -> (usize, usize, bool, Outcome, Outcome) {
        let play = |(promises, choice): &(Vec<Promised>, ChoicePolicy)| {
            outcome(&self.past.play(promises, choice), self.urgent)
        };
        let (before, after) = (play(&self.before), play(&self.after));
        (
            self.cases,
            self.past.experts.len(),
            self.truncated,
            before,
            after,
        )
    }
}

fn outcome(figures: &Figures, urgent: bool) -> Outcome {
    let rounded = |value: f64, to: f64| (value * to).round() / to;
    Outcome {
        answered: figures.answered,
        open: figures.open,
        on_time: rounded(figures.on_time, 10_000.0),
        urgent_on_time: urgent.then(|| rounded(figures.urgent_on_time, 10_000.0)),
        mean_hours: rounded(figures.mean_hours, 100.0),
        p90_hours: rounded(figures.p90_hours, 100.0),
        moves: rounded(figures.reassignments, 1_000.0),
        gini: rounded(figures.gini, 1_000.0),
    }
}

fn read(
    conn: &mut Conn,
    core: &Core,
    network: NetworkId,
    trial: &Trial,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> Result<BeforeAfter, ServiceError> {
    let own = organisations::find_network(conn, network)?.ok_or(ServiceError::NotFound)?;
    let begin = from - FILLING;
    let hours = calendars::of_pool(core, &own, begin)?;
    let urgent_hours = calendars::for_urgency(core, &own, Urgency::Urgent, begin)?;
    let choice = choice::in_force(conn, core, network)?;
    let mut cases = cases(conn, network, &choice.units, (begin, to))?;
    let truncated = cases.len() > PLAYED as usize;
    cases.truncate(PLAYED as usize);
    let policies = store::targets::of_network(conn, network)?
        .iter()
        .map(|row| row.policy())
        .collect::<Result<Vec<_>, _>>()?;
    let promises = |policies: &[TargetPolicy]| -> Vec<Promised> {
        let of = |one: &PastCase| {
            let (urgency, field) = (one.case.urgency, one.case.subspecialty.as_str());
            let request = (RequestKind::Opinion, urgency);
            let kept = promised(policies, &core.targets, request, Some(field), one.at).target;
            let minutes = Duration::minutes(i64::from(kept.answer_minutes));
            let hours = if urgency.answered_on_call() {
                &urgent_hours
            } else {
                &hours
            };
            Promised {
                offer_minutes: kept.first_response_minutes,
                minutes: kept.answer_minutes,
                due: kept
                    .after(one.at, minutes, hours)
                    .unwrap_or(DateTime::<Utc>::MAX_UTC),
            }
        };
        cases.iter().map(of).collect()
    };
    let (as_is, would_be) = (
        promises(&policies),
        promises(&replaced(policies.clone(), trial)),
    );
    let tried = match &trial.choice {
        Some(weights) => weights.policy("trial"),
        None => choice.clone(),
    };
    let measured = |one: &&PastCase| from <= one.at;
    Ok(BeforeAfter {
        cases: cases.iter().filter(measured).count(),
        urgent: cases
            .iter()
            .filter(measured)
            .any(|one| one.case.urgency != Urgency::Routine),
        truncated,
        past: Past {
            experts: experts(conn, core, &Arc::new(own), (begin, to))?,
            cases,
            measured: (from, to),
        },
        before: (as_is, choice),
        after: (would_be, tried),
    })
}

/// The network's entries with those that are tried in the place of what speaks of the same cases.
fn replaced(mut policies: Vec<TargetPolicy>, trial: &Trial) -> Vec<TargetPolicy> {
    let tried = |one: &TargetPolicy| {
        trial
            .targets
            .iter()
            .any(|terms| terms.same_cases(&one.terms))
    };
    policies.retain(|one| !tried(one));
    policies.extend(trial.targets.iter().map(|terms| TargetPolicy {
        id: TargetPolicyId(Uuid::nil()),
        version: u32::MAX,
        terms: terms.clone(),
        valid_from: DateTime::<Utc>::MIN_UTC,
        valid_until: None,
    }));
    policies
}

/// What a network was sent in a time, the earliest first, with how long each stood still. What a coordinator decided about one is
/// left out: it was decided as things were.
fn cases(
    conn: &mut Conn,
    network: NetworkId,
    units: &WorkUnits,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<PastCase>, ServiceError> {
    let rows = store::past::sent_in(conn, network, (from, to), PLAYED + 1)?;
    let homes = waiting::homes(conn)?;
    // What waits for two things at once stands still once.
    let mut pauses: HashMap<CaseId, (Duration, DateTime<Utc>)> = HashMap::new();
    for (case, opened, closed) in store::past::paused_in(conn, network, (from, to))? {
        let (opened, closed) = (instant(opened)?, instant(closed)?);
        let (paused, until) = pauses
            .entry(id(&case)?)
            .or_insert((Duration::zero(), opened));
        *paused += (closed - opened.max(*until)).max(Duration::zero());
        *until = closed.max(*until);
    }
    let mut fates = fates(conn, network, (from, to))?;
    rows.iter()
        .map(|row| {
            let home = homes.get(&row.laboratory_id).copied().unwrap_or(network);
            let case = routing::seen(row, home, Vec::new(), Default::default())?.case;
            Ok(PastCase {
                at: instant(row.submitted_at.unwrap_or(row.created_at))?,
                minutes: f64::from(units.expected(case.slides, &case.subspecialty)),
                pause: pauses.get(&case.id).map(|(paused, _)| *paused),
                fate: fates.remove(&case.id).unwrap_or_default(),
                case,
            })
        })
        .collect()
}

/// What people did with each case: gave it back, let its offer lapse, answered it in another network.
fn fates(
    conn: &mut Conn,
    network: NetworkId,
    span: (DateTime<Utc>, DateTime<Utc>),
) -> Result<HashMap<CaseId, Fate>, ServiceError> {
    let mut fates: HashMap<CaseId, Fate> = HashMap::new();
    for one in store::past::offers_in(conn, network, span)? {
        let fate = fates.entry(one.case).or_default();
        match (one.state, one.ended_at) {
            (AssignmentState::Declined, _) if !one.elsewhere => fate.gave_back.push(one.expert),
            (AssignmentState::Expired, _) if !one.elsewhere => fate.let_lapse.push(one.expert),
            (AssignmentState::Completed, Some(answered)) if one.elsewhere => {
                fate.helped = Some((one.offered_at, answered));
            }
            _ => {}
        }
    }
    Ok(fates)
}

/// The pool's experts as they are now, with nothing waiting, their hours then, and what they had done before.
fn experts(
    conn: &mut Conn,
    core: &Core,
    own: &Arc<organisations::Network>,
    (begin, to): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<PastExpert>, ServiceError> {
    let pool = (Arc::clone(own), None);
    let candidates = routing::candidates_of(conn, core, begin, &pool)?;
    let mut done: HashMap<PersonId, Vec<(DateTime<Utc>, u32)>> = HashMap::new();
    for (expert, at, minutes) in store::work::each_in(conn, own.id, (begin - COMPARED, begin))? {
        done.entry(expert).or_default().push((at, minutes));
    }
    Ok(candidates
        .into_iter()
        .map(|mut candidate| {
            (candidate.open_cases, candidate.queued_minutes) = (0, 0);
            let done = done.remove(&candidate.expert).unwrap_or_default();
            let sum = |sum: u32, (_, minutes): &(DateTime<Utc>, u32)| sum.saturating_add(*minutes);
            candidate.work_minutes = done.iter().fold(0, sum);
            PastExpert {
                sessions: sessions(&candidate, (begin, to + FOLLOWED)),
                candidate,
                done,
            }
        })
        .collect())
}

/// When an expert reads, by their hours and their duties, without their absences.
fn sessions(expert: &Candidate, (from, to): (DateTime<Utc>, DateTime<Utc>)) -> Vec<Session> {
    let held = |hours: &WorkingCalendar| {
        planning::without(hours.openings_between(from, to), &expert.absences)
    };
    let session = |on_call: bool| move |(from, to)| Session { from, to, on_call };
    let own = held(&expert.calendar);
    let on_call = expert.on_call.as_ref().map(|duties| held(&duties.hours));
    // Their own hours go on within a duty.
    let on_call = planning::without(on_call.unwrap_or_default().into_iter(), &own);
    let on_call = on_call.into_iter().map(session(true));
    let mut sessions: Vec<Session> = own.into_iter().map(session(false)).chain(on_call).collect();
    sessions.sort_unstable();
    sessions
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn one_trial_plays_after_the_other() {
        let turns = Turns::default();
        let first = turns.next().await.unwrap();
        let mut second = Box::pin(turns.next());
        let played = second.as_mut().now_or_never();
        assert!(played.is_none(), "the first one plays");
        drop(first);
        drop(second.await.unwrap());
    }
}
