//! Certificates that run out: what signs, what is trusted, and what nobody but the operator can renew. Keys that the exchange certifies
//! itself are not among them: the first signature after their certificate has run out has another one made.

use std::collections::HashSet;

use chrono::{DateTime, Utc};

use super::Exchange;
use super::error::ServiceError;
use crate::domain::text_enum::text_enum;
use crate::signing::chain;
use crate::store::signatures::{self, AuthorityRow};
use crate::store::{Conn, StoreError, instant};

text_enum! {
    /// Whose certificate it is.
    pub enum Holder {
        /// The exchange's own signing authority.
        Authority = "authority",
        /// A network's authority that is trusted here.
        TrustedAuthority = "trusted_authority",
        /// An expert whose key a network's authority certified.
        Expert = "expert",
        /// The time stamp authority, or who certified it.
        TimeAuthority = "time_authority",
    }
}

/// A certificate that runs out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dated {
    /// Whose it is.
    pub holder: Holder,
    /// Their name, or an expert's login.
    pub name: String,
    /// Until when it holds.
    pub not_after: DateTime<Utc>,
}

/// Every certificate that is in use and that somebody has to renew, the one that runs out first at the beginning.
///
/// # Errors
/// Storage failures.
pub async fn certificates(ex: &Exchange) -> Result<Vec<Dated>, ServiceError> {
    let mut found = ex.store.read(kept).await?;
    let trusted = ex.core.stamper.iter().flat_map(|one| one.trusted.iter());
    found.extend(trusted.filter_map(|der| of_time_authority(der)));
    found.sort_by_key(|one| one.not_after);
    Ok(found)
}

/// Those in the database.
fn kept(conn: &mut Conn) -> Result<Vec<Dated>, ServiceError> {
    let mut found = Vec::new();
    if let Some(own) = signatures::active_authority(conn)? {
        let name = "the signing authority".to_owned();
        found.push(of_authority(Holder::Authority, name, &own)?);
    }
    let registered = signatures::registered_authorities(conn)?;
    let trusted = |one: &&AuthorityRow| one.withdrawn_at.is_none();
    for one in registered.iter().filter(trusted) {
        let name = one.registered_as.clone().unwrap_or_default();
        found.push(of_authority(Holder::TrustedAuthority, name, one)?);
    }
    let mut seen = HashSet::new();
    // The newest first: the one that each person signs with.
    for (key, login) in signatures::keys(conn)? {
        let by = registered.iter().find(|one| one.id == key.authority_id);
        let in_use = key.revoked_at.is_none() && seen.insert(key.person_id);
        if in_use && by.filter(trusted).is_some() {
            found.push(Dated {
                holder: Holder::Expert,
                name: login,
                not_after: instant(key.not_after)?,
            });
        }
    }
    Ok(found)
}

fn of_authority(holder: Holder, name: String, row: &AuthorityRow) -> Result<Dated, StoreError> {
    Ok(Dated {
        holder,
        name,
        not_after: instant(row.not_after)?,
    })
}

/// One that cannot be read was refused at the start.
fn of_time_authority(der: &[u8]) -> Option<Dated> {
    let certificate = chain::read(der).ok()?;
    Some(Dated {
        holder: Holder::TimeAuthority,
        name: certificate.subject().to_string(),
        not_after: DateTime::from_timestamp(certificate.validity().not_after.timestamp(), 0)?,
    })
}
