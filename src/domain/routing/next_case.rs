//! Which case an expert who is ready to read is given: the last decision falls here, not when the case is sent.

use std::cmp::Reverse;

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use super::{Candidate, RoutingCase, Rule, against, reading_minutes};
use crate::domain::ids::{CaseId, PersonId};
use crate::domain::text_enum::text_enum;

/// A case that was sent and that nobody has opened.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// The case.
    pub case: RoutingCase,
    /// Who it was offered to; none while it is unrouted.
    pub holder: Option<PersonId>,
    /// When its answer is due; none while its clock stands still.
    pub due: Option<DateTime<Utc>>,
    /// When it was sent.
    pub since: DateTime<Utc>,
}

/// When an expert reads outside their own queue and their own field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NextCasePolicy {
    /// A case of somebody else's field is taken before one of the own only when less than this is left to its due time.
    pub short_slack_minutes: u32,
    /// A subspecialty with so few readers is rare: its readers take it before common cases.
    pub rare_readers: u32,
    /// Whether what is urgent and waits for somebody else is taken before what is not of the own queue: in the own field, or when
    /// little time is left.
    #[serde(default = "yes")]
    pub urgent_first: bool,
}

fn yes() -> bool {
    true
}

impl Default for NextCasePolicy {
    /// One day, three readers: the best row of the pilot simulation. Urgent cases first: docs/SIMULATION.md.
    fn default() -> Self {
        Self {
            short_slack_minutes: 24 * 60,
            rare_readers: 3,
            urgent_first: true,
        }
    }
}

text_enum! {
    /// Why the case was given.
    pub enum Why {
        /// It was offered to this expert, and is the most pressing of their queue.
        OwnQueue = "own_queue",
        /// Their queue is empty; this is the most pressing one that waits for somebody else.
        IdleSteal = "idle_steal",
        /// It is urgent and waits for somebody else; their own queue can wait.
        UrgentFirst = "urgent_first",
        /// Nobody held it.
        Unrouted = "unrouted",
    }
}

/// The case to read next, with its reasons.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NextCase {
    /// The case.
    pub case: CaseId,
    /// Why this one.
    pub why: Why,
    /// Who held it until now, and is to be told.
    pub from: Option<PersonId>,
    /// Minutes the reading is expected to take.
    pub reading_minutes: u32,
    /// How many cases this expert could have been given.
    pub eligible: usize,
    /// What spoke against the others: each rule with the number of cases.
    pub passed_over: Vec<(Rule, usize)>,
}

/// The next case of an expert: the most pressing one of their own queue, or an urgent one that waits for somebody else; with an empty
/// queue, the most pressing one that does. None when there is nothing they may read.
///
/// `readers` tells how many experts read a subspecialty. The same snapshot gives the same answer in whatever order it comes.
pub fn next_case(
    expert: &Candidate,
    waiting: &[Waiting],
    readers: impl Fn(&str) -> u32,
    policy: NextCasePolicy,
    now: DateTime<Utc>,
) -> Option<NextCase> {
    let mut passed_over: Vec<(Rule, usize)> = Vec::new();
    let mut eligible: Vec<&Waiting> = Vec::new();
    for one in waiting {
        let rules = rules_against(expert, one, policy, now);
        if rules.is_empty() {
            eligible.push(one);
        }
        for rule in rules {
            match passed_over.iter_mut().find(|(known, _)| *known == rule) {
                Some((_, count)) => *count += 1,
                None => passed_over.push((rule, 1)),
            }
        }
    }
    passed_over.sort();
    let best = eligible
        .iter()
        .min_by_key(|one| preference(expert, one, &readers, policy, now))?;
    let why = match best.holder {
        Some(holder) if holder == expert.expert => Why::OwnQueue,
        Some(_) if eligible.iter().any(|one| own(expert, one)) => Why::UrgentFirst,
        Some(_) => Why::IdleSteal,
        None => Why::Unrouted,
    };
    Some(NextCase {
        case: best.case.id,
        why,
        from: best.holder.filter(|holder| *holder != expert.expert),
        reading_minutes: reading_minutes(&best.case, expert),
        eligible: eligible.len(),
        passed_over,
    })
}

/// What speaks against giving the case to this expert now. Capacity limits what waits for an expert, not what they read when
/// they ask for more; and their own offer is theirs whatever else.
fn rules_against(
    expert: &Candidate,
    one: &Waiting,
    policy: NextCasePolicy,
    now: DateTime<Utc>,
) -> Vec<Rule> {
    if one.holder == Some(expert.expert) {
        return Vec::new();
    }
    let mut rules = against(&one.case, expert, now);
    rules.retain(|rule| *rule != Rule::BelowCapacity);
    let knows = |who: PersonId| one.case.known_by.contains(&who);
    if one.holder.is_some_and(knows) && !knows(expert.expert) && !pressing(one, policy, now) {
        rules.push(Rule::SameExpert);
    }
    rules
}

/// Whether it waits for this expert.
fn own(expert: &Candidate, one: &Waiting) -> bool {
    one.holder == Some(expert.expert)
}

/// Whether little time is left until the case is due.
fn pressing(one: &Waiting, policy: NextCasePolicy, now: DateTime<Utc>) -> bool {
    let due = one.due.unwrap_or(DateTime::<Utc>::MAX_UTC);
    due - now < Duration::minutes(i64::from(policy.short_slack_minutes))
}

type Preference = (
    bool,
    bool,
    bool,
    Reverse<bool>,
    DateTime<Utc>,
    DateTime<Utc>,
    CaseId,
);

/// The smaller, the sooner: the own queue, with what is urgent of others'; what is in the own field or has little time left; the rare
/// before the common; by due time; by age.
fn preference(
    expert: &Candidate,
    one: &Waiting,
    readers: impl Fn(&str) -> u32,
    policy: NextCasePolicy,
    now: DateTime<Utc>,
) -> Preference {
    let due = one.due.unwrap_or(DateTime::<Utc>::MAX_UTC);
    let pressing = pressing(one, policy, now);
    let own_field = expert.primary == one.case.subspecialty;
    let rare = readers(&one.case.subspecialty) <= policy.rare_readers;
    let suits = pressing || own_field;
    let urgent = policy.urgent_first && suits && one.case.urgency.answered_on_call();
    (
        !(own(expert, one) || urgent),
        !suits,
        !pressing,
        Reverse(rare),
        due,
        one.since,
        one.case.id,
    )
}
