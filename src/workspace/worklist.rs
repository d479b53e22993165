//! The worklists of the three roles: one table, filtered by links and a form, a page at a time.

mod assign;
mod rows;

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use askama::Template;

pub(super) use assign::pin;
use assign::{Assigning, Tried};
use rows::{Around, Row, row};

use super::form::{Fields, Sent};
use super::page::Page;
use super::prepare::Prepare;
use super::respond::{Answer, page, to};
use super::texts::text;
use super::visitor::Visitor;
use crate::domain::cases::{CaseState, WaitingFor};
use crate::domain::ids::CaseId;
use crate::domain::people::Role;
use crate::domain::text_enum::TextEnum;
use crate::domain::turnaround::Urgency;
use crate::service::worklist::{Query, Scope, list};
use crate::service::{ServiceError, names, planning};

/// The field of the words that are looked for.
const WORDS: &str = "q";
/// How many of an expert's next cases are fetched ahead.
const AHEAD: usize = 3;
/// The fields of the filter.
const FILTERS: [&str; 4] = [WORDS, "urgency", "subspecialty", "territory"];
/// Tells htmx which address the browser shows then.
const SHOWN_AS: HeaderName = HeaderName::from_static("hx-push-url");

/// A tab of a list: its name in the address, and what it shows.
type View = (&'static str, fn(&mut Query));

fn views(scope: Scope) -> &'static [View] {
    fn open(query: &mut Query) {
        query.open = true;
    }
    match scope {
        Scope::Expert => &[
            ("open", open),
            ("signed", |query| {
                query.states = vec![
                    CaseState::Signed,
                    CaseState::Acknowledged,
                    CaseState::Closed,
                ];
            }),
            ("all", |_| {}),
        ],
        Scope::Laboratory => &[
            ("open", open),
            ("mine", |query| {
                query.open = true;
                query.mine = true;
            }),
            ("answered", |query| query.states = vec![CaseState::Signed]),
            ("drafts", |query| query.states = vec![CaseState::Draft]),
            ("all", |_| {}),
        ],
        Scope::Network => &[
            ("open", open),
            ("late", |query| query.overdue = true),
            ("triage", |query| {
                query.waiting_for = Some(WaitingFor::Triage)
            }),
            ("unrouted", |query| {
                query.waiting_for = Some(WaitingFor::Candidate);
            }),
            ("all", |_| {}),
        ],
    }
}

/// A link with its name, and whether it leads to what is shown.
struct Tab {
    href: String,
    label: String,
    current: bool,
}

/// A choice of a filter.
struct Choice {
    code: String,
    label: String,
    chosen: bool,
}

/// How the rows after these are asked for.
enum More {
    /// By an address.
    Link(String),
    /// By a form, where words are looked for.
    Form(Vec<(&'static str, String)>),
}

/// The list itself: sent alone into a page that is there already.
#[derive(Template)]
#[template(path = "workspace/list.html")]
struct ListPart<'a> {
    page: &'a Page,
    scope: Scope,
    view: &'static str,
    filtered: bool,
    rows: Vec<Row>,
    more: Option<More>,
    /// To keep cases for an expert, for who coordinates.
    assigning: Option<Assigning>,
}

impl ListPart<'_> {
    fn is(&self, scope: &str) -> bool {
        self.scope.as_str() == scope
    }
}

#[derive(Template)]
#[template(path = "workspace/worklist.html")]
struct ListPage {
    page: Page,
    scopes: Vec<Tab>,
    views: Vec<Tab>,
    scope: Scope,
    view: &'static str,
    words: String,
    search_hint: String,
    urgencies: Vec<Choice>,
    subspecialties: Vec<Choice>,
    territories: Vec<Choice>,
    /// The list, made already.
    list: String,
    /// Fetches the next cases ahead, for who reads them.
    ahead: Option<Prepare>,
}

impl ListPage {
    fn reads(&self) -> bool {
        self.scope == Scope::Expert
    }
}

/// For administrators and auditors, who see no case.
#[derive(Template)]
#[template(path = "workspace/no_list.html")]
struct NoList {
    page: Page,
}

/// The worklist. Words are looked for by [`search`] alone.
pub(super) async fn show(visitor: Visitor, request: HttpRequest) -> Answer {
    let asked = Fields::of_query(request.query_string()).without(WORDS);
    show_page(&visitor, &asked, Tried::default()).await
}

/// The worklist by words. They are sent in a form: an accession number is the patient's, and stands in no address.
pub(super) async fn search(sent: Sent) -> Answer {
    let Sent { visitor, fields } = sent;
    let here = address(place(&fields, fields.get("scope"), fields.get("view")));
    if !visitor.partial && fields.given(WORDS).is_none() {
        return Ok(to(&here));
    }
    let mut answer = show_page(&visitor, &fields, Tried::default()).await?;
    let here = HeaderValue::from_str(&here).map_err(|_| ServiceError::NotFound)?;
    answer.headers_mut().insert(SHOWN_AS, here);
    Ok(answer)
}

/// What `asked` names; with what was tried from its rows, where that did not pass.
async fn show_page(visitor: &Visitor, asked: &Fields, tried: Tried) -> Answer {
    let scopes = scopes(visitor);
    let Some(first) = scopes.first().copied() else {
        return elsewhere(visitor);
    };
    let scope = Scope::parse(asked.get("scope"))
        .filter(|scope| scopes.contains(scope))
        .unwrap_or(first);
    let &(view, narrow) = views(scope)
        .iter()
        .find(|(name, _)| *name == asked.get("view"))
        .or(views(scope).first())
        .ok_or(ServiceError::NotFound)?;
    let mut query = Query {
        scope: Some(scope),
        urgency: Urgency::parse(asked.get("urgency")),
        subspecialty: asked.given("subspecialty").map(ToOwned::to_owned),
        territory: asked.given("territory").map(ToOwned::to_owned),
        words: asked.given(WORDS).map(ToOwned::to_owned),
        by_accession: true,
        cursor: asked.given("cursor").map(ToOwned::to_owned),
        ..Query::default()
    };
    narrow(&mut query);
    let found = list(visitor.exchange(), visitor.actor(), &query).await?;
    let people = names::of_page(visitor.exchange(), &found).await?;
    let title = match scope {
        Scope::Expert => "list-title-expert",
        Scope::Laboratory => "list-title-laboratory",
        Scope::Network => "list-title-network",
    };
    let mut frame = Page::new(visitor, text(visitor.language, title, &[]), "/worklist");
    frame.take_notice(asked);
    let mut around = Around::read(visitor, people).await?;
    let mut assigning = None;
    if scope == Scope::Network {
        around.risks = planning::risks(visitor.exchange(), &found).await?;
        around.picked = tried.picked.clone();
        let mut here = place(asked, scope.as_str(), view);
        let cursor = asked.given("cursor");
        here.extend(cursor.map(|cursor| ("cursor", cursor.to_owned())));
        assigning = Some(Assigning::of(visitor, &frame, &found.items, here, &tried).await?);
    }
    let ahead = (scope == Scope::Expert && view == "open").then(|| {
        let next = found.items.iter().take(AHEAD);
        let next: Vec<CaseId> = next.map(|item| item.id).collect();
        Prepare::of(&frame, &next, false)
    });
    let filtered = FILTERS.iter().any(|name| asked.given(name).is_some());
    let part = ListPart {
        scope,
        view,
        filtered,
        rows: found
            .items
            .into_iter()
            .map(|item| row(visitor, &frame, &around, scope, item))
            .collect(),
        more: found
            .next
            .map(|cursor| following(asked, scope, view, cursor)),
        assigning,
        page: &frame,
    };
    if visitor.partial {
        return page(StatusCode::OK, &part);
    }
    let list = part.render()?;
    let mut body = list_page(asked, &around, frame, &scopes, (scope, view), list);
    body.ahead = ahead.flatten();
    page(tried.status.unwrap_or(StatusCode::OK), &body)
}

/// The page around a list.
fn list_page(
    asked: &Fields,
    around: &Around,
    page: Page,
    scopes: &[Scope],
    (scope, view): (Scope, &'static str),
    list: String,
) -> ListPage {
    let urgencies = Urgency::ALL
        .iter()
        .map(|urgency| (urgency.to_string(), page.word("urgency", *urgency)));
    // Only a network's queue gathers several territories.
    let territories = if scope == Scope::Network {
        around.territories.clone()
    } else {
        Vec::new()
    };
    ListPage {
        scopes: if scopes.len() > 1 {
            tabs(&page, scopes, scope)
        } else {
            Vec::new()
        },
        views: views(scope)
            .iter()
            .map(|(name, _)| Tab {
                href: format!("/worklist?scope={scope}&view={name}"),
                label: page.name("view", name),
                current: *name == view,
            })
            .collect(),
        scope,
        view,
        words: asked.get(WORDS).to_owned(),
        search_hint: page.t(if scope == Scope::Network {
            "search-hint-queue"
        } else {
            "search-hint"
        }),
        urgencies: choices(urgencies, asked.get("urgency")),
        subspecialties: choices(
            around.subspecialties.iter().cloned(),
            asked.get("subspecialty"),
        ),
        territories: choices(territories.into_iter(), asked.get("territory")),
        list,
        ahead: None,
        page,
    }
}

/// Whose lists the visitor has.
fn scopes(visitor: &Visitor) -> Vec<Scope> {
    [
        (Role::Expert, Scope::Expert),
        (Role::Submitter, Scope::Laboratory),
        (Role::Coordinator, Scope::Network),
    ]
    .into_iter()
    .filter(|(role, _)| visitor.is(*role))
    .map(|(_, scope)| scope)
    .collect()
}

/// Where somebody without a worklist begins: administrators in their section, auditors in the audit.
fn elsewhere(visitor: &Visitor) -> Answer {
    if visitor.is(Role::Administrator) {
        return Ok(to("/administration"));
    }
    if visitor.is(Role::Auditor) {
        return Ok(to("/audit"));
    }
    page(
        StatusCode::OK,
        &NoList {
            page: Page::new(
                visitor,
                text(visitor.language, "nav-worklist", &[]),
                "/worklist",
            ),
        },
    )
}

fn tabs(frame: &Page, scopes: &[Scope], shown: Scope) -> Vec<Tab> {
    scopes
        .iter()
        .map(|scope| Tab {
            href: format!("/worklist?scope={scope}"),
            label: frame.word("scope", *scope),
            current: *scope == shown,
        })
        .collect()
}

fn choices(all: impl Iterator<Item = (String, String)>, chosen: &str) -> Vec<Choice> {
    all.map(|(code, label)| Choice {
        chosen: code == chosen,
        code,
        label,
    })
    .collect()
}

/// What names the rows that are shown, but for where among them: fields of an address or of a form.
fn place(asked: &Fields, scope: &str, view: &str) -> Vec<(&'static str, String)> {
    let mut place = vec![("scope", scope.to_owned()), ("view", view.to_owned())];
    for name in FILTERS {
        place.extend(asked.given(name).map(|value| (name, value.to_owned())));
    }
    place
}

/// The address of a place, without the words that were looked for.
fn address(place: Vec<(&'static str, String)>) -> String {
    let said = place.into_iter().filter(|(name, _)| *name != WORDS);
    let said = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(said)
        .finish();
    format!("/worklist?{said}")
}

/// The rows after these.
fn following(asked: &Fields, scope: Scope, view: &str, cursor: String) -> More {
    let mut place = place(asked, scope.as_str(), view);
    place.push(("cursor", cursor));
    match asked.given(WORDS) {
        None => More::Link(address(place)),
        Some(_) => More::Form(place),
    }
}
