//! The snapshots in the editor: each with its words, the way back to its view, and a button that takes it out.

use std::collections::HashSet;

use actix_web::http::StatusCode;
use actix_web::web;
use askama::Template;

use super::super::declared;
use super::super::page::Page;
use super::super::respond::{Answer, page};
use super::super::visitor::Visitor;
use crate::domain::ids::{CaseId, SnapshotId};
use crate::domain::opinions::OpinionContent;
use crate::domain::problems::{FieldProblem, FieldRule};
use crate::domain::snapshots::{SnapshotSaid, WORDS_MAX};
use crate::service::documents::CaseDocument;
use crate::service::snapshots::{self, SnapshotDocument};
use crate::service::{ServiceError, cases};
use crate::texts::snapshot_view;

/// What the field of a snapshot's words is called before its identifier.
pub(super) const WORDS: &str = "words-";

/// A snapshot in the editor, or in an opinion.
pub(in crate::workspace) struct Snapshot {
    pub(in crate::workspace) id: SnapshotId,
    /// Where its picture is.
    pub(in crate::workspace) picture: String,
    pub(in crate::workspace) width: u32,
    pub(in crate::workspace) height: u32,
    /// Which slide, and where on it.
    pub(in crate::workspace) about: String,
    /// The view in the viewer.
    pub(in crate::workspace) view: String,
    pub(in crate::workspace) words: String,
}

/// The list in the editor.
#[derive(Template)]
#[template(path = "workspace/snapshots.html")]
pub(super) struct Snapshots {
    page: Page,
    case: CaseId,
    shown: Vec<Snapshot>,
    problem: Option<String>,
    longest: usize,
}

impl Snapshots {
    /// What a content shows, and what has been taken for its draft besides.
    pub(super) fn of(
        page: Page,
        case: &CaseDocument,
        drafted: Vec<SnapshotDocument>,
        content: &OpinionContent,
        problems: &[FieldProblem],
    ) -> Self {
        let mut known = drafted.clone();
        let there: HashSet<SnapshotId> = known.iter().map(|one| one.id).collect();
        let others = case.snapshots.iter().filter(|one| !there.contains(&one.id));
        known.extend(others.cloned());
        let mut said = content.snapshots.clone();
        let listed: HashSet<SnapshotId> = said.iter().map(|one| one.snapshot).collect();
        let new = drafted.into_iter().filter(|one| !listed.contains(&one.id));
        said.extend(new.map(|one| SnapshotSaid {
            snapshot: one.id,
            words: one.words,
        }));
        Self {
            case: case.id,
            shown: shown(&page, case, &known, &said),
            problem: problem(&page, problems),
            longest: WORDS_MAX,
            page,
        }
    }
}

/// Snapshots with what is said of them, as far as they are known.
pub(in crate::workspace) fn shown(
    page: &Page,
    case: &CaseDocument,
    known: &[SnapshotDocument],
    said: &[SnapshotSaid],
) -> Vec<Snapshot> {
    let slides = declared::slides(case);
    let each = said.iter().filter_map(|said| {
        let one = known.iter().find(|one| one.id == said.snapshot)?;
        let slide = slides.iter().find(|(id, _)| *id == one.view.slide);
        let seen = snapshot_view(page.language, &one.view);
        Some(Snapshot {
            id: one.id,
            picture: format!("/cases/{}/snapshots/{}", case.id, one.id),
            width: one.view.width,
            height: one.view.height,
            about: match slide {
                Some((_, name)) => format!("{name} · {seen}"),
                None => seen,
            },
            view: format!(
                "/cases/{}/slides/{}#{}",
                case.id,
                one.view.slide,
                one.view.fragment()
            ),
            words: said.words.clone(),
        })
    });
    each.collect()
}

/// What is wrong with them, in words.
fn problem(page: &Page, problems: &[FieldProblem]) -> Option<String> {
    let mut ours = problems
        .iter()
        .filter(|one| one.pointer.contains("/snapshots"));
    let key = match ours.next()?.rule {
        FieldRule::Required => "snapshots-unlisted",
        FieldRule::UnknownCode => "snapshots-gone",
        _ => "snapshots-problem",
    };
    Some(page.t(key))
}

/// The list by itself, for a page that was open while a snapshot was taken in another window.
pub(in crate::workspace) async fn list(visitor: Visitor, case: web::Path<CaseId>) -> Answer {
    let (exchange, actor) = (visitor.exchange(), visitor.actor());
    let (_, document) = cases::read(exchange, actor, *case, &visitor.request_id).await?;
    let drafted = snapshots::own(exchange, actor, *case).await?;
    let frame = Page::new(&visitor, String::new(), "");
    let nothing = OpinionContent::default();
    let part = Snapshots::of(frame, &document, drafted, &nothing, &[]);
    page(StatusCode::OK, &part)
}

/// Takes one out of the draft; one that is not in it any more is gone as well.
pub(super) async fn remove(
    visitor: &Visitor,
    case: CaseId,
    snapshot: &str,
) -> Result<Option<SnapshotId>, ServiceError> {
    let Ok(snapshot) = snapshot.parse() else {
        return Ok(None);
    };
    let (exchange, actor) = (visitor.exchange(), visitor.actor());
    match snapshots::remove(exchange, actor, case, snapshot, &visitor.request_id).await {
        Ok(()) | Err(ServiceError::NotFound) => Ok(Some(snapshot)),
        Err(error) => Err(error),
    }
}
