//! A year drawn from a scenario and a seed: who reads when, what is sent. The same for every policy.

mod weeks;

use std::sync::Arc;

use chrono::{DateTime, Datelike, Days, Duration, NaiveDate, TimeZone, Utc};
use uuid::Uuid;

use self::weeks::{absences, monday, office_hours, session_hours};
use super::scenario::{Event, Scenario, ScenarioError};
use crate::domain::calendar::{CalendarError, WorkingCalendar};
use crate::domain::ids::{CaseId, LaboratoryId, NetworkId, PersonId};
use crate::domain::randomness::Randomness;
use crate::domain::routing::choice::ChoicePolicy;
use crate::domain::routing::{Candidate, Instructions, RoutingCase};
use crate::domain::territories::{Reference, ReferenceError};
use crate::domain::turnaround::Urgency;

/// Minutes of a working day.
const WORKING_DAY: u32 = 8 * 60;
/// Slides of the mean case: what routing knows of the time it takes.
const SLIDES: u32 = 5;

/// Why no world can be drawn.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// The scenario cannot be meant.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// It names a territory that does not exist.
    #[error(transparent)]
    Reference(#[from] ReferenceError),
    /// Its hours make no calendar.
    #[error("{0}")]
    Calendar(#[from] CalendarError),
}

/// Somebody who reads.
#[derive(Debug, Clone)]
pub(super) struct Reader {
    pub(super) candidate: Candidate,
    pub(super) region: String,
    /// The sessions they really hold.
    pub(super) sessions: Vec<(DateTime<Utc>, DateTime<Utc>)>,
    /// Which of them are on call: nobody reads in them but what is urgent.
    pub(super) on_call: Vec<bool>,
    /// From when on they are gone for good.
    pub(super) vanishes: Option<DateTime<Utc>>,
    /// What they had signed before, and what each counts for; the oldest first.
    pub(super) done: Vec<(DateTime<Utc>, u32)>,
}

/// A case that is sent.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    pub(super) case: RoutingCase,
    pub(super) at: DateTime<Utc>,
    pub(super) place: usize,
    pub(super) region: String,
    /// What it really is; `case.subspecialty` is what it is labelled.
    pub(super) subspecialty: String,
    /// Minutes of reading in the reader's own field.
    pub(super) minutes: f64,
    pub(super) due: DateTime<Utc>,
    /// Minutes of working time within which it was promised.
    pub(super) promised_minutes: u32,
    /// How long the submitter takes to answer a question, if the reader has one.
    pub(super) question: Option<Duration>,
    /// What became of it that the rules do not explain, in a time that was.
    pub(super) fate: Fate,
}

/// What people did with a case that was.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fate {
    /// Who gave it back when they had opened it.
    pub gave_back: Vec<PersonId>,
    /// Who let its offer lapse.
    pub let_lapse: Vec<PersonId>,
    /// Working minutes after which an offer of it ends.
    pub patience_minutes: u32,
    /// When somebody of another network took it, and when they answered.
    pub helped: Option<(DateTime<Utc>, DateTime<Utc>)>,
}

/// The year.
#[derive(Debug, Clone)]
pub(super) struct World {
    pub(super) readers: Vec<Reader>,
    pub(super) cases: Vec<Sent>,
    pub(super) measured: (DateTime<Utc>, DateTime<Utc>),
    pub(super) decline_share: f64,
    pub(super) outside_primary: f64,
    pub(super) minutes_after_question: f64,
    pub(super) seed: u64,
    /// What the choice among the eligible weighs.
    pub(super) choice: ChoicePolicy,
}

struct Ground<'a> {
    scenario: &'a Scenario,
    reference: &'a Reference,
    years: (i32, i32),
}

impl World {
    /// The year of a scenario and a seed.
    pub(super) fn draw(
        scenario: &Scenario,
        reference: &Reference,
        seed: u64,
    ) -> Result<Self, WorldError> {
        let ground = Ground {
            scenario,
            reference,
            years: (scenario.year, scenario.year + 1),
        };
        let mut random = Randomness::new(seed);
        let readers = ground.readers(&mut random)?;
        let cases = ground.cases(&mut random)?;
        let day = |date: Option<NaiveDate>| {
            date.map_or(DateTime::<Utc>::MIN_UTC, |date| {
                date.and_time(chrono::NaiveTime::MIN).and_utc()
            })
        };
        // The first four weeks fill the queues.
        let measured = scenario.measured.map_or(
            (
                day(NaiveDate::from_ymd_opt(scenario.year, 1, 29)),
                day(NaiveDate::from_ymd_opt(scenario.year + 1, 1, 1)),
            ),
            |(from, to)| (day(Some(from)), day(to.checked_add_days(Days::new(1)))),
        );
        Ok(Self {
            readers,
            cases,
            measured,
            decline_share: scenario.experts.decline_share,
            outside_primary: scenario.reading.outside_primary,
            minutes_after_question: f64::from(scenario.information_requests.minutes_after),
            seed,
            choice: ChoicePolicy::default(),
        })
    }
}

impl Ground<'_> {
    fn readers(&self, random: &mut Randomness) -> Result<Vec<Reader>, WorldError> {
        let rules = &self.scenario.experts;
        let fields = self.fields(random);
        let mut drafts = Vec::new();
        let mut openings = 0usize;
        let mut field = fields.into_iter();
        for place in &self.scenario.territories {
            let territory = self.reference.territory(&place.code)?;
            let closed = self.reference.closed_days(territory, false, self.years);
            for _ in 0..place.experts {
                let mut days: Vec<usize> = Vec::new();
                while days.len() < rules.sessions_per_week as usize {
                    let day = (random.share() * 5.0) as usize;
                    if !days.contains(&day) {
                        days.push(day);
                    }
                }
                let start = 8 * 60 + (random.share() * 16.0) as u16 * 30;
                let leave = self.leave(random);
                openings += self
                    .dates()
                    .filter(|date| {
                        days.contains(&(date.weekday().num_days_from_monday() as usize))
                            && !closed.contains(date)
                            && !leave.contains(&monday(*date))
                    })
                    .count();
                let skills = field.next().unwrap_or_default();
                drafts.push((
                    place,
                    territory.zone,
                    closed.clone(),
                    days,
                    start,
                    leave,
                    skills,
                ));
            }
        }
        let work = f64::from(self.scenario.cases_per_year) * self.scenario.reading.mean_minutes;
        let length = (work / self.scenario.load / openings.max(1) as f64).round();
        let mut readers = Vec::new();
        for (n, (place, zone, closed, days, start, leave, skills)) in drafts.into_iter().enumerate()
        {
            let hours = session_hours(&days, start, (length as u16).clamp(1, 14 * 60));
            let calendar = WorkingCalendar::new(zone, &hours, &closed, self.years)?;
            let absences = absences(zone, &leave);
            let sessions = self.sessions(&calendar, &absences, &place.region, random);
            let mut skills = skills.into_iter();
            let candidate = Candidate {
                expert: PersonId(Uuid::from_u128(1_000_000 + n as u128)),
                network: NetworkId(Uuid::from_u128(1)),
                agreement: None,
                pool_territories: Arc::new(
                    self.scenario
                        .territories
                        .iter()
                        .map(|place| place.code.clone())
                        .collect(),
                ),
                pool_subspecialties: Arc::new(
                    self.scenario
                        .subspecialties
                        .iter()
                        .map(|one| one.code.clone())
                        .collect(),
                ),
                laboratories: vec![LaboratoryId(Uuid::from_u128(2_000_000 + n as u128))],
                recusals: Vec::new(),
                primary: skills.next().unwrap_or_default(),
                others: skills.collect(),
                languages: vec!["fr".to_owned()],
                capacity: rules.capacity,
                open_cases: 0,
                queued_minutes: 0,
                work_minutes: 0,
                absences,
                calendar: Arc::new(calendar),
                on_call: None,
                urgent_minutes: 0,
            };
            readers.push(Reader {
                candidate,
                region: place.region.clone(),
                on_call: Vec::new(),
                sessions,
                vanishes: None,
                done: Vec::new(),
            });
        }
        self.vanish(&mut readers, random);
        Ok(readers)
    }

    /// The subspecialties of each expert: own fields in proportion to what is sent, each at least once, then further ones.
    fn fields(&self, random: &mut Randomness) -> Vec<Vec<String>> {
        let weights: Vec<f64> = self
            .scenario
            .subspecialties
            .iter()
            .map(|one| one.weight)
            .collect();
        let total: f64 = weights.iter().sum();
        let experts = self
            .scenario
            .territories
            .iter()
            .map(|place| place.experts as usize)
            .sum::<usize>();
        let mut primaries: Vec<usize> = (0..weights.len()).collect();
        let mut counts = vec![1.0; weights.len()];
        while primaries.len() < experts {
            // The field that is furthest behind its share.
            let behind = weights
                .iter()
                .zip(&counts)
                .enumerate()
                .map(|(place, (weight, count))| (place, weight / total * experts as f64 - count))
                .max_by(|one, other| one.1.total_cmp(&other.1))
                .map_or(0, |(place, _)| place);
            primaries.push(behind);
            if let Some(count) = counts.get_mut(behind) {
                *count += 1.0;
            }
        }
        // Shuffled, so that fields and places are not tied.
        for last in (1..primaries.len()).rev() {
            primaries.swap(last, (random.share() * (last + 1) as f64) as usize);
        }
        primaries
            .into_iter()
            .map(|primary| {
                let mut own = vec![primary];
                while own.len() < self.scenario.experts.subspecialties_each {
                    let mut left = weights.clone();
                    for known in &own {
                        if let Some(weight) = left.get_mut(*known) {
                            *weight = 0.0;
                        }
                    }
                    own.push(random.weighted(&left).unwrap_or(0));
                }
                own.into_iter()
                    .filter_map(|place| self.scenario.subspecialties.get(place))
                    .map(|one| one.code.clone())
                    .collect()
            })
            .collect()
    }

    fn cases(&self, random: &mut Randomness) -> Result<Vec<Sent>, WorldError> {
        let scenario = self.scenario;
        let mut places = Vec::new();
        for place in &scenario.territories {
            let territory = self.reference.territory(&place.code)?;
            let closed = self.reference.closed_days(territory, false, self.years);
            let calendar =
                WorkingCalendar::new(territory.zone, &office_hours(), &closed, self.years)?;
            places.push((place, territory.zone, calendar));
        }
        let by_place: Vec<f64> = scenario
            .territories
            .iter()
            .map(|one| one.arrivals)
            .collect();
        let by_field: Vec<f64> = scenario
            .subspecialties
            .iter()
            .map(|one| one.weight)
            .collect();
        let weekday = |date: NaiveDate| {
            scenario
                .arrivals_by_weekday
                .get(date.weekday().num_days_from_monday() as usize)
                .copied()
                .unwrap_or(0.0)
        };
        let total: f64 = self.dates().map(weekday).sum();
        let mut cases = Vec::new();
        for date in self.dates() {
            let surge: f64 = scenario
                .events
                .iter()
                .map(|event| match event {
                    Event::Surge { from, to, factor } if *from <= date && date <= *to => *factor,
                    _ => 1.0,
                })
                .product();
            let mean = f64::from(scenario.cases_per_year) * weekday(date) / total * surge;
            for _ in 0..poisson(mean, random) {
                let place = random.weighted(&by_place).unwrap_or(0);
                let Some((of, zone, calendar)) = places.get(place) else {
                    continue;
                };
                let hour = random.weighted(&scenario.arrivals_by_hour).unwrap_or(12);
                let seconds = hour as i64 * 3600 + (random.share() * 3600.0) as i64;
                let local = date.and_time(chrono::NaiveTime::MIN) + Duration::seconds(seconds);
                let Some(at) = zone.from_local_datetime(&local).earliest() else {
                    continue;
                };
                let field = random.weighted(&by_field).unwrap_or(0);
                let label = if random.chance(scenario.mislabelled_share) {
                    random.weighted(&by_field).unwrap_or(0)
                } else {
                    field
                };
                let name = |place: usize| {
                    scenario
                        .subspecialties
                        .get(place)
                        .map(|one| one.code.clone())
                        .unwrap_or_default()
                };
                let urgent = random.chance(scenario.urgent_share);
                let minutes =
                    random.log_normal(scenario.reading.mean_minutes, scenario.reading.deviation);
                let asks = random.chance(scenario.information_requests.share);
                let days =
                    random.log_normal(scenario.information_requests.mean_days.max(0.01), 0.8);
                let promised = if urgent {
                    scenario.answer_within_working_days.urgent
                } else {
                    scenario.answer_within_working_days.routine
                };
                let promised_minutes = promised.saturating_mul(WORKING_DAY);
                let at = at.to_utc();
                let due = calendar
                    .add_working_time(at, Duration::minutes(i64::from(promised_minutes)))
                    .unwrap_or(at);
                cases.push(Sent {
                    case: RoutingCase {
                        id: CaseId(Uuid::nil()),
                        network: NetworkId(Uuid::from_u128(1)),
                        subspecialty: name(label),
                        territory: of.code.clone(),
                        laboratory: LaboratoryId(Uuid::from_u128(3_000_000 + place as u128)),
                        submitter: PersonId(Uuid::from_u128(4_000_000 + place as u128)),
                        languages: vec!["fr".to_owned()],
                        urgency: if urgent {
                            Urgency::Urgent
                        } else {
                            Urgency::Routine
                        },
                        slides: SLIDES,
                        units: Arc::default(),
                        tried: Vec::new(),
                        conflicted: Vec::new(),
                        instructions: Instructions::default(),
                        known_by: Vec::new(),
                        due: None,
                        redirected: false,
                    },
                    at,
                    place,
                    region: of.region.clone(),
                    subspecialty: name(field),
                    minutes,
                    due,
                    promised_minutes,
                    fate: Fate::default(),
                    question: asks.then(|| Duration::seconds((days * 86_400.0) as i64)),
                });
            }
        }
        cases.sort_by_key(|sent| sent.at);
        for (n, sent) in cases.iter_mut().enumerate() {
            sent.case.id = CaseId(Uuid::from_u128(n as u128 + 1));
        }
        Ok(cases)
    }
}

/// A number from a Poisson distribution (Knuth 1969).
fn poisson(mean: f64, random: &mut Randomness) -> usize {
    let limit = (-mean).exp();
    let (mut count, mut product) = (0, random.share());
    while product > limit {
        count += 1;
        product *= random.share();
    }
    count
}
