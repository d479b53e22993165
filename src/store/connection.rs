//! Connections: one type over both databases, pools with a permit before each blocking thread, one writer on SQLite.

use std::sync::Arc;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::migration::{Migration, MigrationSource};
use diesel::prelude::*;
use diesel::r2d2::Pool;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use tokio::sync::Semaphore;

use super::error::{Failure, StoreError};
use super::pool::Manager;
use super::room::Room;
use super::writer::Writer;

const SQLITE_MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRESQL_MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/postgresql");

/// How often a write that lost a race is tried in all.
const WRITE_ATTEMPTS: u32 = 5;

pub use multi::Conn;

mod multi {
    use diesel::{PgConnection, SqliteConnection};

    /// A connection to either database.
    #[derive(diesel::MultiConnection)]
    pub enum Conn {
        /// PostgreSQL.
        Pg(PgConnection),
        /// SQLite.
        Sqlite(SqliteConnection),
    }
}

/// Where the database is and how many connections to keep.
#[derive(Debug, Clone)]
pub struct StoreConfig {
    /// `sqlite:PATH` or `postgres://…`.
    pub url: String,
    /// Connections in the pool.
    pub connections: u32,
    /// How long a request waits for a connection before it is told to come back.
    pub patience: Duration,
    /// Whether a commit is on the disk before it is acknowledged, on SQLite; PostgreSQL has its own settings.
    pub durable: bool,
}

impl StoreConfig {
    /// The usual numbers for that address.
    pub fn new(url: impl Into<String>) -> Self {
        let url = url.into();
        // SQLite reads on the thread that asks: more readers than keep the cores busy only cost memory.
        let connections = if url.starts_with("sqlite:") { 4 } else { 8 };
        Self {
            url,
            connections,
            patience: Duration::from_secs(5),
            durable: true,
        }
    }

    /// For filling a database that is thrown away when that fails: commits do not wait for the disk.
    pub fn for_loading(url: impl Into<String>) -> Self {
        Self {
            durable: false,
            ..Self::new(url)
        }
    }
}

/// Which database an address names.
#[derive(Clone)]
pub(super) enum Address {
    Sqlite(String),
    PostgreSql(String),
}

impl Address {
    /// Reads the scheme; an unknown one is refused, because SQLite would take any text for a file name.
    fn parse(url: &str) -> Result<Self, StoreError> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            return Ok(Self::Sqlite(path.trim_start_matches("//").to_owned()));
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::PostgreSql(url.to_owned()));
        }
        Err(StoreError::Unavailable(
            "the address of the database starts with neither sqlite: nor postgres://".into(),
        ))
    }

    /// Opens a connection of that kind and no other: the type over both would try one after the other, and say of a password that
    /// is wrong that the address is.
    pub(super) fn open(&self) -> ConnectionResult<Conn> {
        Ok(match self {
            Self::Sqlite(path) => Conn::Sqlite(SqliteConnection::establish(path)?),
            Self::PostgreSql(url) => Conn::Pg(PgConnection::establish(url)?),
        })
    }

    fn is_sqlite(&self) -> bool {
        matches!(self, Self::Sqlite(_))
    }
}

/// Settings every connection needs. `synchronous=FULL`, because NORMAL in WAL mode loses acknowledged commits on power loss.
pub(super) fn prepare(conn: &mut Conn, read_only: bool) -> Result<(), diesel::result::Error> {
    match conn {
        Conn::Sqlite(sqlite) => {
            sqlite.batch_execute(
                "PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; PRAGMA cache_size = -3000; \
                 PRAGMA temp_store = MEMORY;",
            )?;
            if read_only {
                sqlite.batch_execute("PRAGMA query_only = ON;")?;
            }
            Ok(())
        }
        Conn::Pg(pg) => pg.batch_execute(
            "SET TIME ZONE 'UTC'; SET lock_timeout = '10s'; SET statement_timeout = '30s';",
        ),
    }
}

struct Inner {
    pool: Pool<Manager>,
    /// As many permits as the pool has connections: who holds one never waits for a connection on a blocking thread.
    permits: Arc<Semaphore>,
    /// SQLite's single writer; PostgreSQL writes through the pool.
    writer: Option<Writer>,
    patience: Duration,
    room: Room,
}

/// The database.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

impl Store {
    /// Opens the database, which must exist and be migrated (see [`migrate`]).
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when it cannot be reached.
    pub fn open(config: &StoreConfig) -> Result<Self, StoreError> {
        let address = Address::parse(&config.url)?;
        let is_sqlite = address.is_sqlite();
        let writer = if is_sqlite {
            let mut conn = establish(&address)?;
            set_wal(&mut conn)?;
            if !config.durable {
                conn.batch_execute("PRAGMA synchronous = OFF;")?;
            }
            Some(Writer::start(conn))
        } else {
            None
        };
        let unavailable =
            |error: diesel::r2d2::PoolError| StoreError::Unavailable(error.to_string());
        // No connection is opened ahead of need: one that a thread of the pool is still opening when a short command ends
        // runs into the clean-up of the libraries that libpq loads, and the command dies of it after its work is done.
        let pool = Pool::builder()
            .max_size(config.connections)
            .min_idle(Some(0))
            .test_on_check_out(!is_sqlite)
            .connection_timeout(config.patience)
            .build(Manager::new(address, is_sqlite))
            .map_err(unavailable)?;
        // Whether the database can be reached is told now, not at the first request.
        drop(pool.get().map_err(unavailable)?);
        let permits = Arc::new(Semaphore::new(config.connections as usize));
        Ok(Self(Arc::new(Inner {
            pool,
            permits,
            writer,
            patience: config.patience,
            room: Room::default(),
        })))
    }

    /// Runs `query` on a connection, outside any transaction.
    ///
    /// # Errors
    /// What `query` returns; [`StoreError::Overloaded`] when no connection becomes free in time.
    pub async fn read<T, E, F>(&self, query: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
    {
        self.on_pool(move |conn| query(conn)).await
    }

    /// Runs `work` in one transaction: it lands whole and durable before this returns, or not at all. Tried again when it lost
    /// a race, which is why `work` may run more than once.
    ///
    /// # Errors
    /// What `work` returns, after rolling back; [`StoreError::Overloaded`] when the database does not keep up.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: Failure + Send + 'static,
        F: Fn(&mut Conn) -> Result<T, E> + Send + 'static,
    {
        if let Some(writer) = &self.0.writer {
            return self.0.room.note(writer.run(work, self.0.patience).await);
        }
        let written = self.on_pool(move |conn| {
            let mut attempt = 1;
            loop {
                match transaction(conn, &work) {
                    Err(error) if error.lost_a_race() && attempt < WRITE_ATTEMPTS => attempt += 1,
                    outcome => return outcome,
                }
            }
        });
        self.0.room.note(written.await)
    }

    /// What the writes have found of the disk.
    pub(super) fn room(&self) -> &Room {
        &self.0.room
    }

    /// Connections in use and in all, for the metrics.
    pub fn pool_use(&self) -> (u32, u32) {
        let state = self.0.pool.state();
        (
            state.connections.saturating_sub(state.idle_connections),
            self.0.pool.max_size(),
        )
    }

    async fn on_pool<T, E, F>(&self, task: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
    {
        let permit =
            tokio::time::timeout(self.0.patience, Arc::clone(&self.0.permits).acquire_owned())
                .await
                .map_err(|_| StoreError::Overloaded)?
                .map_err(|_| StoreError::Unavailable("closed".into()))?;
        let pool = self.0.pool.clone();
        tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let mut kept = pool
                .get()
                .map_err(|error| StoreError::Unavailable(error.to_string()))?;
            task(&mut kept.conn)
        })
        .await
        .map_err(|_| StoreError::Ended("a storage task ended early"))?
    }
}

fn transaction<T, E, F>(conn: &mut Conn, work: &F) -> Result<T, E>
where
    E: Failure,
    F: Fn(&mut Conn) -> Result<T, E>,
{
    /// Carries the caller's error through diesel's transaction, and the database's own beside it.
    enum Carried<E> {
        Work(E),
        Database(diesel::result::Error),
    }
    impl<E> From<diesel::result::Error> for Carried<E> {
        fn from(error: diesel::result::Error) -> Self {
            Self::Database(error)
        }
    }
    conn.transaction(|conn| work(conn).map_err(Carried::Work))
        .map_err(|error| match error {
            Carried::Work(error) => error,
            Carried::Database(error) => StoreError::from(error).into(),
        })
}

/// A connection of its own, for what happens once.
///
/// # Errors
/// [`StoreError::Unavailable`] when the database cannot be reached.
pub(super) fn establish_at(url: &str) -> Result<Conn, StoreError> {
    establish(&Address::parse(url)?)
}

fn establish(address: &Address) -> Result<Conn, StoreError> {
    let unreachable = |error: ConnectionError| StoreError::Unavailable(error.to_string());
    let mut conn = address.open().map_err(unreachable)?;
    prepare(&mut conn, false)?;
    Ok(conn)
}

/// Readers and the writer do not block each other in WAL mode. Its log grows to 16 MB before it is brought into the database file:
/// each time waits for the disk twice, and writes once what changed often in between.
fn set_wal(conn: &mut Conn) -> Result<(), StoreError> {
    if let Conn::Sqlite(sqlite) = conn {
        sqlite.batch_execute("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 4000;")?;
    }
    Ok(())
}

/// Brings the database to the newest schema and tells which migrations it ran. Creates an SQLite file that is missing.
///
/// # Errors
/// [`StoreError::Unavailable`] when it cannot be reached or a migration fails.
pub fn migrate(url: &str) -> Result<Vec<String>, StoreError> {
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| {
        StoreError::Unavailable(error.to_string())
    };
    let ran = |versions: Vec<diesel::migration::MigrationVersion<'_>>| {
        versions.iter().map(ToString::to_string).collect()
    };
    let mut conn = establish_at(url)?;
    match &conn {
        Conn::Sqlite(_) => {
            set_wal(&mut conn)?;
            conn.run_pending_migrations(SQLITE_MIGRATIONS)
                .map(ran)
                .map_err(failed)
        }
        Conn::Pg(_) => {
            // Several instances may start at once: one migrates, the others wait and find nothing to do.
            // An index over years of entries takes longer than any request may.
            conn.batch_execute(
                "SET statement_timeout = 0; SET lock_timeout = 0; SELECT pg_advisory_lock(7301206)",
            )?;
            let result = conn
                .run_pending_migrations(POSTGRESQL_MIGRATIONS)
                .map(ran)
                .map_err(failed);
            conn.batch_execute("SELECT pg_advisory_unlock(7301206)")?;
            result
        }
    }
}

/// Whether the database has the newest schema, asked on a connection that may be one for reading only.
///
/// # Errors
/// Storage failures.
pub fn is_migrated(conn: &mut Conn) -> Result<bool, StoreError> {
    let ran = applied::__diesel_schema_migrations::table
        .select(applied::__diesel_schema_migrations::version)
        .load::<String>(conn);
    let ran = match ran {
        Ok(ran) => ran,
        // A database that was never migrated lacks even the table that tells.
        Err(diesel::result::Error::DatabaseError(_, _)) => return Ok(false),
        Err(error) => return Err(error.into()),
    };
    let known = match conn {
        Conn::Sqlite(_) => versions::<diesel::sqlite::Sqlite>(&SQLITE_MIGRATIONS)?,
        Conn::Pg(_) => versions::<diesel::pg::Pg>(&POSTGRESQL_MIGRATIONS)?,
    };
    Ok(known.iter().all(|version| ran.contains(version)))
}

mod applied {
    diesel::table! {
        /// Where diesel keeps which migrations ran.
        __diesel_schema_migrations (version) {
            /// The migration's number.
            version -> Text,
        }
    }
}

fn versions<DB: diesel::backend::Backend>(
    known: &EmbeddedMigrations,
) -> Result<Vec<String>, StoreError> {
    let all: Vec<Box<dyn Migration<DB>>> = known
        .migrations()
        .map_err(|error| StoreError::Unavailable(error.to_string()))?;
    Ok(all
        .iter()
        .map(|migration| migration.name().version().to_string())
        .collect())
}

/// Whether migrations are waiting, for the start of a server.
///
/// # Errors
/// [`StoreError::Unavailable`] when the database cannot be reached.
pub fn pending_migrations(url: &str) -> Result<bool, StoreError> {
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| {
        StoreError::Unavailable(error.to_string())
    };
    let mut conn = establish_at(url)?;
    let pending = match &conn {
        Conn::Sqlite(_) => conn.has_pending_migration(SQLITE_MIGRATIONS),
        Conn::Pg(_) => conn.has_pending_migration(POSTGRESQL_MIGRATIONS),
    };
    pending.map_err(failed)
}

/// The language in which PostgreSQL says what went wrong, unless it is English, in which it is understood.
///
/// # Errors
/// Storage failures.
pub fn foreign_language(conn: &mut Conn) -> Result<Option<String>, StoreError> {
    #[derive(QueryableByName)]
    struct Setting {
        #[diesel(sql_type = diesel::sql_types::Text)]
        setting: String,
    }
    let Conn::Pg(pg) = conn else {
        return Ok(None);
    };
    let query = "SELECT current_setting('lc_messages') AS setting";
    let Setting { setting } = diesel::sql_query(query).get_result(pg)?;
    let english = ["C", "POSIX", "en"]
        .iter()
        .any(|known| setting.starts_with(known));
    Ok((!english && !setting.is_empty()).then_some(setting))
}
