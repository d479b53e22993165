//! Cases: the worklist, a new draft, and one case as the caller may read it.

use actix_web::http::header::{HeaderValue, LINK};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use url::form_urlencoded;

use super::answer::{self, Answer};
use super::body::Body;
use super::caller::{Asker, Caller};
use super::query::Parameters;
use super::{BASE, id, preconditions};
use crate::domain::cases::{CaseContent, CaseState, WaitingFor};
use crate::domain::ids::LaboratoryId;
use crate::domain::problems::{FieldProblem, FieldRule};
use crate::domain::turnaround::Urgency;
use crate::http::Problem;
use crate::service::cases::{self, Reading};
use crate::service::worklist::{self, PAGE_MAX, Page, Query, Scope};
use crate::service::{Core, ServiceError};

/// Longest text that is looked for, in characters.
const WORDS_MAX: usize = 200;

/// A page of the worklist. Nothing of a patient is looked for here, because it would stand in an address: see [`search`].
pub(super) async fn list(asker: Asker, request: HttpRequest) -> Answer {
    let query = listed(&request, &asker.exchange().core)?;
    let page = worklist::list_of(asker.exchange(), asker.bearer, query).await?;
    let mut answer = HttpResponse::Ok();
    if let Some(link) = page.next.as_deref().and_then(|next| link(&request, next)) {
        answer.insert_header((LINK, link));
    }
    Ok(answer.json(&page))
}

fn listed(request: &HttpRequest, core: &Core) -> Result<Query, Problem> {
    let mut parameters = Parameters::of(request);
    let truth = "true or false";
    let query = Query {
        scope: parameters.name("scope"),
        open: parameters.value("open", truth).unwrap_or(false),
        mine: parameters.value("mine", truth).unwrap_or(false),
        states: parameters.names("state"),
        urgency: parameters.name("urgency"),
        subspecialty: subspecialty(&mut parameters, core),
        territory: territory(&mut parameters, core),
        waiting_for: parameters.name("waiting_for"),
        overdue: parameters.value("overdue", truth).unwrap_or(false),
        words: parameters.text("q"),
        by_accession: false,
        limit: parameters.value("limit", "a number"),
        cursor: parameters.text("cursor"),
    };
    for (name, rule) in bounds(&query) {
        parameters.refuse(name, &rule);
    }
    parameters.finish()?;
    Ok(query)
}

/// A subspecialty to look for.
pub(super) fn subspecialty(parameters: &mut Parameters<'_>, core: &Core) -> Option<String> {
    let code = parameters.text("subspecialty")?;
    if !core.reference.subspecialty_codes().contains(&code) {
        parameters.refuse("subspecialty", &FieldRule::UnknownCode);
    }
    Some(code)
}

/// A territory to look for.
pub(super) fn territory(parameters: &mut Parameters<'_>, core: &Core) -> Option<String> {
    let code = parameters.text("territory")?;
    if core.reference.territory(&code).is_err() {
        parameters.refuse("territory", &FieldRule::UnknownCode);
    }
    Some(code)
}

/// What is wrong with the limit and the words, by their names in the query.
fn bounds(query: &Query) -> Vec<(&'static str, FieldRule)> {
    let mut found = Vec::new();
    if query
        .limit
        .is_some_and(|limit| !(1..=PAGE_MAX).contains(&limit))
    {
        let max = PAGE_MAX.into();
        found.push(("limit", FieldRule::OutOfRange { min: 1, max }));
    }
    let words = query.words.as_deref().unwrap_or_default();
    if words.chars().count() > WORDS_MAX {
        found.push(("q", FieldRule::TooLong { max: WORDS_MAX }));
    } else if words.chars().any(char::is_control) {
        found.push(("q", FieldRule::ControlCharacters));
    }
    found
}

/// The address of the next page (RFC 8288): this one's, from the cursor on.
fn link(request: &HttpRequest, next: &str) -> Option<HeaderValue> {
    let pairs = form_urlencoded::parse(request.query_string().as_bytes());
    let kept = pairs.filter(|(name, _)| name != "cursor");
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(kept)
        .append_pair("cursor", next)
        .finish();
    HeaderValue::try_from(format!("<{BASE}/cases?{query}>; rel=\"next\"")).ok()
}

/// What to look for, as a body: so that an accession number stands in no address.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Search {
    #[serde(default)]
    scope: Option<Scope>,
    #[serde(default)]
    open: bool,
    #[serde(default)]
    mine: bool,
    #[serde(default)]
    state: Vec<CaseState>,
    #[serde(default)]
    urgency: Option<Urgency>,
    #[serde(default)]
    subspecialty: Option<String>,
    #[serde(default)]
    territory: Option<String>,
    #[serde(default)]
    waiting_for: Option<WaitingFor>,
    #[serde(default)]
    overdue: bool,
    #[serde(default)]
    q: Option<String>,
    #[serde(default)]
    limit: Option<u32>,
    #[serde(default)]
    cursor: Option<String>,
}

/// A page of the worklist by words of reference or question, or by a whole accession number.
pub(super) async fn search(asker: Asker, body: Body) -> Answer {
    let search: Search = body.read()?;
    let query = Query {
        scope: search.scope,
        open: search.open,
        mine: search.mine,
        states: search.state,
        urgency: search.urgency,
        subspecialty: search.subspecialty,
        territory: search.territory,
        waiting_for: search.waiting_for,
        overdue: search.overdue,
        words: search.q,
        by_accession: true,
        limit: search.limit,
        cursor: search.cursor,
    };
    let core = &asker.exchange().core;
    let mut found: Vec<(&str, FieldRule)> = bounds(&query);
    let unknown = |code: &Option<String>, known: &dyn Fn(&String) -> bool| {
        code.as_ref().is_some_and(|code| !known(code))
    };
    if unknown(&query.subspecialty, &|c| {
        core.reference.subspecialty_codes().contains(c)
    }) {
        found.push(("subspecialty", FieldRule::UnknownCode));
    }
    if unknown(&query.territory, &|c| core.reference.territory(c).is_ok()) {
        found.push(("territory", FieldRule::UnknownCode));
    }
    if !found.is_empty() {
        let problem = |(name, rule)| FieldProblem::new(format!("/{name}"), rule);
        let problems = found.into_iter().map(problem).collect();
        return Err(ServiceError::Invalid(problems).into());
    }
    let page: Page = worklist::list_of(asker.exchange(), asker.bearer, query).await?;
    answer::document(&page)
}

/// A new draft, as its submitter sends it.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct NewCase {
    laboratory: LaboratoryId,
    content: CaseContent,
}

/// Writes a new draft.
pub(super) async fn create(caller: Caller, request: HttpRequest, body: Body) -> Answer {
    let key = preconditions::key(&request, &body)?;
    let NewCase {
        laboratory,
        content,
    } = body.read()?;
    let (exchange, actor) = (caller.exchange(), caller.actor());
    let written = cases::create(
        exchange,
        actor,
        laboratory,
        content,
        key,
        &caller.request_id,
    )
    .await?;
    answer::written(&written)
}

/// One case as the caller may read it.
pub(super) async fn read(caller: Caller, request: HttpRequest) -> Answer {
    let case = id(&request, "case")?;
    let known = preconditions::if_none_match(&request)?;
    let (exchange, actor, request_id) = (caller.exchange(), caller.actor(), &caller.request_id);
    if known.is_empty() {
        let (version, document) = cases::read(exchange, actor, case, request_id).await?;
        return answer::versioned(version, &document);
    }
    match cases::read_unless(exchange, actor, case, known, request_id).await? {
        Reading::Unchanged(version) => answer::unchanged(version),
        Reading::Changed(version, document) => answer::versioned(version, &document),
    }
}
