//! Routing: which expert is offered a case, and why. One pure function over a snapshot.

use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use super::calendar::WorkingCalendar;
use super::ids::{AgreementId, CaseId, LaboratoryId, NetworkId, PersonId};
use super::on_call::OnCall;
use super::recusals::Recused;
use super::text_enum::text_enum;
use super::turnaround::{Target, Urgency};
use super::work::{self, WorkUnits};
use choice::{Basis, ChoicePolicy};

pub mod choice;
pub mod next_case;
pub mod optimum;
pub mod parts;
pub mod plan;
pub mod rebalance;

text_enum! {
    /// A rule of eligibility. Each one is asked for each candidate, and its answer is kept with the decision.
    pub enum Rule {
        /// The pool covers the case's territory.
        PoolCoversTerritory = "pool_covers_territory",
        /// The pool covers the case's subspecialty.
        PoolCoversSubspecialty = "pool_covers_subspecialty",
        /// The expert reads the subspecialty.
        ReadsSubspecialty = "reads_subspecialty",
        /// The expert is not away now.
        NotAbsent = "not_absent",
        /// Fewer cases wait for the expert than they take at a time.
        BelowCapacity = "below_capacity",
        /// The expert does not work in the submitter's laboratory.
        OtherLaboratory = "other_laboratory",
        /// The expert is not the submitter.
        NotTheSubmitter = "not_the_submitter",
        /// The expert answers in a language the submitter reads.
        SharesLanguage = "shares_language",
        /// The expert has not given back or let expire this very case.
        NotTriedBefore = "not_tried_before",
        /// The expert's calendar has an opening in which the case can be read.
        HasWorkingTime = "has_working_time",
        /// No coordinator has kept the case for somebody else.
        NotPinned = "not_pinned",
        /// No coordinator has excluded the expert from the case.
        NotExcluded = "not_excluded",
        /// The expert has declared no conflict of interest, neither with the laboratory nor about this very case.
        NoDeclaredConflict = "no_declared_conflict",
        /// Nobody who answered for the same patient before has the case and is in time with it.
        SameExpert = "same_expert",
    }
}

/// What a coordinator decided about who reads a case.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Instructions {
    /// Who it is kept for, beyond their capacity if need be.
    pub pinned: Option<PersonId>,
    /// Who is never given it.
    pub excluded: Vec<PersonId>,
}

/// The case, as routing sees it.
#[derive(Debug, Clone)]
pub struct RoutingCase {
    /// The case.
    pub id: CaseId,
    /// The network that holds it.
    pub network: NetworkId,
    /// Whether an agreement brought it there from its laboratory's own network.
    pub redirected: bool,
    /// Its subspecialty.
    pub subspecialty: String,
    /// Its laboratory's territory.
    pub territory: String,
    /// Its laboratory.
    pub laboratory: LaboratoryId,
    /// Its submitter.
    pub submitter: PersonId,
    /// Languages the submitter reads.
    pub languages: Vec<String>,
    /// Its urgency.
    pub urgency: Urgency,
    /// How many slides there are to read.
    pub slides: u32,
    /// What its minutes are reckoned from.
    pub units: Arc<WorkUnits>,
    /// Experts who gave it back or let it expire in this cycle.
    pub tried: Vec<PersonId>,
    /// Experts who gave it back for a conflict of interest, in whatever cycle.
    pub conflicted: Vec<PersonId>,
    /// What a coordinator decided about it.
    pub instructions: Instructions,
    /// Experts who answered for the same patient before, whoever did so last first; nobody where the network does not go by it.
    pub known_by: Vec<PersonId>,
    /// When its answer is due, as far as it is known.
    pub due: Option<DateTime<Utc>>,
}

/// An expert who might get it.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The expert.
    pub expert: PersonId,
    /// In whose pool.
    pub network: NetworkId,
    /// The agreement by which that pool helps out; none in the case's own network.
    pub agreement: Option<AgreementId>,
    /// Territories the pool covers. An agreement covers whatever its network sends, as overflow or redirected.
    pub pool_territories: Arc<Vec<String>>,
    /// Subspecialties the pool covers.
    pub pool_subspecialties: Arc<Vec<String>>,
    /// Where the expert works.
    pub laboratories: Vec<LaboratoryId>,
    /// Whose cases they have declared that they do not read.
    pub recusals: Vec<Recused>,
    /// The expert's field.
    pub primary: String,
    /// What the expert reads beside.
    pub others: Vec<String>,
    /// Languages the expert answers in.
    pub languages: Vec<String>,
    /// The most cases that wait for the expert at a time, unless a coordinator has it otherwise.
    pub capacity: u32,
    /// The cases that wait for the expert: offered to them or accepted by them, and not standing still.
    pub open_cases: u32,
    /// Reading minutes of all that they have, what stands still among it: it comes back.
    pub queued_minutes: u32,
    /// Minutes of work the expert has done in the [`work::COMPARED`] time before.
    pub work_minutes: u32,
    /// When the expert is away, and was in the time compared, by beginning.
    pub absences: Vec<(DateTime<Utc>, DateTime<Utc>)>,
    /// When the expert reads.
    pub calendar: Arc<WorkingCalendar>,
    /// When the expert answers urgent work beside that; none without a duty around now.
    pub on_call: Option<Arc<OnCall>>,
    /// Reading minutes of the open cases that on-call hours are for; counted for who has such hours.
    pub urgent_minutes: u32,
}

impl Candidate {
    /// When the expert answers work of this urgency: their own hours, for urgent work those of their duties too.
    pub fn hours_for(&self, urgency: Urgency) -> &WorkingCalendar {
        match &self.on_call {
            Some(on_call) if urgency.answered_on_call() => &on_call.all,
            _ => &self.calendar,
        }
    }

    /// When the expert would have answered a case of this urgency, with so many minutes of reading before its answer, of which
    /// `urgent` are of work that on-call hours are for: in their own hours, or on call, where nothing else keeps them.
    pub fn answers_at(
        &self,
        urgency: Urgency,
        (minutes, urgent): (i64, i64),
        now: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        let own = work_over(self, &self.calendar, now, Duration::minutes(minutes));
        let on_call = self
            .on_call
            .as_ref()
            .filter(|_| urgency.answered_on_call())
            .and_then(|on_call| work_over(self, &on_call.hours, now, Duration::minutes(urgent)));
        own.into_iter().chain(on_call).min()
    }
}

/// What one candidate's rules said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Considered {
    /// The expert.
    pub expert: PersonId,
    /// In whose pool.
    pub network: NetworkId,
    /// The agreement that brings them in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<AgreementId>,
    /// The rules that speak against it; eligible when there are none.
    pub against: Vec<Rule>,
    /// Cases that wait for them.
    pub open_cases: u32,
    /// Minutes this case would take them.
    pub reading_minutes: u32,
    /// When they would be expected to have answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_answer_at: Option<DateTime<Utc>>,
    /// The work they did lately, in millionths of the working time they offered; of the eligible.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub work_share: Option<u32>,
}

impl Considered {
    /// The rules against it that allow a coordinator no judgement: beyond the expert's capacity they may go, and offer a case
    /// again to who gave it back.
    pub fn standing(&self) -> Vec<Rule> {
        let judged = [Rule::BelowCapacity, Rule::NotTriedBefore];
        let rules = self.against.iter().copied();
        rules.filter(|rule| !judged.contains(rule)).collect()
    }

    /// Whether nothing speaks against it.
    pub fn eligible(&self) -> bool {
        self.against.is_empty()
    }
}

/// An offer to make.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// To whom.
    pub expert: PersonId,
    /// In whose pool.
    pub network: NetworkId,
    /// The agreement that brings them in.
    pub agreement: Option<AgreementId>,
    /// When the answer is expected.
    pub expected_answer_at: DateTime<Utc>,
    /// When the offer ends unanswered.
    pub expires_at: DateTime<Utc>,
    /// Minutes the reading is expected to take.
    pub reading_minutes: u32,
}

/// What routing decides, with its reasons.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// The offer; none when nobody is eligible.
    pub choice: Option<Choice>,
    /// What decided between the eligible.
    pub basis: Basis,
    /// Everybody who was considered: the eligible by expected answer, then the others.
    pub considered: Vec<Considered>,
}

impl Decision {
    /// How many candidates each rule spoke against: why a case is unrouted, in short.
    pub fn reasons(&self) -> Vec<(Rule, usize)> {
        use super::text_enum::TextEnum;
        Rule::ALL
            .iter()
            .map(|rule| {
                (
                    *rule,
                    self.considered
                        .iter()
                        .filter(|one| one.against.contains(rule))
                        .count(),
                )
            })
            .filter(|(_, count)| *count > 0)
            .collect()
    }
}

/// Chooses the expert with the earliest expected answer: in the case's own network if anybody is eligible there, else over its
/// agreements. Between answers as good as equally early it chooses whoever did less of the work, as the policy has it. The same
/// snapshot gives the same decision, in whatever order the candidates come.
pub fn route(
    case: &RoutingCase,
    candidates: &[Candidate],
    target: &Target,
    policy: &ChoicePolicy,
    now: DateTime<Utc>,
) -> Decision {
    let mut considered: Vec<(Considered, &Candidate)> = candidates
        .iter()
        .map(|candidate| (consider(case, candidate, now), candidate))
        .collect();
    considered.sort_by_cached_key(|(one, candidate)| {
        let answer = one.expected_answer_at.unwrap_or(DateTime::<Utc>::MAX_UTC);
        (
            !one.eligible(),
            one.agreement.is_some(),
            answer,
            candidate.queued_minutes,
            spread(case.id, one.expert),
            one.expert,
        )
    });
    let eligible: Vec<&Considered> = considered
        .iter()
        .map(|(one, _)| one)
        .take_while(|one| one.eligible())
        .collect();
    let (place, basis) = same_expert(case, &eligible)
        .map(|place| (place, Basis::SameExpert))
        .or_else(|| policy.choose(&eligible, target))
        .unwrap_or((0, Basis::EarliestAnswer));
    let choice = considered
        .get(place)
        .filter(|(one, _)| one.eligible())
        .and_then(|(one, candidate)| choose(case.urgency, (one, candidate), target, now));
    Decision {
        choice,
        basis,
        considered: considered.into_iter().map(|(one, _)| one).collect(),
    }
}

/// The place of who answered for the same patient before, among the eligible, and is expected to be in time.
fn same_expert(case: &RoutingCase, eligible: &[&Considered]) -> Option<usize> {
    let in_time = |one: &Considered| {
        let answer = one.expected_answer_at;
        case.due
            .is_none_or(|due| answer.is_some_and(|at| at <= due))
    };
    case.known_by.iter().find_map(|known| {
        eligible
            .iter()
            .position(|one| one.expert == *known && in_time(one))
    })
}

/// Who would answer an unopened case clearly sooner than who holds it, by a quarter of the time that is promised: somebody of the
/// case's own network, or of those that an agreement opens. None when it is well where it is.
pub fn sooner(
    case: &RoutingCase,
    holder: PersonId,
    candidates: &[Candidate],
    elsewhere: bool,
    target: &Target,
    policy: &ChoicePolicy,
    now: DateTime<Utc>,
) -> Option<Decision> {
    let holds = candidates.iter().find(|one| one.expert == holder);
    // What they have to read, this case among it.
    let as_it_is = holds.and_then(|one| one.answers_at(case.urgency, queue(one, 0), now));
    let others: Vec<Candidate> = candidates
        .iter()
        .filter(|one| one.expert != holder && one.agreement.is_some() == elsewhere)
        .cloned()
        .collect();
    // It goes on because it may be late: then whoever is soonest.
    let anybody = RoutingCase {
        known_by: Vec::new(),
        ..case.clone()
    };
    let decision = route(&anybody, &others, target, policy, now);
    let answer = decision.choice.as_ref()?.expected_answer_at;
    let gain = Duration::minutes(i64::from(target.answer_minutes / 4));
    as_it_is
        .is_none_or(|as_it_is| answer + gain <= as_it_is)
        .then_some(decision)
}

/// The offer to one expert, whom a coordinator or continuity chose; none when a rule stands against it.
pub fn route_to(
    case: &RoutingCase,
    candidate: &Candidate,
    target: &Target,
    now: DateTime<Utc>,
) -> (Option<Choice>, Considered) {
    let one = consider(case, candidate, now);
    let choice = if one.standing().is_empty() {
        choose(case.urgency, (&one, candidate), target, now)
    } else {
        None
    };
    (choice, one)
}

fn choose(
    urgency: Urgency,
    (one, candidate): (&Considered, &Candidate),
    target: &Target,
    now: DateTime<Utc>,
) -> Option<Choice> {
    Some(Choice {
        expert: one.expert,
        network: one.network,
        agreement: one.agreement,
        expected_answer_at: one.expected_answer_at?,
        expires_at: offered_until(candidate, urgency, target, now)?,
        reading_minutes: one.reading_minutes,
    })
}

/// When an offer ends that is made now: the expert has the target's time to answer it, in their own hours, from when they are there.
pub fn offered_until(
    candidate: &Candidate,
    urgency: Urgency,
    target: &Target,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let patience = Duration::minutes(i64::from(target.first_response_minutes));
    let here = available_from(candidate, now);
    target.after(here, patience, candidate.hours_for(urgency))
}

/// When an offer ends that has waited with the clock since `stood`: what the expert had left of their time goes on, in their own
/// hours. An offer that was made while the clock stood has all of its time, not more.
pub fn goes_on(
    candidate: &Candidate,
    target: &Target,
    (stood, ends): (DateTime<Utc>, DateTime<Utc>),
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let whole = Duration::minutes(i64::from(target.first_response_minutes));
    let hours = candidate.hours_for(target.urgency);
    let left = target.measure(stood, ends, hours);
    let here = available_from(candidate, now);
    target.after(here, left.min(whole), hours)
}

fn consider(case: &RoutingCase, candidate: &Candidate, now: DateTime<Utc>) -> Considered {
    let reading_minutes = reading_minutes(case, candidate);
    let expected_answer_at =
        candidate.answers_at(case.urgency, queue(candidate, reading_minutes), now);
    let mut against = against(case, candidate, now);
    if expected_answer_at.is_none() {
        against.push(Rule::HasWorkingTime);
    }
    Considered {
        expert: candidate.expert,
        network: candidate.network,
        agreement: candidate.agreement,
        work_share: against.is_empty().then(|| work_share(candidate, now)),
        against,
        open_cases: candidate.open_cases,
        reading_minutes,
        expected_answer_at,
    }
}

/// The rules that speak against a candidate, those apart that ask when they could answer.
fn against(case: &RoutingCase, candidate: &Candidate, now: DateTime<Utc>) -> Vec<Rule> {
    let kept_for = case.instructions.pinned;
    let answers: [(Rule, bool); 12] = [
        (
            Rule::PoolCoversTerritory,
            candidate.agreement.is_some()
                || (case.redirected && candidate.network == case.network)
                || candidate.pool_territories.contains(&case.territory),
        ),
        (
            Rule::PoolCoversSubspecialty,
            candidate.pool_subspecialties.contains(&case.subspecialty),
        ),
        (
            Rule::ReadsSubspecialty,
            reads(candidate, &case.subspecialty),
        ),
        (
            Rule::NotAbsent,
            !candidate
                .absences
                .iter()
                .any(|(from, to)| *from <= now && now < *to),
        ),
        (
            Rule::BelowCapacity,
            candidate.open_cases < candidate.capacity || kept_for == Some(candidate.expert),
        ),
        (
            Rule::OtherLaboratory,
            !candidate.laboratories.contains(&case.laboratory),
        ),
        (Rule::NotTheSubmitter, candidate.expert != case.submitter),
        (
            Rule::SharesLanguage,
            candidate
                .languages
                .iter()
                .any(|language| case.languages.contains(language)),
        ),
        (
            Rule::NotTriedBefore,
            !case.tried.contains(&candidate.expert),
        ),
        (
            Rule::NotPinned,
            kept_for.is_none_or(|expert| expert == candidate.expert),
        ),
        (
            Rule::NotExcluded,
            !case.instructions.excluded.contains(&candidate.expert),
        ),
        (
            Rule::NoDeclaredConflict,
            !case.conflicted.contains(&candidate.expert)
                && !candidate
                    .recusals
                    .iter()
                    .any(|one| one.laboratory == case.laboratory && one.holds_at(now)),
        ),
    ];
    answers
        .into_iter()
        .filter(|(_, holds)| !holds)
        .map(|(rule, _)| rule)
        .collect()
}

fn reads(candidate: &Candidate, subspecialty: &str) -> bool {
    candidate.primary == subspecialty || candidate.others.iter().any(|other| other == subspecialty)
}

fn reading_minutes(case: &RoutingCase, candidate: &Candidate) -> u32 {
    let own_field = candidate.primary == case.subspecialty;
    case.units.in_field(own_field_minutes(case), own_field)
}

/// Minutes of reading by somebody whose field it is.
fn own_field_minutes(case: &RoutingCase) -> u32 {
    case.units.expected(case.slides, &case.subspecialty)
}

fn work_share(candidate: &Candidate, now: DateTime<Utc>) -> u32 {
    let offered = work::offered_minutes(&candidate.calendar, &candidate.absences, now);
    work::share(candidate.work_minutes, offered)
}

/// The instant from which the expert is not away.
fn available_from(candidate: &Candidate, now: DateTime<Utc>) -> DateTime<Utc> {
    let mut at = now;
    // Absences may touch: each pass moves past those that cover `at`, at most once for each.
    for _ in &candidate.absences {
        at = candidate
            .absences
            .iter()
            .filter(|(from, to)| *from <= at && at < *to)
            .map(|(_, to)| *to)
            .max()
            .unwrap_or(at);
    }
    at
}

/// Whether an absence leaves the expert no working time to answer an offer that ends at `expires_at`.
pub fn covers_offer(
    (from, to): (DateTime<Utc>, DateTime<Utc>),
    calendar: &WorkingCalendar,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> bool {
    let works_before = from > now && calendar.working_time_between(now, from) > Duration::zero();
    let works_after = to < expires_at
        && calendar.working_time_between(to.max(now), expires_at) > Duration::zero();
    !works_before && !works_after
}

/// The minutes before somebody has read what waits for them and one more case: of everything, and of what on-call hours are for.
fn queue(candidate: &Candidate, reading_minutes: u32) -> (i64, i64) {
    let with = |queued: u32| i64::from(queued) + i64::from(reading_minutes);
    (
        with(candidate.queued_minutes),
        with(candidate.urgent_minutes),
    )
}

/// The instant at which the expert, from `now`, has worked for that time in these hours and around their absences; none when it
/// lies behind them.
fn work_over(
    candidate: &Candidate,
    hours: &WorkingCalendar,
    now: DateTime<Utc>,
    work: Duration,
) -> Option<DateTime<Utc>> {
    let (mut from, mut left) = (available_from(candidate, now), work);
    // Each pass moves past one absence or answers.
    for _ in 0..=candidate.absences.len() {
        let end = hours.add_working_time(from, left)?;
        let next = candidate
            .absences
            .iter()
            .filter(|(start, _)| from < *start && *start < end)
            .min();
        let Some((start, _)) = next else {
            return Some(end);
        };
        left -= hours.working_time_between(from, *start);
        from = available_from(candidate, *start);
    }
    hours.add_working_time(from, left)
}

/// Spreads ties over the experts without favouring whoever comes first in a list (FNV-1a over both identifiers).
fn spread(case: CaseId, expert: PersonId) -> u64 {
    let bytes = case.0.as_bytes().iter().chain(expert.0.as_bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests;
