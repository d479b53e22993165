//! The snapshot that `relecture route` reads: cases and experts under names of the file's own.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Datelike, Utc};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Failure, Hours};
use crate::domain::calendar::WorkingCalendar;
use crate::domain::ids::{AgreementId, CaseId, LaboratoryId, NetworkId, PersonId};
use crate::domain::on_call::OnCall;
use crate::domain::recusals::Recused;
use crate::domain::routing::choice::ChoicePolicy;
use crate::domain::routing::next_case::Waiting;
use crate::domain::routing::plan::{PlanPolicy, plan};
use crate::domain::routing::{Candidate, Decision, Instructions, RoutingCase, route};
use crate::domain::territories::Reference;
use crate::domain::turnaround::{Targets, Urgency};
use crate::domain::work::WorkUnits;

/// Cases and experts at an instant.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Snapshot {
    now: DateTime<Utc>,
    cases: Vec<Case>,
    experts: Vec<Expert>,
    #[serde(default)]
    plan: Option<PlanPolicy>,
    /// What the choice of an offer weighs.
    #[serde(default)]
    choice: Option<ChoicePolicy>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    id: String,
    subspecialty: String,
    territory: String,
    laboratory: String,
    network: String,
    #[serde(default)]
    submitter: String,
    #[serde(default = "french")]
    languages: Vec<String>,
    urgency: Urgency,
    slides: u32,
    #[serde(default)]
    due: Option<DateTime<Utc>>,
    #[serde(default)]
    holder: Option<String>,
    /// Experts who gave it back.
    #[serde(default)]
    tried: Vec<String>,
    /// Experts who gave it back for a conflict of interest.
    #[serde(default)]
    conflicted: Vec<String>,
    /// Experts who answered for the same patient before, the last one first.
    #[serde(default)]
    known_by: Vec<String>,
    /// The expert for whom a coordinator keeps it.
    #[serde(default)]
    kept_for: Option<String>,
    /// Experts whom a coordinator excludes from it.
    #[serde(default)]
    excluded: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expert {
    id: String,
    network: String,
    /// Networks whose cases an agreement brings to this pool.
    #[serde(default)]
    helps: Vec<String>,
    /// Territories the pool covers.
    covers: Vec<String>,
    laboratories: Vec<String>,
    /// Laboratories whose cases they have declared that they do not read.
    #[serde(default)]
    recused_from: Vec<String>,
    primary: String,
    #[serde(default)]
    others: Vec<String>,
    #[serde(default = "french")]
    languages: Vec<String>,
    capacity: u32,
    /// The cases that wait for them, without those that stand still.
    #[serde(default)]
    open_cases: u32,
    #[serde(default)]
    queued_minutes: u32,
    /// Of those, the minutes of urgent cases.
    #[serde(default)]
    urgent_minutes: u32,
    /// When they are on call: within it, in the on-call hours of `hours`.
    #[serde(default)]
    duties: Vec<(DateTime<Utc>, DateTime<Utc>)>,
    /// Work done in the ninety days before.
    #[serde(default)]
    work_minutes: u32,
    #[serde(default)]
    absences: Vec<(DateTime<Utc>, DateTime<Utc>)>,
    hours: Hours,
}

fn french() -> Vec<String> {
    vec!["fr".to_owned()]
}

/// Gives each name of the file an identifier, the same whatever the order.
struct Names(Vec<String>);

impl Names {
    fn of(names: impl Iterator<Item = String>) -> Self {
        Self(names.collect::<BTreeSet<_>>().into_iter().collect())
    }

    fn id(&self, name: &str) -> Uuid {
        let place = self.0.binary_search_by(|known| known.as_str().cmp(name));
        Uuid::from_u128(place.map_or(0, |place| place as u128 + 1))
    }

    fn name(&self, id: Uuid) -> &str {
        usize::try_from(id.as_u128())
            .ok()
            .and_then(|place| self.0.get(place.checked_sub(1)?))
            .map_or("", String::as_str)
    }
}

impl Snapshot {
    /// The decisions, with their reasons.
    pub(super) fn decide(
        &self,
        reference: &Reference,
        all_at_once: bool,
    ) -> Result<Value, Failure> {
        self.check()?;
        let names = self.names();
        let calendars = self
            .experts
            .iter()
            .map(|expert| {
                let years = (self.now.year() - 1, self.now.year() + 2);
                let name = format!("experts/{}", expert.id);
                let own = expert.hours.calendar(reference, years, &name)?;
                let on_call = expert.on_call(&own, (reference, years, &name))?;
                Ok::<_, Failure>((Arc::new(own), on_call.map(Arc::new)))
            })
            .collect::<Result<Vec<_>, _>>()?;
        let experts = |network: &str| -> Vec<Candidate> {
            self.experts
                .iter()
                .zip(&calendars)
                .filter(|(expert, _)| {
                    expert.network == network || expert.helps.iter().any(|n| n == network)
                })
                .map(|(expert, calendar)| {
                    let mut candidate = expert.candidate(&names, reference);
                    let (own, on_call) = calendar;
                    candidate.calendar = Arc::clone(own);
                    candidate.on_call.clone_from(on_call);
                    if expert.network != network {
                        candidate.agreement = Some(AgreementId(names.id(&expert.network)));
                    }
                    candidate
                })
                .collect()
        };
        if all_at_once {
            self.plan(&names, &experts)
        } else {
            self.offers(&names, &experts)
        }
    }

    /// Case by case, the most pressing first; each offer takes its place in its expert's queue.
    fn offers(
        &self,
        names: &Names,
        experts: &dyn Fn(&str) -> Vec<Candidate>,
    ) -> Result<Value, Failure> {
        let targets = Targets::embedded().map_err(Failure::from_display)?;
        let policy = self.choice.clone().unwrap_or_default();
        policy.check().map_err(Failure::from_display)?;
        let units = Arc::new(policy.units.clone());
        let mut order: Vec<&Case> = self.cases.iter().collect();
        order.sort_by_key(|case| (case.due.unwrap_or(DateTime::<Utc>::MAX_UTC), &case.id));
        let mut taken: Vec<(PersonId, u32, bool)> = Vec::new();
        let mut decisions = Vec::new();
        for case in order {
            let mut candidates = experts(&case.network);
            for (expert, minutes, urgent) in &taken {
                if let Some(one) = candidates.iter_mut().find(|one| one.expert == *expert) {
                    one.open_cases = one.open_cases.saturating_add(1);
                    one.queued_minutes = one.queued_minutes.saturating_add(*minutes);
                    if *urgent {
                        one.urgent_minutes = one.urgent_minutes.saturating_add(*minutes);
                    }
                }
            }
            let target = targets.of(case.urgency);
            let decision = route(
                &case.routing(names, &units),
                &candidates,
                &target,
                &policy,
                self.now,
            );
            if let Some(choice) = &decision.choice {
                let urgent = case.urgency.answered_on_call();
                taken.push((choice.expert, choice.reading_minutes, urgent));
            }
            decisions.push(told(case, &decision, names));
        }
        Ok(
            json!({ "now": self.now, "policy": "offer", "version": policy.version, "decisions": decisions }),
        )
    }

    /// All cases of each network at once.
    fn plan(
        &self,
        names: &Names,
        experts: &dyn Fn(&str) -> Vec<Candidate>,
    ) -> Result<Value, Failure> {
        let policy = self.plan.clone().unwrap_or_default();
        let choice = self.choice.clone().unwrap_or_default();
        choice.check().map_err(Failure::from_display)?;
        let units = Arc::new(choice.units);
        let networks: BTreeSet<&str> = self
            .cases
            .iter()
            .map(|case| case.network.as_str())
            .collect();
        let (mut decisions, mut cost, mut exact) = (Vec::new(), 0, true);
        for network in networks {
            let waiting: Vec<Waiting> = self
                .cases
                .iter()
                .filter(|case| case.network == network)
                .map(|case| Waiting {
                    case: case.routing(names, &units),
                    holder: case
                        .holder
                        .as_deref()
                        .map(|holder| PersonId(names.id(holder))),
                    due: case.due,
                    since: self.now,
                })
                .collect();
            let planned = plan(&waiting, &experts(network), &policy, self.now)
                .map_err(Failure::from_display)?;
            cost += planned.cost;
            exact &= planned.exact;
            for (case, placed) in planned.cases {
                let expert = placed.map(|placed| names.name(placed.expert.0));
                decisions.push(json!({
                    "case": names.name(case.0), "expert": expert,
                    "reads_from": placed.map(|placed| placed.reads_from),
                    "answers_by": placed.map(|placed| placed.answers_by),
                }));
            }
        }
        Ok(
            json!({ "now": self.now, "policy": "plan", "version": policy.version, "cost_minutes": cost, "exact": exact, "decisions": decisions }),
        )
    }

    fn names(&self) -> Names {
        let of_cases = self.cases.iter().flat_map(|case| {
            let own = [&case.id, &case.laboratory, &case.network, &case.submitter];
            let experts = case.holder.iter().chain(&case.kept_for);
            own.into_iter()
                .chain(experts)
                .chain(&case.tried)
                .chain(&case.conflicted)
                .chain(&case.excluded)
                .chain(&case.known_by)
        });
        let of_experts = self.experts.iter().flat_map(|expert| {
            let own = [&expert.id, &expert.network];
            let recused_from = &expert.recused_from;
            own.into_iter()
                .chain(&expert.laboratories)
                .chain(recused_from)
        });
        Names::of(of_cases.chain(of_experts).cloned())
    }

    /// What no configuration would allow is refused with its entry.
    fn check(&self) -> Result<(), Failure> {
        let refused = |text: String| Err(Failure::Other(text));
        let mut seen = BTreeSet::new();
        for expert in &self.experts {
            let id = &expert.id;
            if !seen.insert(id) {
                return refused(format!("experts/{id}: there are two of that name"));
            }
            if expert.capacity == 0 {
                return refused(format!("experts/{id}: capacity 0 takes no case"));
            }
            if let Some((from, _)) = expert.absences.iter().find(|(from, to)| to <= from) {
                return refused(format!(
                    "experts/{id}: the absence from {from} ends before it begins"
                ));
            }
        }
        seen.clear();
        for case in &self.cases {
            let id = &case.id;
            if !seen.insert(id) {
                return refused(format!("cases/{id}: there are two of that name"));
            }
            let pool = self.experts.iter().any(|expert| {
                expert.network == case.network || expert.helps.contains(&case.network)
            });
            if !pool {
                return refused(format!("cases/{id}: the pool of {} is empty", case.network));
            }
        }
        Ok(())
    }
}

impl Case {
    fn routing(&self, names: &Names, units: &Arc<WorkUnits>) -> RoutingCase {
        let person = |expert: &String| PersonId(names.id(expert));
        RoutingCase {
            id: CaseId(names.id(&self.id)),
            network: NetworkId(names.id(&self.network)),
            redirected: false,
            subspecialty: self.subspecialty.clone(),
            territory: self.territory.clone(),
            laboratory: LaboratoryId(names.id(&self.laboratory)),
            submitter: PersonId(names.id(&self.submitter)),
            languages: self.languages.clone(),
            urgency: self.urgency,
            slides: self.slides,
            units: Arc::clone(units),
            tried: self.tried.iter().map(person).collect(),
            conflicted: self.conflicted.iter().map(person).collect(),
            instructions: Instructions {
                pinned: self.kept_for.as_ref().map(person),
                excluded: self.excluded.iter().map(person).collect(),
            },
            known_by: self.known_by.iter().map(person).collect(),
            due: self.due,
        }
    }
}

impl Expert {
    /// The hours of the expert's duties.
    fn on_call(
        &self,
        own: &WorkingCalendar,
        (reference, years, name): (&Reference, (i32, i32), &str),
    ) -> Result<Option<OnCall>, Failure> {
        let refused = |text: &str| Failure::Other(format!("{name}: {text}"));
        if let Some((from, _)) = self.duties.iter().find(|(from, to)| to <= from) {
            return Err(refused(&format!(
                "the duty from {from} ends before it begins"
            )));
        }
        let hours = self.hours.on_call(reference, years, name)?;
        match hours {
            _ if self.duties.is_empty() => Ok(None),
            None => Err(refused("duties need on_call hours")),
            Some(hours) => Ok(OnCall::within(own, &hours, self.duties.clone())),
        }
    }

    fn candidate(&self, names: &Names, reference: &Reference) -> Candidate {
        Candidate {
            expert: PersonId(names.id(&self.id)),
            network: NetworkId(names.id(&self.network)),
            agreement: None,
            pool_territories: Arc::new(self.covers.clone()),
            pool_subspecialties: Arc::new(reference.subspecialty_codes().to_vec()),
            laboratories: self
                .laboratories
                .iter()
                .map(|laboratory| LaboratoryId(names.id(laboratory)))
                .collect(),
            recusals: self
                .recused_from
                .iter()
                .map(|laboratory| Recused {
                    laboratory: LaboratoryId(names.id(laboratory)),
                    starts_at: DateTime::<Utc>::MIN_UTC,
                    ends_at: None,
                })
                .collect(),
            primary: self.primary.clone(),
            others: self.others.clone(),
            languages: self.languages.clone(),
            capacity: self.capacity,
            open_cases: self.open_cases,
            queued_minutes: self.queued_minutes,
            work_minutes: self.work_minutes,
            absences: {
                let mut absences = self.absences.clone();
                absences.sort_unstable();
                absences
            },
            calendar: Arc::default(),
            on_call: None,
            urgent_minutes: self.urgent_minutes,
        }
    }
}

/// A decision in the names of the file.
fn told(case: &Case, decision: &Decision, names: &Names) -> Value {
    let considered: Vec<_> = decision
        .considered
        .iter()
        .map(|one| {
            json!({
                "expert": names.name(one.expert.0), "eligible": one.eligible(), "against": one.against,
                "reading_minutes": one.reading_minutes, "expected_answer_at": one.expected_answer_at,
                "work_share": one.work_share,
            })
        })
        .collect();
    let choice = decision.choice.as_ref();
    json!({
        "case": case.id,
        "expert": choice.map(|choice| names.name(choice.expert.0)),
        "expected_answer_at": choice.map(|choice| choice.expected_answer_at),
        "basis": choice.map(|_| decision.basis),
        "considered": considered,
    })
}
