//! What a pause waits for: information requests, ancillary orders, shipments, unavailable slides.

use diesel::prelude::*;

use super::StoreResult;
use super::connection::Conn;
use super::schema::case_requests;
use crate::domain::ids::{CaseId, RequestId};
use crate::domain::text_enum::TextEnum;
use crate::domain::turnaround::PauseKind;

/// A request as its row.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = case_requests)]
#[expect(
    missing_docs,
    reason = "the columns carry the names of the domain's terms; instants are microseconds UTC"
)]
pub struct RequestRow {
    pub id: String,
    pub case_id: String,
    pub pause: String,
    pub kind: String,
    pub detail: String,
    pub opened_by: String,
    pub opened_at: i64,
    pub reply: Option<String>,
    pub closed_by: Option<String>,
    pub closed_at: Option<i64>,
}

/// Every request of a case, the oldest first.
///
/// # Errors
/// Storage failures.
pub fn of_case(conn: &mut Conn, case: CaseId) -> StoreResult<Vec<RequestRow>> {
    Ok(case_requests::table
        .filter(case_requests::case_id.eq(case.to_string()))
        .order(case_requests::id)
        .select(RequestRow::as_select())
        .load(conn)?)
}

/// Opens a request.
///
/// # Errors
/// Storage failures.
pub fn open(conn: &mut Conn, row: &RequestRow) -> StoreResult<()> {
    diesel::insert_into(case_requests::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// Closes an open request of that kind with its reply; false when there is none.
///
/// # Errors
/// Storage failures.
pub fn close(
    conn: &mut Conn,
    case: CaseId,
    request: RequestId,
    pause: PauseKind,
    reply: &str,
    by: &str,
    at: i64,
) -> StoreResult<bool> {
    let changed = diesel::update(
        case_requests::table
            .find(request.to_string())
            .filter(case_requests::case_id.eq(case.to_string()))
            .filter(case_requests::pause.eq(pause.as_str()))
            .filter(case_requests::closed_at.is_null()),
    )
    .set((
        case_requests::reply.eq(reply),
        case_requests::closed_by.eq(by),
        case_requests::closed_at.eq(at),
    ))
    .execute(conn)?;
    Ok(changed == 1)
}

/// Closes whatever is still open, because the case no longer waits for it; says of which kind, for `kind`, or of any.
///
/// # Errors
/// Storage failures.
pub fn close_all(
    conn: &mut Conn,
    case: CaseId,
    pause: Option<PauseKind>,
    reply: &str,
    by: Option<&str>,
    at: i64,
) -> StoreResult<usize> {
    let open = case_requests::table
        .filter(case_requests::case_id.eq(case.to_string()))
        .filter(case_requests::closed_at.is_null());
    let change = (
        case_requests::reply.eq(reply),
        case_requests::closed_by.eq(by),
        case_requests::closed_at.eq(at),
    );
    Ok(match pause {
        Some(pause) => diesel::update(open.filter(case_requests::pause.eq(pause.as_str())))
            .set(change)
            .execute(conn)?,
        None => diesel::update(open).set(change).execute(conn)?,
    })
}

/// How many requests of that kind are open.
///
/// # Errors
/// Storage failures.
pub fn open_count(conn: &mut Conn, case: CaseId, pause: PauseKind) -> StoreResult<i64> {
    Ok(case_requests::table
        .filter(case_requests::case_id.eq(case.to_string()))
        .filter(case_requests::pause.eq(pause.as_str()))
        .filter(case_requests::closed_at.is_null())
        .count()
        .get_result(conn)?)
}
