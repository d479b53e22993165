//! Every request that changes something says what becomes of it when it is sent again because its answer was lost.

use relecture::domain::text_enum::TextEnum;
use relecture::domain::transitions::Command;

use crate::support::document::{Operation, document};

/// What neither a key nor a version guards, and why a repetition does no harm.
const HARMLESS: &[(&str, &str)] = &[
    ("login", "a further session, which ends by itself unused"),
    (
        "refreshSession",
        "the same token works again for some seconds",
    ),
    ("searchCases", "it only reads"),
    ("tryOut", "it only reads"),
    ("takeNextCase", "the answer is the same case"),
    ("endTarget", "one that has ended is answered as it is"),
    ("applyProposal", "one that is applied is answered as it is"),
    (
        "discardProposal",
        "one that is discarded is answered as it is",
    ),
    ("checkSlides", "the links are checked again"),
    ("viewSlide", "a further grant, which ends by itself"),
    (
        "provePresence",
        "a further proof, which ends by itself unused",
    ),
    (
        "retryDeadLetter",
        "what waits already is not found among the given up",
    ),
    (
        "renewPassword",
        "a further password takes the place of the one that nobody has read",
    ),
    (
        "invitePerson",
        "a further link takes the place of the one that was sent",
    ),
    (
        "askRecovery",
        "a further link beside the first; either ends the other",
    ),
    (
        "choosePassword",
        "the link is spent: the password that was chosen stays",
    ),
    ("testSlideSource", "the source is asked again"),
    ("testWebhook", "a further trial, of no case"),
    (
        "renewWebhookSecret",
        "a further secret; the one that the receiver knows goes on signing for a day",
    ),
    (
        "sendEventAgain",
        "what waits goes at once, under the identifier that the receiver knows",
    ),
];

/// Whether it is a command on a case.
fn is_command(operation: &Operation) -> bool {
    let name = operation.path.strip_prefix("/cases/{case}/");
    name.and_then(Command::parse).is_some()
}

#[test]
fn nothing_is_done_twice_by_a_request_that_is_sent_twice() {
    let mut harmless: Vec<&str> = HARMLESS.iter().map(|(id, _)| *id).collect();
    for operation in &document().operations {
        let id = operation.id.as_str();
        let creates = operation.statuses().contains(&201);
        match operation.method.as_str() {
            "POST" if creates => assert!(operation.demands("Idempotency-Key"), "{id}"),
            "POST" if is_command(operation) => assert!(operation.demands("If-Match"), "{id}"),
            "POST" => {
                assert!(harmless.contains(&id), "{id}: what if its answer is lost?");
                harmless.retain(|known| *known != id);
            }
            _ => assert!(!creates, "{id} creates: POST"),
        }
    }
    assert_eq!(harmless, [""; 0], "there is no such operation any more");
}
