//! The transparency log: the entry of an opinion or of a reading is kept in the transaction that signs it, and is given its place by
//! a job soon after, so that nobody who signs waits for anybody else who does. Whoever keeps a checkpoint can find out later whether anything was taken
//! out, put in or exchanged; the entries are salted hashes, which tell nothing to who does not hold the opinion.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::audit;
use super::change::Change;
use super::error::ServiceError;
use super::jobs::Job;
use super::{Core, Exchange};
use crate::domain::ids::OpinionId;
use crate::report::bundle::Proven;
use crate::signing::jades::Jades;
pub use crate::signing::transparency::Continued;
use crate::signing::transparency::{
    Continuity, Entry, Growth, KEY_BYTES, LogKey, Proof, Salt, TILE_WIDTH, Tiles,
    TransparencyError, entry, entry_bundle, root_of, signed_tree, tile_at, tiles_of_continuity,
    tiles_of_proof, tiles_of_root,
};
use crate::store::traces::About;
use crate::store::transparency::{self as rows, LogRow, SaltRow};
use crate::store::{Conn, Store, StoreError};

/// Entries that are given their places in one write.
const AT_ONCE: i64 = 4096;
/// Earlier opinions that are brought to the log in one write.
const EARLIER_AT_ONCE: i64 = 200;
/// Where the log's key is sealed for.
const KEY_PLACE: &str = "transparency_log";

impl From<TransparencyError> for ServiceError {
    fn from(error: TransparencyError) -> Self {
        Self::Internal(error.to_string())
    }
}

/// Keeps the entry of a version or a reading that was just signed, and has it entered.
pub(super) fn keep(
    change: &mut Change<'_>,
    opinion: OpinionId,
    signed: &Jades,
) -> Result<(), ServiceError> {
    rows::insert_salt(change.conn, &salted(opinion.to_string(), signed))?;
    change.schedule(&Job::EnterLog, change.now)
}

fn salted(opinion_id: String, signed: &Jades) -> SaltRow {
    let salt: Salt = rand::random();
    SaltRow {
        opinion_id,
        salt: Some(salt.to_vec()),
        entry: Some(entry(&salt, signed).to_vec()),
        position: None,
    }
}

/// Gives everything that waits its place in the log, and signs what the log is then.
///
/// # Errors
/// Storage failures.
pub async fn append(ex: &Exchange) -> Result<(), ServiceError> {
    carry_on(&ex.store, &ex.core).await
}

async fn carry_on(store: &Store, core: &Arc<Core>) -> Result<(), ServiceError> {
    while store.read(rows::is_waiting).await? {
        let core = Arc::clone(core);
        store.write(move |conn| grow(conn, &core)).await?;
    }
    Ok(())
}

/// Enters the next part of what waits.
fn grow(conn: &mut Conn, core: &Core) -> Result<(), ServiceError> {
    begin(conn, core)?;
    let log = rows::lock(conn)?.ok_or_else(lost)?;
    let key = opened(core, &log)?;
    let mut growth = Growth::of(
        count(log.size)?,
        tiles(conn, Growth::last_tiles(count(log.size)?))?,
    )?;
    for entered in rows::enter(conn, log.size, AT_ONCE)? {
        let entered: Entry = entered
            .try_into()
            .map_err(|_| StoreError::Corrupt("entry"))?;
        growth.add(&entered);
    }
    let size = growth.size();
    let checkpoint = key.sign(size, growth.root()?)?;
    for ((level, number), hashes) in growth.changed() {
        rows::keep_tile(conn, i32::from(level), row_number(number)?, &hashes)?;
    }
    Ok(rows::advance(conn, row_number(size)?, &checkpoint)?)
}

fn lost() -> ServiceError {
    ServiceError::Internal("the transparency log was not kept".into())
}

fn count(number: i64) -> Result<u64, StoreError> {
    u64::try_from(number).map_err(|_| StoreError::Corrupt("number"))
}

fn row_number(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|_| StoreError::Corrupt("number"))
}

fn tiles(conn: &mut Conn, places: Vec<(u8, u64)>) -> Result<Tiles, ServiceError> {
    let mut tiles = Tiles::new();
    for (level, number) in places {
        let found = rows::tile(conn, i32::from(level), row_number(number)?)?;
        tiles.insert((level, number), found.ok_or(StoreError::Corrupt("tile"))?);
    }
    Ok(tiles)
}

/// Begins the log where there is none: makes its key, and signs that it is empty.
fn begin(conn: &mut Conn, core: &Core) -> Result<(), ServiceError> {
    if rows::log(conn)?.is_some() {
        return Ok(());
    }
    let private: [u8; KEY_BYTES] = rand::random();
    let key = LogKey::new(&core.log_origin, &private)?;
    let empty = Growth::of(0, Tiles::new())?;
    let row = LogRow {
        origin: core.log_origin.clone(),
        public_key: key.public().to_owned(),
        sealed_key: core.sealing.seal(KEY_PLACE, &STANDARD.encode(private))?,
        size: 0,
        checkpoint: key.sign(0, empty.root()?)?,
    };
    Ok(rows::begin(conn, &row)?)
}

fn opened(core: &Core, log: &LogRow) -> Result<LogKey, ServiceError> {
    let private: String = core.sealing.open(KEY_PLACE, &log.sealed_key)?;
    let private = STANDARD.decode(private).ok();
    let private: [u8; KEY_BYTES] = private
        .and_then(|private| private.try_into().ok())
        .ok_or(StoreError::Corrupt("key"))?;
    Ok(LogKey::new(&log.origin, &private)?)
}

/// The log as everybody may read it; begun when there is none yet.
async fn log(ex: &Exchange) -> Result<LogRow, ServiceError> {
    if let Some(log) = ex.store.read(rows::log).await? {
        return Ok(log);
    }
    let core = ex.core.clone();
    ex.store
        .write(move |conn| {
            begin(conn, &core)?;
            rows::log(conn)?.ok_or_else(lost)
        })
        .await
}

/// What the log signed last of itself (C2SP tlog-checkpoint).
///
/// # Errors
/// Storage failures.
pub async fn checkpoint(ex: &Exchange) -> Result<String, ServiceError> {
    Ok(log(ex).await?.checkpoint)
}

/// The log's public key, in the one line that verifiers take.
///
/// # Errors
/// Storage failures.
pub async fn public_key(ex: &Exchange) -> Result<String, ServiceError> {
    Ok(log(ex).await?.public_key)
}

/// A part of the log by its address below `/log/tile/` (C2SP tlog-tiles): hashes of the tree, or entries.
///
/// # Errors
/// [`ServiceError::NotFound`] for what is no such address, and for what the log does not have yet.
pub async fn tile(ex: &Exchange, path: &str) -> Result<Vec<u8>, ServiceError> {
    let (level, number, width) = tile_at(path).ok_or(ServiceError::NotFound)?;
    let number = row_number(number).map_err(|_| ServiceError::NotFound)?;
    ex.store
        .read(move |conn| match level {
            Some(level) => {
                let hashes = rows::tile(conn, i32::from(level), number)?;
                let hashes = hashes.ok_or(ServiceError::NotFound)?;
                let part = hashes.get(..width * size_of::<Entry>());
                Ok(part.ok_or(ServiceError::NotFound)?.to_vec())
            }
            None => {
                let wide = |number: i64| number.checked_mul(i64::try_from(TILE_WIDTH).ok()?);
                let from = wide(number).ok_or(ServiceError::NotFound)?;
                let most = i64::try_from(width).map_err(|_| ServiceError::NotFound)?;
                let entries = rows::entries(conn, from, most)?;
                if entries.len() < width {
                    return Err(ServiceError::NotFound);
                }
                Ok(entry_bundle(&entries)?)
            }
        })
        .await
}

/// The proofs that signed versions and readings are in the log; they are given their places now where they still wait for them. None
/// for what had its salt destroyed.
///
/// # Errors
/// Storage failures.
pub(super) async fn proofs(
    ex: &Exchange,
    signed: Vec<OpinionId>,
) -> Result<Vec<Option<Proven>>, ServiceError> {
    append(ex).await?;
    ex.store
        .read(move |conn| signed.iter().map(|one| proven(conn, *one)).collect())
        .await
}

fn proven(conn: &mut Conn, opinion: OpinionId) -> Result<Option<Proven>, ServiceError> {
    let Some(SaltRow {
        salt: Some(salt),
        position: Some(position),
        ..
    }) = rows::salt(conn, &opinion)?
    else {
        return Ok(None);
    };
    let salt: Salt = salt.try_into().map_err(|_| StoreError::Corrupt("salt"))?;
    let log = rows::log(conn)?.ok_or_else(lost)?;
    let (size, position) = (count(log.size)?, count(position)?);
    let tiles = tiles(conn, tiles_of_proof(size, position)?)?;
    let proof = Proof::make(position, salt, size, &tiles, log.checkpoint)?;
    Ok(Some(Proven {
        proof: proof.to_text(),
        public_key: log.public_key,
    }))
}

/// Enters what was signed before there was a log, and what an earlier try left; tells how many.
///
/// # Errors
/// Storage failures.
pub async fn complete(store: &Store, core: Arc<Core>) -> Result<usize, ServiceError> {
    let mut entered = 0;
    // By parts: one write of a whole history would keep every other waiting.
    loop {
        let part = store.write(|conn| {
            let part = rows::unentered(conn, EARLIER_AT_ONCE)?;
            for (opinion, jades) in &part {
                let signed: Jades =
                    serde_json::from_str(jades).map_err(|_| StoreError::Corrupt("signature"))?;
                rows::insert_salt(conn, &salted(opinion.clone(), &signed))?;
            }
            Ok::<_, StoreError>(part.len())
        });
        match part.await? {
            0 => break,
            more => entered += more,
        }
    }
    carry_on(store, &core).await?;
    Ok(entered)
}

/// The proof that the log, as it signed itself last, begins with its first `old` entries: for who keeps a checkpoint of so many.
///
/// # Errors
/// [`ServiceError::NotFound`] when the log has fewer.
pub async fn continuity(ex: &Exchange, old: u64) -> Result<String, ServiceError> {
    // Begun where there is none yet: the empty log goes on from itself.
    log(ex).await?;
    ex.store
        .read(move |conn| {
            let log = rows::log(conn)?.ok_or_else(lost)?;
            let size = count(log.size)?;
            if old > size {
                return Err(ServiceError::NotFound);
            }
            let tiles = tiles(conn, tiles_of_continuity(size, old)?)?;
            Ok(Continuity::make(old, size, &tiles, log.checkpoint)?.to_text())
        })
        .await
}

/// The proof that the log goes on from a checkpoint that somebody kept; in words why there is none.
///
/// # Errors
/// Storage failures.
pub async fn proof_since(
    ex: &Exchange,
    checkpoint: String,
) -> Result<Result<String, String>, ServiceError> {
    let found = match continues(ex, checkpoint).await? {
        Ok(found) => found,
        Err(said) => return Ok(Err(said)),
    };
    Ok(Ok(continuity(ex, found.then).await?))
}

/// Looks whether the log still begins with what it signed in a checkpoint that somebody kept; in words why not.
///
/// # Errors
/// Storage failures.
pub async fn continues(
    ex: &Exchange,
    checkpoint: String,
) -> Result<Result<Continued, String>, ServiceError> {
    ex.store
        .read(move |conn| {
            let Some(log) = rows::log(conn)? else {
                return Ok(Err("this exchange has no log yet".into()));
            };
            let kept = match signed_tree(&checkpoint, &log.public_key) {
                Ok(kept) => kept,
                Err(said) => return Ok(Err(said)),
            };
            let now = count(log.size)?;
            if kept.size > now {
                return Ok(Err(format!(
                    "the log has {now} entries; it had signed {}",
                    kept.size
                )));
            }
            let tiles = tiles(conn, tiles_of_root(kept.size)?)?;
            if root_of(kept.size, &tiles)? != kept.root {
                let said = "the log does not begin with the entries that it had signed";
                return Ok(Err(said.into()));
            }
            let then = kept.size;
            Ok(Ok(Continued { then, now }))
        })
        .await
}

/// Destroys the salt of a version, so that nobody can tell any more which entry is of it; whether there was one. The log stays
/// whole. For when what was signed has to be forgotten; the act is on record.
///
/// # Errors
/// Storage failures.
pub async fn unlink(ex: &Exchange, opinion: OpinionId) -> Result<bool, ServiceError> {
    append(ex).await?;
    let core = ex.core.clone();
    Ok(ex
        .store
        .write(move |conn| {
            let unlinked = rows::unlink(conn, opinion)?;
            if unlinked {
                let about = About::of("opinion", &opinion);
                audit::by_operator(conn, &core, "unlink_opinion", &about)?;
            }
            Ok::<_, StoreError>(unlinked)
        })
        .await?)
}
