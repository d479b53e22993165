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
