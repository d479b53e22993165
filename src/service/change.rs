//! One change of one case: the transaction in which state, event, audit entry and messages land together.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::access::admitted;
use super::directory::Edition;
use super::error::ServiceError;
use super::token_signing::Presigned;
use super::{Core, clock};
use crate::domain::cases::{CaseContent, CaseFacts, CaseState, WaitingFor};
use crate::domain::ids::{CaseId, EventId, NetworkId, OpinionId, OutboxId, PersonId};
use crate::domain::notifications::{Notification, NotificationKind};
use crate::domain::people::{Actor, Role};
use crate::domain::permissions::Relation;
use crate::domain::routing::choice::ChoicePolicy;
use crate::domain::targets::Promise;
use crate::domain::text_enum::TextEnum;
use crate::domain::transitions::{Command, transition};
use crate::domain::webhooks::{Announcement, EventKind, announced};
use crate::service::jobs::Job;
use crate::store::cases::CaseRow;
use crate::store::organisations::Network;
use crate::store::outbox::{NewMessage, Topic};
use crate::store::traces::{AuditRow, EventRow};
use crate::store::{self, Conn, json, micros, name, optional_id, to_json};

/// A case being changed.
pub(super) struct Change<'c> {
    /// The transaction's connection.
    pub(super) conn: &'c mut Conn,
    /// Clock, identifiers, keys.
    pub(super) core: &'c Core,
    /// The instant of the whole change.
    pub(super) now: DateTime<Utc>,
    /// The case.
    pub(super) id: CaseId,
    /// Its row, as it will be written.
    pub(super) row: CaseRow,
    /// What the submitter wrote, without patient and specimens.
    pub(super) content: CaseContent,
    /// The person behind the change; none when the exchange itself acts.
    pub(super) actor: Option<PersonId>,
    /// The request behind it, for the audit.
    request_id: Option<String>,
    /// The version that was read.
    read_version: i64,
    /// The network that held it then.
    held_by: NetworkId,
    /// The network that holds the case, once somebody has asked.
    network: Option<Arc<Network>>,
    /// The directory as it stood when somebody first asked.
    directory: Option<Arc<Edition>>,
    /// What a token has signed for this change, before it was begun.
    pub(super) presigned: Option<Presigned>,
    /// What is promised of the case, once somebody has asked.
    pub(super) promise: Option<Promise>,
    /// What the choice about it weighs, once somebody has asked.
    pub(super) choice: Option<ChoicePolicy>,
    /// Messages to put into the outbox, at the end: in one go, because each statement is a way to the database and back.
    messages: Vec<NewMessage>,
    /// Audit entries, written together with them.
    audits: Vec<AuditRow>,
}

impl<'c> Change<'c> {
    /// Opens a case for a change by a person, who must see it, have read its present version, and be allowed the command.
    pub(super) fn by_person(
        conn: &'c mut Conn,
        core: &'c Core,
        actor: &Actor,
        id: CaseId,
        if_match: i64,
        command: Command,
        request_id: &str,
    ) -> Result<(Self, Relation), ServiceError> {
        let mut change = Self::open(conn, core, id)?;
        let asked = (command, if_match, change.now);
        let relation = admitted(change.conn, actor, &change.row, asked)?;
        change.actor = Some(actor.person);
        change.request_id = Some(request_id.to_owned());
        Ok((change, relation))
    }

    /// Opens a case for a change by the exchange itself.
    pub(super) fn by_system(
        conn: &'c mut Conn,
        core: &'c Core,
        id: CaseId,
    ) -> Result<Self, ServiceError> {
        Self::open(conn, core, id)
    }

    /// Opens a case for a change by the exchange itself that a person asked for without naming the case.
    pub(super) fn asked_for(
        conn: &'c mut Conn,
        core: &'c Core,
        actor: &Actor,
        id: CaseId,
        request_id: &str,
    ) -> Result<Self, ServiceError> {
        let mut change = Self::open(conn, core, id)?;
        change.actor = Some(actor.person);
        change.request_id = Some(request_id.to_owned());
        Ok(change)
    }

    fn open(conn: &'c mut Conn, core: &'c Core, id: CaseId) -> Result<Self, ServiceError> {
        let row = store::cases::find_for_change(conn, id)?.ok_or(ServiceError::NotFound)?;
        let content = json(&row.content)?;
        let read_version = row.version;
        let held_by = store::id(&row.network_id)?;
        let now = core.clock.now();
        Ok(Self {
            conn,
            core,
            now,
            id,
            row,
            content,
            actor: None,
            request_id: None,
            read_version,
            held_by,
            network: None,
            directory: None,
            presigned: None,
            promise: None,
            choice: None,
            messages: Vec::new(),
            audits: Vec::new(),
        })
    }

    /// Carries the change out at the instant that a token has signed, unless the case has been changed since.
    pub(super) fn presigned(&mut self, presigned: Option<Presigned>) {
        self.presigned = presigned.filter(|one| micros(one.at) >= self.row.updated_at);
        if let Some(presigned) = &self.presigned {
            self.now = presigned.at;
        }
    }

    /// The identifier of a version that is to be signed.
    pub(super) fn next_opinion(&self) -> OpinionId {
        match &self.presigned {
            Some(presigned) => presigned.opinion,
            None => OpinionId::new(self.core.ids.as_ref()),
        }
    }

    /// The case as its rules see it.
    pub(super) fn facts(&self) -> Result<CaseFacts, ServiceError> {
        Ok(self.row.facts(self.content.pre_authorisations.clone())?)
    }

    /// The network that holds the case.
    pub(super) fn network(&mut self) -> Result<Arc<Network>, ServiceError> {
        let wanted = store::id(&self.row.network_id)?;
        if let Some(known) = self.network.as_ref().filter(|known| known.id == wanted) {
            return Ok(Arc::clone(known));
        }
        let found = self.directory()?.network(self.conn, wanted)?;
        Ok(Arc::clone(self.network.insert(found)))
    }

    /// The directory as it stands for the whole change.
    pub(super) fn directory(&mut self) -> Result<Arc<Edition>, ServiceError> {
        if let Some(known) = &self.directory {
            return Ok(Arc::clone(known));
        }
        let found = self.core.directory.now(self.conn)?;
        Ok(Arc::clone(self.directory.insert(found)))
    }

    /// Where it stands.
    pub(super) fn state(&self) -> Result<CaseState, ServiceError> {
        Ok(name(&self.row.state)?)
    }

    /// Carries out a row of the transition table: state, clock, version, event, audit entry. `facts` goes into the timeline,
    /// which people without a right to content read: codes and identifiers only.
    pub(super) fn record(
        &mut self,
        command: Command,
        relation: Relation,
        facts: &Value,
    ) -> Result<(), ServiceError> {
        let rule = transition(command);
        let state = rule.to.after(self.state()?);
        self.row.state = state.as_str().to_owned();
        if state != CaseState::Submitted {
            self.row.waiting_for = None;
        }
        self.row.version += 1;
        self.row.updated_at = micros(self.now);
        let effect = clock::apply(self, rule.clock)?;
        store::traces::insert_event(
            self.conn,
            &EventRow {
                id: EventId::new(self.core.ids.as_ref()).to_string(),
                case_id: self.row.id.clone(),
                version: self.row.version,
                at: micros(self.now),
                command: command.as_str().to_owned(),
                actor_id: self.actor.map(|person| person.to_string()),
                relation: relation.as_str().to_owned(),
                state: self.row.state.clone(),
                clock: to_json(&effect)?,
                facts: facts.to_string(),
            },
        )?;
        clock::set_deadlines(self, effect)?;
        self.audit(command.as_str(), relation);
        announced(command).map_or(Ok(()), |kind| self.announce(kind))
    }

    /// Has the systems told that listen to the network of the laboratory, to the one that holds the case, or to the one that held
    /// it before this change.
    pub(super) fn announce(&mut self, kind: EventKind) -> Result<(), ServiceError> {
        let directory = self.directory()?;
        let home = directory.laboratory(self.conn, store::id(&self.row.laboratory_id)?)?;
        let holds = store::id(&self.row.network_id)?;
        let mut networks = vec![home.network, self.held_by, holds];
        networks.sort();
        networks.dedup();
        let (case, at) = (self.id, self.now);
        let payload = to_json(&Announcement { kind, case, at })?;
        for network in networks {
            for (webhook, kinds) in directory.webhooks(self.conn, network)?.iter() {
                if kinds.contains(&kind) {
                    let message = self.message(Topic::Webhook, payload.clone(), at);
                    self.messages.push(NewMessage {
                        webhook: Some(*webhook),
                        ..message
                    });
                }
            }
        }
        Ok(())
    }

    /// Has an audit entry of this change written.
    fn audit(&mut self, action: &str, relation: Relation) {
        self.audits.push(AuditRow {
            id: self.core.ids.next().to_string(),
            at: micros(self.now),
            person_id: self.actor.map(|person| person.to_string()),
            relation: relation.as_str().to_owned(),
            action: action.to_owned(),
            case_id: Some(self.row.id.clone()),
            outcome: "done".to_owned(),
            request_id: self.request_id.clone(),
        });
    }

    /// The expert who holds or signed the case.
    pub(super) fn expert(&self) -> Result<Option<PersonId>, ServiceError> {
        Ok(optional_id(self.row.expert_id.as_deref())?)
    }

    /// Puts the case back before the router, or before triage.
    pub(super) fn wait_for(&mut self, waiting: WaitingFor) {
        self.row.waiting_for = Some(waiting.as_str().to_owned());
    }

    /// Tells one person.
    pub(super) fn notify(
        &mut self,
        kind: NotificationKind,
        to: PersonId,
        at: Option<DateTime<Utc>>,
    ) -> Result<(), ServiceError> {
        let notification = Notification {
            kind,
            to,
            case: Some(self.id),
            reference: Some(self.row.reference.clone()),
            urgency: Some(name(&self.row.urgency)?),
            at,
            digest: None,
            summary: Vec::new(),
            link: None,
        };
        self.enqueue(Topic::Mail, to_json(&notification)?, self.now);
        Ok(())
    }

    /// Tells the submitter.
    pub(super) fn notify_submitter(&mut self, kind: NotificationKind) -> Result<(), ServiceError> {
        let submitter = store::id(&self.row.submitter_id)?;
        self.notify(kind, submitter, None)
    }

    /// Tells the expert who holds or signed it, if there is one.
    pub(super) fn notify_expert(&mut self, kind: NotificationKind) -> Result<(), ServiceError> {
        match self.expert()? {
            Some(expert) => self.notify(kind, expert, None),
            None => Ok(()),
        }
    }

    /// Tells the coordinators of the network that holds it.
    pub(super) fn notify_coordinators(
        &mut self,
        kind: NotificationKind,
        at: Option<DateTime<Utc>>,
    ) -> Result<(), ServiceError> {
        let network = store::id(&self.row.network_id)?;
        for coordinator in store::people::holders_in_network(self.conn, network, Role::Coordinator)?
        {
            self.notify(kind, coordinator, at)?;
        }
        Ok(())
    }

    /// Has a job run at `at`, if the transaction lands.
    pub(super) fn schedule(&mut self, job: &Job, at: DateTime<Utc>) -> Result<(), ServiceError> {
        self.enqueue(Topic::Job, to_json(job)?, at);
        Ok(())
    }

    fn enqueue(&mut self, topic: Topic, payload: String, run_at: DateTime<Utc>) {
        let message = self.message(topic, payload, run_at);
        self.messages.push(message);
    }

    fn message(&self, topic: Topic, payload: String, run_at: DateTime<Utc>) -> NewMessage {
        NewMessage {
            id: OutboxId::new(self.core.ids.as_ref()),
            topic,
            case: Some(self.id),
            webhook: None,
            payload,
            run_at: micros(run_at),
            created_at: micros(self.now),
        }
    }

    /// Writes the messages of a change that leaves the case as it is.
    pub(super) fn save_messages(self) -> Result<(), ServiceError> {
        Ok(store::outbox::enqueue_all(self.conn, &self.messages)?)
    }

    /// Writes the row, the audit entries and the messages, if nobody else has changed the case in the meantime.
    pub(super) fn save(mut self) -> Result<(), ServiceError> {
        if store::cases::update(self.conn, &self.row, self.read_version)? {
            store::traces::insert_audits(self.conn, std::mem::take(&mut self.audits))?;
            return self.save_messages();
        }
        let current =
            store::cases::find(self.conn, self.id)?.map_or(self.read_version, |row| row.version);
        Err(ServiceError::Stale { current })
    }
}
