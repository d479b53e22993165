//! Who holds what: each policy's choice of an owner, and what moves.

use chrono::{DateTime, Duration, Utc};

use super::{Event, Run, Sent};
use crate::domain::ids::PersonId;
use crate::domain::routing::next_case::Waiting;
use crate::domain::routing::plan::{PlanPolicy, plan};
use crate::domain::routing::{Candidate, Rule, route};
use crate::domain::turnaround::{Target, TargetTime};
use crate::domain::work;
use crate::simulation::policies::Policy;

#[expect(
    clippy::indexing_slicing,
    reason = "readers and cases are numbered by their own tables, which never shrink"
)]
impl Run<'_> {
    pub(super) fn wait(&mut self, case: usize) {
        let (sent, file) = (&self.world.cases[case], &self.files[case]);
        let mut of = sent.case.clone();
        of.subspecialty.clone_from(&file.label);
        of.tried.clone_from(&file.tried);
        let holder = file
            .holder
            .map(|reader| self.desks[reader].candidate.expert);
        of.instructions.pinned = holder.filter(|_| file.pinned);
        self.waiting.insert(
            case,
            Waiting {
                case: of,
                holder,
                due: Some(file.due),
                since: sent.at,
            },
        );
    }

    /// Routes a case, as when it was sent.
    pub(super) fn hand_out(&mut self, case: usize) {
        self.wait(case);
        if self.policy.names_an_owner() {
            let owner = self.choose(case);
            self.give(case, owner);
            if let Some(reader) = owner {
                self.await_lapse(case, reader);
            }
        }
    }

    /// Schedules the end of an offer that its expert let lapse.
    fn await_lapse(&mut self, case: usize, reader: usize) {
        let sent = &self.world.cases[case];
        let candidate = &self.desks[reader].candidate;
        if !sent.fate.let_lapse.contains(&candidate.expert) {
            return;
        }
        let minutes = sent.fate.patience_minutes;
        let hours = candidate.hours_for(sent.case.urgency);
        let patience = Duration::minutes(i64::from(minutes));
        if let Some(at) = hours.add_working_time(self.now, patience) {
            self.schedule(at, Event::Lapses(case, reader));
        }
    }

    pub(super) fn give(&mut self, case: usize, to: Option<usize>) {
        let from = self.files[case].holder;
        if from == to {
            return;
        }
        let sent = &self.world.cases[case].case;
        let minutes = sent.units.expected(sent.slides, &sent.subspecialty);
        if let Some(reader) = from {
            let candidate = &mut self.desks[reader].candidate;
            candidate.open_cases = candidate.open_cases.saturating_sub(1);
            candidate.queued_minutes = candidate.queued_minutes.saturating_sub(minutes);
            if to.is_some() {
                self.files[case].moves += 1;
            }
        }
        if let Some(reader) = to {
            let candidate = &mut self.desks[reader].candidate;
            candidate.open_cases += 1;
            candidate.queued_minutes += minutes;
        }
        self.files[case].holder = to;
        if self.waiting.contains_key(&case) {
            self.wait(case);
        }
    }

    /// Counts an answer in the shares of the readers.
    pub(super) fn count_work(&mut self, reader: usize, sent: &Sent) {
        let desk = &mut self.desks[reader];
        let own_field = desk.candidate.primary == sent.subspecialty;
        let slides = std::iter::repeat_n("HES", sent.case.slides as usize);
        let units = &sent.case.units;
        let minutes = units.minutes(slides, &sent.subspecialty, own_field);
        desk.done.push_back((self.now, minutes));
        desk.candidate.work_minutes = desk.candidate.work_minutes.saturating_add(minutes);
    }

    /// Takes out of the shares what lies too far back.
    fn forget_work(&mut self) {
        for desk in &mut self.desks {
            while let Some((at, minutes)) = desk.done.front().copied() {
                if self.now - at < work::COMPARED {
                    break;
                }
                desk.done.pop_front();
                desk.candidate.work_minutes = desk.candidate.work_minutes.saturating_sub(minutes);
            }
        }
    }

    /// What was promised for a case.
    fn target(&self, case: usize) -> Target {
        let sent = &self.world.cases[case];
        Target {
            urgency: sent.case.urgency,
            time: TargetTime::Working,
            answer_minutes: sent.promised_minutes,
            first_response_minutes: sent.promised_minutes,
            warning_share: 1.0,
        }
    }

    pub(super) fn choose(&mut self, case: usize) -> Option<usize> {
        self.forget_work();
        let waiting = self.waiting.get(&case)?;
        let candidates: Vec<Candidate> = match self.policy {
            Policy::StrictRegional => self.regional(case),
            _ => self
                .desks
                .iter()
                .map(|desk| desk.candidate.clone())
                .collect(),
        };
        let target = self.target(case);
        let decision = route(
            &waiting.case,
            &candidates,
            &target,
            &self.world.choice,
            self.now,
        );
        let eligible = || {
            decision
                .considered
                .iter()
                .filter(|one| one.against.iter().all(|rule| *rule == Rule::BelowCapacity))
        };
        let number = |expert: PersonId| {
            self.desks
                .iter()
                .position(|desk| desk.candidate.expert == expert)
        };
        match self.policy {
            Policy::RoundRobin => {
                let mut able: Vec<usize> =
                    eligible().filter_map(|one| number(one.expert)).collect();
                able.sort_unstable();
                self.turn += 1;
                able.get(self.turn % able.len().max(1)).copied()
            }
            Policy::ShortestQueue | Policy::StrictRegional => eligible()
                .filter_map(|one| number(one.expert))
                .min_by_key(|reader| (self.desks[*reader].candidate.queued_minutes, *reader)),
            // Whom the choice fell on; beyond everybody's capacity, who would answer first.
            _ => decision
                .choice
                .as_ref()
                .map(|choice| choice.expert)
                .or_else(|| eligible().next().map(|one| one.expert))
                .and_then(number),
        }
    }

    /// The experts of the case's region, or the mainland's where the region has none of its field.
    pub(super) fn regional(&self, case: usize) -> Vec<Candidate> {
        let sent = &self.world.cases[case];
        let label = &self.files[case].label;
        let of = |region: &str| -> Vec<Candidate> {
            self.desks
                .iter()
                .zip(&self.world.readers)
                .filter(|(desk, reader)| {
                    reader.region == region
                        && (desk.candidate.primary == *label
                            || desk.candidate.others.contains(label))
                })
                .map(|(desk, _)| desk.candidate.clone())
                .collect()
        };
        let own = of(&sent.region);
        if own.is_empty() {
            let largest = self
                .world
                .readers
                .first()
                .map_or("", |reader| &reader.region);
            of(largest)
        } else {
            own
        }
    }

    pub(super) fn reoptimise(&mut self) {
        for (case, reader, _) in self.planned() {
            if self.files[case].holder != reader && reader.is_some() {
                self.give(case, reader);
            }
        }
    }

    /// What a plan over everybody's calendar gives each waiting case.
    pub(super) fn planned(&self) -> Vec<(usize, Option<usize>, DateTime<Utc>)> {
        let numbers: Vec<usize> = self.waiting.keys().copied().collect();
        let waiting: Vec<Waiting> = self.waiting.values().cloned().collect();
        let experts: Vec<Candidate> = self.desks.iter().map(|desk| desk.bare.clone()).collect();
        let policy = PlanPolicy::default();
        let Ok(plan) = plan(&waiting, &experts, &policy, self.now) else {
            return Vec::new();
        };
        numbers
            .into_iter()
            .zip(plan.cases)
            .map(|(case, (_, placed))| {
                let reader = placed
                    .and_then(|placed| experts.iter().position(|one| one.expert == placed.expert));
                (
                    case,
                    reader,
                    placed.map_or(self.now, |placed| placed.reads_from),
                )
            })
            .collect()
    }
}
