//! The same schema on both databases, and in `src/store/schema.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection;
use diesel::sql_types::{Bool, Text};
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};
use relecture::store::connection::migrate;

use crate::support::database::TestDatabase;

/// A column as both databases and the program see it.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    column_name: String,
    /// In diesel's words.
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Bool)]
    nullable: bool,
    #[diesel(sql_type = Bool)]
    in_key: bool,
}

const SQLITE_COLUMNS: &str = "SELECT m.name AS table_name, c.name AS column_name, \
     CASE c.type WHEN 'TEXT' THEN 'Text' WHEN 'BIGINT' THEN 'BigInt' WHEN 'INTEGER' THEN 'Integer' WHEN 'BOOLEAN' THEN 'Bool' \
       WHEN 'BLOB' THEN 'Binary' ELSE c.type END AS kind, \
     c.\"notnull\" = 0 AS nullable, c.pk > 0 AS in_key \
     FROM sqlite_schema m, pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE '\\_\\_%' ESCAPE '\\'";

const POSTGRESQL_COLUMNS: &str = "SELECT c.table_name::text, c.column_name::text, \
     CASE c.data_type WHEN 'text' THEN 'Text' WHEN 'bigint' THEN 'BigInt' WHEN 'integer' THEN 'Integer' WHEN 'boolean' THEN 'Bool' \
       WHEN 'bytea' THEN 'Binary' ELSE c.data_type END AS kind, \
     c.is_nullable = 'YES' AS nullable, \
     EXISTS (SELECT 1 FROM information_schema.table_constraints t JOIN information_schema.key_column_usage k \
       USING (constraint_schema, constraint_name, table_name) WHERE t.constraint_type = 'PRIMARY KEY' \
       AND t.table_schema = c.table_schema AND k.table_name = c.table_name AND k.column_name = c.column_name) AS in_key \
     FROM information_schema.columns c WHERE c.table_schema = 'public' AND c.table_name NOT LIKE '\\_\\_%'";

/// The columns of a database and its indexes and triggers' tables, by name.
fn columns(database: &TestDatabase) -> BTreeSet<Column> {
    let rows: Vec<Column> = match database {
        TestDatabase::Sqlite(sqlite) => {
            let mut connection =
                SqliteConnection::establish(sqlite.path.to_str().unwrap()).unwrap();
            sql_query(SQLITE_COLUMNS).load(&mut connection).unwrap()
        }
        TestDatabase::Postgres(postgres) => {
            let mut connection = PgConnection::establish(&postgres.url).unwrap();
            sql_query(POSTGRESQL_COLUMNS).load(&mut connection).unwrap()
        }
    };
    rows.into_iter().collect()
}

/// The indexes that the migrations name.
fn indexes(database: &TestDatabase) -> BTreeSet<String> {
    #[derive(QueryableByName)]
    struct Named {
        #[diesel(sql_type = Text)]
        name: String,
    }
    let rows: Vec<Named> = match database {
        TestDatabase::Sqlite(sqlite) => {
            let mut connection =
                SqliteConnection::establish(sqlite.path.to_str().unwrap()).unwrap();
            sql_query("SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL")
                .load(&mut connection)
                .unwrap()
        }
        TestDatabase::Postgres(postgres) => {
            let mut connection = PgConnection::establish(&postgres.url).unwrap();
            sql_query(
                "SELECT i.indexname::text AS name FROM pg_indexes i WHERE i.schemaname = 'public' AND NOT EXISTS \
                 (SELECT 1 FROM pg_constraint c WHERE c.conname = i.indexname)",
            )
            .load(&mut connection)
            .unwrap()
        }
    };
    rows.into_iter().map(|row| row.name).collect()
}

/// The columns as `diesel::table!` declares them.
fn declared() -> BTreeSet<Column> {
    let source = include_str!("../../src/store/schema.rs");
    let mut found = BTreeSet::new();
    for block in source.split("diesel::table! {").skip(1) {
        let block = block.split("\n}").next().unwrap();
        let (head, body) = block.split_once('{').unwrap();
        let (table, keys) = head.trim().split_once('(').unwrap();
        let keys: Vec<&str> = keys
            .trim_end()
            .trim_end_matches(')')
            .split(',')
            .map(str::trim)
            .collect();
        for line in body.lines().filter_map(|line| line.trim().split_once("->")) {
            let (name, kind) = (
                line.0.trim(),
                line.1
                    .trim()
                    .trim_end_matches('}')
                    .trim()
                    .trim_end_matches(','),
            );
            let inner = kind
                .strip_prefix("Nullable<")
                .and_then(|kind| kind.strip_suffix('>'));
            found.insert(Column {
                table_name: table.trim().into(),
                column_name: name.into(),
                kind: inner.unwrap_or(kind).into(),
                nullable: inner.is_some(),
                in_key: keys.contains(&name),
            });
        }
    }
    found
}

fn folders(system: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("migrations")
        .join(system);
    let mut found: Vec<PathBuf> = std::fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    found.sort();
    found
}

#[test]
fn each_migration_exists_twice_under_one_name() {
    let names = |system| -> Vec<_> {
        folders(system)
            .iter()
            .map(|path| path.file_name().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names("sqlite"), names("postgresql"));
}

#[test]
fn both_databases_and_the_program_see_the_same_tables() {
    let [sqlite, postgres] = TestDatabase::both();
    let (on_sqlite, on_postgres, declared) = (columns(&sqlite), columns(&postgres), declared());
    assert!(declared.len() > 200, "{} columns", declared.len());
    let differ = |a: &BTreeSet<Column>, b: &BTreeSet<Column>| -> Vec<String> {
        a.symmetric_difference(b)
            .map(|c| format!("{c:?}"))
            .collect()
    };
    assert_eq!(differ(&on_sqlite, &on_postgres), Vec::<String>::new());
    assert_eq!(differ(&on_sqlite, &declared), Vec::<String>::new());
    assert_eq!(indexes(&sqlite), indexes(&postgres));
}

#[test]
fn what_a_migration_makes_it_can_take_back() {
    for database in TestDatabase::both() {
        let before = (columns(&database), indexes(&database));
        let system = match &database {
            TestDatabase::Sqlite(_) => "sqlite",
            TestDatabase::Postgres(_) => "postgresql",
        };
        let mut script: BTreeMap<usize, String> = folders(system)
            .iter()
            .map(|folder| std::fs::read_to_string(folder.join("down.sql")).unwrap())
            .enumerate()
            .collect();
        while let Some((_, down)) = script.pop_last() {
            run(&database, &down);
        }
        assert_eq!(columns(&database), BTreeSet::new());
        run(&database, "DELETE FROM __diesel_schema_migrations");
        migrate(database.url()).unwrap();
        assert_eq!((columns(&database), indexes(&database)), before);
    }
}

fn run(database: &TestDatabase, sql: &str) {
    match database {
        TestDatabase::Sqlite(sqlite) => SqliteConnection::establish(sqlite.path.to_str().unwrap())
            .unwrap()
            .batch_execute(sql),
        TestDatabase::Postgres(postgres) => PgConnection::establish(&postgres.url)
            .unwrap()
            .batch_execute(sql),
    }
    .unwrap();
}
