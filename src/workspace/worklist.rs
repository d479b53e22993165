//! The worklists of the three roles: one table, filtered by links and a form, a page at a time.

use std::collections::HashMap;

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use askama::Template;
use chrono_tz::Tz;

use super::form::Fields;
use super::page::Page;
use super::respond::{Answer, page};
use super::texts::text;
use super::times;
use super::visitor::Visitor;
use crate::domain::cases::{CaseState, WaitingFor};
use crate::domain::ids::PersonId;
use crate::domain::people::Role;
use crate::domain::text_enum::TextEnum;
use crate::domain::turnaround::Urgency;
use crate::service::worklist::{Item, Query, Scope, list};
use crate::service::{ServiceError, names, reference};

/// The fields of the filter.
const FILTERS: [&str; 4] = ["q", "urgency", "subspecialty", "territory"];

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
            ("answered", |query| query.states = vec![CaseState::Signed]),
            ("drafts", |query| query.states = vec![CaseState::Draft]),
            ("all", |_| {}),
        ],
        Scope::Network => &[
            ("open", open),
            ("late", |query| {
                query.open = true;
                query.overdue = true;
            }),
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

/// How an instant stands out.
struct Due {
    words: String,
    /// `late`, `soon`, `still` or nothing.
    class: &'static str,
    /// In the reader's zone, and in the pool's where that differs.
    instant: String,
    elsewhere: Option<String>,
    machine: String,
}

/// A row.
struct Row {
    href: String,
    reference: String,
    question: String,
    urgency: Option<(String, &'static str)>,
    subspecialty: String,
    from: String,
    slides: i32,
    state: String,
    state_class: &'static str,
    expert: String,
    due: Option<Due>,
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
    more: Option<String>,
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

/// The worklist.
pub(super) async fn show(visitor: Visitor, request: HttpRequest) -> Answer {
    let asked = Fields::of_query(request.query_string());
    let scopes = scopes(&visitor);
    let Some(first) = scopes.first().copied() else {
        return elsewhere(&visitor);
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
        words: asked.given("q").map(ToOwned::to_owned),
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
    let mut frame = Page::new(&visitor, text(visitor.language, title, &[]), "/worklist");
    frame.take_notice(&asked);
    let around = Around::read(&visitor, people).await?;
    let filtered = FILTERS.iter().any(|name| asked.given(name).is_some());
    let part = ListPart {
        scope,
        view,
        filtered,
        rows: found
            .items
            .into_iter()
            .map(|item| row(&visitor, &frame, &around, scope, item))
            .collect(),
        more: found
            .next
            .map(|cursor| following(&asked, scope, view, &cursor)),
        page: &frame,
    };
    if visitor.partial {
        return page(StatusCode::OK, &part);
    }
    let list = part.render()?;
    page(
        StatusCode::OK,
        &list_page(&asked, &around, frame, &scopes, (scope, view), list),
    )
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
        words: asked.get("q").to_owned(),
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

/// What somebody without a worklist is told.
fn elsewhere(visitor: &Visitor) -> Answer {
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

/// The address of the rows after these.
fn following(asked: &Fields, scope: Scope, view: &str, cursor: &str) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::from("/worklist?"));
    query
        .append_pair("scope", scope.as_str())
        .append_pair("view", view);
    for name in FILTERS {
        if let Some(value) = asked.given(name) {
            query.append_pair(name, value);
        }
    }
    query.append_pair("cursor", cursor).finish()
}

/// Names for the codes and identifiers of rows.
struct Around {
    people: HashMap<PersonId, String>,
    laboratories: HashMap<String, String>,
    zones: HashMap<String, Tz>,
    subspecialties: Vec<(String, String)>,
    territories: Vec<(String, String)>,
}

impl Around {
    async fn read(
        visitor: &Visitor,
        people: HashMap<PersonId, String>,
    ) -> Result<Self, ServiceError> {
        let exchange = visitor.exchange();
        let data = &exchange.core.reference;
        let laboratories = reference::laboratories(exchange).await?;
        let zones = reference::networks(exchange)
            .await?
            .into_iter()
            .filter_map(|network| {
                let zone = data.territory(&network.territory).ok()?.zone;
                Some((network.id.to_string(), zone))
            })
            .collect();
        Ok(Self {
            people,
            laboratories: laboratories
                .into_iter()
                .map(|laboratory| (laboratory.id.to_string(), laboratory.name))
                .collect(),
            zones,
            subspecialties: visitor.subspecialties(),
            territories: visitor.territories(),
        })
    }
}

fn row(visitor: &Visitor, frame: &Page, around: &Around, scope: Scope, item: Item) -> Row {
    let (state, state_class) = standing(frame, &item);
    let name_in = |list: &[(String, String)], code: &str| {
        list.iter()
            .find(|(known, _)| known == code)
            .map_or_else(String::new, |(_, name)| name.clone())
    };
    Row {
        href: format!("/cases/{}", item.id),
        urgency: match item.urgency {
            Urgency::Routine => None,
            urgent => Some((frame.word("urgency", urgent), "late")),
        },
        subspecialty: name_in(
            &around.subspecialties,
            item.subspecialty.as_deref().unwrap_or_default(),
        ),
        from: around
            .laboratories
            .get(&item.laboratory.to_string())
            .cloned()
            .unwrap_or_default(),
        slides: item.slide_count,
        state,
        state_class,
        expert: item
            .expert
            .filter(|_| scope != Scope::Expert)
            .and_then(|expert| around.people.get(&expert).cloned())
            .unwrap_or_default(),
        due: due(visitor, frame, around, scope, &item),
        question: if item.question.trim().is_empty() {
            frame.t("no-question")
        } else {
            item.question
        },
        reference: item.reference,
    }
}

/// Where a case stands, in words and in colour.
fn standing(frame: &Page, item: &Item) -> (String, &'static str) {
    if let Some(waiting) = item.waiting_for {
        let class = if waiting == WaitingFor::Routing {
            ""
        } else {
            "soon"
        };
        return (frame.word("waiting", waiting), class);
    }
    let class = match item.state {
        CaseState::Signed | CaseState::Acknowledged => "done",
        CaseState::Draft | CaseState::Closed | CaseState::Withdrawn | CaseState::Refused => "still",
        _ => "",
    };
    (frame.word("state", item.state), class)
}

/// When an answer is owed: the offer's end to who holds the offer, the opinion's due time to everybody else.
fn due(visitor: &Visitor, frame: &Page, around: &Around, scope: Scope, item: &Item) -> Option<Due> {
    if !item.state.is_open() {
        return None;
    }
    let pause = item.pauses.first().map(|pause| frame.word("pause", *pause));
    let offer = item.offer_expires_at.filter(|_| scope == Scope::Expert);
    let Some(at) = offer.or(item.due_at) else {
        return pause.map(|words| Due {
            words: frame.t("clock-still"),
            class: "still",
            instant: words,
            elsewhere: None,
            machine: String::new(),
        });
    };
    let (now, span) = (visitor.now, at - visitor.now);
    let told = times::span(visitor.language, span);
    let soon = item.warning_at.is_some_and(|warning| warning <= now);
    let (words, class) = match (offer.is_some(), span.num_seconds() < 0) {
        (true, false) => (
            frame.ts("answer-before", &told),
            if span.num_hours() < 1 { "soon" } else { "" },
        ),
        (_, true) => (frame.ts("late-by", &told), "late"),
        (false, false) => (frame.ts("due-in", &told), if soon { "soon" } else { "" }),
    };
    let pool = around.zones.get(&item.network.to_string()).copied();
    Some(Due {
        words,
        class,
        instant: times::instant(visitor.language, at, visitor.zone, now),
        elsewhere: pool.and_then(|zone| times::elsewhere(visitor.language, at, visitor.zone, zone)),
        machine: at.to_rfc3339(),
    })
}
