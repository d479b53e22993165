//! The audit, searched: who did what, to what, when. Auditors search all of it; administrators of the whole exchange what was done
//! in administering it, for a trace of a case tells of a case; administrators of a network what of that lies within it. A search leaves a trace too.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::people::{held_in, homes};
use crate::domain::administration::{Act, Subject};
use crate::domain::ids::{CaseId, LaboratoryId, PersonId};
use crate::domain::people::Actor;
use crate::domain::permissions::{AuditSight, Realm, audit_sight, realm};
use crate::domain::text_enum::TextEnum;
use crate::domain::traces::Standing;
use crate::service::error::ServiceError;
use crate::service::{Exchange, audit, cursor};
use crate::store::traces::{self, About, AuditFilter, ListedEntry, Within};
use crate::store::{self, Conn, instant, micros, optional_id};

/// Entries of a page.
pub const PAGE: usize = 50;
/// People whose acts are looked for at once.
const PEOPLE_MAX: usize = 50;

/// What to look for.
#[derive(Debug, Clone, Default)]
pub struct AuditQuery {
    /// Only what people did whose name, login or mail address holds these words.
    pub words: Option<String>,
    /// Only what this person did.
    pub person: Option<PersonId>,
    /// Only what was done to the case of this reference.
    pub case: Option<String>,
    /// Only this kind of act.
    pub action: Option<String>,
    /// Only from then.
    pub from: Option<DateTime<Utc>>,
    /// Only before then.
    pub to: Option<DateTime<Utc>>,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

/// Who did it.
#[derive(Debug, Clone, Serialize)]
pub struct Doer {
    /// Who.
    pub id: PersonId,
    /// Name.
    pub name: String,
}

/// One trace.
#[derive(Debug, Clone, Serialize)]
pub struct AuditItem {
    /// When.
    pub at: DateTime<Utc>,
    /// Who; nobody when the exchange itself acted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<Doer>,
    /// As what.
    pub relation: String,
    /// What.
    pub action: String,
    /// On which case, by its reference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case: Option<String>,
    /// To what else: `person`, `network`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject_kind: Option<String>,
    /// Which one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// What it is called now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject_name: Option<String>,
    /// Names of what was changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// How it ended.
    pub outcome: String,
    /// The request it came with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

/// A page of traces.
#[derive(Debug, Clone, Serialize)]
pub struct AuditPage {
    /// The traces, the latest first.
    pub items: Vec<AuditItem>,
    /// Where the next page begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Searches the audit.
///
/// # Errors
/// [`ServiceError::Forbidden`] for who is neither auditor nor administrator, and for an administrator who asks for a case;
/// [`ServiceError::BadCursor`].
pub async fn search(
    ex: &Exchange,
    actor: &Actor,
    query: AuditQuery,
    request_id: &str,
) -> Result<AuditPage, ServiceError> {
    let sight = audit_sight(actor).ok_or(ServiceError::Forbidden(
        "the audit is for auditors and administrators",
    ))?;
    if query.case.is_some() && sight != AuditSight::Everything {
        return Err(ServiceError::Forbidden("traces of cases are for auditors"));
    }
    let before = query
        .cursor
        .as_deref()
        .map(cursor::read::<i64>)
        .transpose()?;
    let realm = realm(actor).filter(|_| sight == AuditSight::Networks);
    let sought = query.clone();
    // Not where writes are made: a search may read many traces, and on SQLite every write would wait for it.
    let (case, page) = ex
        .store
        .read(move |conn| find(conn, (sight, realm.as_ref()), &sought, before))
        .await?;
    let (core, person, request_id) = (ex.core.clone(), actor.person, request_id.to_owned());
    ex.store
        .write(move |conn| note(conn, &core, (person, sight), &query, case, &request_id))
        .await?;
    Ok(page)
}

/// The case that is asked for, and what was done.
fn find(
    conn: &mut Conn,
    (sight, realm): (AuditSight, Option<&Realm>),
    query: &AuditQuery,
    before: Option<(i64, uuid::Uuid)>,
) -> Result<(Option<CaseId>, AuditPage), ServiceError> {
    let case = query.case.as_deref();
    let case = case.map(|reference| case_of(conn, reference)).transpose()?;
    // Nothing was done to a reference that nobody has; the search is on record all the same.
    if case == Some(None) {
        let nothing = AuditPage {
            items: Vec::new(),
            next: None,
        };
        return Ok((None, nothing));
    }
    let case = case.flatten();
    let filter = AuditFilter {
        people: sought(conn, query)?,
        case: case.map(|case| case.to_string()),
        action: query.action.clone(),
        from: query.from.map(micros),
        to: query.to.map(micros),
        without_cases: sight != AuditSight::Everything,
        within: realm.map(|realm| within(conn, realm)).transpose()?,
        before: before.map(|(at, id)| (at, id.to_string())),
        limit: PAGE as i64 + 1,
    };
    let found = traces::search(conn, &filter)?;
    Ok((case, page(conn, found)?))
}

/// The people whose own acts an administrator of networks sees, those whom they keep; and what lies within those networks.
fn within(conn: &mut Conn, realm: &Realm) -> Result<Within, ServiceError> {
    let (homes, roles) = (homes(conn)?, store::people::all_roles(conn)?);
    let mut within = Within::default();
    for (person, held) in roles {
        let held = held_in(held, &homes);
        if realm.changes(&held) {
            within.doers.push(person.to_string());
        }
        if realm.sees(&held) {
            within.subjects.push(person.to_string());
        }
    }
    let laboratories = homes.iter().filter(|(_, network)| realm.covers(**network));
    let laboratories: Vec<LaboratoryId> = laboratories.map(|(laboratory, _)| *laboratory).collect();
    for (_, source) in store::organisations::all_slide_sources(conn)? {
        if laboratories.contains(&source.laboratory) {
            within.subjects.push(source.id.to_string());
        }
    }
    within
        .subjects
        .extend(laboratories.iter().map(ToString::to_string));
    for webhook in store::webhooks::all(conn)? {
        if realm.covers(webhook.network) {
            within.subjects.push(webhook.id.to_string());
        }
    }
    let networks = store::organisations::networks(conn)?;
    let networks = networks.iter().filter(|network| realm.covers(network.id));
    within
        .subjects
        .extend(networks.map(|network| network.id.to_string()));
    Ok(within)
}

/// Whose acts are looked for; anybody's where nobody is named.
fn sought(conn: &mut Conn, query: &AuditQuery) -> Result<Option<Vec<String>>, ServiceError> {
    let words = query
        .words
        .as_deref()
        .filter(|words| !words.trim().is_empty());
    let found = match (query.person, words) {
        (None, None) => return Ok(None),
        (Some(person), _) => vec![person],
        (None, Some(words)) => super::people::of_words(conn, words, PEOPLE_MAX)?,
    };
    Ok(Some(found.iter().map(ToString::to_string).collect()))
}

fn case_of(conn: &mut Conn, reference: &str) -> Result<Option<CaseId>, ServiceError> {
    let wanted = reference.trim().to_uppercase();
    let row = store::cases::find_by_reference(conn, &wanted)?;
    Ok(row.map(|row| store::id(&row.id)).transpose()?)
}

/// Puts the search on record: by whom, after whom or which case, and by what else.
fn note(
    conn: &mut Conn,
    core: &crate::service::Core,
    (person, sight): (PersonId, AuditSight),
    query: &AuditQuery,
    case: Option<CaseId>,
    request_id: &str,
) -> Result<(), ServiceError> {
    let standing = match sight {
        AuditSight::Everything => Standing::Auditor,
        AuditSight::Administration | AuditSight::Networks => Standing::Administrator,
    };
    let action = Act::SearchAudit.as_str();
    let row = audit::entry(core, person, standing, action, case, request_id);
    let used = [
        ("person", query.person.is_some() || query.words.is_some()),
        ("case", query.case.is_some()),
        ("action", query.action.is_some()),
        ("from", query.from.is_some()),
        ("to", query.to.is_some()),
    ];
    let detail = super::differing(&used);
    let subject = query
        .person
        .map(|sought| (Subject::Person.as_str(), sought.to_string()));
    let about = About { subject, detail };
    Ok(traces::insert_audit_about(conn, &row, &about)?)
}

fn page(conn: &mut Conn, mut found: Vec<ListedEntry>) -> Result<AuditPage, ServiceError> {
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let next = found
        .last()
        .filter(|_| more)
        .map(|last| cursor::write(last.at, &last.id));
    let people: Vec<PersonId> = found
        .iter()
        .filter_map(|row| row.person_id.as_deref().and_then(|id| id.parse().ok()))
        .collect();
    let names = store::people::display_names(conn, &people)?;
    let things = traces::names_of(conn, &found)?;
    let cases = traces::references_of(conn, &found)?;
    let items = found.into_iter().map(|row| {
        let person: Option<PersonId> = optional_id(row.person_id.as_deref())?;
        Ok(AuditItem {
            at: instant(row.at)?,
            person: person.map(|id| Doer {
                id,
                name: names.get(&id).cloned().unwrap_or_default(),
            }),
            relation: row.relation,
            action: row.action,
            case: row.case_id.and_then(|case| cases.get(&case).cloned()),
            subject_kind: row.subject_kind,
            subject_name: row
                .subject_id
                .as_ref()
                .and_then(|id| things.get(id).cloned()),
            subject: row.subject_id,
            detail: row.detail,
            outcome: row.outcome,
            request_id: row.request_id,
        })
    });
    Ok(AuditPage {
        items: items.collect::<Result<_, ServiceError>>()?,
        next,
    })
}
