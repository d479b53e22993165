//! What is kept of an answered clock cycle, so that figures count what was promised and kept then, whatever comes after.

use std::sync::Arc;

use super::Core;
use super::change::Change;
use super::clock::{self, Running};
use super::error::ServiceError;
use crate::domain::opinions::{Concordance, OpinionContent, OpinionKind};
use crate::domain::text_enum::TextEnum;
use crate::store::cases::CaseRow;
use crate::store::figures::{self, AnsweredRow};
use crate::store::opinions::OpinionRow;
use crate::store::{self, Conn, Store, instant, json, micros, organisations};

/// Keeps the cycle that a signature has just ended.
pub(super) fn keep(change: &mut Change<'_>) -> Result<(), ServiceError> {
    let versions = store::opinions::of_case(change.conn, change.id)?;
    let signed = versions.iter().rfind(|version| {
        version.kind == OpinionKind::Opinion.as_str() && version.cycle == change.row.cycle
    });
    match signed {
        Some(signed) => keep_signed(change.conn, change.core, &change.row, signed),
        None => Err(ServiceError::Internal("signed without an opinion".into())),
    }
}

/// Keeps the cycles that were answered before cycles were kept; tells how many. What is promised today stands for what was then.
///
/// # Errors
/// Storage failures.
pub async fn complete(store: &Store, core: Arc<Core>) -> Result<usize, ServiceError> {
    store
        .write(move |conn| {
            let unkept = figures::unkept(conn)?;
            for signed in &unkept {
                let row = store::cases::find(conn, store::id(&signed.case_id)?)?
                    .ok_or(ServiceError::Internal("an opinion without its case".into()))?;
                keep_signed(conn, &core, &row, signed)?;
            }
            Ok(unkept.len())
        })
        .await
}

fn keep_signed(
    conn: &mut Conn,
    core: &Core,
    row: &CaseRow,
    signed: &OpinionRow,
) -> Result<(), ServiceError> {
    let network = organisations::find_network(conn, store::id(&row.network_id)?)?
        .ok_or(ServiceError::Internal("a case without its network".into()))?;
    let until = instant(signed.signed_at)?;
    let ended = clock::cycle_at(conn, core, (row, &network), until)?
        .ok_or(ServiceError::Internal("signed without a clock".into()))?;
    Ok(figures::insert_answered(
        conn,
        &answered(row, signed, &ended)?,
    )?)
}

fn answered(
    row: &CaseRow,
    signed: &OpinionRow,
    ended: &Running,
) -> Result<AnsweredRow, ServiceError> {
    let concordance: Option<Concordance> = json::<OpinionContent>(&signed.content)?.concordance;
    Ok(AnsweredRow {
        case_id: row.id.clone(),
        cycle: signed.cycle,
        network_id: row.network_id.clone(),
        expert_id: signed.signer_id.clone(),
        urgency: row.urgency.clone(),
        subspecialty: row.subspecialty.clone(),
        territory: row.territory.clone(),
        initial_status: row.initial_status.clone(),
        concordance: concordance.map(|coded| coded.as_str().to_owned()),
        started_at: micros(ended.cycle().started_at),
        signed_at: signed.signed_at,
        working_seconds: ended.cycle().working_seconds,
        within_target: ended.remaining_seconds() >= 0,
    })
}
