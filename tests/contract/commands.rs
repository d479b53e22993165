//! Every command that a person may give has its operation, and no other command has one.

use relecture::domain::cases::CaseState;
use relecture::domain::permissions::Relation;
use relecture::domain::text_enum::TextEnum;
use relecture::domain::transitions::{Command, Guard, TRANSITIONS, transition};

use crate::support::document::{Operation, document};

/// The commands that somebody other than the exchange itself may give.
pub(super) fn given_by_people() -> Vec<Command> {
    TRANSITIONS
        .iter()
        .filter(|row| row.who.iter().any(|who| *who != Relation::System))
        .map(|row| row.command)
        .collect()
}

/// The operation of a command.
pub(super) fn operation_of(command: Command) -> &'static Operation {
    let path = format!("/cases/{{case}}/{command}");
    document()
        .operations
        .iter()
        .find(|operation| operation.path == path && operation.method == "POST")
        .unwrap_or_else(|| panic!("the document has no POST {path}"))
}

/// Whether a person to whom the command belongs can find it refused by the case's life: they can be what it takes in a state that
/// it does not start from, or one of its guards is a question of yes or no. The other guards name the fields at fault.
pub(super) fn refusable(command: Command) -> bool {
    let row = transition(command);
    let in_a_wrong_state = row.who.iter().any(|who| {
        let states = CaseState::ALL.iter();
        states
            .filter(|state| can_be(*who, **state))
            .any(|state| !row.from.contains(state))
    });
    let asked_of_fields = [Guard::Complete, Guard::RequestOpen, Guard::OpinionComplete];
    in_a_wrong_state
        || row
            .guards
            .iter()
            .any(|guard| !asked_of_fields.contains(guard))
}

/// Whether somebody can be that to a case in that state.
fn can_be(relation: Relation, state: CaseState) -> bool {
    use CaseState as S;
    match relation {
        Relation::Submitter => true,
        Relation::Holder => matches!(state, S::Offered | S::Accepted),
        Relation::Signer => matches!(state, S::Signed | S::Acknowledged | S::Closed),
        Relation::Coordinator | Relation::FormerSigner | Relation::Panellist => state != S::Draft,
        // A case with a blind panel is accepted and stays so.
        Relation::Invited => state == S::Accepted,
        Relation::Reader => !matches!(state, S::Draft | S::Withdrawn | S::Refused),
        // They give no command.
        Relation::Auditor | Relation::System => false,
    }
}

/// `save_draft` is `saveDraft`.
fn camel(name: &str) -> String {
    let mut parts = name.split('_');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let (head, tail) = part.split_at(1);
        text + &head.to_uppercase() + tail
    })
}

#[test]
fn every_command_of_a_person_has_its_operation() {
    for command in given_by_people() {
        let operation = operation_of(command);
        assert_eq!(operation.id, camel(command.as_str()));
        assert!(
            operation.demands("If-Match"),
            "{command} names the version that was read"
        );
        assert!(
            operation.value["requestBody"].is_object(),
            "{command} says what it carries"
        );
        for status in [200, 400, 401, 403, 404, 412, 413, 415, 422, 428, 429] {
            assert!(
                operation.statuses().contains(&status),
                "{command} documents {status}"
            );
        }
        assert_eq!(
            operation.statuses().contains(&409),
            refusable(command),
            "{command} documents 409"
        );
    }
}

#[test]
fn no_other_command_has_one() {
    let people = given_by_people();
    for operation in &document().operations {
        let Some(command) = operation
            .path
            .strip_prefix("/cases/{case}/")
            .and_then(Command::parse)
        else {
            continue;
        };
        assert!(people.contains(&command), "{command} is the exchange's own");
    }
}

/// Only a command that takes the case away from who gives it may answer 204.
#[test]
fn a_command_answers_without_a_case_only_where_it_can_leave_the_persons_sight() {
    let leaves: Vec<Command> = given_by_people()
        .into_iter()
        .filter(|command| operation_of(*command).statuses().contains(&204))
        .collect();
    let expected = [
        Command::Decline,
        Command::Redirect,
        Command::AgreeWithdrawal,
        Command::LeavePanel,
    ];
    assert_eq!(leaves, expected);
    for command in expected {
        let loses = [Relation::Holder, Relation::Coordinator, Relation::Reader];
        assert!(
            transition(command)
                .who
                .iter()
                .any(|who| loses.contains(who)),
            "{command}"
        );
    }
}
