//! Who may see and do what: the one module that decides it, from (who, role, relation to this case, command). Deny by default.

use super::cases::{CaseFacts, CaseState};
use super::ids::NetworkId;
use super::panels::{PanelPhase, SeatState};
use super::people::{Actor, Role};
use super::recusals::Recusal;
use super::text_enum::text_enum;

text_enum! {
    /// What a person is to one case.
    pub enum Relation {
        /// Submits for the laboratory that owns it.
        Submitter = "submitter",
        /// The expert it is offered to or who accepted it.
        Holder = "holder",
        /// The expert who signed its opinion.
        Signer = "signer",
        /// An expert who signed an opinion on it before it was last reopened, whoever has it now.
        FormerSigner = "former_signer",
        /// An expert who is asked to sit on its panel.
        Invited = "invited",
        /// An expert on its panel who has not signed a reading.
        Reader = "reader",
        /// An expert who has signed a reading on its panel.
        Panellist = "panellist",
        /// Coordinates the network whose pool holds it.
        Coordinator = "coordinator",
        /// Reads traces of access.
        Auditor = "auditor",
        /// The exchange itself: the router and the clock's jobs.
        System = "system",
    }
}

text_enum! {
    /// How much of a case a person sees.
    pub enum View {
        /// Everything, the patient's context included.
        Full = "full",
        /// What a queue needs: no patient identity, no attachments.
        Queue = "queue",
        /// Its timeline only, without content.
        Trace = "trace",
    }
}

/// What `actor` is to the case. Empty: a stranger, for whom the case does not exist.
pub fn relations(actor: &Actor, case: &CaseFacts) -> Vec<Relation> {
    let mut relations = Vec::new();
    if actor.submits_for(case.laboratory) {
        relations.push(Relation::Submitter);
    }
    if !case.sent {
        return relations;
    }
    if case.expert == Some(actor.person) && actor.has(Role::Expert) {
        match case.state {
            CaseState::Offered | CaseState::Accepted => relations.push(Relation::Holder),
            CaseState::Signed | CaseState::Acknowledged | CaseState::Closed => {
                relations.push(Relation::Signer)
            }
            _ => {}
        }
    }
    if actor.has(Role::Expert) {
        relations.extend(on_panel(actor, case));
    }
    if actor.has(Role::Expert) && case.former_signers.contains(&actor.person) {
        relations.push(Relation::FormerSigner);
    }
    if actor.coordinates(case.network) {
        relations.push(Relation::Coordinator);
    }
    if actor.has(Role::Auditor) {
        relations.push(Relation::Auditor);
    }
    relations
}

/// As what somebody sits on the panel of the case. Who has not signed has no part in a case that ended without an answer.
fn on_panel(actor: &Actor, case: &CaseFacts) -> Option<Relation> {
    let mut seats = case.seats.iter();
    let (_, seat) = seats.find(|(person, seat)| *person == actor.person && seat.sits())?;
    let ended = matches!(case.state, CaseState::Withdrawn | CaseState::Refused);
    match seat {
        SeatState::Signed => Some(Relation::Panellist),
        SeatState::Accepted => (!ended).then_some(Relation::Reader),
        SeatState::Invited => {
            (!ended && case.panel == Some(PanelPhase::Blind)).then_some(Relation::Invited)
        }
        SeatState::Declined | SeatState::Freed | SeatState::Replaced => None,
    }
}

/// What somebody who sees the case may read of a seat of its panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeatSight {
    /// Who has it, and whether they have signed.
    Standing,
    /// What they read, and what they drew on the slides.
    Reading,
}

/// The one rule of blindness: what somebody with these relations to the case, whose `own` seat it is or not, may read of a seat in
/// that phase of the panel. Before the reveal everybody reads their own reading and no other; from then on the panel, with whoever
/// holds the case, reads all of them; and when the consensus is signed, whoever reads the opinion does.
pub fn seat_sight(relations: &[Relation], own: bool, phase: PanelPhase) -> SeatSight {
    let has = |wanted: &[Relation]| relations.iter().any(|one| wanted.contains(one));
    let panel = [Relation::Holder, Relation::Reader, Relation::Panellist];
    let reads = own
        || match phase {
            PanelPhase::Blind => false,
            PanelPhase::Revealed => has(&panel),
            PanelPhase::Answered => view(relations) == Some(View::Full),
        };
    if reads {
        SeatSight::Reading
    } else {
        SeatSight::Standing
    }
}

/// Whether they may read how far the readings agree: the panel and the coordinator once these are revealed, and everybody who sees
/// the case once the consensus is signed.
pub fn sees_agreement(relations: &[Relation], phase: PanelPhase) -> bool {
    match phase {
        PanelPhase::Blind => false,
        PanelPhase::Revealed => {
            seat_sight(relations, false, phase) == SeatSight::Reading
                || relations.contains(&Relation::Coordinator)
        }
        PanelPhase::Answered => view(relations).is_some(),
    }
}

/// The widest view that the relations give; `None` for a stranger, who gets a 404.
pub fn view(relations: &[Relation]) -> Option<View> {
    let has = |relation| relations.contains(&relation);
    let answers = [
        Relation::Holder,
        Relation::Signer,
        Relation::FormerSigner,
        Relation::Invited,
        Relation::Reader,
        Relation::Panellist,
    ];
    if has(Relation::Submitter) || answers.into_iter().any(has) {
        Some(View::Full)
    } else if has(Relation::Coordinator) {
        Some(View::Queue)
    } else if has(Relation::Auditor) {
        Some(View::Trace)
    } else {
        None
    }
}

/// As what somebody keeps a reading that they have not signed, and reads it again: who sits on the panel and has not signed. To
/// everybody else there is no such thing, whatever they see of the case.
pub fn drafts_reading(relations: &[Relation]) -> Option<Relation> {
    relations
        .iter()
        .copied()
        .find(|one| *one == Relation::Reader)
}

/// What an administrator's roles cover. An administrator of no network in particular keeps the whole exchange; one of a network
/// keeps that network, its laboratories with their slide sources, and the people who hold roles in these alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Realm {
    /// The whole exchange.
    Everything,
    /// These networks.
    Networks(Vec<NetworkId>),
}

/// A role with the network it belongs to: its own, or that of its laboratory. None for a role of the whole exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldIn {
    /// The role.
    pub role: Role,
    /// The network.
    pub network: Option<NetworkId>,
}

/// What the actor administers; `None` for who administers nothing.
pub fn realm(actor: &Actor) -> Option<Realm> {
    let mut networks = Vec::new();
    let roles = actor.memberships.iter();
    for held in roles.filter(|held| held.role == Role::Administrator) {
        match held.network {
            None => return Some(Realm::Everything),
            Some(network) => networks.push(network),
        }
    }
    (!networks.is_empty()).then_some(Realm::Networks(networks))
}

/// Whose conflicts of interest somebody keeps in a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecusalSight {
    /// Those of all its experts: who coordinates it.
    Pool,
    /// Their own, as an expert of its pool.
    Own,
}

/// Whose conflicts of interest the actor keeps in a network; `None` for who keeps none.
pub fn recusal_sight(actor: &Actor, network: NetworkId) -> Option<RecusalSight> {
    if actor.coordinates(network) {
        Some(RecusalSight::Pool)
    } else if actor.reads_for(network) {
        Some(RecusalSight::Own)
    } else {
        None
    }
}

/// Whether the actor may take a declared conflict of interest back: a coordinator any of their network, an expert what they have
/// declared of themselves.
pub fn withdraws_recusal(actor: &Actor, network: NetworkId, recusal: &Recusal) -> bool {
    match recusal_sight(actor, network) {
        Some(RecusalSight::Pool) => true,
        Some(RecusalSight::Own) => {
            recusal.expert == actor.person && recusal.declared_by == actor.person
        }
        None => false,
    }
}

/// How much of the audit a person may search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditSight {
    /// All of it.
    Everything,
    /// What was done to no case: a trace of a case tells of a case.
    Administration,
    /// Of that, what was done by the people whom the actor keeps, and in administering what lies within their networks. Searches are
    /// not among it: whom others look into is not theirs to know.
    Networks,
}

/// How much of the audit the actor may search; `None` for who may search nothing.
pub fn audit_sight(actor: &Actor) -> Option<AuditSight> {
    if actor.has(Role::Auditor) {
        Some(AuditSight::Everything)
    } else {
        realm(actor).map(|realm| match realm {
            Realm::Everything => AuditSight::Administration,
            Realm::Networks(_) => AuditSight::Networks,
        })
    }
}

impl Realm {
    /// Whether it is the whole exchange: what belongs to no network (new networks, jobs, messages that were given up) is for that alone.
    pub fn is_whole(&self) -> bool {
        *self == Self::Everything
    }

    /// Whether a network, and what belongs to it, is within.
    pub fn covers(&self, network: NetworkId) -> bool {
        match self {
            Self::Everything => true,
            Self::Networks(networks) => networks.contains(&network),
        }
    }

    /// Whether a person is seen: who holds a role within. Who holds none is seen by administrators of the whole exchange.
    pub fn sees(&self, roles: &[HeldIn]) -> bool {
        self.is_whole() || roles.iter().any(|held| self.covers_role(held))
    }

    /// Whether a person's account and roles may be changed: every role is held within.
    pub fn changes(&self, roles: &[HeldIn]) -> bool {
        self.is_whole() || (!roles.is_empty() && roles.iter().all(|held| self.covers_role(held)))
    }

    fn covers_role(&self, held: &HeldIn) -> bool {
        held.network
            .map_or(self.is_whole(), |network| self.covers(network))
    }
}

/// As what a person may draw on the slides of a case: who sees all of it and has a part in it now. Who signed before it was reopened
/// reads on and mends what they signed, and draws no more.
pub fn annotates(relations: &[Relation]) -> Option<Relation> {
    let part = [
        Relation::Submitter,
        Relation::Holder,
        Relation::Signer,
        Relation::Reader,
        Relation::Panellist,
    ];
    part.into_iter().find(|one| relations.contains(one))
}

/// As what a person has the slides of a case fetched ahead: who is to read it. Who has signed has read it.
pub fn reads_ahead(relations: &[Relation]) -> Option<Relation> {
    let to_read = [Relation::Holder, Relation::Reader, Relation::Invited];
    to_read.into_iter().find(|one| relations.contains(one))
}

#[cfg(test)]
mod tests;
