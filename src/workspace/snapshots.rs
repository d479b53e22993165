//! Snapshots: taken in the viewer, sent as it made them, and shown to who reads what shows them.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

use super::form::{Fields, Sent};
use super::page::Page;
use super::respond::Answer;
use super::visitor::Visitor;
use crate::domain::ids::{CaseId, SlideId, SnapshotId};
use crate::domain::snapshots::{MOST, SnapshotView};
use crate::service::ServiceError;
use crate::service::snapshots::{self, Taken};

/// What the viewer's script is told.
#[derive(Serialize)]
struct Told {
    said: String,
}

/// Takes a snapshot.
pub(super) async fn take(sent: Sent, path: web::Path<(CaseId, SlideId)>) -> Answer {
    let (case, slide) = path.into_inner();
    let Sent { visitor, fields } = sent;
    let taken = Taken {
        picture: URL_SAFE_NO_PAD
            .decode(fields.get("picture"))
            .unwrap_or_default(),
        view: view(slide, &fields),
        words: fields.get("words").to_owned(),
    };
    let key = fields.idempotency(&format!("{slide} snapshots"));
    let (exchange, actor) = (visitor.exchange(), visitor.actor());
    let done = snapshots::take(exchange, actor, case, taken, key, &visitor.request_id).await;
    let frame = Page::new(&visitor, String::new(), "");
    let (status, said) = match done {
        Ok(_) => (StatusCode::CREATED, frame.t("snapshot-kept")),
        Err(ServiceError::Invalid(_)) => (
            StatusCode::UNPROCESSABLE_ENTITY,
            frame.t("snapshot-refused"),
        ),
        Err(ServiceError::Conflict(_)) => {
            let most = i64::try_from(MOST).unwrap_or(i64::MAX);
            (StatusCode::CONFLICT, frame.tn("snapshot-full", most))
        }
        Err(ServiceError::Forbidden(_)) => (StatusCode::FORBIDDEN, frame.t("snapshot-forbidden")),
        Err(other) => return Err(other.into()),
    };
    Ok(HttpResponse::build(status).json(Told { said }))
}

/// What the script says was seen. What it leaves out or garbles is out of every range.
fn view(slide: SlideId, fields: &Fields) -> SnapshotView {
    let whole = |name: &str| fields.get(name).parse().unwrap_or(i64::MIN);
    SnapshotView {
        slide,
        width: 0,
        height: 0,
        x: whole("x"),
        y: whole("y"),
        across: whole("across"),
        degrees: u16::try_from(whole("degrees")).unwrap_or(u16::MAX),
        nanometres: None,
        light: fields.get("light") != "no",
    }
}

/// The picture.
pub(super) async fn picture(visitor: Visitor, path: web::Path<(CaseId, SnapshotId)>) -> Answer {
    let (case, snapshot) = path.into_inner();
    let (exchange, actor) = (visitor.exchange(), visitor.actor());
    let picture = snapshots::picture(exchange, actor, case, snapshot, &visitor.request_id).await?;
    Ok(HttpResponse::Ok().content_type("image/jpeg").body(picture))
}
