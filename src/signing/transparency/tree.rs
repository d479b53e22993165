//! The tree in its tiles of 256 hashes.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use tlog_tiles::{
    Hash, HashReader, Tile, prove_record, prove_tree, record_hash, split_stored_hash_index,
    tree_hash,
};

use super::{Entry, TransparencyError};

/// Hashes in a full tile.
pub const TILE_WIDTH: usize = 256;
/// The same as a power of two.
const HEIGHT: u8 = 8;
const HASH_BYTES: usize = 32;

/// Tiles, or the beginnings of tiles, by level and number.
pub type Tiles = BTreeMap<(u8, u64), Vec<u8>>;

impl From<tlog_tiles::Error> for TransparencyError {
    fn from(error: tlog_tiles::Error) -> Self {
        Self::Tree(error.to_string())
    }
}

/// The level, the number and the place within the tile's level of a node of the tree.
fn place(index: u64) -> (u8, u64) {
    let (level, number) = split_stored_hash_index(index);
    let (tile, within) = (level / HEIGHT, level % HEIGHT);
    (tile, (number << within) >> HEIGHT)
}

/// Reads nodes of the tree out of tiles.
pub(super) struct Reader<'a>(pub(super) &'a Tiles);

impl HashReader for Reader<'_> {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, tlog_tiles::Error> {
        let missing = || tlog_tiles::Error::IndexesNotInTree;
        let read = |index: &u64| {
            let (level, number) = place(*index);
            let hashes = self.0.get(&(level, number)).ok_or_else(missing)?;
            let width = hashes.len() / HASH_BYTES;
            // The tile's own arithmetic takes neither an empty nor an overfull one.
            if !(1..=TILE_WIDTH).contains(&width) {
                return Err(missing());
            }
            let width = u32::try_from(width).map_err(|_| missing())?;
            Tile::new(HEIGHT, level, number, width, false).hash_at_index(hashes, *index)
        };
        indexes.iter().map(read).collect()
    }
}

/// Notes which tiles are asked for.
#[derive(Default)]
struct Asked(RefCell<BTreeSet<(u8, u64)>>);

impl HashReader for Asked {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, tlog_tiles::Error> {
        let places = indexes.iter().map(|index| place(*index));
        self.0.borrow_mut().extend(places);
        Ok(vec![Hash([0; HASH_BYTES]); indexes.len()])
    }
}

/// The tiles from which it is proved that the tree of `size` entries holds the one at `position`.
///
/// # Errors
/// [`TransparencyError::Tree`] for a position that is not in the tree.
pub fn tiles_of_proof(size: u64, position: u64) -> Result<Vec<(u8, u64)>, TransparencyError> {
    let asked = Asked::default();
    prove_record(size, position, &asked)?;
    Ok(asked.0.into_inner().into_iter().collect())
}

/// The tiles from which the root of a tree of `size` entries is made.
///
/// # Errors
/// [`TransparencyError::Tree`].
pub fn tiles_of_root(size: u64) -> Result<Vec<(u8, u64)>, TransparencyError> {
    let asked = Asked::default();
    tree_hash(size, &asked)?;
    Ok(asked.0.into_inner().into_iter().collect())
}

/// The root of the tree of the first `size` entries.
///
/// # Errors
/// [`TransparencyError::Tree`] when a tile is missing.
pub fn root_of(size: u64, tiles: &Tiles) -> Result<Hash, TransparencyError> {
    Ok(tree_hash(size, &Reader(tiles))?)
}

/// The hashes that prove it, from the leaf's neighbour up.
pub(super) fn path(
    size: u64,
    position: u64,
    tiles: &Tiles,
) -> Result<Vec<Hash>, TransparencyError> {
    Ok(prove_record(size, position, &Reader(tiles))?)
}

/// The tiles from which it is proved that the tree of `size` entries begins with the first `old` ones.
///
/// # Errors
/// [`TransparencyError::Tree`] when there are more of these than entries.
pub fn tiles_of_continuity(size: u64, old: u64) -> Result<Vec<(u8, u64)>, TransparencyError> {
    let asked = Asked::default();
    hashes_between(size, old, &asked)?;
    Ok(asked.0.into_inner().into_iter().collect())
}

/// The hashes that prove it.
pub(super) fn continuity(
    size: u64,
    old: u64,
    tiles: &Tiles,
) -> Result<Vec<Hash>, TransparencyError> {
    hashes_between(size, old, &Reader(tiles))
}

/// Every tree begins with the empty one: that needs no hash.
fn hashes_between(
    size: u64,
    old: u64,
    from: &impl HashReader,
) -> Result<Vec<Hash>, TransparencyError> {
    if old == 0 {
        return Ok(Vec::new());
    }
    Ok(prove_tree(size, old, from)?)
}

/// The root of the tree without entries.
pub(super) fn empty_root() -> Result<Hash, String> {
    root_of(0, &Tiles::new()).map_err(|error| error.to_string())
}

/// A tree to which entries are added: the last tile of each level.
#[derive(Debug)]
pub struct Growth {
    size: u64,
    tiles: Tiles,
    changed: BTreeSet<(u8, u64)>,
}

impl Growth {
    /// The tiles to begin with for a tree of that size.
    pub fn last_tiles(size: u64) -> Vec<(u8, u64)> {
        let mut last = Vec::new();
        for level in 0..=63 / HEIGHT {
            let hashes = size >> (level * HEIGHT);
            if hashes == 0 {
                break;
            }
            if !hashes.is_multiple_of(TILE_WIDTH as u64) {
                last.push((level, hashes >> HEIGHT));
            }
        }
        last
    }

    /// A tree of that size, of which `tiles` are the [`Growth::last_tiles`].
    ///
    /// # Errors
    /// [`TransparencyError::Tree`] when a tile is missing or not as full as the size says.
    pub fn of(size: u64, tiles: Tiles) -> Result<Self, TransparencyError> {
        for (level, number) in Self::last_tiles(size) {
            let due = (size >> (level * HEIGHT)) % TILE_WIDTH as u64 * HASH_BYTES as u64;
            let found = tiles.get(&(level, number)).map_or(0, Vec::len);
            if found as u64 != due {
                return Err(TransparencyError::Tree(format!(
                    "{found} bytes of tile {number} at level {level}, not {due}"
                )));
            }
        }
        Ok(Self {
            size,
            tiles,
            changed: BTreeSet::new(),
        })
    }

    /// Adds an entry at the end.
    pub fn add(&mut self, entry: &Entry) {
        let mut hash = record_hash(entry);
        let mut at = self.size;
        for level in 0.. {
            let place = (level, at >> HEIGHT);
            let tile = self.tiles.entry(place).or_default();
            tile.extend(hash.0);
            self.changed.insert(place);
            if tile.len() < TILE_WIDTH * HASH_BYTES {
                break;
            }
            hash = Tile::subtree_hash(tile);
            at >>= HEIGHT;
        }
        self.size += 1;
    }

    /// How many entries there are now.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root of the tree.
    ///
    /// # Errors
    /// [`TransparencyError::Tree`].
    pub fn root(&self) -> Result<Hash, TransparencyError> {
        root_of(self.size, &self.tiles)
    }

    /// The tiles to keep.
    pub fn changed(self) -> impl Iterator<Item = ((u8, u64), Vec<u8>)> {
        let changed = self.changed;
        self.tiles
            .into_iter()
            .filter(move |(place, _)| changed.contains(place))
    }
}

/// What an address below the log's names: level (none for entries), number and width.
pub fn tile_at(path: &str) -> Option<(Option<u8>, u64, usize)> {
    let (level, rest) = path.split_once('/')?;
    let level: Option<u8> = match level {
        "entries" => None,
        number => Some(number.parse().ok().filter(|level| *level < 64)?),
    };
    // The library takes a level and a width out of range for its own mistake, and panics.
    let width = rest.split_once(".p/").map(|(_, width)| width.parse());
    if matches!(width, Some(Ok(0))) {
        return None;
    }
    let named = match level {
        // Its name for entries is not the standard's.
        None => format!("tile/{HEIGHT}/data/{rest}"),
        Some(_) => format!("tile/{HEIGHT}/{path}"),
    };
    let tile = Tile::from_path(&named).ok()?;
    Some((
        level,
        tile.level_index(),
        usize::try_from(tile.width()).ok()?,
    ))
}

/// Entries as they are handed out: each with its length before it.
pub fn entry_bundle(entries: &[Vec<u8>]) -> Result<Vec<u8>, TransparencyError> {
    let mut bundle = Vec::new();
    for entry in entries {
        let length = u16::try_from(entry.len())
            .map_err(|_| TransparencyError::Tree("an entry is too long".into()))?;
        bundle.extend(length.to_be_bytes());
        bundle.extend(entry);
    }
    Ok(bundle)
}
