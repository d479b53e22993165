//! The expert's next case: a button that gives it and leads to it.

use actix_web::HttpResponse;

use super::form::Sent;
use super::respond::{Answer, to};
use crate::domain::text_enum::TextEnum;
use crate::service::next_case::{self, Asked};

/// Gives the visitor their next case and leads to it, saying why this one; or says on their list that nothing waits.
pub(super) async fn take(sent: Sent) -> Answer {
    let visitor = &sent.visitor;
    let given = next_case::take(
        visitor.exchange(),
        visitor.actor(),
        Asked::default(),
        &visitor.request_id,
    )
    .await?;
    Ok(to(&given.map_or_else(
        || "/worklist?scope=expert&done=nothing-next".to_owned(),
        |next| {
            let why = next.why.as_str().replace('_', "-");
            format!("/cases/{}?done=done-next-{why}", next.case)
        },
    )))
}

/// An address that was kept: a case is given to who presses the button, not to who follows a link.
pub(super) async fn show() -> HttpResponse {
    to("/worklist?scope=expert")
}
