//! What was fetched from slide sources, on a disk too, so that a process that starts anew need not ask again. Sealed: the disk tells
//! neither what a slide shows nor which one it is. Never more bytes than it was given; what is damaged is missing.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use super::picture::Picture;

/// What a file takes up of a disk is counted in blocks of so many bytes.
const BLOCK: u64 = 4096;
/// Characters of the name of a slide's folder and of a file in it.
const NAME: usize = 32;
/// How a file ends that is being written.
const UNFINISHED: &str = ".new";
/// Held by the process whose cache it is.
const LOCK: &str = "lock";
/// Media types that are kept; their place tells which.
const MEDIA_TYPES: [&str; 4] = ["image/jpeg", "image/png", "image/webp", "image/avif"];
/// Bytes before the picture: its media type, and the instant it was kept, microseconds.
const HEAD: usize = 1 + 8;

/// Seals what lies on the disk, under a key of its own.
pub trait Seal: Send + Sync {
    /// Seals bytes for one place.
    fn seal(&self, place: &str, plain: &[u8]) -> Option<Vec<u8>>;
    /// Opens what was sealed for that place and is unaltered.
    fn open(&self, place: &str, sealed: &[u8]) -> Option<Vec<u8>>;
    /// A name of 32 hexadecimal digits that tells nothing of the text.
    fn name(&self, text: &str) -> String;
}

/// Why there is no cache on the disk.
#[derive(Debug, thiserror::Error)]
pub enum DiskError {
    /// Another process keeps its cache there.
    #[error("another process keeps its slides there: give each a folder of its own")]
    Taken,
    /// The folder.
    #[error("{0}")]
    Folder(#[from] io::Error),
}

/// What is on the disk, and what became of what was asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DiskState {
    /// Pictures.
    pub entries: u64,
    /// Bytes they take up.
    pub bytes: u64,
    /// Most bytes.
    pub limit: u64,
    /// Asked for and there.
    pub hits: u64,
    /// Asked for and not there.
    pub misses: u64,
    /// There and damaged; removed.
    pub damaged: u64,
    /// Not kept, for the disk took nothing.
    pub failures: u64,
}

/// A cache of pictures in a folder of its own.
pub struct Disk {
    folder: PathBuf,
    limit: u64,
    seal: Arc<dyn Seal>,
    index: Mutex<Index>,
    /// Grows whenever something is purged: what was asked of a source before is not kept after.
    purges: AtomicU64,
    hits: AtomicU64,
    misses: AtomicU64,
    damaged: AtomicU64,
    failures: AtomicU64,
    /// Whether the last writing failed: told once, not at every tile.
    failing: AtomicBool,
    /// Held as long as this lives.
    _lock: File,
}

/// A slide's folder and a file in it.
type Place = (String, String);

/// What lies on the disk, in the order in which it was used.
#[derive(Default)]
struct Index {
    entries: HashMap<Place, Entry>,
    order: BTreeMap<u64, Place>,
    total: u64,
    uses: u64,
}

struct Entry {
    bytes: u64,
    used: u64,
    /// Whether it is written whole.
    whole: bool,
}

impl Index {
    fn add(&mut self, place: Place, bytes: u64, whole: bool) {
        self.uses += 1;
        let used = self.uses;
        self.order.insert(used, place.clone());
        self.total += bytes;
        self.entries.insert(place, Entry { bytes, used, whole });
    }

    fn remove(&mut self, place: &Place) -> bool {
        let Some(entry) = self.entries.remove(place) else {
            return false;
        };
        self.order.remove(&entry.used);
        self.total = self.total.saturating_sub(entry.bytes);
        true
    }

    /// Notes that it is used; false when it is not there.
    fn touch(&mut self, place: &Place) -> bool {
        let Some(entry) = self.entries.get_mut(place).filter(|entry| entry.whole) else {
            return false;
        };
        self.order.remove(&entry.used);
        self.uses += 1;
        entry.used = self.uses;
        self.order.insert(entry.used, place.clone());
        true
    }

    /// The one that was not used for the longest time, among those that are whole.
    fn oldest(&self) -> Option<Place> {
        let whole = |place: &&Place| self.entries.get(*place).is_some_and(|entry| entry.whole);
        self.order.values().find(whole).cloned()
    }
}

/// What was purged before something was asked of a source.
#[derive(Debug, Clone, Copy)]
pub struct Before(u64);

impl Disk {
    /// Takes a folder, which is made where it is missing, with what an earlier process left in it.
    ///
    /// # Errors
    /// [`DiskError`].
    pub fn open(folder: &Path, limit: u64, seal: Arc<dyn Seal>) -> Result<Self, DiskError> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
        let lock = fs::OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(folder.join(LOCK))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => DiskError::Taken,
            TryLockError::Error(error) => DiskError::Folder(error),
        })?;
        let disk = Self {
            index: Mutex::new(found(folder)?),
            folder: folder.to_owned(),
            limit,
            seal,
            purges: AtomicU64::new(0),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
            damaged: AtomicU64::new(0),
            failures: AtomicU64::new(0),
            failing: AtomicBool::new(false),
            _lock: lock,
        };
        // The limit may be smaller than it was.
        disk.make_room(&mut disk.index(), 0);
        Ok(disk)
    }

    fn index(&self) -> MutexGuard<'_, Index> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn place(&self, slide: &str, part: &str) -> Place {
        (
            self.seal.name(slide),
            self.seal.name(&sealed_for(slide, part)),
        )
    }

    fn path(&self, (folder, file): &Place) -> PathBuf {
        self.folder.join(folder).join(file)
    }

    /// To be asked before a source is, and given with what came of it.
    pub fn before(&self) -> Before {
        Before(self.purges.load(Ordering::SeqCst))
    }

    /// A part of a slide that was kept after `since`, microseconds. What cannot be read is removed.
    pub fn get(&self, slide: &str, part: &str, since: i64) -> Option<Picture> {
        let place = self.place(slide, part);
        if !self.index().touch(&place) {
            self.misses.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        let read = fs::read(self.path(&place));
        let gone = read
            .as_ref()
            .is_err_and(|error| error.kind() == ErrorKind::NotFound);
        let found = read
            .ok()
            .and_then(|sealed| self.seal.open(&sealed_for(slide, part), &sealed))
            .and_then(picture);
        match found {
            Some((at, picture)) if at >= since => {
                self.hits.fetch_add(1, Ordering::Relaxed);
                Some(picture)
            }
            stale => {
                if stale.is_none() && !gone {
                    self.damaged.fetch_add(1, Ordering::Relaxed);
                }
                self.misses.fetch_add(1, Ordering::Relaxed);
                self.remove(&mut self.index(), &place);
                None
            }
        }
    }

    /// Keeps a part of a slide, unless something was purged since `before` or it does not fit.
    pub fn put(&self, slide: &str, part: &str, kept: &Picture, at: i64, before: Before) {
        let Some(kind) = MEDIA_TYPES
            .iter()
            .position(|known| *known == kept.media_type)
        else {
            return;
        };
        let mut plain = vec![u8::try_from(kind).unwrap_or_default()];
        plain.extend_from_slice(&at.to_be_bytes());
        plain.extend_from_slice(&kept.bytes);
        let Some(sealed) = self.seal.seal(&sealed_for(slide, part), &plain) else {
            return;
        };
        let place = self.place(slide, part);
        let bytes = on_disk(sealed.len() as u64);
        {
            let mut index = self.index();
            // What is being written by somebody else is theirs to finish.
            let known = index.entries.contains_key(&place);
            if known || bytes > self.limit || before.0 != self.purges.load(Ordering::SeqCst) {
                return;
            }
            self.make_room(&mut index, bytes);
            if index.total + bytes > self.limit {
                return;
            }
            index.add(place.clone(), bytes, false);
        }
        let written = self.write(&place, &sealed);
        let mut index = self.index();
        if let Err(error) = &written {
            self.failures.fetch_add(1, Ordering::Relaxed);
            if !self.failing.swap(true, Ordering::Relaxed) {
                tracing::warn!(%error, "slides cannot be kept on the disk");
            }
        } else {
            self.failing.store(false, Ordering::Relaxed);
        }
        let purged = before.0 != self.purges.load(Ordering::SeqCst);
        if written.is_err() || purged {
            self.remove(&mut index, &place);
        } else if let Some(entry) = index.entries.get_mut(&place) {
            entry.whole = true;
        }
    }

    /// Writes beside, then puts it in its place: nobody reads a half of it.
    fn write(&self, place: &Place, sealed: &[u8]) -> io::Result<()> {
        let path = self.path(place);
        let beside = path.with_extension(UNFINISHED.trim_start_matches('.'));
        let folder = path.parent().unwrap_or(&self.folder);
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
        let outcome = (|| {
            let mut file = fs::OpenOptions::new()
                .create(true)
                .truncate(true)
                .write(true)
                .mode(0o600)
                .open(&beside)?;
            file.write_all(sealed)?;
            fs::rename(&beside, &path)
        })();
        if outcome.is_err() {
            // What is left of it is in nobody's way: it is not there, or removed at the next start.
            let _ = fs::remove_file(&beside);
        }
        outcome
    }

    /// Removes what was not used for the longest time until `bytes` more fit.
    fn make_room(&self, index: &mut Index, bytes: u64) {
        while index.total + bytes > self.limit {
            let Some(oldest) = index.oldest() else { return };
            self.remove(index, &oldest);
        }
    }

    fn remove(&self, index: &mut Index, place: &Place) {
        index.remove(place);
        self.unlink(place);
    }

    fn unlink(&self, place: &Place) {
        match fs::remove_file(self.path(place)) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                tracing::warn!(%error, "a kept slide cannot be removed from the disk");
            }
            _ => {}
        }
    }

    /// Removes everything of these slides.
    pub fn purge<'s>(&self, slides: impl IntoIterator<Item = &'s str>) {
        let folders: HashSet<String> = slides.into_iter().map(|one| self.seal.name(one)).collect();
        if !folders.is_empty() {
            self.remove_folders(|folder| folders.contains(folder));
        }
    }

    /// Removes everything of other slides than these.
    pub fn keep_only<'s>(&self, slides: impl IntoIterator<Item = &'s str>) {
        let folders: HashSet<String> = slides.into_iter().map(|one| self.seal.name(one)).collect();
        self.remove_folders(|folder| !folders.contains(folder));
    }

    fn remove_folders(&self, which: impl Fn(&str) -> bool) {
        // Forgotten first, and only then removed: whoever asks meanwhile does not wait for the disk.
        let places: Vec<Place> = {
            let mut index = self.index();
            self.purges.fetch_add(1, Ordering::SeqCst);
            let places = index.entries.keys().filter(|(folder, _)| which(folder));
            let places: Vec<Place> = places.cloned().collect();
            for place in &places {
                index.remove(place);
            }
            places
        };
        for place in &places {
            self.unlink(place);
        }
        for (folder, _) in places {
            // Where something is being written the folder is left, and is empty soon.
            let _ = fs::remove_dir(self.folder.join(folder));
        }
    }

    /// What is there, and what became of what was asked.
    pub fn state(&self) -> DiskState {
        let index = self.index();
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        DiskState {
            entries: index.entries.len() as u64,
            bytes: index.total,
            limit: self.limit,
            hits: count(&self.hits),
            misses: count(&self.misses),
            damaged: count(&self.damaged),
            failures: count(&self.failures),
        }
    }
}

fn sealed_for(slide: &str, part: &str) -> String {
    format!("{slide}\n{part}")
}

fn on_disk(bytes: u64) -> u64 {
    bytes.div_ceil(BLOCK) * BLOCK
}

fn picture(mut plain: Vec<u8>) -> Option<(i64, Picture)> {
    let (kind, rest) = plain.split_first()?;
    let media_type = MEDIA_TYPES.get(usize::from(*kind))?;
    let at = i64::from_be_bytes(*rest.first_chunk::<8>()?);
    let bytes = Bytes::from(plain.split_off(HEAD));
    Some((at, Picture { bytes, media_type }))
}

fn is_name(name: &str) -> bool {
    name.len() == NAME && name.bytes().all(|b| b.is_ascii_hexdigit())
}

/// What an earlier process left, the oldest first. What it did not finish is removed; what is none of ours is not touched.
fn found(folder: &Path) -> io::Result<Index> {
    let mut files = Vec::new();
    for slide in named(folder)? {
        let (slide, path) = slide?;
        if !is_name(&slide) {
            continue;
        }
        for file in named(&path)? {
            let (name, path) = file?;
            if name.ends_with(UNFINISHED) {
                fs::remove_file(&path)?;
            } else if is_name(&name) {
                // Taken away in this moment, it is not there.
                let Ok(about) = fs::metadata(&path) else {
                    continue;
                };
                files.push((about.modified()?, (slide.clone(), name), about.len()));
            }
        }
    }
    files.sort();
    let mut index = Index::default();
    for (_, place, bytes) in files {
        index.add(place, on_disk(bytes), true);
    }
    Ok(index)
}

/// The entries of a folder with their names.
fn named(folder: &Path) -> io::Result<impl Iterator<Item = io::Result<(String, PathBuf)>>> {
    let entries = match fs::read_dir(folder) {
        // A stray file among the folders.
        Err(error) if error.kind() == ErrorKind::NotADirectory => return Ok(Vec::new().into_iter()),
        entries => entries?,
    };
    let each = entries.map(|entry| {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        Ok((name, entry.path()))
    });
    Ok(each.collect::<Vec<_>>().into_iter())
}

/// Pictures in a folder and the bytes they take up, for who only looks.
///
/// # Errors
/// The folder cannot be read.
pub fn look(folder: &Path) -> io::Result<(u64, u64)> {
    let (mut entries, mut bytes) = (0, 0);
    for slide in named(folder)? {
        let (slide, path) = slide?;
        if !is_name(&slide) {
            continue;
        }
        for file in named(&path)? {
            let (name, path) = file?;
            if is_name(&name) {
                entries += 1;
                bytes += on_disk(fs::metadata(path)?.len());
            }
        }
    }
    Ok((entries, bytes))
}

/// Removes every picture from a folder. A process that has its cache there finds them missing.
///
/// # Errors
/// Something cannot be removed.
pub fn clear(folder: &Path) -> io::Result<u64> {
    let mut removed = 0;
    for slide in named(folder)? {
        let (slide, path) = slide?;
        if !is_name(&slide) {
            continue;
        }
        for file in named(&path)? {
            let (name, path) = file?;
            if is_name(&name) || name.ends_with(UNFINISHED) {
                match fs::remove_file(path) {
                    Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                    _ => removed += 1,
                }
            }
        }
    }
    Ok(removed)
}

#[cfg(test)]
mod tests;
