//! `relecture slides`: what is kept of slides on a disk.

use clap::Subcommand;

use super::{Failure, say};
use crate::config::Config;
use crate::slides::disk;

/// The slides that are kept on a disk.
#[derive(Debug, Subcommand)]
pub(super) enum Slides {
    /// Remove every slide from slides.cache_dir. A server that runs asks the slide sources again.
    Purge,
}

pub(super) fn run(config: &Config, command: &Slides) -> Result<(), Failure> {
    let Slides::Purge = command;
    let Some(cache) = &config.slide_cache else {
        return Err(Failure::Other(
            "slides.cache_dir is not set: no slide is kept on a disk".into(),
        ));
    };
    let removed = disk::clear(&cache.folder);
    let said = |error| Failure::Other(format!("{}: {error}", cache.folder.display()));
    say(&format!(
        "{} pictures removed from {}",
        removed.map_err(said)?,
        cache.folder.display()
    ));
    Ok(())
}
