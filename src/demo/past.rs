//! Half a year of work, lived through the exchange's own use cases on a clock of its own.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Datelike, Duration, TimeZone, Timelike, Utc, Weekday};
use chrono_tz::Tz;

use super::story::{CaseFile, Sources, Template};
use crate::domain::cases::*;
use crate::domain::commands::{self, CommandBody};
use crate::domain::ids::{CaseId, LaboratoryId, NetworkId, PersonId};
use crate::domain::people::{Actor, Role};
use crate::domain::randomness::Randomness;
use crate::domain::slides::SourceKind;
use crate::domain::text_enum::TextEnum;
use crate::domain::time::{Clock, database_precision};
use crate::domain::turnaround::{PauseKind, Urgency};
use crate::service::deliveries::{self, Outcome, Topic, Work};
use crate::service::jobs;
use crate::service::presence::Presence;
use crate::service::{Exchange, Idempotency, ServiceError, cases, commands as service};
use crate::store::cases::CaseRow;
use crate::store::{self, organisations, people};

mod acts;
mod looking;
mod panels;

use looking::Sitting;
use panels::Stop;

/// Share of the cases that arrive in the last days, beside those that any day brings.
const RECENT: f64 = 0.16;
/// How much of the past these last days are.
const RECENT_SPAN: f64 = 0.022;

/// Cases sent in the very last hour, which nobody has opened yet: experts who log in are offered something, whatever the hour.
const FRESH: u32 = 6;
/// Between one of these and the next.
const FRESH_EVERY: Duration = Duration::minutes(9);

/// A clock that is set.
pub(super) struct PastClock(Mutex<DateTime<Utc>>);

impl PastClock {
    pub(super) fn at(instant: DateTime<Utc>) -> Self {
        Self(Mutex::new(instant))
    }

    pub(super) fn set(&self, instant: DateTime<Utc>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = database_precision(instant);
    }
}

impl Clock for PastClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A person of the demonstration.
#[derive(Clone)]
struct Human {
    actor: Actor,
    zone: Tz,
}

/// The past of the demonstration.
pub(super) struct Past {
    exchange: Exchange,
    clock: Arc<PastClock>,
    random: Randomness,
    file: CaseFile,
    end: DateTime<Utc>,
    humans: HashMap<PersonId, Human>,
    stories: HashMap<CaseId, Template>,
    /// Who sits before the slides of a case.
    sittings: HashMap<CaseId, Sitting>,
    /// Cases of which it was decided whether they get a panel.
    considered: HashSet<CaseId>,
    /// Panels that stay where they are when the past ends.
    panels: HashMap<CaseId, Stop>,
    /// How many of them there are.
    late_panels: usize,
    number: u32,
}

/// When somebody turns to a case.
type Turn = Reverse<(DateTime<Utc>, u64, Option<CaseId>)>;

impl Past {
    pub(super) fn new(
        exchange: Exchange,
        clock: Arc<PastClock>,
        random: Randomness,
        file: CaseFile,
        end: DateTime<Utc>,
    ) -> Self {
        Self {
            exchange,
            clock,
            random,
            file,
            end,
            humans: HashMap::new(),
            stories: HashMap::new(),
            sittings: HashMap::new(),
            considered: HashSet::new(),
            panels: HashMap::new(),
            late_panels: 0,
            number: 0,
        }
    }

    /// Lives it and counts the cases by state.
    pub(super) async fn live(
        mut self,
        wanted: u32,
    ) -> Result<BTreeMap<String, usize>, ServiceError> {
        self.meet_everybody().await?;
        let mut turns: BinaryHeap<Turn> = BinaryHeap::new();
        let start = self.clock.now();
        let span = (self.end - start).num_minutes() as f64;
        let mut order = 0;
        let fresh = FRESH.min(wanted / 10);
        for _ in fresh..wanted {
            let at = start + Duration::minutes((self.moment() * span) as i64);
            order += 1;
            turns.push(Reverse((at, order, None)));
        }
        while let Some(Reverse((at, _, case))) = turns.pop() {
            if at > self.end - FRESH_EVERY * FRESH as i32 {
                break;
            }
            self.until(at).await?;
            let case = match case {
                Some(case) => Some(case),
                None => self.arrive().await?,
            };
            if let Some(case) = case
                && let Some(next) = self.act(case).await?
            {
                order += 1;
                turns.push(Reverse((next, order, Some(case))));
            }
        }
        for left in (1..=fresh).rev() {
            self.until(self.end - FRESH_EVERY * left as i32).await?;
            // Not only who is at work: at some hours that is one network alone, which may hold its cases for triage.
            if let Some(human) = self.somebody() {
                self.send(&human, false).await?;
            }
        }
        self.until(self.end).await?;
        self.count().await
    }

    /// One of the submitters.
    fn somebody(&mut self) -> Option<Human> {
        let mut submitters: Vec<Human> = self
            .humans
            .values()
            .filter(|human| human.actor.has(Role::Submitter))
            .cloned()
            .collect();
        submitters.sort_by_key(|human| human.actor.person);
        self.random.pick(&submitters).cloned()
    }

    /// When in the past a case arrives, from 0 to 1. More of them in the last days: so many are still open today.
    fn moment(&mut self) -> f64 {
        let share = self.random.share();
        if self.random.chance(RECENT) {
            1.0 - share * RECENT_SPAN
        } else {
            share
        }
    }

    async fn meet_everybody(&mut self) -> Result<(), ServiceError> {
        let everybody = self.exchange.store.read(people::everybody).await?;
        for (person, _) in everybody {
            let id = person.id;
            let memberships = self
                .exchange
                .store
                .read(move |conn| people::memberships(conn, id))
                .await?;
            let zone = person
                .zone
                .parse()
                .map_err(|_| ServiceError::Internal(format!("unknown zone {}", person.zone)))?;
            self.humans.insert(
                id,
                Human {
                    actor: Actor {
                        person: id,
                        memberships,
                    },
                    zone,
                },
            );
        }
        Ok(())
    }

    /// Lets time pass and what falls due happen at its time. Mails of the past stay where they are.
    async fn until(&mut self, at: DateTime<Utc>) -> Result<(), ServiceError> {
        loop {
            let due = deliveries::next_due(&self.exchange, Topic::Job).await?;
            let Some(due) = due.filter(|due| *due <= at) else {
                break;
            };
            self.clock.set(due.max(self.clock.now()));
            let lease = std::time::Duration::from_secs(1);
            let taken = deliveries::next(&self.exchange, Topic::Job, "past", lease).await?;
            let Some(delivery) = taken else {
                break;
            };
            if let Work::Job(job) = &delivery.work {
                jobs::run(&self.exchange, job.clone()).await?;
            }
            deliveries::finish(&self.exchange, delivery, Outcome::Done).await?;
        }
        self.clock.set(at);
        Ok(())
    }

    /// A new request, at an hour at which its laboratory works; some of them stay drafts.
    async fn arrive(&mut self) -> Result<Option<CaseId>, ServiceError> {
        let Some(human) = self.somebody() else {
            return Ok(None);
        };
        let at = self.at_work(human.zone, self.clock.now());
        if at > self.end {
            return Ok(None);
        }
        self.until(at).await?;
        let stays_draft = self.random.chance(0.02);
        self.send(&human, stays_draft).await
    }

    /// A request of a submitter, now; the case, unless it stays a draft.
    async fn send(
        &mut self,
        human: &Human,
        stays_draft: bool,
    ) -> Result<Option<CaseId>, ServiceError> {
        let Some(laboratory) = human.actor.submitting().next() else {
            return Ok(None);
        };
        let Some(sources) = self.sources(laboratory).await? else {
            return Ok(None);
        };
        let Some(template) = self.random.pick(&self.file.cases).cloned() else {
            return Ok(None);
        };
        let urgency = match self.random.share() {
            share if share < 0.03 => Urgency::IntraOperative,
            share if share < 0.2 => Urgency::Urgent,
            _ => Urgency::Routine,
        };
        self.number += 1;
        let today = self.clock.now().with_timezone(&human.zone).date_naive();
        let mut content = template.content(sources, self.number, today, urgency, &mut self.random);
        // So that some panels are under way when the past ends.
        content.pre_authorisations.panel |= self.is_late();
        let key = Idempotency {
            key: format!("demo-{}", self.number),
            fingerprint: String::new(),
        };
        let written = cases::create(
            &self.exchange,
            &human.actor,
            laboratory,
            content,
            key,
            "demo",
        )
        .await?;
        self.stories.insert(written.case, template);
        if !stays_draft {
            self.does(&human.actor, written.case, CommandBody::Submit)
                .await?;
        }
        Ok((!stays_draft).then_some(written.case))
    }

    async fn sources(&self, laboratory: LaboratoryId) -> Result<Option<Sources>, ServiceError> {
        let known = self
            .exchange
            .store
            .read(move |conn| organisations::slide_sources(conn, laboratory))
            .await?;
        let of = |kind| {
            known
                .iter()
                .find(|source| source.kind == kind)
                .map(|source| source.id)
        };
        Ok(of(SourceKind::DeepZoom)
            .zip(of(SourceKind::Iiif))
            .map(|(deep_zoom, iiif)| Sources { deep_zoom, iiif }))
    }

    async fn does(
        &self,
        actor: &Actor,
        case: CaseId,
        body: CommandBody,
    ) -> Result<(), ServiceError> {
        let version = self.row(case).await?.version;
        let order = service::Order {
            body,
            presence: Presence::Invented,
        };
        service::run(&self.exchange, actor, case, version, order, None, "demo")
            .await
            .map(drop)
    }

    async fn row(&self, case: CaseId) -> Result<CaseRow, ServiceError> {
        self.exchange
            .store
            .read(move |conn| store::cases::find(conn, case).map_err(ServiceError::from))
            .await?
            .ok_or(ServiceError::NotFound)
    }

    fn human(&self, person: PersonId) -> Result<Human, ServiceError> {
        self.humans
            .get(&person)
            .cloned()
            .ok_or(ServiceError::NotFound)
    }

    fn later(&mut self, median_minutes: f64) -> Option<DateTime<Utc>> {
        Some(self.clock.now() + Duration::minutes(minutes(&mut self.random, median_minutes)))
    }

    /// `at`, or the next morning of a working day where the person is.
    fn at_work(&mut self, zone: Tz, at: DateTime<Utc>) -> DateTime<Utc> {
        let mut local = at.with_timezone(&zone);
        if works_at(local) {
            return at;
        }
        if local.hour() >= 18 {
            local += Duration::days(1);
        }
        while is_weekend(local.weekday()) {
            local += Duration::days(1);
        }
        let minutes = (self.random.share() * 90.0) as i64;
        let morning = local
            .date_naive()
            .and_hms_opt(8, 5, 0)
            .and_then(|time| zone.from_local_datetime(&time).earliest());
        morning.map_or(at + Duration::hours(12), |morning| {
            morning.to_utc() + Duration::minutes(minutes)
        })
    }

    async fn count(&self) -> Result<BTreeMap<String, usize>, ServiceError> {
        let mut counts = BTreeMap::new();
        for state in self.exchange.store.read(store::cases::all_states).await? {
            *counts.entry(state).or_default() += 1;
        }
        Ok(counts)
    }
}

fn is_weekend(day: Weekday) -> bool {
    matches!(day, Weekday::Sat | Weekday::Sun)
}

/// Whether people work at that hour, on the clock of where they are.
fn works_at(local: DateTime<Tz>) -> bool {
    !is_weekend(local.weekday()) && (8..18).contains(&local.hour())
}

/// Minutes around a median, now and then much more: the product of three shares is roughly log-normal.
fn minutes(random: &mut Randomness, median: f64) -> i64 {
    let spread = 0.35 + random.share() + random.share() * random.share() * 3.0;
    (median * spread).max(1.0) as i64
}
