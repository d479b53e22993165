//! Setting an exchange up from files: networks, agreements, laboratories, slide sources, people. All of it lands, or nothing.

mod entries;

use std::collections::HashMap;

use chrono::{DateTime, Days, TimeZone, Utc};

pub use entries::*;

use super::error::ServiceError;
use super::{Core, Exchange, audit, links};
use crate::domain::identifiers::{Finess, Rpps};
use crate::domain::ids::{AgreementId, DutyId, LaboratoryId, NetworkId, PersonId, SlideSourceId};
use crate::domain::on_call::Duty;
use crate::domain::people::{Membership, Role};
use crate::store::organisations::{self, Agreement, Laboratory, Network, SlideSource};
use crate::store::people::{self, Absence, ExpertProfile, Person};
use crate::store::traces::About;
use crate::store::{Conn, duties, micros};

/// What was set up.
#[derive(Debug, Clone, Default)]
pub struct Imported {
    /// Identifiers of the networks, by key.
    pub networks: HashMap<String, NetworkId>,
    /// Identifiers of the laboratories, by key.
    pub laboratories: HashMap<String, LaboratoryId>,
    /// How many people.
    pub people: usize,
}

/// Sets the organisations and people up. Whoever gets `password_hash` can log in with that password; without one, nobody can
/// until a password is set.
///
/// # Errors
/// [`ServiceError::Internal`] naming the entry that cannot be right; nothing is kept then.
pub async fn import(
    ex: &Exchange,
    from: Organisations,
    password_hash: Option<String>,
) -> Result<Imported, ServiceError> {
    check(&ex.core, &from).map_err(ServiceError::Internal)?;
    let core = ex.core.clone();
    ex.store
        .write(move |conn| {
            let (mut done, mut territories) = already_there(conn)?;
            for entry in &from.networks {
                done.networks
                    .insert(entry.key.clone(), insert_network(conn, &core, entry)?);
            }
            for entry in &from.agreements {
                insert_agreement(conn, &core, &done, entry)?;
            }
            for entry in &from.laboratories {
                territories.insert(entry.key.clone(), entry.territory.clone());
                done.laboratories.insert(
                    entry.key.clone(),
                    insert_laboratory(conn, &core, &done, entry)?,
                );
            }
            for entry in &from.slide_sources {
                insert_slide_source(conn, &core, &done, entry)?;
            }
            for entry in &from.people {
                insert_person(
                    conn,
                    &core,
                    &done,
                    &territories,
                    entry,
                    password_hash.as_deref(),
                )?;
                done.people += 1;
            }
            put_on_record(conn, &core, &from)?;
            Ok(done)
        })
        .await
}

/// What came with an import beside its people, each of whom is on record alone.
fn put_on_record(conn: &mut Conn, core: &Core, from: &Organisations) -> Result<(), ServiceError> {
    let counts = [
        ("networks", from.networks.len()),
        ("agreements", from.agreements.len()),
        ("laboratories", from.laboratories.len()),
        ("slide_sources", from.slide_sources.len()),
    ];
    let came: Vec<String> = counts
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(what, count)| format!("{what} {count}"))
        .collect();
    if came.is_empty() {
        return Ok(());
    }
    let about = About {
        subject: None,
        detail: Some(came.join(" ")),
    };
    Ok(audit::by_operator(conn, core, "import", &about)?)
}

/// What an entry may refer to beside the keys of its file: networks and laboratories that are there already, by name.
fn already_there(conn: &mut Conn) -> Result<(Imported, HashMap<String, String>), ServiceError> {
    let mut done = Imported::default();
    let mut territories = HashMap::new();
    for network in organisations::networks(conn)? {
        done.networks.insert(network.name, network.id);
    }
    for laboratory in organisations::laboratories(conn)? {
        territories.insert(laboratory.name.clone(), laboratory.territory);
        done.laboratories.insert(laboratory.name, laboratory.id);
    }
    Ok((done, territories))
}

/// What cannot be right, with the entry named.
fn check(core: &Core, from: &Organisations) -> Result<(), String> {
    let codes = core.reference.subspecialty_codes();
    let known = |what: &str, list: &[String]| match list.iter().find(|code| !codes.contains(code)) {
        Some(code) => Err(format!("{what}: there is no subspecialty {code}")),
        None => Ok(()),
    };
    for network in &from.networks {
        let what = format!("network {}", network.key);
        core.reference
            .territory(&network.territory)
            .map_err(|error| format!("{what}: {error}"))?;
        for territory in &network.territories {
            core.reference
                .territory(territory)
                .map_err(|error| format!("{what}: {error}"))?;
        }
        known(&what, &network.subspecialties)?;
        if let Some(problem) = network.weekly_hours.problem() {
            return Err(format!("{what}: {problem}"));
        }
        if let Some(problem) = network.on_call_hours.disorder() {
            return Err(format!("{what}: on-call hours: {problem}"));
        }
    }
    for laboratory in &from.laboratories {
        let what = format!("laboratory {}", laboratory.key);
        core.reference
            .territory(&laboratory.territory)
            .map_err(|error| format!("{what}: {error}"))?;
        if let Some(finess) = &laboratory.finess {
            Finess::parse(finess).map_err(|error| format!("{what}: FINESS number {error}"))?;
        }
    }
    for person in &from.people {
        let what = format!("person {}", person.login);
        if let Some(rpps) = &person.rpps {
            Rpps::parse(rpps).map_err(|error| format!("{what}: RPPS number {error}"))?;
        }
        if !matches!(person.language.as_str(), "fr" | "en") {
            return Err(format!("{what}: the language is fr or en"));
        }
        if let Some(profile) = &person.profile {
            known(&what, std::slice::from_ref(&profile.primary))?;
            known(&what, &profile.others)?;
            if let Some(problem) = profile.weekly_hours.problem() {
                return Err(format!("{what}: {problem}"));
            }
        }
        for role in &person.roles {
            check_role(&what, role)?;
        }
        if !person.duties.is_empty() && person.profile.is_none() {
            return Err(format!("{what}: only an expert is on call"));
        }
        let expert = person.roles.iter().any(|role| role.role == Role::Expert);
        if expert != person.profile.is_some() {
            return Err(format!(
                "{what}: an expert needs a profile, and only an expert has one"
            ));
        }
    }
    Ok(())
}

/// A role without its organisation would let its holder do nothing.
fn check_role(what: &str, entry: &RoleEntry) -> Result<(), String> {
    let needs = match entry.role {
        Role::Submitter => (true, false),
        Role::Expert => (true, true),
        Role::Coordinator => (false, true),
        Role::Auditor | Role::Administrator => (false, false),
    };
    let missing = match (needs, &entry.laboratory, &entry.network) {
        ((true, _), None, _) => "a laboratory",
        ((_, true), _, None) => "a network",
        _ => return Ok(()),
    };
    Err(format!("{what}: the role {} needs {missing}", entry.role))
}

fn key_of<T: Copy>(keys: &HashMap<String, T>, what: &str, key: &str) -> Result<T, ServiceError> {
    keys.get(key)
        .copied()
        .ok_or_else(|| ServiceError::Internal(format!("{what}: nothing has the key or name {key}")))
}

fn value<T: serde::Serialize>(of: &T) -> Result<serde_json::Value, ServiceError> {
    serde_json::to_value(of).map_err(|error| ServiceError::Internal(error.to_string()))
}

fn insert_network(
    conn: &mut Conn,
    core: &Core,
    entry: &NetworkEntry,
) -> Result<NetworkId, ServiceError> {
    let id = NetworkId::new(core.ids.as_ref());
    organisations::insert_network(
        conn,
        &Network {
            id,
            name: entry.name.clone(),
            territory: entry.territory.clone(),
            routes_at_once: entry.routes_at_once,
            weekly_hours: value(&entry.weekly_hours)?,
            on_call_hours: value(&entry.on_call_hours)?,
            customary_holidays: entry.customary_holidays,
            closures: value(&entry.closures)?,
            territories: entry.territories.clone(),
            subspecialties: entry.subspecialties.clone(),
            requires_ins: entry.requires_ins,
        },
    )?;
    Ok(id)
}

fn insert_agreement(
    conn: &mut Conn,
    core: &Core,
    done: &Imported,
    entry: &AgreementEntry,
) -> Result<(), ServiceError> {
    let what = "agreement";
    Ok(organisations::insert_agreement(
        conn,
        &Agreement {
            id: AgreementId::new(core.ids.as_ref()),
            from: key_of(&done.networks, what, &entry.from_network)?,
            to: key_of(&done.networks, what, &entry.to_network)?,
            subspecialties: entry.subspecialties.clone(),
            urgencies: entry.urgencies.clone(),
            valid_from: entry.valid_from,
            valid_until: entry.valid_until,
        },
    )?)
}

fn insert_laboratory(
    conn: &mut Conn,
    core: &Core,
    done: &Imported,
    entry: &LaboratoryEntry,
) -> Result<LaboratoryId, ServiceError> {
    let id = LaboratoryId::new(core.ids.as_ref());
    organisations::insert_laboratory(
        conn,
        &Laboratory {
            id,
            name: entry.name.clone(),
            commune: entry.commune.clone(),
            territory: entry.territory.clone(),
            network: key_of(&done.networks, &entry.key, &entry.network)?,
            finess: entry.finess.clone(),
            local_number: entry.local_number.clone(),
        },
    )?;
    Ok(id)
}

fn insert_slide_source(
    conn: &mut Conn,
    core: &Core,
    done: &Imported,
    entry: &SlideSourceEntry,
) -> Result<(), ServiceError> {
    let mut source = SlideSource {
        id: SlideSourceId::new(core.ids.as_ref()),
        laboratory: key_of(&done.laboratories, &entry.name, &entry.laboratory)?,
        name: entry.name.clone(),
        kind: entry.kind,
        base_url: entry.base_url.clone(),
        internal: entry.internal,
        sealed_credentials: None,
    };
    if let Some(credentials) = &entry.credentials {
        source.sealed_credentials = Some(
            core.sealing
                .seal(&links::credentials_place(&source), credentials)?,
        );
    }
    Ok(organisations::insert_slide_source(conn, &source)?)
}

/// The zone in which a person reads times.
fn zone(
    core: &Core,
    territories: &HashMap<String, String>,
    entry: &PersonEntry,
) -> Result<chrono_tz::Tz, ServiceError> {
    let refused = |why: String| ServiceError::Internal(format!("person {}: {why}", entry.login));
    let territory = match (&entry.territory, &entry.laboratory) {
        (Some(territory), _) => territory,
        (None, Some(laboratory)) => territories
            .get(laboratory)
            .ok_or_else(|| refused(format!("there is no laboratory {laboratory}")))?,
        (None, None) => return Err(refused("a laboratory or a territory is needed".into())),
    };
    let territory = core.reference.territory(territory);
    Ok(territory.map_err(|error| refused(error.to_string()))?.zone)
}

fn insert_person(
    conn: &mut Conn,
    core: &Core,
    done: &Imported,
    territories: &HashMap<String, String>,
    entry: &PersonEntry,
    password_hash: Option<&str>,
) -> Result<(), ServiceError> {
    let id = PersonId::new(core.ids.as_ref());
    let zone = zone(core, territories, entry)?;
    let login = entry.login.trim().to_lowercase();
    people::insert(
        conn,
        &Person {
            id,
            email: entry.email.clone().unwrap_or_else(|| login.clone()),
            login,
            display_name: entry.name.clone(),
            language: entry.language.clone(),
            zone: zone.name().to_owned(),
            rpps: entry.rpps.clone(),
            password_hash: password_hash.map(ToOwned::to_owned),
            active: true,
            created_at: core.clock.now(),
        },
    )?;
    audit::by_operator(conn, core, "add_person", &About::of("person", &id))?;
    for role in &entry.roles {
        let laboratory = role
            .laboratory
            .as_deref()
            .map(|key| key_of(&done.laboratories, &entry.login, key))
            .transpose()?;
        let network = role
            .network
            .as_deref()
            .map(|key| key_of(&done.networks, &entry.login, key))
            .transpose()?;
        people::insert_membership(
            conn,
            id,
            &Membership {
                role: role.role,
                laboratory,
                network,
            },
            core.ids.next(),
        )?;
    }
    if let Some(profile) = &entry.profile {
        people::insert_profile(
            conn,
            &ExpertProfile {
                person: id,
                network: key_of(&done.networks, &entry.login, &profile.network)?,
                primary_subspecialty: profile.primary.clone(),
                other_subspecialties: profile.others.clone(),
                languages: profile.languages.clone(),
                capacity_per_day: profile.capacity_per_day,
                weekly_hours: value(&profile.weekly_hours)?,
                zone: zone.name().to_owned(),
                version: 1,
            },
        )?;
    }
    for days in &entry.absences {
        let (starts_at, ends_at) = span(core, zone, *days, "an absence")?;
        people::insert_absence(
            conn,
            &Absence {
                id: core.ids.next(),
                person: id,
                starts_at,
                ends_at,
            },
        )?;
    }
    insert_duties(conn, core, done, entry, id)
}

/// Puts an expert on call in the pool of their profile.
fn insert_duties(
    conn: &mut Conn,
    core: &Core,
    done: &Imported,
    entry: &PersonEntry,
    expert: PersonId,
) -> Result<(), ServiceError> {
    let Some(profile) = entry.profile.as_ref().filter(|_| !entry.duties.is_empty()) else {
        return Ok(());
    };
    let network = key_of(&done.networks, &entry.login, &profile.network)?;
    let pool = organisations::find_network(conn, network)?;
    let missing = || ServiceError::Internal(format!("person {}: no such network", entry.login));
    let zone = core
        .reference
        .territory(&pool.ok_or_else(missing)?.territory)?;
    for days in &entry.duties {
        let (starts_at, ends_at) = span(core, zone.zone, *days, "a duty")?;
        duties::insert(
            conn,
            &Duty {
                id: DutyId::new(core.ids.as_ref()),
                network,
                expert,
                starts_at,
                ends_at,
            },
        )?;
    }
    Ok(())
}

/// From the beginning of one day to the end of another, in days from the day of the import.
fn span(
    core: &Core,
    zone: chrono_tz::Tz,
    (from, to): (i64, i64),
    what: &str,
) -> Result<(DateTime<Utc>, DateTime<Utc>), ServiceError> {
    let today = core.clock.now().with_timezone(&zone).date_naive();
    let day = |offset: i64| {
        let shifted = if offset < 0 {
            today.checked_sub_days(Days::new(offset.unsigned_abs()))
        } else {
            today.checked_add_days(Days::new(offset.unsigned_abs()))
        };
        let midnight = shifted.unwrap_or(today).and_time(chrono::NaiveTime::MIN);
        zone.from_local_datetime(&midnight)
            .earliest()
            .map_or(core.clock.now(), |at| at.to_utc())
    };
    let (starts_at, ends_at) = (day(from), day(to + 1));
    if micros(starts_at) >= micros(ends_at) {
        let why = format!("{what} ends before it begins");
        return Err(ServiceError::Internal(why));
    }
    Ok((starts_at, ends_at))
}
