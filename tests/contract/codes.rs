//! Every enumeration of the document has the values of the code's own, in the same order.

use relecture::domain::text_enum::TextEnum;
use relecture::domain::{
    annotations, cases, codes, forecast, notifications, opinions, panels, people, permissions,
    problems, recusals, routing, slides, targets as domain_targets, territories, traces,
    transitions, turnaround, webhooks,
};
use relecture::service::{attachments, forecast as service_forecast, targets, worklist};
use relecture::store::{assignments, outbox};
use serde_json::Value;

use crate::support::document::document;

/// The names of an enumeration of the code.
fn names<E: TextEnum>() -> Vec<String> {
    E::ALL
        .iter()
        .map(|member| member.as_str().to_owned())
        .collect()
}

/// Every enumeration of the document's schemas with the code's values.
fn table() -> Vec<(&'static str, Vec<String>)> {
    vec![
        ("Acknowledgement", names::<cases::Acknowledgement>()),
        ("ShapeKind", names::<annotations::ShapeKind>()),
        ("AncillaryKind", names::<cases::AncillaryKind>()),
        ("AssignmentState", names::<assignments::AssignmentState>()),
        ("AttachmentKind", names::<attachments::AttachmentKind>()),
        ("CaseState", names::<cases::CaseState>()),
        ("CodeSystem", names::<codes::CodeSystem>()),
        ("Command", names::<transitions::Command>()),
        ("Concordance", names::<opinions::Concordance>()),
        ("Confidence", names::<opinions::Confidence>()),
        ("DeclineReason", names::<cases::DeclineReason>()),
        ("FieldCode", field_codes()),
        ("ForecastBasis", names::<forecast::Basis>()),
        ("Guard", names::<transitions::Guard>()),
        ("InformationKind", names::<cases::InformationKind>()),
        (
            "InitialDiagnosisStatus",
            names::<cases::InitialDiagnosisStatus>(),
        ),
        ("InstructionKind", names::<cases::InstructionKind>()),
        ("LinkFailure", link_failures()),
        ("MoveWhy", names::<routing::rebalance::MoveWhy>()),
        ("NextCaseWhy", names::<routing::next_case::Why>()),
        ("NoForecast", names::<service_forecast::NoForecast>()),
        ("OpinionKind", names::<opinions::OpinionKind>()),
        ("OutcomeVerdict", names::<cases::OutcomeVerdict>()),
        ("Outcome", names::<traces::Outcome>()),
        ("PanelPhase", names::<panels::PanelPhase>()),
        ("PauseKind", names::<turnaround::PauseKind>()),
        (
            "ProposalState",
            names::<routing::rebalance::ProposalState>(),
        ),
        ("RequestKind", names::<domain_targets::RequestKind>()),
        ("RefusalReason", names::<cases::RefusalReason>()),
        ("Regime", names::<territories::Regime>()),
        ("Relation", names::<permissions::Relation>()),
        ("Role", names::<people::Role>()),
        ("Rule", names::<routing::Rule>()),
        ("RecusalReason", names::<recusals::RecusalReason>()),
        ("ScaleWarning", names::<slides::ScaleWarning>()),
        ("Scope", names::<worklist::Scope>()),
        ("SeatState", names::<panels::SeatState>()),
        ("SeatLost", names::<panels::time::SeatLost>()),
        ("Stance", names::<panels::Stance>()),
        ("Sex", names::<cases::Sex>()),
        ("SourceKind", names::<slides::SourceKind>()),
        ("Standing", names::<traces::Standing>()),
        ("TakeoverReason", names::<cases::TakeoverReason>()),
        ("OutboxState", names::<outbox::OutboxState>()),
        (
            "NotificationKind",
            names::<notifications::NotificationKind>(),
        ),
        ("EventKind", names::<webhooks::EventKind>()),
        ("NotificationTiming", names::<notifications::Timing>()),
        ("NotificationSafety", names::<notifications::Safety>()),
        ("TargetState", names::<targets::Standing>()),
        ("TargetTime", names::<turnaround::TargetTime>()),
        ("Topic", names::<outbox::Topic>()),
        ("Urgency", names::<turnaround::Urgency>()),
        ("View", views()),
        ("WaitingFor", names::<cases::WaitingFor>()),
    ]
}

/// Who only sees traces gets no case: that view is in no answer.
fn views() -> Vec<String> {
    let mut views = names::<permissions::View>();
    views.retain(|view| view != permissions::View::Trace.as_str());
    views
}

/// The codes of the rules a field may break. A new rule does not compile here until it has its place in the list.
fn field_codes() -> Vec<String> {
    use problems::FieldRule as R;
    let all = [
        R::Required,
        R::TooLong { max: 1 },
        R::TooFew { min: 1 },
        R::Malformed {
            expected: String::new(),
        },
        R::UnknownCode,
        R::NotInTable {
            nearest: Vec::new(),
        },
        R::InTheFuture,
        R::OutOfRange { min: 0, max: 1 },
        R::MustBeTrue,
        R::NothingToCompare,
        R::Duplicate,
        R::Taken,
        R::SlideUnreadable {
            failure: String::new(),
        },
        R::Contradicts,
        R::Overlaps {
            entry: String::new(),
            from: chrono::DateTime::UNIX_EPOCH,
            until: None,
        },
        R::HoursOverlap,
        R::HoursReversed,
        R::WrongPassword,
        R::Guessable,
        R::ControlCharacters,
        R::NotAllowedHere,
        R::UnknownField,
        R::Invalid {
            detail: String::new(),
        },
    ];
    let place = |rule: &R| match rule {
        R::Required => 0,
        R::TooLong { .. } => 1,
        R::TooFew { .. } => 2,
        R::Malformed { .. } => 3,
        R::UnknownCode => 4,
        R::NotInTable { .. } => 5,
        R::InTheFuture => 6,
        R::OutOfRange { .. } => 7,
        R::MustBeTrue => 8,
        R::NothingToCompare => 9,
        R::Duplicate => 10,
        R::Taken => 11,
        R::SlideUnreadable { .. } => 12,
        R::Contradicts => 13,
        R::Overlaps { .. } => 14,
        R::HoursOverlap => 15,
        R::HoursReversed => 16,
        R::WrongPassword => 17,
        R::Guessable => 18,
        R::ControlCharacters => 19,
        R::NotAllowedHere => 20,
        R::UnknownField => 21,
        R::Invalid { .. } => 22,
    };
    in_place(&all, place, |rule| {
        let value = serde_json::to_value(rule).expect("a rule is JSON");
        value["code"].as_str().expect("a code").to_owned()
    })
}

/// The codes of the ways a slide link fails, by the same means.
fn link_failures() -> Vec<String> {
    use slides::LinkFailure as F;
    let all = [
        F::SourceUnreachable,
        F::Timeout,
        F::CertificateRefused,
        F::RefusedCredentials,
        F::AuthorityFailed,
        F::NotFound,
        F::NotAnImage,
        F::NotAWholeSlideImage,
        F::Malformed,
        F::TooLarge,
        F::AddressRefused,
        F::RedirectRefused,
        F::ServerError,
        F::ImplausibleDimensions,
    ];
    let place = |failure: &F| match failure {
        F::SourceUnreachable => 0,
        F::Timeout => 1,
        F::CertificateRefused => 2,
        F::RefusedCredentials => 3,
        F::AuthorityFailed => 4,
        F::NotFound => 5,
        F::NotAnImage => 6,
        F::NotAWholeSlideImage => 7,
        F::Malformed => 8,
        F::TooLarge => 9,
        F::AddressRefused => 10,
        F::RedirectRefused => 11,
        F::ServerError => 12,
        F::ImplausibleDimensions => 13,
    };
    in_place(&all, place, |failure| failure.code())
}

fn in_place<T>(all: &[T], place: impl Fn(&T) -> usize, code: impl Fn(&T) -> String) -> Vec<String> {
    for (position, member) in all.iter().enumerate() {
        assert_eq!(place(member), position, "{}", code(member));
    }
    all.iter().map(code).collect()
}

#[test]
fn the_values_of_every_enumeration_are_the_codes_own() {
    for (name, values) in table() {
        let documented: Vec<&str> = document().schema(name)["enum"]
            .as_array()
            .unwrap_or_else(|| panic!("{name} is no enumeration"))
            .iter()
            .map(|value| value.as_str().expect("a name"))
            .collect();
        assert_eq!(documented, values, "{name} in api-spec/openapi.yaml");
    }
}

#[test]
fn no_enumeration_of_the_document_is_left_out() {
    let table = table();
    let schemas = document().root["components"]["schemas"]
        .as_object()
        .expect("schemas");
    let unknown: Vec<&String> = schemas
        .iter()
        .filter(|(_, schema)| schema.get("enum").is_some_and(Value::is_array))
        .map(|(name, _)| name)
        .filter(|name| !table.iter().any(|(known, _)| known == name))
        .collect();
    assert!(
        unknown.is_empty(),
        "give these a row in the table: {unknown:?}"
    );
}
