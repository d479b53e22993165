//! The next case of an expert who is ready to read: chosen when they ask, and theirs from then on.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::change::Change;
use super::commands::Given;
use super::error::ServiceError;
use super::presence::Presence;
use super::routing::{self, Pool};
use super::waiting::{self, Homes};
use super::{Core, Exchange, choice, handing, targets};
use crate::domain::cases::{CaseState, DeclineReason};
use crate::domain::commands::{CommandBody, Decline};
use crate::domain::ids::{AgreementId, AssignmentId, CaseId, NetworkId};
use crate::domain::notifications::NotificationKind;
use crate::domain::people::{Actor, Role};
use crate::domain::permissions::Relation;
use crate::domain::routing::next_case::{NextCase, NextCasePolicy, Waiting, Why, next_case};
use crate::domain::routing::{Candidate, Instructions, Rule, route_to};
use crate::domain::text_enum::TextEnum;
use crate::domain::transitions::Command;
use crate::domain::turnaround::Urgency;
use crate::store::assignments::{self, AssignmentRow, AssignmentState};
use crate::store::cases::CaseRow;
use crate::store::organisations::{self, Agreement};
use crate::store::people::{self, ExpertProfile};
use crate::store::{self, Conn, micros, optional_instant, to_json};

/// Cases of a pool looked at, the most pressing ones of what the expert reads: those behind them come as these are read.
const LOOKED_AT: i64 = 500;
/// How often a case that somebody else was faster to take is left for another one.
const TRIES: usize = 20;

/// What an expert asks with.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// The case they had and give back instead of reading it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skip: Option<Skip>,
}

/// A case given back, with the reason. It is not given to the same expert again in this clock cycle.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Skip {
    /// The case.
    pub case: CaseId,
    /// Coded reason.
    pub reason: DeclineReason,
    /// In words; no patient identity.
    #[serde(default)]
    pub comment: String,
}

/// The case to read, with its reasons.
#[derive(Debug, Clone, Serialize)]
pub struct NextCaseDocument {
    /// The case, which the expert has accepted with this.
    pub case: CaseId,
    /// Its human reference.
    pub reference: String,
    /// Its version now.
    pub version: i64,
    /// When its answer is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_at: Option<DateTime<Utc>>,
    /// Why this one.
    pub why: Why,
    /// Minutes the reading is expected to take.
    pub reading_minutes: u32,
    /// How many cases the expert could have been given.
    pub eligible: usize,
    /// What spoke against the others.
    pub passed_over: Vec<PassedOver>,
}

/// A rule, and how many cases it kept from the expert.
#[derive(Debug, Clone, Serialize)]
pub struct PassedOver {
    /// The rule.
    pub rule: Rule,
    /// How many cases.
    pub cases: usize,
}

/// Gives the actor the case to read next and makes it theirs: the most pressing one of their own queue, else the most pressing
/// one that nobody has opened. None when nothing waits that they may read. Asked again, it answers the same case until that one
/// is signed, given back, or waits for its submitter: nobody gathers cases by asking.
///
/// # Errors
/// [`ServiceError::Forbidden`] for who is no expert; [`ServiceError::NotFound`] for a skipped case that is not theirs;
/// [`ServiceError::Invalid`].
pub async fn take(
    ex: &Exchange,
    actor: &Actor,
    asked: Asked,
    request_id: &str,
) -> Result<Option<NextCaseDocument>, ServiceError> {
    if !actor.has(Role::Expert) {
        return Err(ServiceError::Forbidden("only experts are given cases"));
    }
    let skip = asked.skip.map(checked).transpose()?;
    let (core, actor, request_id) = (ex.core.clone(), actor.clone(), request_id.to_owned());
    ex.store
        .write(move |conn| {
            let Some(profile) = people::find_profile(conn, actor.person)? else {
                return Ok(None);
            };
            store::waiting::queue_up(conn, profile.network)?;
            if let Some((case, decline)) = &skip {
                give_back(conn, &core, &actor, (*case, decline), &request_id)?;
            }
            for _ in 0..TRIES {
                let desk = Desk::read(conn, &core, &profile)?;
                let Some(given) = desk.choose() else {
                    return Ok(None);
                };
                let mut change =
                    Change::asked_for(conn, &core, &actor, given.next.case, &request_id)?;
                if change.row.version == given.version {
                    let document = give(&mut change, &given)?;
                    change.save()?;
                    return Ok(Some(document));
                }
            }
            Err(ServiceError::Overloaded)
        })
        .await
}

fn checked(skip: Skip) -> Result<(CaseId, Decline), ServiceError> {
    let decline = CommandBody::Decline(Decline {
        reason: skip.reason,
        comment: skip.comment,
    });
    let mut problems = decline.field_problems();
    for problem in &mut problems {
        problem.pointer.insert_str(0, "/skip");
    }
    match decline {
        CommandBody::Decline(decline) if problems.is_empty() => Ok((skip.case, decline)),
        _ => Err(ServiceError::Invalid(problems)),
    }
}

/// Declines a case of the actor's. One that they have given back already stays so: the answer may have been lost on the way.
fn give_back(
    conn: &mut Conn,
    core: &Core,
    actor: &Actor,
    (case, decline): (CaseId, &Decline),
    request_id: &str,
) -> Result<(), ServiceError> {
    let row = store::cases::find_for_change(conn, case)?.ok_or(ServiceError::NotFound)?;
    if row.expert_id != Some(actor.person.to_string()) {
        let given_back = store::waiting::tried(conn, Some(actor.person), &[case])?;
        return if given_back.iter().any(|one| one.cycle == row.cycle) {
            Ok(())
        } else {
            Err(ServiceError::NotFound)
        };
    }
    let command = Command::Decline;
    let (mut change, relation) =
        Change::by_person(conn, core, actor, case, row.version, command, request_id)?;
    let given = Given {
        command: Command::Decline,
        presence: &Presence::NotShown,
        actor,
        relation,
    };
    handing::decline(&mut change, &given, decline)?;
    change.save()
}

/// What an expert could read now.
struct Desk {
    now: DateTime<Utc>,
    expert: Candidate,
    /// How many experts of the pool read each subspecialty.
    readers: HashMap<String, u32>,
    /// The expert's own queue and their network's unopened cases, then those of each network that an agreement opens to them.
    groups: Vec<(Option<AgreementId>, Vec<Waiting>)>,
    versions: HashMap<CaseId, i64>,
    /// Whether they have accepted a case and not answered it: nobody gathers urgent ones by asking.
    reading: bool,
}

/// The case that was chosen.
struct Chosen {
    next: NextCase,
    expert: Candidate,
    version: i64,
}

impl Desk {
    fn read(conn: &mut Conn, core: &Core, profile: &ExpertProfile) -> Result<Self, ServiceError> {
        let now = core.clock.now();
        let own = organisations::find_network(conn, profile.network)?
            .ok_or(ServiceError::Internal("an expert without a network".into()))?;
        let pool: Pool = (Arc::new(own), None);
        let expert = routing::candidates_of(conn, core, now, &pool)?
            .into_iter()
            .find(|one| one.expert == profile.person)
            .ok_or(ServiceError::Internal("an expert without a pool".into()))?;
        let mut desk = Self {
            now,
            expert,
            readers: readers(conn, profile.network)?,
            groups: Vec::new(),
            versions: HashMap::new(),
            reading: false,
        };
        desk.lay_out((conn, core), profile)?;
        Ok(desk)
    }

    fn lay_out(
        &mut self,
        (conn, core): (&mut Conn, &Core),
        profile: &ExpertProfile,
    ) -> Result<(), ServiceError> {
        let homes = waiting::homes(conn)?;
        let reads: Vec<&str> = std::iter::once(&profile.primary_subspecialty)
            .chain(&profile.other_subspecialties)
            .map(String::as_str)
            .collect();
        let mut rows = store::waiting::in_hand(conn, profile.person)?;
        let accepted = CaseState::Accepted.as_str();
        self.reading = rows.iter().any(|row| row.state == accepted);
        let mine = Some(profile.person.to_string());
        let others = |row: &CaseRow| row.expert_id != mine;
        let unopened = store::waiting::unopened(conn, profile.network, &reads, LOOKED_AT)?;
        rows.extend(unopened.into_iter().filter(others));
        self.add((conn, core), None, &homes, rows)?;
        let helps = organisations::agreements(conn, None)?
            .into_iter()
            .filter(|agreement| agreement.to == profile.network);
        for agreement in helps {
            let rows: Vec<CaseRow> =
                store::waiting::unopened(conn, agreement.from, &reads, LOOKED_AT)?
                    .into_iter()
                    .filter(|row| others(row) && self.may_help(&agreement, row))
                    .collect();
            self.add((conn, core), Some(agreement.id), &homes, rows)?;
        }
        Ok(())
    }

    /// Whether an agreement lets the case out now: when nobody holds it, or little time is left.
    fn may_help(&self, agreement: &Agreement, row: &CaseRow) -> bool {
        let slack = NextCasePolicy::default().short_slack_minutes;
        let soon = micros(self.now + Duration::minutes(i64::from(slack)));
        let pressing = row.expert_id.is_none() || row.due_at.is_some_and(|due| due < soon);
        let subspecialty = row.subspecialty.as_deref().unwrap_or_default();
        pressing
            && Urgency::parse(&row.urgency)
                .is_some_and(|urgency| routing::covers(agreement, subspecialty, urgency, self.now))
    }

    fn add(
        &mut self,
        (conn, core): (&mut Conn, &Core),
        agreement: Option<AgreementId>,
        homes: &Homes,
        rows: Vec<CaseRow>,
    ) -> Result<(), ServiceError> {
        let cases = waiting::ids(&rows)?;
        let tried = store::waiting::tried(conn, Some(self.expert.expert), &cases)?;
        let seen = waiting::seen(conn, core, homes, &rows, &tried)?;
        self.groups.push((agreement, seen));
        let versions = rows.iter().map(|row| row.version);
        self.versions.extend(cases.into_iter().zip(versions));
        Ok(())
    }

    /// The first group with anything for the expert: what the own network has comes before what others ask help with.
    fn choose(&self) -> Option<Chosen> {
        let readers = |subspecialty: &str| self.readers.get(subspecialty).copied().unwrap_or(0);
        self.groups.iter().find_map(|(agreement, waiting)| {
            let expert = Candidate {
                agreement: *agreement,
                ..self.expert.clone()
            };
            let policy = NextCasePolicy {
                urgent_first: !self.reading,
                ..NextCasePolicy::default()
            };
            let next = next_case(&expert, waiting, readers, policy, self.now)?;
            let version = self.versions.get(&next.case).copied()?;
            Some(Chosen {
                next,
                expert,
                version,
            })
        })
    }
}

/// How many experts of a pool read each subspecialty.
fn readers(conn: &mut Conn, network: NetworkId) -> Result<HashMap<String, u32>, ServiceError> {
    let mut readers = HashMap::new();
    for expert in people::experts_of(conn, network)? {
        let own = std::iter::once(expert.primary_subspecialty);
        for subspecialty in own.chain(expert.other_subspecialties) {
            *readers.entry(subspecialty).or_insert(0) += 1;
        }
    }
    Ok(readers)
}

/// Makes the case the expert's, unless they are reading it already.
fn give(change: &mut Change<'_>, chosen: &Chosen) -> Result<NextCaseDocument, ServiceError> {
    let next = &chosen.next;
    let mut facts = json!({ "why": next.why, "eligible": next.eligible });
    match (change.state()?, next.why) {
        (CaseState::Accepted, _) => {}
        (_, Why::OwnQueue) => handing::accept_with(change, Relation::Holder, &facts)?,
        (_, Why::IdleSteal | Why::UrgentFirst | Why::Unrouted) => {
            claim(change, chosen, &mut facts)?
        }
    }
    Ok(NextCaseDocument {
        case: change.id,
        reference: change.row.reference.clone(),
        version: change.row.version,
        due_at: optional_instant(change.row.due_at)?,
        why: next.why,
        reading_minutes: next.reading_minutes,
        eligible: next.eligible,
        passed_over: next
            .passed_over
            .iter()
            .map(|(rule, cases)| PassedOver {
                rule: *rule,
                cases: *cases,
            })
            .collect(),
    })
}

/// Gives the case to an expert it was not offered to, and tells the one it was.
fn claim(change: &mut Change<'_>, chosen: &Chosen, facts: &mut Value) -> Result<(), ServiceError> {
    let (next, expert) = (&chosen.next, &chosen.expert);
    let key = AssignmentId::new(change.core.ids.as_ref());
    change.notify_expert(NotificationKind::CaseLeft)?;
    handing::leave_expert(change, AssignmentState::Moved, next.why.as_str())?;
    let row = assignment(change, key, chosen)?;
    assignments::insert(change.conn, &row)?;
    change.row.expert_id = Some(expert.expert.to_string());
    change.row.unrouted = None;
    if let Some(facts) = facts.as_object_mut() {
        facts.insert("assignment".into(), json!(key));
        facts.insert("expert".into(), json!(expert.expert));
        facts.insert("from".into(), json!(next.from));
        facts.insert("agreement".into(), json!(expert.agreement));
    }
    change.record(Command::Claim, Relation::System, facts)
}

fn assignment(
    change: &mut Change<'_>,
    key: AssignmentId,
    chosen: &Chosen,
) -> Result<AssignmentRow, ServiceError> {
    let expert = &chosen.expert;
    let home = change.row.network_id.clone();
    let mut case = routing::seen(
        &change.row,
        store::id(&home)?,
        Vec::new(),
        Instructions::default(),
    )?
    .case;
    case.units = Arc::new(choice::of(change)?.units);
    let target = targets::promised(change)?.target;
    let (_, considered) = route_to(&case, expert, &target, change.now);
    let now = micros(change.now);
    Ok(AssignmentRow {
        id: key.to_string(),
        case_id: change.row.id.clone(),
        expert_id: expert.expert.to_string(),
        network_id: expert.network.to_string(),
        agreement_id: expert.agreement.map(|agreement| agreement.to_string()),
        state: AssignmentState::Accepted.as_str().to_owned(),
        cycle: change.row.cycle,
        offered_at: now,
        expires_at: now,
        answered_at: Some(now),
        ended_at: None,
        reason: None,
        expected_answer_at: considered.expected_answer_at.map(micros),
        reading_minutes: i32::try_from(chosen.next.reading_minutes).unwrap_or(i32::MAX),
        explanation: to_json(&json!({
            "chosen_by": Relation::System,
            "reason": chosen.next.why,
            "considered": [considered],
        }))?,
    })
}
