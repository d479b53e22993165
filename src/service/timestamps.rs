//! Time stamps of signatures: asked for by a job after the opinion was signed, so that no signature waits for an authority.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use url::Url;

use super::Exchange;
use super::error::ServiceError;
use crate::domain::ids::OpinionId;
use crate::domain::slides::LinkFailure;
use crate::signing::jades::Jades;
use crate::signing::timestamps::{self, Nonce, Stamp};
use crate::slides::outbound::{ClientError, Outbound, OutboundLimits};
use crate::store::timestamps::{self as store, TimestampRow};
use crate::store::{StoreError, micros};

/// How long an authority may take, and how much it may answer.
const LIMITS: OutboundLimits = OutboundLimits {
    connect: Duration::from_secs(5),
    overall: Duration::from_secs(15),
    max_bytes: 64 * 1024,
};

/// The authority that stamps the exchange's signatures.
pub struct Stamper {
    address: Url,
    /// Certificates (DER) that its stamps descend from.
    pub(super) trusted: Vec<Vec<u8>>,
    client: Outbound,
}

impl Stamper {
    /// The authority at an address, trusted by its certificates or those that certified them (DER).
    ///
    /// # Errors
    /// When the client cannot be made.
    pub fn new(address: Url, trusted: Vec<Vec<u8>>) -> Result<Self, ClientError> {
        Self::within(address, trusted, LIMITS)
    }

    /// The same within other limits.
    ///
    /// # Errors
    /// When the client cannot be made.
    pub fn within(
        address: Url,
        trusted: Vec<Vec<u8>>,
        limits: OutboundLimits,
    ) -> Result<Self, ClientError> {
        Ok(Self {
            address,
            trusted,
            client: Outbound::new(limits)?,
        })
    }

    /// A stamp of a signature that holds, with its token.
    async fn stamp(&self, signature: &[u8], nonce: Nonce) -> Result<(Stamp, Vec<u8>), String> {
        let request = timestamps::request(signature, nonce);
        let answer = self
            .client
            .post(&self.address, "application/timestamp-query", request)
            .await
            .map_err(|failure| said(failure).to_owned())?;
        let token = timestamps::token(&answer.body)?;
        let stamp = timestamps::check(&token, signature, Some(&self.trusted))?;
        if !nonce.is_of(&stamp) {
            return Err("the time stamp answers another request".into());
        }
        Ok((stamp, token))
    }
}

/// Why the authority gave no answer.
fn said(failure: LinkFailure) -> &'static str {
    match failure {
        LinkFailure::SourceUnreachable => "nobody answers at the authority's address",
        LinkFailure::Timeout => "the authority did not answer in time",
        LinkFailure::ServerError => "the authority failed",
        _ => "the authority gave no answer that could be read",
    }
}

/// What an authority attested when it was tried out.
#[derive(Debug, Clone)]
pub struct Attested {
    /// Its name.
    pub authority: String,
    /// Its time.
    pub at: DateTime<Utc>,
}

/// Has the authority stamp something as it stamps signatures; none when none is configured.
///
/// # Errors
/// What it said or did not say, in words.
pub async fn try_out(ex: &Exchange) -> Option<Result<Attested, String>> {
    let stamper = ex.core.stamper.as_ref()?;
    let id = ex.core.ids.next();
    let stamped = stamper.stamp(id.as_bytes(), Nonce::of(id)).await;
    Some(stamped.map(|(stamp, _)| Attested {
        authority: stamp.authority,
        at: stamp.at,
    }))
}

/// Completes the signature of a version with its time stamp, once.
///
/// # Errors
/// What the authority said or did not say: the worker asks again. Storage failures.
pub(super) async fn complete(ex: &Exchange, opinion: OpinionId) -> Result<(), ServiceError> {
    // Turned off since: nothing is pending any more.
    let Some(stamper) = &ex.core.stamper else {
        return Ok(());
    };
    let waiting = ex.store.read(move |conn| store::waiting(conn, opinion));
    let Some(text) = waiting.await? else {
        return Ok(());
    };
    let signed: Jades =
        serde_json::from_str(&text).map_err(|_| StoreError::Corrupt("signature"))?;
    let nonce = Nonce::of(ex.core.ids.next());
    let stamped = stamper.stamp(signed.signature.as_bytes(), nonce).await;
    let (stamp, token) =
        stamped.map_err(|error| ServiceError::Internal(format!("time stamp: {error}")))?;
    let row = TimestampRow {
        opinion_id: opinion.to_string(),
        token: STANDARD.encode(token),
        attested_at: micros(stamp.at),
        authority: stamp.authority,
    };
    // Another worker may have been first: one is enough.
    let kept = ex.store.write(move |conn| match store::insert(conn, &row) {
        Err(StoreError::Duplicate) => Ok(()),
        other => other,
    });
    Ok(kept.await?)
}
