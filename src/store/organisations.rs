//! Networks, agreements, laboratories and slide sources.

mod administration;

use diesel::prelude::*;

pub use administration::*;

use super::connection::Conn;
use super::schema::{agreements, laboratories, networks, pool_stamp, slide_sources};
use super::{StoreResult, id, json, name, to_json};
use crate::domain::ids::{AgreementId, LaboratoryId, NetworkId, SlideSourceId};
use crate::domain::slides::SourceKind;
use crate::domain::turnaround::Urgency;

/// A network and the pool of experts it runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Network {
    /// Its identifier.
    pub id: NetworkId,
    /// Its name.
    pub name: String,
    /// The territory whose holidays and zone its pool works by.
    pub territory: String,
    /// Whether cases are routed at once, or held for a coordinator's triage.
    pub routes_at_once: bool,
    /// The pool's working hours, in its territory's local time.
    pub weekly_hours: serde_json::Value,
    /// Further hours in which the pool answers urgent work; those of no day when it has none.
    pub on_call_hours: serde_json::Value,
    /// Whether customary holidays count as closed.
    pub customary_holidays: bool,
    /// Further closed days, as date ranges.
    pub closures: serde_json::Value,
    /// Territories whose cases the pool covers.
    pub territories: Vec<String>,
    /// Subspecialties the pool covers.
    pub subspecialties: Vec<String>,
    /// Whether a case needs the patient's INS.
    pub requires_ins: bool,
}

/// Under which conditions one network's cases may overflow to another's pool.
#[derive(Debug, Clone, PartialEq)]
pub struct Agreement {
    /// Its identifier.
    pub id: AgreementId,
    /// The network whose cases overflow.
    pub from: NetworkId,
    /// The network whose pool answers them.
    pub to: NetworkId,
    /// Subspecialties it holds for; all when empty.
    pub subspecialties: Vec<String>,
    /// Urgencies it holds for; all when empty.
    pub urgencies: Vec<Urgency>,
    /// First day.
    pub valid_from: chrono::NaiveDate,
    /// Last day, if any.
    pub valid_until: Option<chrono::NaiveDate>,
}

/// A laboratory.
#[derive(Debug, Clone, PartialEq)]
pub struct Laboratory {
    /// Its identifier.
    pub id: LaboratoryId,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub commune: String,
    /// Its territory's code.
    pub territory: String,
    /// The network it belongs to.
    pub network: NetworkId,
    /// FINESS number, where the territory has them.
    pub finess: Option<String>,
    /// RIDET or n° Tahiti, where those are used.
    pub local_number: Option<String>,
}

/// A registered slide source of a laboratory.
#[derive(Debug, Clone, PartialEq)]
pub struct SlideSource {
    /// Its identifier.
    pub id: SlideSourceId,
    /// Whose it is.
    pub laboratory: LaboratoryId,
    /// Its name, for people.
    pub name: String,
    /// What it speaks.
    pub kind: SourceKind,
    /// Its address; never shown outside the laboratory and the administrators.
    pub base_url: String,
    /// Whether an administrator allowed an address of a private network.
    pub internal: bool,
    /// Credentials, sealed.
    pub sealed_credentials: Option<String>,
}

type NetworkColumns = (
    String,
    String,
    String,
    bool,
    String,
    bool,
    String,
    String,
    String,
    bool,
    i64,
    String,
);

fn network(row: NetworkColumns) -> StoreResult<Network> {
    let (
        id_,
        name,
        territory,
        routes_at_once,
        weekly_hours,
        customary_holidays,
        closures,
        territories,
        subspecialties,
        requires_ins,
        _version,
        on_call_hours,
    ) = row;
    Ok(Network {
        id: id(&id_)?,
        name,
        territory,
        routes_at_once,
        weekly_hours: json(&weekly_hours)?,
        on_call_hours: json(&on_call_hours)?,
        customary_holidays,
        closures: json(&closures)?,
        territories: json(&territories)?,
        subspecialties: json(&subspecialties)?,
        requires_ins,
    })
}

/// Every network, by name.
///
/// # Errors
/// Storage failures.
pub fn networks(conn: &mut Conn) -> StoreResult<Vec<Network>> {
    networks::table
        .order(networks::name)
        .load::<NetworkColumns>(conn)?
        .into_iter()
        .map(network)
        .collect()
}

/// One network.
///
/// # Errors
/// Storage failures.
pub fn find_network(conn: &mut Conn, wanted: NetworkId) -> StoreResult<Option<Network>> {
    networks::table
        .find(wanted.to_string())
        .first::<NetworkColumns>(conn)
        .optional()?
        .map(network)
        .transpose()
}

/// Adds a network.
///
/// # Errors
/// Storage failures; a name that is taken.
pub fn insert_network(conn: &mut Conn, network: &Network) -> StoreResult<()> {
    diesel::insert_into(networks::table)
        .values((
            networks::id.eq(network.id.to_string()),
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
        ))
        .execute(conn)?;
    Ok(())
}

/// A text that is another one after any change of a network, an expert's profile, who is active, or where anybody works: triggers
/// see to it, whoever makes the change.
///
/// # Errors
/// Storage failures.
pub fn pool_stamp(conn: &mut Conn) -> StoreResult<String> {
    Ok(pool_stamp::table.select(pool_stamp::stamp).first(conn)?)
}

type AgreementColumns = (
    String,
    String,
    String,
    String,
    String,
    String,
    Option<String>,
    i64,
);

fn agreement(row: AgreementColumns) -> StoreResult<Agreement> {
    let (id_, from, to, subspecialties, urgencies, valid_from, valid_until, _version) = row;
    let day = |text: &str| text.parse().map_err(|_| super::StoreError::Corrupt("day"));
    Ok(Agreement {
        id: id(&id_)?,
        from: id(&from)?,
        to: id(&to)?,
        subspecialties: json(&subspecialties)?,
        urgencies: json(&urgencies)?,
        valid_from: day(&valid_from)?,
        valid_until: valid_until.as_deref().map(day).transpose()?,
    })
}

/// The agreements by which `from`'s cases may overflow, or every agreement.
///
/// # Errors
/// Storage failures.
pub fn agreements(conn: &mut Conn, from: Option<NetworkId>) -> StoreResult<Vec<Agreement>> {
    let mut query = agreements::table.order(agreements::id).into_boxed();
    if let Some(from) = from {
        query = query.filter(agreements::from_network.eq(from.to_string()));
    }
    query
        .load::<AgreementColumns>(conn)?
        .into_iter()
        .map(agreement)
        .collect()
}

/// Adds an agreement.
///
/// # Errors
/// Storage failures.
pub fn insert_agreement(conn: &mut Conn, agreement: &Agreement) -> StoreResult<()> {
    diesel::insert_into(agreements::table)
        .values((
            agreements::id.eq(agreement.id.to_string()),
            agreements::from_network.eq(agreement.from.to_string()),
            agreements::to_network.eq(agreement.to.to_string()),
            agreements::subspecialties.eq(to_json(&agreement.subspecialties)?),
            agreements::urgencies.eq(to_json(&agreement.urgencies)?),
            agreements::valid_from.eq(agreement.valid_from.to_string()),
            agreements::valid_until.eq(agreement.valid_until.map(|day| day.to_string())),
        ))
        .execute(conn)?;
    Ok(())
}

type LaboratoryColumns = (
    String,
    String,
    String,
    String,
    String,
    Option<String>,
    Option<String>,
    i64,
);

fn laboratory(row: LaboratoryColumns) -> StoreResult<Laboratory> {
    let (id_, name, commune, territory, network, finess, local_number, _version) = row;
    Ok(Laboratory {
        id: id(&id_)?,
        name,
        commune,
        territory,
        network: id(&network)?,
        finess,
        local_number,
    })
}

/// Every laboratory, by name.
///
/// # Errors
/// Storage failures.
pub fn laboratories(conn: &mut Conn) -> StoreResult<Vec<Laboratory>> {
    laboratories::table
        .order(laboratories::name)
        .load::<LaboratoryColumns>(conn)?
        .into_iter()
        .map(laboratory)
        .collect()
}

/// One laboratory.
///
/// # Errors
/// Storage failures.
pub fn find_laboratory(conn: &mut Conn, wanted: LaboratoryId) -> StoreResult<Option<Laboratory>> {
    laboratories::table
        .find(wanted.to_string())
        .first::<LaboratoryColumns>(conn)
        .optional()?
        .map(laboratory)
        .transpose()
}

/// Adds a laboratory.
///
/// # Errors
/// Storage failures; a FINESS number that is taken.
pub fn insert_laboratory(conn: &mut Conn, laboratory: &Laboratory) -> StoreResult<()> {
    diesel::insert_into(laboratories::table)
        .values((
            laboratories::id.eq(laboratory.id.to_string()),
            laboratories::name.eq(&laboratory.name),
            laboratories::commune.eq(&laboratory.commune),
            laboratories::territory.eq(&laboratory.territory),
            laboratories::network_id.eq(laboratory.network.to_string()),
            laboratories::finess.eq(&laboratory.finess),
            laboratories::local_number.eq(&laboratory.local_number),
        ))
        .execute(conn)?;
    Ok(())
}

type SourceColumns = (
    String,
    String,
    String,
    String,
    String,
    bool,
    Option<String>,
    i64,
);

fn slide_source(row: SourceColumns) -> StoreResult<SlideSource> {
    let (id_, laboratory, name_, kind, base_url, internal, sealed_credentials, _version) = row;
    Ok(SlideSource {
        id: id(&id_)?,
        laboratory: id(&laboratory)?,
        name: name_,
        kind: name(&kind)?,
        base_url,
        internal,
        sealed_credentials,
    })
}

/// The slide sources of a laboratory, by name.
///
/// # Errors
/// Storage failures.
pub fn slide_sources(conn: &mut Conn, laboratory: LaboratoryId) -> StoreResult<Vec<SlideSource>> {
    slide_sources::table
        .filter(slide_sources::laboratory_id.eq(laboratory.to_string()))
        .order(slide_sources::name)
        .load::<SourceColumns>(conn)?
        .into_iter()
        .map(slide_source)
        .collect()
}

/// One slide source.
///
/// # Errors
/// Storage failures.
pub fn find_slide_source(
    conn: &mut Conn,
    wanted: SlideSourceId,
) -> StoreResult<Option<SlideSource>> {
    slide_sources::table
        .find(wanted.to_string())
        .first::<SourceColumns>(conn)
        .optional()?
        .map(slide_source)
        .transpose()
}

/// Registers a slide source.
///
/// # Errors
/// Storage failures.
pub fn insert_slide_source(conn: &mut Conn, source: &SlideSource) -> StoreResult<()> {
    use crate::domain::text_enum::TextEnum;
    diesel::insert_into(slide_sources::table)
        .values((
            slide_sources::id.eq(source.id.to_string()),
            slide_sources::laboratory_id.eq(source.laboratory.to_string()),
            slide_sources::name.eq(&source.name),
            slide_sources::kind.eq(source.kind.as_str()),
            slide_sources::base_url.eq(&source.base_url),
            slide_sources::internal.eq(source.internal),
            slide_sources::sealed_credentials.eq(&source.sealed_credentials),
        ))
        .execute(conn)?;
    Ok(())
}

/// Moves a slide source to another address.
///
/// # Errors
/// Storage failures.
pub fn set_base_url(conn: &mut Conn, source: SlideSourceId, base_url: &str) -> StoreResult<()> {
    diesel::update(slide_sources::table.find(source.to_string()))
        .set(slide_sources::base_url.eq(base_url))
        .execute(conn)?;
    Ok(())
}
