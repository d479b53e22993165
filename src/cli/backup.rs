//! `relecture backup`.

use std::path::Path;

use super::{Failure, say};
use crate::config::Config;
use crate::store::backup::{self, NotCopied};

pub(super) fn run(config: &Config, file: &Path) -> Result<(), Failure> {
    let bytes =
        backup::copy(&config.database_url.address(), file).map_err(|error| match error {
            NotCopied::PostgreSql => Failure::Other(format!(
                "PostgreSQL makes its own backups: pg_dump --format=custom --file={} '{}'",
                file.display(),
                config.database_url
            )),
            error => Failure::Other(format!("{}: {error}", file.display())),
        })?;
    say(&format!(
        "Copied and checked: {}, {bytes} bytes.",
        file.display()
    ));
    say(
        "It holds no key: keep the sealing key apart from it, without which patient data cannot be read. To restore, stop every \
         process, put the copy in the place of the database and remove its -wal and -shm files, then: relecture migrate, \
         relecture doctor, relecture serve.",
    );
    Ok(())
}
