//! What is kept of an answered clock cycle, so that figures count what was promised and kept then, whatever comes after.

use std::sync::Arc;

use super::Core;
use super::change::Change;
use super::clock::{self, Running};
use super::error::ServiceError;
use crate::domain::ids::OpinionId;
use crate::domain::opinions::{Concordance, OpinionContent, OpinionKind};
use crate::domain::text_enum::TextEnum;
use crate::store::cases::CaseRow;
use crate::store::figures::{self, AnsweredRow};
use crate::store::opinions::{self, OpinionRow};
use crate::store::{self, Conn, Store, instant, json, micros, organisations};

/// Cycles that are kept in one write.
const AT_ONCE: usize = 200;

/// Keeps the cycle that a signature has just ended.
pub(super) fn keep(change: &mut Change<'_>) -> Result<(), ServiceError> {
    let versions = opinions::of_case(change.conn, change.id)?;
    let signed = versions.iter().rfind(|version| {
        version.kind == OpinionKind::Opinion.as_str() && version.cycle == change.row.cycle
    });
    match signed {
        Some(signed) => keep_signed(change.conn, change.core, &change.row, signed),
        None => Err(ServiceError::Internal("signed without an opinion".into())),
    }
}

/// Keeps the cycles that were answered before cycles were kept, and those that an earlier try left; tells how many. What is promised
/// today, and by which pool, stands for what was then. A case whose events tell no clock is passed over, and said in the log.
///
/// # Errors
/// Storage failures.
pub async fn complete(store: &Store, core: Arc<Core>) -> Result<usize, ServiceError> {
    let unkept = store.read(figures::unkept).await?;
    let mut kept = 0;
    // By parts: one write of a whole history would keep every other waiting.
    for part in unkept.chunks(AT_ONCE) {
        let (core, part) = (Arc::clone(&core), part.to_vec());
        kept += store
            .write(move |conn| keep_each(conn, &core, &part))
            .await?;
    }
    Ok(kept)
}

fn keep_each(conn: &mut Conn, core: &Core, part: &[OpinionId]) -> Result<usize, ServiceError> {
    let mut kept = 0;
    for opinion in part {
        let Some(signed) = opinions::find(conn, *opinion)? else {
            continue;
        };
        let Some(row) = store::cases::find(conn, store::id(&signed.case_id)?)? else {
            continue;
        };
        match keep_signed(conn, core, &row, &signed) {
            Ok(()) => kept += 1,
            Err(ServiceError::Internal(error)) => {
                tracing::warn!(%opinion, error, "an answered cycle cannot be made from its events");
            }
            Err(other) => return Err(other),
        }
    }
    Ok(kept)
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
