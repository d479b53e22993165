//! A migrated database for one story, on either system. A story that runs on both loops over [`TestDatabase::both`].

use std::path::Path;

use super::postgres::{self, PgDatabase};
use super::sqlite::{self, SqliteDatabase};

/// A migrated, empty database, gone with this value.
pub enum TestDatabase {
    Sqlite(SqliteDatabase),
    Postgres(PgDatabase),
}

impl TestDatabase {
    pub fn sqlite() -> Self {
        fn migrate(path: &Path) {
            relecture::store::connection::migrate(&format!("sqlite:{}", path.display()))
                .expect("SQLite is migrated");
        }
        Self::Sqlite(sqlite::fresh("migrated", migrate))
    }

    pub fn postgres() -> Self {
        fn migrate(url: &str) {
            relecture::store::connection::migrate(url).expect("PostgreSQL is migrated");
        }
        Self::Postgres(postgres::fresh("migrated", migrate))
    }

    /// One of each.
    pub fn both() -> [Self; 2] {
        [Self::sqlite(), Self::postgres()]
    }

    /// The address, as `database_url` takes it.
    pub fn url(&self) -> &str {
        match self {
            Self::Sqlite(database) => &database.url,
            Self::Postgres(database) => &database.url,
        }
    }
}

#[test]
fn a_copy_of_the_template_needs_no_migration() {
    for database in TestDatabase::both() {
        let url = database.url();
        assert!(
            !relecture::store::connection::pending_migrations(url).unwrap(),
            "{url}"
        );
        assert!(
            relecture::store::connection::migrate(url)
                .unwrap()
                .is_empty(),
            "{url}"
        );
    }
}

#[test]
fn the_addresses_that_configuration_accepts_are_the_ones_storage_opens() {
    for database in TestDatabase::both() {
        let read: relecture::config::DatabaseUrl = database.url().parse().unwrap();
        assert_eq!(read.address(), database.url());
        assert!(!relecture::store::connection::pending_migrations(&read.address()).unwrap());
    }
}
