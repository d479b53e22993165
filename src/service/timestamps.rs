//! Time stamps of signatures: asked for by a job after the opinion was signed, so that no signature waits for an authority.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use url::Url;

use super::documents::TimestampDocument;
use super::error::ServiceError;
use super::jobs::Job;
use super::{Core, Exchange, digest};
use crate::domain::ids::OpinionId;
use crate::domain::slides::LinkFailure;
use crate::signing::jades::Jades;
use crate::signing::timestamps::{self, Nonce, Stamp};
use crate::slides::outbound::{ClientError, Outbound, OutboundLimits};
use crate::store::outbox::{self, Topic};
use crate::store::timestamps::{self as store, TimestampRow};
use crate::store::{Conn, StoreError, id, micros, to_json};

/// How long an authority may take, and how much it may answer.
const LIMITS: OutboundLimits = OutboundLimits {
    connect: Duration::from_secs(5),
    overall: Duration::from_secs(15),
    max_bytes: 64 * 1024,
};

/// Signatures of before there was an authority that are looked at in one write.
const EARLIER_AT_ONCE: i64 = 200;

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

/// What is known of the time stamps of signed forms, by their identifiers: what an authority attested, or that one is asked. Nothing of
/// a form that nobody will stamp, because the exchange has no authority or the signer's certificate has run out.
pub(super) fn documents(
    conn: &mut Conn,
    core: &Core,
    signed: &[&str],
) -> Result<HashMap<String, TimestampDocument>, StoreError> {
    let stamps = store::of(conn, signed)?.into_iter().map(|row| {
        let id = row.opinion_id.clone();
        Ok((id, TimestampDocument::of(row)?))
    });
    let mut known: HashMap<_, _> = stamps.collect::<Result<_, StoreError>>()?;
    if core.stamper.is_some() && known.len() < signed.len() {
        let asked = store::unstamped_of(conn, signed, micros(core.clock.now()))?;
        known.extend(asked.into_iter().map(|id| (id, TimestampDocument::Pending)));
    }
    Ok(known)
}

/// Has the authority asked for a stamp of everything that it can still stamp and that nobody asks it for: what was signed before the
/// exchange had an authority, or while it had none. What was asked for and given up is left to who keeps the outbox.
///
/// # Errors
/// Storage failures.
pub(super) async fn catch_up(ex: &Exchange) -> Result<(), ServiceError> {
    if ex.core.stamper.is_none() {
        return Ok(());
    }
    let mut after = String::new();
    loop {
        let (core, from) = (ex.core.clone(), after.clone());
        let last = ex.store.write(move |conn| ask_from(conn, &core, &from));
        match last.await? {
            Some(last) => after = last,
            None => return Ok(()),
        }
    }
}

/// Has the next part of them asked for; tells up to which.
fn ask_from(conn: &mut Conn, core: &Core, after: &str) -> Result<Option<String>, ServiceError> {
    let now = core.clock.now();
    let part = store::unstamped(conn, after, micros(now), EARLIER_AT_ONCE)?;
    if part.is_empty() {
        return Ok(None);
    }
    let asked = outbox::unfinished_jobs(conn, Job::TIMESTAMP)?;
    let asked: HashSet<String> = asked.into_iter().collect();
    for one in &part {
        let job = to_json(&Job::Timestamp { opinion: id(one)? })?;
        if !asked.contains(&job) {
            digest::enqueue(conn, core, Topic::Job, job, now)?;
        }
    }
    Ok(part.last().cloned())
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
    let now = micros(ex.core.clock.now());
    let waiting = move |conn: &mut Conn| store::waiting(conn, opinion, now);
    let waiting = ex.store.read(waiting);
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
