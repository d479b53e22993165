//! Organisations as administrators keep them: each with the version it is at.

use diesel::prelude::*;

use super::{
    Agreement, AgreementColumns, Laboratory, LaboratoryColumns, Network, NetworkColumns,
    SlideSource, SourceColumns, agreement, laboratory, network, slide_source,
};
use crate::domain::ids::{AgreementId, LaboratoryId, NetworkId, SlideSourceId};
use crate::domain::text_enum::TextEnum;
use crate::store::connection::Conn;
use crate::store::schema::{agreements, laboratories, networks, slide_links, slide_sources};
use crate::store::{StoreResult, id, to_json};

/// Something with the version it is at.
pub type Versioned<T> = (i64, T);

/// A network with its version.
///
/// # Errors
/// Storage failures.
pub fn network_at_version(
    conn: &mut Conn,
    wanted: NetworkId,
) -> StoreResult<Option<Versioned<Network>>> {
    networks::table
        .find(wanted.to_string())
        .first::<NetworkColumns>(conn)
        .optional()?
        .map(|row| Ok((row.10, network(row)?)))
        .transpose()
}

/// The network of a name.
///
/// # Errors
/// Storage failures.
pub fn network_named(conn: &mut Conn, name: &str) -> StoreResult<Option<NetworkId>> {
    networks::table
        .filter(networks::name.eq(name))
        .select(networks::id)
        .first::<String>(conn)
        .optional()?
        .map(|found| id(&found))
        .transpose()
}

/// Writes a network that is still at `version`.
///
/// # Errors
/// Storage failures; a name that is taken.
pub fn update_network(conn: &mut Conn, network: &Network, version: i64) -> StoreResult<bool> {
    let changed = diesel::update(
        networks::table
            .find(network.id.to_string())
            .filter(networks::version.eq(version)),
    )
    .set((
        networks::name.eq(&network.name),
        networks::territory.eq(&network.territory),
        networks::routes_at_once.eq(network.routes_at_once),
        networks::weekly_hours.eq(to_json(&network.weekly_hours)?),
        networks::on_call_hours.eq(to_json(&network.on_call_hours)?),
        networks::customary_holidays.eq(network.customary_holidays),
        networks::closures.eq(to_json(&network.closures)?),
        networks::territories.eq(to_json(&network.territories)?),
        networks::subspecialties.eq(to_json(&network.subspecialties)?),
        networks::requires_ins.eq(network.requires_ins),
        networks::version.eq(version + 1),
    ))
    .execute(conn)?;
    Ok(changed == 1)
}

/// A laboratory with its version.
///
/// # Errors
/// Storage failures.
pub fn laboratory_at_version(
    conn: &mut Conn,
    wanted: LaboratoryId,
) -> StoreResult<Option<Versioned<Laboratory>>> {
    laboratories::table
        .find(wanted.to_string())
        .first::<LaboratoryColumns>(conn)
        .optional()?
        .map(|row| Ok((row.7, laboratory(row)?)))
        .transpose()
}

/// The laboratory of a FINESS number.
///
/// # Errors
/// Storage failures.
pub fn laboratory_with_finess(conn: &mut Conn, finess: &str) -> StoreResult<Option<LaboratoryId>> {
    laboratories::table
        .filter(laboratories::finess.eq(finess))
        .select(laboratories::id)
        .first::<String>(conn)
        .optional()?
        .map(|found| id(&found))
        .transpose()
}

/// Writes a laboratory that is still at `version`.
///
/// # Errors
/// Storage failures; a FINESS number that is taken.
pub fn update_laboratory(
    conn: &mut Conn,
    laboratory: &Laboratory,
    version: i64,
) -> StoreResult<bool> {
    let changed = diesel::update(
        laboratories::table
            .find(laboratory.id.to_string())
            .filter(laboratories::version.eq(version)),
    )
    .set((
        laboratories::name.eq(&laboratory.name),
        laboratories::commune.eq(&laboratory.commune),
        laboratories::territory.eq(&laboratory.territory),
        laboratories::network_id.eq(laboratory.network.to_string()),
        laboratories::finess.eq(&laboratory.finess),
        laboratories::local_number.eq(&laboratory.local_number),
        laboratories::version.eq(version + 1),
    ))
    .execute(conn)?;
    Ok(changed == 1)
}

/// An agreement with its version.
///
/// # Errors
/// Storage failures.
pub fn agreement_at_version(
    conn: &mut Conn,
    wanted: AgreementId,
) -> StoreResult<Option<Versioned<Agreement>>> {
    agreements::table
        .find(wanted.to_string())
        .first::<AgreementColumns>(conn)
        .optional()?
        .map(|row| Ok((row.7, agreement(row)?)))
        .transpose()
}

/// Writes an agreement that is still at `version`.
///
/// # Errors
/// Storage failures.
pub fn update_agreement(conn: &mut Conn, agreement: &Agreement, version: i64) -> StoreResult<bool> {
    let changed = diesel::update(
        agreements::table
            .find(agreement.id.to_string())
            .filter(agreements::version.eq(version)),
    )
    .set((
        agreements::from_network.eq(agreement.from.to_string()),
        agreements::to_network.eq(agreement.to.to_string()),
        agreements::subspecialties.eq(to_json(&agreement.subspecialties)?),
        agreements::urgencies.eq(to_json(&agreement.urgencies)?),
        agreements::valid_from.eq(agreement.valid_from.to_string()),
        agreements::valid_until.eq(agreement.valid_until.map(|day| day.to_string())),
        agreements::version.eq(version + 1),
    ))
    .execute(conn)?;
    Ok(changed == 1)
}

/// Every slide source with its version, by name.
///
/// # Errors
/// Storage failures.
pub fn all_slide_sources(conn: &mut Conn) -> StoreResult<Vec<Versioned<SlideSource>>> {
    slide_sources::table
        .order((slide_sources::name, slide_sources::id))
        .load::<SourceColumns>(conn)?
        .into_iter()
        .map(|row| Ok((row.7, slide_source(row)?)))
        .collect()
}

/// A slide source with its version.
///
/// # Errors
/// Storage failures.
pub fn slide_source_at_version(
    conn: &mut Conn,
    wanted: SlideSourceId,
) -> StoreResult<Option<Versioned<SlideSource>>> {
    slide_sources::table
        .find(wanted.to_string())
        .first::<SourceColumns>(conn)
        .optional()?
        .map(|row| Ok((row.7, slide_source(row)?)))
        .transpose()
}

/// Writes a slide source that is still at `version`.
///
/// # Errors
/// Storage failures.
pub fn update_slide_source(
    conn: &mut Conn,
    source: &SlideSource,
    version: i64,
) -> StoreResult<bool> {
    let changed = diesel::update(
        slide_sources::table
            .find(source.id.to_string())
            .filter(slide_sources::version.eq(version)),
    )
    .set((
        slide_sources::laboratory_id.eq(source.laboratory.to_string()),
        slide_sources::name.eq(&source.name),
        slide_sources::kind.eq(source.kind.as_str()),
        slide_sources::base_url.eq(&source.base_url),
        slide_sources::internal.eq(source.internal),
        slide_sources::sealed_credentials.eq(&source.sealed_credentials),
        slide_sources::version.eq(version + 1),
    ))
    .execute(conn)?;
    Ok(changed == 1)
}

/// Whether a slide is linked to that source.
///
/// # Errors
/// Storage failures.
pub fn is_linked(conn: &mut Conn, source: SlideSourceId) -> StoreResult<bool> {
    Ok(diesel::select(diesel::dsl::exists(
        slide_links::table.filter(slide_links::source_id.eq(source.to_string())),
    ))
    .get_result(conn)?)
}

/// Every one of them with its version, by name.
///
/// # Errors
/// Storage failures.
pub fn networks_at_version(conn: &mut Conn) -> StoreResult<Vec<Versioned<Network>>> {
    networks::table
        .order(networks::name)
        .load::<NetworkColumns>(conn)?
        .into_iter()
        .map(|row| Ok((row.10, network(row)?)))
        .collect()
}

/// Every one of them with its version, by name.
///
/// # Errors
/// Storage failures.
pub fn laboratories_at_version(conn: &mut Conn) -> StoreResult<Vec<Versioned<Laboratory>>> {
    laboratories::table
        .order((laboratories::name, laboratories::id))
        .load::<LaboratoryColumns>(conn)?
        .into_iter()
        .map(|row| Ok((row.7, laboratory(row)?)))
        .collect()
}

/// Every one of them with its version, the earliest first.
///
/// # Errors
/// Storage failures.
pub fn agreements_at_version(conn: &mut Conn) -> StoreResult<Vec<Versioned<Agreement>>> {
    agreements::table
        .order((agreements::valid_from, agreements::id))
        .load::<AgreementColumns>(conn)?
        .into_iter()
        .map(|row| Ok((row.7, agreement(row)?)))
        .collect()
}
