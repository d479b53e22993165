//! The case row, its sealed patient, its search words and its numbers.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Text};

use super::connection::Conn;
use super::schema::{case_patients, case_words, cases};
use super::steady::Steady;
use super::{StoreResult, id, json, name, optional_id, optional_instant};
use crate::domain::cases::{CaseFacts, PreAuthorisations};
use crate::domain::ids::CaseId;
use crate::domain::turnaround::PauseKind;

/// `sort_at` of a case without a due time: after every other.
pub const NEVER_DUE: i64 = i64::MAX;

/// A case as its row.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = cases, treat_none_as_null = true, treat_none_as_default_value = false)]
#[expect(
    missing_docs,
    reason = "the columns carry the names of the domain's terms; instants are microseconds UTC, documents JSON"
)]
pub struct CaseRow {
    pub id: String,
    pub reference: String,
    pub version: i64,
    pub state: String,
    pub waiting_for: Option<String>,
    pub laboratory_id: String,
    pub network_id: String,
    pub territory: String,
    pub submitter_id: String,
    pub expert_id: Option<String>,
    pub subspecialty: Option<String>,
    pub urgency: String,
    pub question: String,
    pub content: String,
    pub initial_status: Option<String>,
    pub slide_count: i32,
    pub cycle: i32,
    pub submitted_at: Option<i64>,
    pub due_at: Option<i64>,
    pub warning_at: Option<i64>,
    pub sort_at: i64,
    pub pauses: String,
    pub offer_expires_at: Option<i64>,
    pub withdrawal_requested: bool,
    pub acknowledgement: Option<String>,
    pub contested_reason: Option<String>,
    pub outcome: Option<String>,
    pub unrouted: Option<String>,
    pub signed_at: Option<i64>,
    pub updated_at: i64,
    pub created_at: i64,
    pub panel: Option<String>,
    pub follows: Option<String>,
}

impl CaseRow {
    /// The case as its rules see it, without those who signed before it was reopened and who sits on its panel:
    /// [`super::opinions::former_signers`], [`super::panels`].
    ///
    /// # Errors
    /// A row that this version cannot read.
    pub fn facts(&self, pre_authorisations: PreAuthorisations) -> StoreResult<CaseFacts> {
        Ok(CaseFacts {
            state: name(&self.state)?,
            sent: self.submitted_at.is_some(),
            waiting_for: self.waiting_for.as_deref().map(name).transpose()?,
            laboratory: id(&self.laboratory_id)?,
            network: id(&self.network_id)?,
            expert: optional_id(self.expert_id.as_deref())?,
            offer_expires_at: optional_instant(self.offer_expires_at)?,
            pauses: json::<Vec<PauseKind>>(&self.pauses)?,
            withdrawal_requested: self.withdrawal_requested,
            pre_authorisations,
            initial_status: self.initial_status.as_deref().map(name).transpose()?,
            former_signers: Vec::new(),
            panel: self.panel.as_deref().map(name).transpose()?,
            seats: Vec::new(),
        })
    }
}

/// The case of that identifier.
///
/// # Errors
/// Storage failures.
pub fn find(conn: &mut Conn, wanted: CaseId) -> StoreResult<Option<CaseRow>> {
    Ok(cases::table
        .find(wanted.to_string())
        .select(CaseRow::as_select())
        .first(conn)
        .optional()?)
}

/// The case of that identifier, for a change: on PostgreSQL nobody else changes it until the transaction ends, so that of two
/// who write at once the second one finds the first one's version. SQLite has one writer anyway.
///
/// # Errors
/// Storage failures.
pub fn find_for_change(conn: &mut Conn, wanted: CaseId) -> StoreResult<Option<CaseRow>> {
    if let Conn::Pg(pg) = conn {
        return Ok(cases::table
            .find(wanted.to_string())
            .select(CaseRow::as_select())
            .for_update()
            .get_result(pg)
            .optional()?);
    }
    find(conn, wanted)
}

/// Adds a case.
///
/// # Errors
/// Storage failures.
pub fn insert(conn: &mut Conn, row: &CaseRow) -> StoreResult<()> {
    diesel::insert_into(cases::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// Writes the row if the case is still at `expected`; false when somebody else was faster.
///
/// # Errors
/// Storage failures.
pub fn update(conn: &mut Conn, row: &CaseRow, expected: i64) -> StoreResult<bool> {
    let wanted = cases::table
        .filter(cases::id.eq(&row.id))
        .filter(cases::version.eq(expected));
    let changed = Steady(diesel::update(wanted).set(row)).execute(conn)?;
    Ok(changed == 1)
}

/// The next case number of a year, without gaps as long as nothing rolls back.
///
/// # Errors
/// Storage failures.
pub fn next_number(conn: &mut Conn, year: i32) -> StoreResult<u32> {
    #[derive(QueryableByName)]
    struct Number {
        #[diesel(sql_type = BigInt)]
        last_number: i64,
    }
    let number: Number = diesel::sql_query(
        "INSERT INTO case_numbers (year, last_number) VALUES ($1, 1) \
         ON CONFLICT (year) DO UPDATE SET last_number = case_numbers.last_number + 1 RETURNING last_number",
    )
    .bind::<Integer, _>(year)
    .get_result(conn)?;
    u32::try_from(number.last_number).map_err(|_| super::StoreError::Corrupt("case number"))
}

/// The sealed patient context of a case.
///
/// # Errors
/// Storage failures.
pub fn find_patient(conn: &mut Conn, case: CaseId) -> StoreResult<Option<String>> {
    Ok(case_patients::table
        .find(case.to_string())
        .select(case_patients::sealed)
        .first(conn)
        .optional()?)
}

/// The sealed patient contexts of the oldest and of the newest case that have one.
///
/// # Errors
/// Storage failures.
pub fn first_and_last_patient(conn: &mut Conn) -> StoreResult<Vec<(CaseId, String)>> {
    let all = case_patients::table.select((case_patients::case_id, case_patients::sealed));
    let first = all.order(case_patients::case_id).first(conn).optional()?;
    let last = all.order(case_patients::case_id.desc()).first(conn);
    let found: [Option<(String, String)>; 2] = [first, last.optional()?];
    found
        .into_iter()
        .flatten()
        .map(|(case, sealed)| Ok((id(&case)?, sealed)))
        .collect()
}

/// The case of that reference.
///
/// # Errors
/// Storage failures.
pub fn find_by_reference(conn: &mut Conn, reference: &str) -> StoreResult<Option<CaseRow>> {
    Ok(cases::table
        .filter(cases::reference.eq(reference))
        .select(CaseRow::as_select())
        .first(conn)
        .optional()?)
}

/// Keeps the sealed patient context of a case, or forgets it.
///
/// # Errors
/// Storage failures.
pub fn set_patient(conn: &mut Conn, case: CaseId, sealed: Option<&str>) -> StoreResult<()> {
    diesel::delete(case_patients::table.find(case.to_string())).execute(conn)?;
    if let Some(sealed) = sealed {
        diesel::insert_into(case_patients::table)
            .values((
                case_patients::case_id.eq(case.to_string()),
                case_patients::sealed.eq(sealed),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// Replaces the words a case is found by.
///
/// # Errors
/// Storage failures.
pub fn set_words(
    conn: &mut Conn,
    case: CaseId,
    words: &std::collections::BTreeSet<String>,
) -> StoreResult<()> {
    diesel::delete(case_words::table.filter(case_words::case_id.eq(case.to_string())))
        .execute(conn)?;
    let case = case.to_string();
    // One statement for all words: JSON is the one array type that both databases unfold.
    let array = super::to_json(words)?;
    match conn {
        Conn::Sqlite(sqlite) => diesel::sql_query("INSERT INTO case_words (word, case_id) SELECT value, $1 FROM json_each($2)")
            .bind::<Text, _>(&case)
            .bind::<Text, _>(&array)
            .execute(sqlite)?,
        Conn::Pg(pg) => diesel::sql_query("INSERT INTO case_words (word, case_id) SELECT value, $1 FROM json_array_elements_text($2::json)")
            .bind::<Text, _>(&case)
            .bind::<Text, _>(&array)
            .execute(pg)?,
    };
    Ok(())
}

/// The state of every case.
///
/// # Errors
/// Storage failures.
pub fn all_states(conn: &mut Conn) -> StoreResult<Vec<String>> {
    Ok(cases::table.select(cases::state).load(conn)?)
}
