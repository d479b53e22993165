//! What the rules cost that decide about cases: no database, no HTTP, one core.

use std::collections::HashSet;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use relecture::domain::calendar::{WeeklyHours, WorkingCalendar};
use relecture::domain::ids::{CaseId, LaboratoryId, NetworkId, PersonId};
use relecture::domain::randomness::Randomness;
use relecture::domain::routing::choice::ChoicePolicy;
use relecture::domain::routing::next_case::Waiting;
use relecture::domain::routing::plan::{PlanPolicy, plan};
use relecture::domain::routing::{Candidate, Instructions, RoutingCase, route};
use relecture::domain::territories::Reference;
use relecture::domain::turnaround::{Targets, Urgency};
use relecture::simulation::scenario::Scenario;
use relecture::simulation::{Policy, simulate};
use uuid::Uuid;

use crate::report::{Report, Target, ms};
use crate::{Outcome, say};

/// Experts of the pool, of every stage.
const EXPERTS: usize = 500;
/// Cases that wait to be planned anew.
const WAITING: usize = 10_000;
/// Cases that are open while one more is decided.
const OPEN: usize = 5_000;
/// Working hours added.
const HOURS: i64 = 10_000;
/// Additions of which the mean is taken.
const ADDITIONS: u32 = 1_000_000;
/// Where the rules are told apart from what is measured over HTTP.
const ON: &str = "the rules";

/// A pool of five hundred, and what waits for it.
struct Ground {
    experts: Vec<Candidate>,
    waiting: Vec<Waiting>,
    now: DateTime<Utc>,
}

/// All of it.
pub fn all(report: &mut Report) -> Outcome<()> {
    say("Measuring the rules");
    let ground = Ground::lay()?;
    calendar(report, &ground);
    decisions(report, &ground)?;
    replanned(report, &ground)?;
    year(report)
}

impl Ground {
    fn lay() -> Outcome<Self> {
        let mut random = Randomness::new(1);
        let reference = Reference::embedded()?;
        let fields = reference.subspecialty_codes();
        let now: DateTime<Utc> = "2026-11-23T09:00:00Z".parse()?;
        let zone = chrono_tz::Europe::Paris;
        // One session a week each, as the simulated service has, on some day.
        let mut calendars = Vec::new();
        for day in ["mon", "tue", "wed", "thu", "fri"] {
            let hours = format!("{{\"{day}\":[[\"08:00\",\"12:00\"],[\"14:00\",\"18:00\"]]}}");
            let hours: WeeklyHours = serde_json::from_str(&hours)?;
            let years = (2025, 2029);
            let made = WorkingCalendar::new(zone, &hours, &HashSet::new(), years)?;
            calendars.push(Arc::new(made));
        }
        let covered = Arc::new(fields.to_vec());
        let territories = Arc::new(vec!["FR".to_owned()]);
        let mut pick = |from: &[String]| random.pick(from).cloned().unwrap_or_default();
        let experts = (0..EXPERTS)
            .map(|n| Candidate {
                expert: PersonId(Uuid::from_u128(1_000 + n as u128)),
                network: NetworkId(Uuid::from_u128(1)),
                agreement: None,
                pool_territories: Arc::clone(&territories),
                pool_subspecialties: Arc::clone(&covered),
                laboratories: vec![LaboratoryId(Uuid::from_u128(2_000 + n as u128 % 90))],
                recusals: Vec::new(),
                primary: pick(fields),
                others: vec![pick(fields)],
                languages: vec!["fr".to_owned()],
                capacity: 100,
                open_cases: u32::try_from(OPEN / EXPERTS).unwrap_or(0),
                queued_minutes: 250,
                work_minutes: 3_000 + 10 * u32::try_from(n).unwrap_or(0),
                absences: Vec::new(),
                calendar: calendars.get(n % 5).cloned().unwrap_or_default(),
                on_call: None,
                urgent_minutes: 0,
            })
            .collect();
        let waiting = (0..WAITING)
            .map(|n| Waiting {
                case: RoutingCase {
                    id: CaseId(Uuid::from_u128(100_000 + n as u128)),
                    network: NetworkId(Uuid::from_u128(1)),
                    redirected: false,
                    subspecialty: pick(fields),
                    territory: "FR".to_owned(),
                    laboratory: LaboratoryId(Uuid::from_u128(2_000 + n as u128 % 90)),
                    submitter: PersonId(Uuid::from_u128(1)),
                    languages: vec!["fr".to_owned()],
                    urgency: if n % 7 == 0 {
                        Urgency::Urgent
                    } else {
                        Urgency::Routine
                    },
                    slides: 5,
                    units: Arc::default(),
                    tried: Vec::new(),
                    conflicted: Vec::new(),
                    instructions: Instructions::default(),
                    known_by: Vec::new(),
                    due: None,
                },
                holder: None,
                due: Some(now + TimeDelta::hours(n as i64 % 240)),
                since: now,
            })
            .collect();
        Ok(Self {
            experts,
            waiting,
            now,
        })
    }
}

fn calendar(report: &mut Report, ground: &Ground) {
    let hours = WeeklyHours::office();
    let zone = chrono_tz::Europe::Paris;
    let made = WorkingCalendar::new(zone, &hours, &HashSet::new(), (2020, 2040));
    let Ok(calendar) = made else { return };
    let begun = Instant::now();
    for n in 0..ADDITIONS {
        let from = ground.now + TimeDelta::minutes(i64::from(n % 100_000));
        black_box(calendar.add_working_time(black_box(from), TimeDelta::hours(HOURS)));
    }
    let each = begun.elapsed().as_secs_f64() * 1e6 / f64::from(ADDITIONS);
    let what = "10,000 working hours added";
    report.figure(ON, what, &Target::AtMost(1.0), each, "µs");
}

fn decisions(report: &mut Report, ground: &Ground) -> Outcome<()> {
    let targets = Targets::embedded()?;
    let policy = ChoicePolicy::default();
    let mut taken: Vec<Duration> = Vec::new();
    for one in ground.waiting.iter().take(OPEN) {
        let begun = Instant::now();
        let target = targets.of(one.case.urgency);
        let decision = route(&one.case, &ground.experts, &target, &policy, ground.now);
        black_box(serde_json::to_string(&decision)?);
        taken.push(begun.elapsed());
    }
    taken.sort_unstable();
    let p99 = taken
        .get(taken.len() * 99 / 100)
        .copied()
        .unwrap_or_default();
    let what = "a decision with its explanation, 500 experts, p99";
    report.figure(ON, what, &Target::AtMost(2.0), ms(p99), "ms");
    Ok(())
}

fn replanned(report: &mut Report, ground: &Ground) -> Outcome<()> {
    let policy = PlanPolicy::default();
    let begun = Instant::now();
    let made = plan(&ground.waiting, &ground.experts, &policy, ground.now)?;
    let took = begun.elapsed().as_secs_f64();
    let placed = made.cases.iter().filter(|(_, at)| at.is_some()).count();
    let what = format!("10,000 cases × 500 experts planned anew, {placed} placed");
    report.figure(ON, &what, &Target::AtMost(1.0), took, "s");
    Ok(())
}

fn year(report: &mut Report) -> Outcome<()> {
    let (scenario, reference) = (Scenario::embedded()?, Reference::embedded()?);
    let begun = Instant::now();
    let policies = [Policy::ShortestQueue, Policy::IdleSteal, Policy::Planned];
    black_box(simulate(&scenario, &reference, &policies, 1)?);
    let took = begun.elapsed().as_secs_f64();
    let what = "a national year simulated, three policies and the bound";
    report.figure(ON, what, &Target::AtMost(60.0), took, "s");
    Ok(())
}
