//! How the pool opens its connections, and when it asks one whether it still stands.

use std::time::{Duration, Instant};

use diesel::r2d2::{Error, ManageConnection, R2D2Connection as _};

use super::connection::{Address, Conn, prepare};

/// A connection that was in use so lately is not asked again: on PostgreSQL the question costs as much as a query.
const TRUSTED: Duration = Duration::from_secs(1);

/// Opens and checks connections.
pub(super) struct Manager {
    address: Address,
    read_only: bool,
}

/// A connection, and when it was last given back.
pub(super) struct Kept {
    pub(super) conn: Conn,
    used: Instant,
}

impl Manager {
    pub(super) fn new(address: Address, read_only: bool) -> Self {
        Self { address, read_only }
    }
}

impl ManageConnection for Manager {
    type Connection = Kept;
    type Error = Error;

    fn connect(&self) -> Result<Kept, Error> {
        let mut conn = self.address.open().map_err(Error::ConnectionError)?;
        prepare(&mut conn, self.read_only).map_err(Error::QueryError)?;
        let used = Instant::now();
        Ok(Kept { conn, used })
    }

    fn is_valid(&self, kept: &mut Kept) -> Result<(), Error> {
        if kept.used.elapsed() < TRUSTED {
            return Ok(());
        }
        kept.conn.ping().map_err(Error::QueryError)
    }

    /// Asked when a connection is given back.
    fn has_broken(&self, kept: &mut Kept) -> bool {
        kept.used = Instant::now();
        std::thread::panicking() || kept.conn.is_broken()
    }
}
