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
        SeatState::Declined | SeatState::Replaced => None,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{LaboratoryId, NetworkId, PersonId};
    use crate::domain::people::Membership;
    use crate::domain::text_enum::TextEnum as _;
    use uuid::Uuid;

    fn id(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    fn case(state: CaseState) -> CaseFacts {
        CaseFacts {
            state,
            sent: state != CaseState::Draft,
            waiting_for: None,
            laboratory: LaboratoryId(id(1)),
            network: NetworkId(id(2)),
            expert: Some(PersonId(id(3))),
            offer_expires_at: None,
            pauses: vec![],
            withdrawal_requested: false,
            pre_authorisations: Default::default(),
            initial_status: None,
            former_signers: vec![],
            panel: None,
            seats: vec![],
        }
    }

    fn actor(person: u128, role: Role, laboratory: Option<u128>, network: Option<u128>) -> Actor {
        Actor {
            person: PersonId(id(person)),
            memberships: vec![Membership {
                role,
                laboratory: laboratory.map(|l| LaboratoryId(id(l))),
                network: network.map(|n| NetworkId(id(n))),
            }],
        }
    }

    #[test]
    fn each_person_sees_what_their_relation_gives_and_strangers_see_nothing() {
        use CaseState::*;
        let table = [
            (
                "own laboratory",
                actor(9, Role::Submitter, Some(1), None),
                Offered,
                Some(View::Full),
            ),
            (
                "other laboratory",
                actor(9, Role::Submitter, Some(8), None),
                Offered,
                None,
            ),
            (
                "holder",
                actor(3, Role::Expert, None, Some(2)),
                Offered,
                Some(View::Full),
            ),
            (
                "an expert who is not the holder",
                actor(4, Role::Expert, None, Some(2)),
                Offered,
                None,
            ),
            (
                "a former expert whose role was taken away",
                actor(3, Role::Administrator, None, None),
                Accepted,
                None,
            ),
            (
                "an expert whose offer went back",
                actor(3, Role::Expert, None, Some(2)),
                Submitted,
                None,
            ),
            (
                "signer",
                actor(3, Role::Expert, None, Some(2)),
                Closed,
                Some(View::Full),
            ),
            (
                "own coordinator",
                actor(9, Role::Coordinator, None, Some(2)),
                Accepted,
                Some(View::Queue),
            ),
            (
                "other coordinator",
                actor(9, Role::Coordinator, None, Some(7)),
                Accepted,
                None,
            ),
            (
                "coordinator before submission",
                actor(9, Role::Coordinator, None, Some(2)),
                Draft,
                None,
            ),
            (
                "auditor",
                actor(9, Role::Auditor, None, None),
                Signed,
                Some(View::Trace),
            ),
            (
                "auditor before submission",
                actor(9, Role::Auditor, None, None),
                Draft,
                None,
            ),
            (
                "administrator",
                actor(9, Role::Administrator, None, None),
                Signed,
                None,
            ),
        ];
        for (story, actor, state, expected) in table {
            assert_eq!(view(&relations(&actor, &case(state))), expected, "{story}");
        }
    }

    #[test]
    fn who_signed_before_it_was_reopened_reads_it_in_every_state_as_long_as_they_are_an_expert() {
        let sent = |state: &&CaseState| **state != CaseState::Draft;
        for state in CaseState::ALL.iter().filter(sent) {
            let case = CaseFacts {
                former_signers: vec![PersonId(id(4))],
                ..case(*state)
            };
            let of = |person, role| relations(&actor(person, role, None, Some(2)), &case);
            assert_eq!(of(4, Role::Expert), [Relation::FormerSigner], "{state}");
            assert_eq!(view(&of(4, Role::Expert)), Some(View::Full), "{state}");
            assert!(of(4, Role::Administrator).is_empty(), "{state}");
            assert!(of(5, Role::Expert).is_empty(), "{state}");
            let again = of(3, Role::Expert);
            assert!(!again.contains(&Relation::FormerSigner), "{state}");
            let both = CaseFacts {
                former_signers: vec![PersonId(id(3))],
                ..case.clone()
            };
            let person = actor(3, Role::Expert, None, Some(2));
            let expected: Vec<_> = again.into_iter().chain([Relation::FormerSigner]).collect();
            assert_eq!(relations(&person, &both), expected, "{state}");
        }
    }

    #[test]
    fn who_has_a_part_in_a_case_draws_on_its_slides() {
        use Relation::*;
        for (relations, drawing) in [
            (vec![Submitter], Some(Submitter)),
            (vec![Coordinator, Holder], Some(Holder)),
            (vec![Signer], Some(Signer)),
            (vec![Holder, Reader], Some(Holder)),
            (vec![Panellist], Some(Panellist)),
            (vec![Invited], None),
            (vec![FormerSigner], None),
            (vec![Coordinator, Auditor], None),
            (vec![], None),
        ] {
            assert_eq!(annotates(&relations), drawing, "{relations:?}");
        }
    }

    #[test]
    fn who_sits_on_a_panel_sees_the_case_as_long_as_they_sit() {
        use PanelPhase::{Blind, Revealed};
        use Relation::{Invited, Panellist, Reader};
        use SeatState as Seat;
        let table = [
            (CaseState::Accepted, Blind, Seat::Invited, Some(Invited)),
            (CaseState::Accepted, Blind, Seat::Accepted, Some(Reader)),
            (CaseState::Accepted, Blind, Seat::Signed, Some(Panellist)),
            (CaseState::Accepted, Blind, Seat::Declined, None),
            (CaseState::Accepted, Blind, Seat::Replaced, None),
            (CaseState::Accepted, Revealed, Seat::Invited, None),
            (CaseState::Submitted, Revealed, Seat::Accepted, Some(Reader)),
            (CaseState::Closed, Revealed, Seat::Signed, Some(Panellist)),
            (CaseState::Refused, Blind, Seat::Invited, None),
            (CaseState::Withdrawn, Blind, Seat::Accepted, None),
            (CaseState::Withdrawn, Blind, Seat::Signed, Some(Panellist)),
        ];
        for (state, phase, seat, expected) in table {
            let case = CaseFacts {
                panel: Some(phase),
                seats: vec![(PersonId(id(4)), Seat::Replaced), (PersonId(id(4)), seat)],
                ..case(state)
            };
            let of = |role| relations(&actor(4, role, None, Some(7)), &case);
            let story = format!("{state} {phase} {seat}");
            assert_eq!(of(Role::Expert), Vec::from_iter(expected), "{story}");
            assert!(of(Role::Administrator).is_empty(), "{story}");
            let view = view(&of(Role::Expert));
            assert_eq!(view, expected.map(|_| View::Full), "{story}");
        }
    }

    #[test]
    fn a_reading_is_read_by_nobody_else_before_the_reveal() {
        use PanelPhase::{Answered, Blind, Revealed};
        use Relation::*;
        // Who, and whether they read another's reading in each phase, and the agreement.
        let table: [(&[Relation], [bool; 3], [bool; 3]); 11] = [
            (&[Submitter], [false, false, true], [false, false, true]),
            (&[Holder, Reader], [false, true, true], [false, true, true]),
            (&[Holder], [false, true, true], [false, true, true]),
            (
                &[Signer, Panellist],
                [false, true, true],
                [false, true, true],
            ),
            (&[Invited], [false, false, true], [false, false, true]),
            (&[Reader], [false, true, true], [false, true, true]),
            (&[Panellist], [false, true, true], [false, true, true]),
            (&[FormerSigner], [false, false, true], [false, false, true]),
            (&[Coordinator], [false, false, false], [false, true, true]),
            (&[Auditor], [false, false, false], [false, false, true]),
            (&[], [false, false, false], [false, false, false]),
        ];
        for (relations, readings, agreements) in table {
            for (n, phase) in [Blind, Revealed, Answered].into_iter().enumerate() {
                let sight = seat_sight(relations, false, phase);
                let reads = sight == SeatSight::Reading;
                assert_eq!(reads, readings[n], "{relations:?} {phase}");
                let agreement = sees_agreement(relations, phase);
                assert_eq!(agreement, agreements[n], "{relations:?} {phase}");
                let own = seat_sight(relations, true, phase);
                assert_eq!(own, SeatSight::Reading, "{relations:?} {phase}");
            }
        }
    }

    #[test]
    fn a_draft_that_was_withdrawn_stays_its_laboratorys_own() {
        let case = CaseFacts {
            sent: false,
            ..case(CaseState::Withdrawn)
        };
        let seen = |actor| view(&relations(&actor, &case));
        assert_eq!(
            seen(actor(9, Role::Submitter, Some(1), None)),
            Some(View::Full)
        );
        assert_eq!(seen(actor(9, Role::Coordinator, None, Some(2))), None);
        assert_eq!(seen(actor(9, Role::Auditor, None, None)), None);
    }

    #[test]
    fn an_administrator_keeps_what_the_role_covers_and_nothing_else() {
        let whole = realm(&actor(9, Role::Administrator, None, None)).unwrap();
        let of_two = realm(&actor(9, Role::Administrator, None, Some(2))).unwrap();
        assert_eq!(realm(&actor(9, Role::Coordinator, None, Some(2))), None);
        assert_eq!(realm(&actor(9, Role::Auditor, None, None)), None);
        let held = |role, network: Option<u128>| HeldIn {
            role,
            network: network.map(|network| NetworkId(id(network))),
        };
        let table = [
            ("within", vec![held(Role::Expert, Some(2))], true, true),
            ("elsewhere", vec![held(Role::Expert, Some(3))], false, false),
            (
                "in both",
                vec![held(Role::Expert, Some(2)), held(Role::Submitter, Some(3))],
                true,
                false,
            ),
            (
                "with a role of the whole exchange",
                vec![held(Role::Expert, Some(2)), held(Role::Auditor, None)],
                true,
                false,
            ),
            ("without a role", vec![], false, false),
        ];
        for (story, roles, seen, changed) in table {
            assert!(whole.sees(&roles) && whole.changes(&roles), "{story}");
            assert_eq!(of_two.sees(&roles), seen, "{story}");
            assert_eq!(of_two.changes(&roles), changed, "{story}");
        }
        let sight = |role, network| audit_sight(&actor(9, role, None, network));
        assert_eq!(sight(Role::Auditor, None), Some(AuditSight::Everything));
        let administers = sight(Role::Administrator, None);
        assert_eq!(administers, Some(AuditSight::Administration));
        assert_eq!(
            sight(Role::Administrator, Some(2)),
            Some(AuditSight::Networks)
        );
        assert_eq!(sight(Role::Coordinator, Some(2)), None);
        assert!(whole.is_whole() && !of_two.is_whole());
        assert!(of_two.covers(NetworkId(id(2))) && !of_two.covers(NetworkId(id(3))));
    }
}
