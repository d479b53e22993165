//! The pyramid of a slide, and which of its tiles make up what a viewer asks for.

use super::slides::{EDGE_MAX, LEVELS_MAX, LinkFailure, TILE_EDGES};

/// Tiles that may go into one picture: enough for what is sixteen times coarser than the next finer resolution.
pub const TILES_MAX: usize = 289;
/// Pixels of one picture, and of what it is made from.
pub const PIXELS_MAX: u64 = 16 * 1024 * 1024;

/// Longest edge of a picture that is made on request, pixels.
const PICTURE_EDGE_MAX: u32 = 4096;

/// How large pictures are made on request: so large that their cost stays within bounds whatever region they show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PictureLimits {
    /// Longest edge, pixels.
    pub edge: u32,
    /// Most pixels.
    pub area: u64,
}

impl PictureLimits {
    /// Whether a picture of this size is made.
    pub fn allow(self, width: u32, height: u32) -> bool {
        width.max(height) <= self.edge && u64::from(width) * u64::from(height) <= self.area
    }

    /// The size, or as large as is made of that shape.
    pub fn within(self, width: u32, height: u32) -> (u32, u32) {
        if self.allow(width, height) {
            return (width, height);
        }
        let (w, h) = (f64::from(width), f64::from(height));
        let share = (f64::from(self.edge) / w.max(h)).min((self.area as f64 / (w * h)).sqrt());
        let edge = |edge: f64| (edge * share).floor().max(1.0) as u32;
        // The longest edge fits exactly where that is what binds.
        let nearest = |edge: f64| (edge * share).round().max(1.0) as u32;
        let near = (nearest(w), nearest(h));
        if self.allow(near.0, near.1) {
            near
        } else {
            (edge(w), edge(h))
        }
    }
}

/// One resolution of a slide on its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Level {
    /// Width, pixels.
    pub width: u32,
    /// Height, pixels.
    pub height: u32,
    /// Width of a tile, pixels, without overlap.
    pub tile_width: u32,
    /// Height of a tile, pixels, without overlap.
    pub tile_height: u32,
    /// Pixels that a tile shows of each neighbour.
    pub overlap: u32,
    /// Whether tiles at the right and lower edge are filled up to a whole one, as DICOM frames are.
    pub padded: bool,
}

/// A part of a picture, pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Region {
    /// Left edge.
    pub x: u32,
    /// Upper edge.
    pub y: u32,
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
}

/// A tile of a source, by its place in its resolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TileAt {
    /// Resolution, 0 is the finest.
    pub level: usize,
    /// Column.
    pub column: u32,
    /// Row.
    pub row: u32,
}

/// How a picture is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plan {
    /// It is one of the source's tiles as it is.
    AsIs(TileAt),
    /// It is put together.
    Composed {
        /// What is needed of the level.
        region: Region,
        /// The tiles that cover it.
        tiles: Vec<TileAt>,
    },
}

/// Why a picture cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// Nothing of the slide lies there.
    #[error("nothing of the slide lies there")]
    Outside,
    /// More pixels or tiles than one picture may have.
    #[error("more than one picture may hold")]
    TooMuch,
}

/// The resolutions of a slide, the finest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pyramid {
    levels: Vec<Level>,
}

impl Pyramid {
    /// Puts levels in order.
    ///
    /// # Errors
    /// [`LinkFailure::ImplausibleDimensions`] when there is none, or one that no slide has.
    pub fn new(mut levels: Vec<Level>) -> Result<Self, LinkFailure> {
        levels.sort_by_key(|level| std::cmp::Reverse((level.width, level.height)));
        let believed = |level: &Level| {
            let edges = [level.width, level.height].map(u64::from);
            let tiles = [level.tile_width, level.tile_height];
            edges.iter().all(|edge| (1..=EDGE_MAX).contains(edge))
                && tiles.iter().all(|edge| TILE_EDGES.contains(edge))
                && level.overlap < level.tile_width.min(level.tile_height) / 2
        };
        if levels.is_empty() || levels.len() > LEVELS_MAX as usize || !levels.iter().all(believed) {
            return Err(LinkFailure::ImplausibleDimensions);
        }
        Ok(Self { levels })
    }

    /// The resolutions, the finest first.
    pub fn levels(&self) -> &[Level] {
        &self.levels
    }

    /// The finest resolution.
    pub fn finest(&self) -> Level {
        // There is one: `new` saw to it.
        self.levels.first().copied().unwrap_or(Level {
            width: 1,
            height: 1,
            tile_width: 256,
            tile_height: 256,
            overlap: 0,
            padded: false,
        })
    }

    /// How much of the finest resolution one pixel of a level covers, across and down. A level made by halving covers a whole
    /// number, though its rounded edges do not quite tell.
    fn reduction(&self, level: &Level) -> (f64, f64) {
        let finest = self.finest();
        let exact = (
            f64::from(finest.width) / f64::from(level.width),
            f64::from(finest.height) / f64::from(level.height),
        );
        let whole = exact.0.max(exact.1).round().max(1.0);
        let fits =
            |edge: u32, found: u32| (f64::from(edge) / whole - f64::from(found)).abs() <= 1.0;
        if fits(finest.width, level.width) && fits(finest.height, level.height) {
            (whole, whole)
        } else {
            exact
        }
    }

    /// How large pictures of it are made on request. A picture may have to be made from a resolution that is only just finer than
    /// the next one that would not do: what it is made from is as many times larger as the two are apart, unless the whole finer
    /// resolution is small enough.
    pub fn picture_limits(&self) -> PictureLimits {
        let pixels = |level: &Level| level.width as f64 * level.height as f64;
        let small = |level: &Level| {
            let (columns, rows) = level.grid();
            pixels(level) <= PIXELS_MAX as f64
                && u64::from(columns) * u64::from(rows) <= TILES_MAX as u64
        };
        let coarser = self.levels.iter().skip(1);
        let apart = self.levels.iter().zip(coarser);
        let apart = apart.filter(|(finer, _)| !small(finer));
        let furthest = apart
            .map(|(finer, coarser)| pixels(finer) / pixels(coarser))
            .fold(1.0, f64::max);
        let area = if furthest > 1.0 {
            let finest = self.finest();
            // The other half of the tiles is for what a region only touches.
            let tiles =
                f64::from(finest.tile_width) * f64::from(finest.tile_height) * TILES_MAX as f64
                    / 2.0;
            // What a region touches of pixels at its edges is little.
            (tiles.min(PIXELS_MAX as f64 * 0.9) / furthest) as u64
        } else {
            PIXELS_MAX
        };
        PictureLimits {
            edge: PICTURE_EDGE_MAX,
            area: area.max(1),
        }
    }

    /// How a region of the finest resolution is shown in `width` by `height` pixels.
    ///
    /// # Errors
    /// [`PlanError`].
    pub fn plan(&self, wanted: Region, width: u32, height: u32) -> Result<Plan, PlanError> {
        let wanted = self.clipped(wanted)?;
        if width == 0 || height == 0 {
            return Err(PlanError::Outside);
        }
        if u64::from(width) * u64::from(height) > PIXELS_MAX {
            return Err(PlanError::TooMuch);
        }
        let (index, level) = self.level_for(wanted, width, height);
        let region = self.on_level(&level, wanted);
        if (region.width, region.height) == (width, height)
            && let Some(tile) = level.tile_of(region)
        {
            return Ok(Plan::AsIs(tile.on(index)));
        }
        if u64::from(region.width) * u64::from(region.height) > PIXELS_MAX {
            return Err(PlanError::TooMuch);
        }
        let tiles = level.covering(region, index);
        if tiles.len() > TILES_MAX {
            return Err(PlanError::TooMuch);
        }
        Ok(Plan::Composed { region, tiles })
    }

    fn clipped(&self, wanted: Region) -> Result<Region, PlanError> {
        let finest = self.finest();
        if wanted.x >= finest.width || wanted.y >= finest.height {
            return Err(PlanError::Outside);
        }
        let width = wanted.width.min(finest.width - wanted.x);
        let height = wanted.height.min(finest.height - wanted.y);
        if width == 0 || height == 0 {
            return Err(PlanError::Outside);
        }
        Ok(Region {
            width,
            height,
            ..wanted
        })
    }

    /// The coarsest level that still has a pixel for each one wanted; the finest when none has.
    fn level_for(&self, wanted: Region, width: u32, height: u32) -> (usize, Level) {
        let enough = |level: &Level| {
            let region = self.on_level(level, wanted);
            region.width >= width && region.height >= height
        };
        self.levels
            .iter()
            .copied()
            .enumerate()
            .rev()
            .find(|(_, level)| enough(level))
            .unwrap_or((0, self.finest()))
    }

    /// A region of the finest resolution on a level: every pixel it touches.
    fn on_level(&self, level: &Level, wanted: Region) -> Region {
        let (across, down) = self.reduction(level);
        let span = |from: u32, length: u32, reduction: f64, edge: u32| {
            // A touch of rounding must not reach into the next pixel.
            let begin = (f64::from(from) / reduction + 1e-6).floor() as u32;
            let end = (f64::from(from + length) / reduction - 1e-6).ceil() as u32;
            let begin = begin.min(edge - 1);
            (begin, end.clamp(begin + 1, edge) - begin)
        };
        let (x, width) = span(wanted.x, wanted.width, across, level.width);
        let (y, height) = span(wanted.y, wanted.height, down, level.height);
        Region {
            x,
            y,
            width,
            height,
        }
    }
}

/// A tile's column and row, before its level is known.
struct Place(u32, u32);

impl Place {
    fn on(self, level: usize) -> TileAt {
        TileAt {
            level,
            column: self.0,
            row: self.1,
        }
    }
}

impl Level {
    /// Columns and rows of tiles.
    pub fn grid(&self) -> (u32, u32) {
        (
            self.width.div_ceil(self.tile_width),
            self.height.div_ceil(self.tile_height),
        )
    }

    /// What a tile shows, its overlap included and clipped to the level.
    pub fn region_of(&self, column: u32, row: u32) -> Region {
        let span = |at: u32, tile: u32, edge: u32| {
            let begin = (at * tile).saturating_sub(if at > 0 { self.overlap } else { 0 });
            let end = ((at + 1) * tile + self.overlap).min(edge);
            (begin, end.saturating_sub(begin))
        };
        let (x, width) = span(column, self.tile_width, self.width);
        let (y, height) = span(row, self.tile_height, self.height);
        Region {
            x,
            y,
            width,
            height,
        }
    }

    /// The pixels a tile's picture has: what it shows, or a whole tile where it is filled up.
    pub fn picture_of(&self, column: u32, row: u32) -> (u32, u32) {
        if self.padded {
            (self.tile_width, self.tile_height)
        } else {
            let region = self.region_of(column, row);
            (region.width, region.height)
        }
    }

    /// The tile that shows exactly this region and nothing beside it.
    fn tile_of(&self, region: Region) -> Option<Place> {
        let nearest = |from: u32, tile: u32| (from + self.overlap) / tile;
        let (column, row) = (
            nearest(region.x, self.tile_width),
            nearest(region.y, self.tile_height),
        );
        let shown = self.region_of(column, row);
        (shown == region && self.picture_of(column, row) == (shown.width, shown.height))
            .then_some(Place(column, row))
    }

    fn covering(&self, region: Region, level: usize) -> Vec<TileAt> {
        let columns = region.x / self.tile_width..=(region.x + region.width - 1) / self.tile_width;
        let rows = region.y / self.tile_height..=(region.y + region.height - 1) / self.tile_height;
        rows.flat_map(|row| columns.clone().map(move |column| (column, row)))
            .map(|(column, row)| TileAt { level, column, row })
            // One more than allowed is enough to refuse.
            .take(TILES_MAX + 1)
            .collect()
    }
}

/// The DeepZoom face of a slide: halved down to a pixel, in the tiles of its source where that is possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeepZoomFace {
    width: u32,
    height: u32,
    /// Edge of a tile, pixels.
    pub tile: u32,
    /// Overlap, pixels.
    pub overlap: u32,
}

impl DeepZoomFace {
    /// The face that lets most tiles through as they are.
    pub fn of(pyramid: &Pyramid) -> Self {
        let finest = pyramid.finest();
        let square = finest.tile_width == finest.tile_height;
        Self {
            width: finest.width,
            height: finest.height,
            tile: if square { finest.tile_width } else { 256 },
            overlap: if square { finest.overlap } else { 0 },
        }
    }

    /// Number of the finest level.
    pub fn finest(&self) -> u32 {
        self.width.max(self.height).next_power_of_two().ilog2()
    }

    /// A tile as a region of the finest resolution, and the pixels it is shown in.
    ///
    /// # Errors
    /// [`PlanError::Outside`].
    pub fn tile(&self, level: u32, column: u32, row: u32) -> Result<(Region, u32, u32), PlanError> {
        let reduction = self.finest().checked_sub(level).ok_or(PlanError::Outside)?;
        let reduce = |edge: u32| edge.div_ceil(1 << reduction).max(1);
        let shown = Level {
            width: reduce(self.width),
            height: reduce(self.height),
            tile_width: self.tile,
            tile_height: self.tile,
            overlap: self.overlap,
            padded: false,
        };
        let (columns, rows) = shown.grid();
        if column >= columns || row >= rows {
            return Err(PlanError::Outside);
        }
        let small = shown.region_of(column, row);
        let full = |from: u32, length: u32, edge: u32| {
            let begin = u64::from(from) << reduction;
            let end = (u64::from(from + length) << reduction).min(u64::from(edge));
            // Both lie within an edge that fits.
            (begin as u32, (end.saturating_sub(begin)) as u32)
        };
        let (x, width) = full(small.x, small.width, self.width);
        let (y, height) = full(small.y, small.height, self.height);
        let region = Region {
            x,
            y,
            width,
            height,
        };
        Ok((region, small.width, small.height))
    }
}

#[cfg(test)]
mod tests;
