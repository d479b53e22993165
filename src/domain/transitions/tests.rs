use super::*;
use crate::domain::cases::PreAuthorisations;
use crate::domain::ids::{LaboratoryId, NetworkId, PersonId};
use crate::domain::people::{Actor, Membership, Role};
use crate::domain::permissions::relations;
use crate::domain::text_enum::TextEnum;
use proptest::prelude::*;
use uuid::Uuid;

fn arbitrary_case() -> impl Strategy<Value = CaseFacts> {
    let waiting = prop_oneof![
        Just(None),
        prop::sample::select(WaitingFor::ALL).prop_map(Some)
    ];
    let initial = prop_oneof![
        Just(None),
        prop::sample::select(InitialDiagnosisStatus::ALL).prop_map(Some)
    ];
    (
        prop::sample::select(CaseState::ALL),
        waiting,
        initial,
        any::<(bool, bool, bool, bool)>(),
        (
            any::<bool>(),
            prop::option::of(prop::sample::select(PanelPhase::ALL)),
        ),
        prop::option::of(-100i64..100),
    )
        .prop_map(
            |(
                state,
                waiting_for,
                initial_status,
                (stains, block, unavailable, asked),
                (allowed, panel),
                offer,
            )| {
                CaseFacts {
                    state,
                    sent: state != CaseState::Draft,
                    waiting_for,
                    laboratory: LaboratoryId(Uuid::nil()),
                    network: NetworkId(Uuid::nil()),
                    expert: None,
                    offer_expires_at: offer
                        .map(|seconds| DateTime::UNIX_EPOCH + chrono::Duration::seconds(seconds)),
                    pauses: if unavailable {
                        vec![PauseKind::SlidesUnavailable]
                    } else {
                        vec![]
                    },
                    withdrawal_requested: asked,
                    pre_authorisations: PreAuthorisations {
                        further_stains: stains,
                        send_block: block,
                        panel: allowed,
                    },
                    initial_status,
                    former_signers: vec![],
                    panel,
                    seats: vec![],
                }
            },
        )
}

#[test]
fn every_command_has_exactly_one_row() {
    for command in Command::ALL {
        assert_eq!(
            TRANSITIONS
                .iter()
                .filter(|row| row.command == *command)
                .count(),
            1,
            "{command}"
        );
    }
}

#[test]
fn every_state_is_reachable_and_every_open_state_can_end() {
    let mut reached = vec![CaseState::Draft];
    let mut grew = true;
    while grew {
        grew = false;
        for row in TRANSITIONS {
            for from in row.from {
                let to = row.to.after(*from);
                if reached.contains(from) && !reached.contains(&to) {
                    reached.push(to);
                    grew = true;
                }
            }
        }
    }
    for state in CaseState::ALL {
        assert!(reached.contains(state), "{state} cannot be reached");
        let leaves = TRANSITIONS
            .iter()
            .any(|row| row.from.contains(state) && row.to.after(*state) != *state);
        assert_eq!(leaves, !state.is_terminal(), "{state}");
    }
}

#[test]
fn the_clock_starts_when_an_answer_becomes_owed_and_stops_when_it_is_no_longer() {
    for row in TRANSITIONS {
        if row.to == Same {
            assert!(
                !matches!(row.clock, ClockRule::Start | ClockRule::Stop),
                "{}",
                row.command
            );
            continue;
        }
        for from in row.from {
            match (from.is_open(), row.to.after(*from).is_open()) {
                (false, true) => {
                    assert_eq!(row.clock, ClockRule::Start, "{} from {from}", row.command)
                }
                (true, false) => {
                    assert_eq!(row.clock, ClockRule::Stop, "{} from {from}", row.command)
                }
                (true, true) => assert_eq!(
                    row.clock,
                    ClockRule::Unchanged,
                    "{} from {from}: never resets",
                    row.command
                ),
                (false, false) => {}
            }
        }
    }
}

/// What somebody does to what they signed.
const MENDING: [Command; 3] = [Command::AddAddendum, Command::Correct, Command::Amend];

proptest! {
    /// Every state × command × relation: allowed only where the table says so.
    #[test]
    fn nothing_outside_the_table_is_permitted(case in arbitrary_case(), now in -100i64..100) {
        let now = DateTime::UNIX_EPOCH + chrono::Duration::seconds(now);
        for command in Command::ALL {
            let row = transition(*command);
            for relation in Relation::ALL {
                match permitted(&case, &[*relation], *command, now) {
                    Ok(row) => {
                        prop_assert!(row.who.contains(relation));
                        prop_assert!(row.from.contains(&case.state));
                        prop_assert!(!case.state.is_terminal() || MENDING.contains(command));
                        prop_assert!(!case.state.is_terminal() || row.to.after(case.state) == case.state);
                    }
                    Err(Refusal::NotYours) => prop_assert!(!row.who.contains(relation)),
                    Err(Refusal::WrongState { .. }) => prop_assert!(!row.from.contains(&case.state)),
                    Err(Refusal::Ineligible { .. }) => prop_assert!(false, "the table knows no expert"),
                    Err(Refusal::Guarded { guard, .. }) => prop_assert!(row.guards.contains(&guard) && !holds(guard, &case, now)),
                }
            }
            prop_assert_eq!(permitted(&case, &[], *command, now).err(), Some(Refusal::NotYours));
        }
    }

    /// What is listed as available is exactly what is permitted.
    #[test]
    fn the_buttons_tell_the_truth(case in arbitrary_case(), relation in prop::sample::select(Relation::ALL)) {
        let now = DateTime::UNIX_EPOCH;
        let listed = available(&case, &[relation], now);
        for command in Command::ALL {
            prop_assert_eq!(listed.contains(command), permitted(&case, &[relation], *command, now).is_ok());
        }
    }
}

/// What a role makes of somebody: the relation it gives to a case of their own organisation in that state.
fn relation_of(role: Role, state: CaseState) -> Option<Relation> {
    match (role, state) {
        (Role::Submitter, _) => Some(Relation::Submitter),
        (_, CaseState::Draft) => None,
        (Role::Expert, CaseState::Offered | CaseState::Accepted) => Some(Relation::Holder),
        (Role::Expert, CaseState::Signed | CaseState::Acknowledged | CaseState::Closed) => {
            Some(Relation::Signer)
        }
        (Role::Expert, _) | (Role::Administrator, _) => None,
        (Role::Coordinator, _) => Some(Relation::Coordinator),
        (Role::Auditor, _) => Some(Relation::Auditor),
    }
}

fn every_state_command_and_role() -> impl Iterator<Item = (CaseState, Command, Role)> {
    CaseState::ALL.iter().flat_map(|state| {
        Command::ALL.iter().flat_map(|command| {
            let roles = Role::ALL.iter();
            roles.map(|role| (*state, *command, *role))
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Every state × command × role, in the case's own organisations and in others: a role gives exactly the commands that the
    /// table gives to its relation, and none on a case of somebody else. An auditor gives none, an administrator neither.
    #[test]
    fn each_role_gives_its_own_commands_and_nobody_elses(facts in arbitrary_case(), now in -100i64..100) {
        let now = DateTime::UNIX_EPOCH + chrono::Duration::seconds(now);
        let (person, stranger) = (PersonId(Uuid::from_u128(1)), PersonId(Uuid::from_u128(2)));
        for (state, command, role) in every_state_command_and_role() {
            let case = CaseFacts { state, sent: state != CaseState::Draft, expert: Some(person), ..facts.clone() };
            let own = |person, organisation| Actor {
                person,
                memberships: vec![Membership {
                    role,
                    laboratory: Some(LaboratoryId(organisation)),
                    network: Some(NetworkId(organisation)),
                }],
            };
            let relation = relation_of(role, state);
            let may = relation.is_some_and(|relation| permitted(&case, &[relation], command, now).is_ok());
            let given = permitted(&case, &relations(&own(person, Uuid::nil()), &case), command, now);
            prop_assert_eq!(given.is_ok(), may, "{} {} {}", state, command, role);
            if matches!(role, Role::Auditor | Role::Administrator) {
                prop_assert!(given.is_err(), "{} {} {}", state, command, role);
            }
            let foreign = permitted(&case, &relations(&own(stranger, Uuid::from_u128(9)), &case), command, now);
            prop_assert_eq!(foreign.err(), Some(Refusal::NotYours), "{} {} {}", state, command, role);
        }
    }
}

proptest! {
    /// Who signed an opinion mends it in every state of the case, whoever has it: that is all they do to a case of somebody else, it
    /// leaves the case open or ended as it is, and no clock notices.
    #[test]
    fn who_signed_mends_it_whoever_has_the_case(facts in arbitrary_case(), again in any::<bool>()) {
        let (signer, other) = (PersonId(Uuid::from_u128(1)), PersonId(Uuid::from_u128(2)));
        let membership = Membership { role: Role::Expert, laboratory: None, network: Some(NetworkId(Uuid::nil())) };
        let actor = Actor { person: signer, memberships: vec![membership] };
        for state in CaseState::ALL.iter().filter(|state| **state != CaseState::Draft) {
            let expert = Some(if again { signer } else { other });
            let case = CaseFacts { state: *state, sent: true, expert, former_signers: vec![signer], ..facts.clone() };
            let now = DateTime::UNIX_EPOCH;
            let given = available(&case, &relations(&actor, &case), now);
            prop_assert!(MENDING.iter().all(|command| given.contains(command)), "{}: {:?}", state, given);
            prop_assert!(again || given.len() == MENDING.len(), "{}: {:?}", state, given);
            for command in MENDING {
                let (row, after) = (transition(command), transition(command).to.after(*state));
                prop_assert_eq!(row.clock, ClockRule::Unchanged);
                prop_assert_eq!((after.is_open(), after.is_terminal()), (state.is_open(), state.is_terminal()));
                prop_assert!(after == *state || after == CaseState::Signed);
            }
            let nobody = CaseFacts { former_signers: vec![], expert: Some(other), ..case };
            prop_assert_eq!(relations(&actor, &nobody), []);
        }
    }
}
