//! The audit, searched.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::domain::administration::Act;
use crate::domain::text_enum::TextEnum;
use crate::domain::traces::Standing;
use crate::store::StoreResult;
use crate::store::connection::Conn;
use crate::store::schema::{
    audit_entries, cases, laboratories, networks, people, slide_sources, webhooks,
};

/// What to look for.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Only what these people did.
    pub people: Option<Vec<String>>,
    /// Only what was done to this case.
    pub case: Option<String>,
    /// Only this kind of act.
    pub action: Option<String>,
    /// Only from then, microseconds.
    pub from: Option<i64>,
    /// Only before then, microseconds.
    pub to: Option<i64>,
    /// Only what was done to no case.
    pub without_cases: bool,
    /// Only what these people did, and what was done in administering these people and organisations.
    pub within: Option<Within>,
    /// Only what comes after this entry: its instant and its identifier.
    pub before: Option<(i64, String)>,
    /// At most so many.
    pub limit: i64,
}

/// Whose traces may be seen.
#[derive(Debug, Clone, Default)]
pub struct Within {
    /// People, for what they do.
    pub doers: Vec<String>,
    /// People and organisations, for what is done to them.
    pub subjects: Vec<String>,
}

/// An entry as a search finds it.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable)]
#[diesel(table_name = audit_entries)]
#[expect(
    missing_docs,
    reason = "the columns carry the names of the domain's terms; instants are microseconds UTC"
)]
pub struct ListedEntry {
    pub id: String,
    pub at: i64,
    pub person_id: Option<String>,
    pub relation: String,
    pub action: String,
    pub case_id: Option<String>,
    pub outcome: String,
    pub request_id: Option<String>,
    pub subject_kind: Option<String>,
    pub subject_id: Option<String>,
    pub detail: Option<String>,
}

/// What was found, the latest first.
///
/// # Errors
/// Storage failures.
pub fn search(conn: &mut Conn, filter: &AuditFilter) -> StoreResult<Vec<ListedEntry>> {
    let mut query = audit_entries::table
        .order((audit_entries::at.desc(), audit_entries::id.desc()))
        .limit(filter.limit)
        .select(ListedEntry::as_select())
        .into_boxed();
    if let Some(people) = &filter.people {
        query = query.filter(audit_entries::person_id.eq_any(people));
    }
    if let Some(case) = &filter.case {
        query = query.filter(audit_entries::case_id.eq(case));
    }
    if let Some(action) = &filter.action {
        query = query.filter(audit_entries::action.eq(action));
    }
    if let Some(from) = filter.from {
        query = query.filter(audit_entries::at.ge(from));
    }
    if let Some(to) = filter.to {
        query = query.filter(audit_entries::at.lt(to));
    }
    if filter.without_cases {
        query = query.filter(audit_entries::case_id.is_null());
    }
    if let Some(Within { doers, subjects }) = &filter.within {
        let kept = [Standing::Administrator, Standing::Operator].map(|standing| standing.as_str());
        let administered = audit_entries::subject_id
            .eq_any(subjects)
            .and(audit_entries::relation.eq_any(kept))
            .and(audit_entries::action.ne(Act::SearchAudit.as_str()));
        let own = audit_entries::person_id.eq_any(doers);
        query = query.filter(own.or(administered));
    }
    if let Some((at, id)) = &filter.before {
        query = query.filter(
            audit_entries::at
                .lt(*at)
                .or(audit_entries::at.eq(*at).and(audit_entries::id.lt(id))),
        );
    }
    Ok(query.load(conn)?)
}

/// What the people and organisations of these entries are called, by their identifiers.
///
/// # Errors
/// Storage failures.
pub fn names_of(conn: &mut Conn, found: &[ListedEntry]) -> StoreResult<HashMap<String, String>> {
    let wanted: Vec<&str> = found
        .iter()
        .filter_map(|row| row.subject_id.as_deref())
        .collect();
    let mut names: Vec<(String, String)> = people::table
        .filter(people::id.eq_any(&wanted))
        .select((people::id, people::display_name))
        .load(conn)?;
    names.extend(
        networks::table
            .filter(networks::id.eq_any(&wanted))
            .select((networks::id, networks::name))
            .load::<(String, String)>(conn)?,
    );
    names.extend(
        laboratories::table
            .filter(laboratories::id.eq_any(&wanted))
            .select((laboratories::id, laboratories::name))
            .load::<(String, String)>(conn)?,
    );
    names.extend(
        slide_sources::table
            .filter(slide_sources::id.eq_any(&wanted))
            .select((slide_sources::id, slide_sources::name))
            .load::<(String, String)>(conn)?,
    );
    names.extend(
        webhooks::table
            .filter(webhooks::id.eq_any(&wanted))
            .select((webhooks::id, webhooks::name))
            .load::<(String, String)>(conn)?,
    );
    Ok(names.into_iter().collect())
}

/// The references of the cases of these entries, by their identifiers.
///
/// # Errors
/// Storage failures.
pub fn references_of(
    conn: &mut Conn,
    found: &[ListedEntry],
) -> StoreResult<HashMap<String, String>> {
    let wanted: Vec<&str> = found
        .iter()
        .filter_map(|row| row.case_id.as_deref())
        .collect();
    Ok(cases::table
        .filter(cases::id.eq_any(wanted))
        .select((cases::id, cases::reference))
        .load::<(String, String)>(conn)?
        .into_iter()
        .collect())
}
