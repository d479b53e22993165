//! Half a year of work, lived through the exchange's own use cases on a clock of its own.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Datelike, Duration, TimeZone, Timelike, Utc, Weekday};
use chrono_tz::Tz;

use super::randomness::Randomness;
use super::story::{CaseFile, Sources, Template};
use crate::domain::cases::*;
use crate::domain::commands::{self, CommandBody};
use crate::domain::ids::{CaseId, LaboratoryId, PersonId};
use crate::domain::people::{Actor, Role};
use crate::domain::slides::SourceKind;
use crate::domain::text_enum::TextEnum;
use crate::domain::time::{Clock, database_precision};
use crate::domain::turnaround::Urgency;
use crate::service::deliveries::{self, Outcome, Topic, Work};
use crate::service::jobs;
use crate::service::{Exchange, Idempotency, ServiceError, cases, commands as service};
use crate::store::cases::CaseRow;
use crate::store::{self, organisations, people};

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
        for _ in 0..wanted {
            let at = start + Duration::minutes((self.random.share() * span) as i64);
            order += 1;
            turns.push(Reverse((at, order, None)));
        }
        while let Some(Reverse((at, _, case))) = turns.pop() {
            if at > self.end {
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
        self.until(self.end).await?;
        self.count().await
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
        let mut submitters: Vec<Human> = self
            .humans
            .values()
            .filter(|human| human.actor.has(Role::Submitter))
            .cloned()
            .collect();
        submitters.sort_by_key(|human| human.actor.person);
        let Some(human) = self.random.pick(&submitters).cloned() else {
            return Ok(None);
        };
        let at = self.at_work(human.zone, self.clock.now());
        if at > self.end {
            return Ok(None);
        }
        self.until(at).await?;
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
        let content = template.content(sources, self.number, today, urgency, &mut self.random);
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
        let stays_draft = self.random.chance(0.02);
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
        service::run(&self.exchange, actor, case, version, body, None, "demo")
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

    /// What whoever has the case now does with it; returns when somebody turns to it again.
    async fn act(&mut self, case: CaseId) -> Result<Option<DateTime<Utc>>, ServiceError> {
        let row = self.row(case).await?;
        let state: CaseState = store::name(&row.state)?;
        let urgency: Urgency = store::name(&row.urgency)?;
        let submitter = self.human(store::id(&row.submitter_id)?)?;
        let expert = row
            .expert_id
            .as_deref()
            .map(store::id::<PersonId>)
            .transpose()?
            .map(|id| self.human(id))
            .transpose()?;
        let human = match state {
            CaseState::Offered | CaseState::Accepted => {
                expert.clone().unwrap_or_else(|| submitter.clone())
            }
            _ => submitter.clone(),
        };
        let now = self.clock.now();
        if urgency != Urgency::IntraOperative && state != CaseState::Submitted {
            let at = self.at_work(human.zone, now);
            if at > now {
                return Ok(Some(at));
            }
        }
        match state {
            CaseState::Submitted => self.coordinate(case, &row).await,
            CaseState::Offered => self.answer_offer(case, &human.actor, urgency).await,
            CaseState::Accepted => {
                self.read_case(case, &row, &human.actor, &submitter.actor, urgency)
                    .await
            }
            CaseState::Signed => self.take_note(case, &row, &submitter.actor).await,
            CaseState::Acknowledged => {
                if self.random.chance(0.2) {
                    let verdict = if self.random.chance(0.85) {
                        OutcomeVerdict::ExpertRight
                    } else {
                        OutcomeVerdict::Undetermined
                    };
                    let outcome = commands::RecordOutcome {
                        verdict,
                        text: "Confronté à la pièce opératoire et au suivi.".into(),
                    };
                    self.does(&submitter.actor, case, CommandBody::RecordOutcome(outcome))
                        .await?;
                }
                self.does(&submitter.actor, case, CommandBody::Close)
                    .await
                    .map(|()| None)
            }
            CaseState::Draft | CaseState::Closed | CaseState::Withdrawn | CaseState::Refused => {
                Ok(None)
            }
        }
    }

    fn human(&self, person: PersonId) -> Result<Human, ServiceError> {
        self.humans
            .get(&person)
            .cloned()
            .ok_or(ServiceError::NotFound)
    }

    fn later(&mut self, median_minutes: f64) -> Option<DateTime<Utc>> {
        Some(self.clock.now() + Duration::minutes(self.random.minutes(median_minutes)))
    }

    /// Triage, and what the router could not place.
    async fn coordinate(
        &mut self,
        case: CaseId,
        row: &CaseRow,
    ) -> Result<Option<DateTime<Utc>>, ServiceError> {
        let network = store::id(&row.network_id)?;
        let mut coordinators: Vec<&Human> = self
            .humans
            .values()
            .filter(|human| human.actor.coordinates(network))
            .collect();
        coordinators.sort_by_key(|human| human.actor.person);
        let Some(coordinator) = coordinators.first().map(|human| (*human).clone()) else {
            return Ok(None);
        };
        let at = self.at_work(coordinator.zone, self.clock.now());
        if at > self.clock.now() {
            return Ok(Some(at));
        }
        if row.waiting_for.as_deref() != Some(WaitingFor::Triage.as_str()) {
            // Unrouted: some are refused, the others wait for somebody to become free.
            if self.random.chance(0.04) {
                let refuse = commands::Refuse {
                    reason: RefusalReason::OutOfScope,
                    comment: "Hors du champ de nos experts.".into(),
                };
                return self
                    .does(&coordinator.actor, case, CommandBody::Refuse(refuse))
                    .await
                    .map(|()| None);
            }
            return Ok(self.later(600.0));
        }
        if self.random.chance(0.03) {
            let refuse = commands::Refuse {
                reason: RefusalReason::Duplicate,
                comment: String::new(),
            };
            return self
                .does(&coordinator.actor, case, CommandBody::Refuse(refuse))
                .await
                .map(|()| None);
        }
        let release = commands::Triage {
            urgency: None,
            subspecialty: None,
        };
        self.does(&coordinator.actor, case, CommandBody::Triage(release))
            .await?;
        Ok(self.later(90.0))
    }

    async fn answer_offer(
        &mut self,
        case: CaseId,
        expert: &Actor,
        urgency: Urgency,
    ) -> Result<Option<DateTime<Utc>>, ServiceError> {
        if self.random.chance(0.02) {
            // Taken back by its submitter before anybody reads.
            let row = self.row(case).await?;
            let submitter = self.human(store::id(&row.submitter_id)?)?;
            let reason = commands::Reason {
                reason: "Diagnostic établi entre-temps.".into(),
            };
            return self
                .does(&submitter.actor, case, CommandBody::Withdraw(reason))
                .await
                .map(|()| None);
        }
        match self.random.share() {
            share if share < 0.06 => {
                let reasons: Vec<String> = self.file.decline_comments.keys().cloned().collect();
                let code = self.random.pick(&reasons).cloned().unwrap_or_default();
                let reason = DeclineReason::parse(&code).unwrap_or(DeclineReason::Overloaded);
                let comment = self
                    .file
                    .decline_comments
                    .get(&code)
                    .cloned()
                    .unwrap_or_default();
                self.does(
                    expert,
                    case,
                    CommandBody::Decline(commands::Decline { reason, comment }),
                )
                .await?;
                Ok(self.later(60.0))
            }
            // Not seen in time: the offer expires by itself.
            share if share < 0.1 => Ok(self.later(700.0)),
            _ => {
                self.does(expert, case, CommandBody::Accept).await?;
                Ok(self.later(if urgency == Urgency::IntraOperative {
                    7.0
                } else {
                    240.0
                }))
            }
        }
    }

    async fn read_case(
        &mut self,
        case: CaseId,
        row: &CaseRow,
        expert: &Actor,
        submitter: &Actor,
        urgency: Urgency,
    ) -> Result<Option<DateTime<Utc>>, ServiceError> {
        let open = self
            .exchange
            .store
            .read(move |conn| store::requests::of_case(conn, case))
            .await?;
        if let Some(waiting) = open.iter().find(|request| request.closed_at.is_none()) {
            let request = store::id(&waiting.id)?;
            let body = if waiting.pause == "ancillary" {
                CommandBody::CompleteAncillary(commands::Reply {
                    request,
                    reply: "Technique réalisée, lame numérisée.".into(),
                })
            } else {
                let known = self
                    .file
                    .information_requests
                    .iter()
                    .find(|question| question.question == waiting.detail);
                let reply = known.map_or_else(
                    || "Voir pièce jointe.".to_owned(),
                    |question| question.reply.clone(),
                );
                CommandBody::Answer(commands::Reply { request, reply })
            };
            self.does(submitter, case, body).await?;
            return Ok(self.later(180.0));
        }
        let asked_already = !open.is_empty();
        let content: CaseContent = store::json(&row.content)?;
        match self.random.share() {
            share if share < 0.16 && !asked_already && urgency == Urgency::Routine => {
                let Some(question) = self.random.pick(&self.file.information_requests).cloned()
                else {
                    return Ok(None);
                };
                let ask = commands::RequestInformation {
                    kind: question.kind,
                    question: question.question,
                };
                self.does(expert, case, CommandBody::RequestInformation(ask))
                    .await?;
                Ok(self.later(900.0))
            }
            share
                if share < 0.24 && !asked_already && content.pre_authorisations.further_stains =>
            {
                let order = commands::OrderAncillary {
                    kind: AncillaryKind::Immunohistochemistry,
                    detail: "Panel complémentaire sur le bloc A1.".into(),
                };
                self.does(expert, case, CommandBody::OrderAncillary(order))
                    .await?;
                Ok(self.later(2600.0))
            }
            _ => {
                let Some(opinion) = self.stories.get(&case).map(Template::opinion) else {
                    return Ok(None);
                };
                self.does(
                    expert,
                    case,
                    CommandBody::Sign(Box::new(commands::Answered { opinion })),
                )
                .await?;
                Ok(self.later(1200.0))
            }
        }
    }

    async fn take_note(
        &mut self,
        case: CaseId,
        row: &CaseRow,
        submitter: &Actor,
    ) -> Result<Option<DateTime<Utc>>, ServiceError> {
        let comparable = !matches!(row.initial_status.as_deref(), None | Some("none"));
        if comparable && self.random.chance(0.04) {
            let reason = commands::Reason {
                reason:
                    "La clinique ne s'accorde pas avec cette conclusion ; discussion souhaitée."
                        .into(),
            };
            self.does(submitter, case, CommandBody::Contest(reason))
                .await?;
        } else {
            let acknowledgement = if self.random.chance(0.7) {
                Acknowledgement::Integrated
            } else {
                Acknowledgement::Agrees
            };
            let note = commands::Acknowledge {
                acknowledgement,
                comment: String::new(),
            };
            self.does(submitter, case, CommandBody::Acknowledge(note))
                .await?;
        }
        Ok(self.later(5.0 * 1440.0))
    }

    /// `at`, or the next morning of a working day where the person is.
    fn at_work(&mut self, zone: Tz, at: DateTime<Utc>) -> DateTime<Utc> {
        let mut local = at.with_timezone(&zone);
        let weekend = |day: Weekday| matches!(day, Weekday::Sat | Weekday::Sun);
        if !weekend(local.weekday()) && (8..18).contains(&local.hour()) {
            return at;
        }
        if local.hour() >= 18 {
            local += Duration::days(1);
        }
        while weekend(local.weekday()) {
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
