//! Where the measured database is, and the few ways in which filling it differs between the two.

use std::path::PathBuf;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use relecture::store::{Conn, connection};

use crate::Outcome;

/// Name of the database on the PostgreSQL server.
const NAME: &str = "relecture_bench";

/// Where the measured database is.
pub enum Place {
    /// A file.
    Sqlite(PathBuf),
    /// A database of its own on this server.
    Postgres {
        /// The server, as a superuser.
        server: String,
    },
}

/// A row of one text.
#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// The one text column, named `line`, of a query.
pub fn lines(conn: &mut Conn, query: &str) -> Outcome<Vec<String>> {
    let rows: Vec<Line> = diesel::sql_query(query).load(conn)?;
    Ok(rows.into_iter().map(|row| row.line).collect())
}

/// The one number of a query.
pub fn number(conn: &mut Conn, query: &str) -> Outcome<u64> {
    let text = lines(conn, &format!("SELECT CAST(({query}) AS TEXT) AS line"))?;
    Ok(text.first().ok_or("a query without a row")?.parse()?)
}

impl Place {
    /// How people call it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "SQLite",
            Self::Postgres { .. } => "PostgreSQL",
        }
    }

    /// Its address, as the program takes it.
    pub fn url(&self) -> String {
        match self {
            Self::Sqlite(path) => format!("sqlite:{}", path.display()),
            Self::Postgres { server } => match server.rsplit_once('/') {
                Some((server, _)) => format!("{server}/{NAME}"),
                None => server.clone(),
            },
        }
    }

    /// A connection.
    pub fn connect(&self) -> Outcome<Conn> {
        let url = self.url();
        let mut conn = Conn::establish(url.strip_prefix("sqlite:").unwrap_or(&url))?;
        if let Self::Sqlite(_) = self {
            // The server that is measured may be writing.
            conn.batch_execute("PRAGMA busy_timeout = 10000;")?;
        }
        Ok(conn)
    }

    /// An empty database of this version's schema, and a connection that fills it without waiting for the disk.
    pub fn create(&self) -> Outcome<Conn> {
        self.remove()?;
        if let Self::Postgres { server } = self {
            Conn::establish(server)?.batch_execute(&format!("CREATE DATABASE {NAME}"))?;
        }
        connection::migrate(&self.url())?;
        let mut conn = self.connect()?;
        conn.batch_execute(match self {
            Self::Sqlite(_) => {
                "PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; PRAGMA cache_size = -400000; \
                 PRAGMA temp_store = MEMORY; PRAGMA journal_mode = OFF;"
            }
            Self::Postgres { .. } => {
                "SET synchronous_commit = off; SET session_replication_role = replica; \
                 SET maintenance_work_mem = '256MB'; SET work_mem = '64MB';"
            }
        })?;
        Ok(conn)
    }

    /// Ends the filling: what is in memory goes to the disk, and the planner learns what its own upkeep would teach it.
    pub fn settle(&self, conn: &mut Conn) -> Outcome<()> {
        // One by one: PostgreSQL takes statements that come together for a transaction, in which nothing can be vacuumed.
        let statements = match self {
            Self::Sqlite(_) => [
                "PRAGMA journal_mode = WAL",
                "PRAGMA wal_checkpoint(TRUNCATE)",
            ],
            Self::Postgres { .. } => ["VACUUM ANALYZE", "CHECKPOINT"],
        };
        for statement in statements {
            conn.batch_execute(statement)?;
        }
        Ok(())
    }

    /// Its size in bytes.
    pub fn size(&self, conn: &mut Conn) -> Outcome<u64> {
        match self {
            Self::Sqlite(path) => Ok(std::fs::metadata(path)?.len()),
            Self::Postgres { .. } => number(conn, "SELECT pg_database_size(current_database())"),
        }
    }

    /// Removes it, if it is there.
    pub fn remove(&self) -> Outcome<()> {
        match self {
            Self::Sqlite(path) => {
                for ending in ["", "-wal", "-shm"] {
                    let file = format!("{}{ending}", path.display());
                    if std::fs::exists(&file)? {
                        std::fs::remove_file(file)?;
                    }
                }
            }
            Self::Postgres { server } => {
                let statement = format!("DROP DATABASE IF EXISTS {NAME} WITH (FORCE)");
                Conn::establish(server)?.batch_execute(&statement)?;
            }
        }
        Ok(())
    }

    /// The tables with their columns and types, as `table column type`, in the order of the columns.
    pub fn columns(&self, conn: &mut Conn) -> Outcome<Vec<String>> {
        lines(
            conn,
            match self {
                Self::Sqlite(_) => {
                    "SELECT m.name || ' ' || p.name || ' ' || lower(p.type) AS line FROM sqlite_master m, pragma_table_info(m.name) p \
                     WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' AND m.name NOT LIKE '\\_\\_%' ESCAPE '\\' ORDER BY m.name, p.cid"
                }
                Self::Postgres { .. } => {
                    "SELECT c.table_name || ' ' || c.column_name || ' ' || c.data_type AS line FROM information_schema.columns c \
                     JOIN information_schema.tables t USING (table_schema, table_name) \
                     WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' AND c.table_name NOT LIKE '\\_\\_%' \
                     ORDER BY c.table_name, c.ordinal_position"
                }
            },
        )
    }

    /// Takes every index away that no key needs, and returns the statements that make them again: a bulk insert is several
    /// times faster without.
    pub fn drop_indexes(&self, conn: &mut Conn) -> Outcome<Vec<String>> {
        let query = match self {
            Self::Sqlite(_) => {
                "SELECT name || '|' || sql AS line FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
            }
            Self::Postgres { .. } => {
                "SELECT i.indexname || '|' || i.indexdef AS line FROM pg_indexes i WHERE i.schemaname = 'public' \
                 AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conname = i.indexname)"
            }
        };
        let mut again = Vec::new();
        for line in lines(conn, query)? {
            let (name, statement) = line.split_once('|').ok_or("an index without a statement")?;
            conn.batch_execute(&format!("DROP INDEX {name}"))?;
            again.push(statement.to_owned());
        }
        Ok(again)
    }

    /// An expression: `length` hexadecimal digits of a number.
    pub fn hex(&self, number: &str, length: usize) -> String {
        match self {
            Self::Sqlite(_) => format!("printf('%0{length}x', {number})"),
            Self::Postgres { .. } => format!("lpad(to_hex({number}), {length}, '0')"),
        }
    }

    /// An expression: the number that the first eight hexadecimal digits of an identifier are.
    pub fn first_digits(&self, column: &str) -> String {
        match self {
            Self::Sqlite(_) => {
                let digit = |at: usize| {
                    let weight = 4 * (8 - at);
                    format!(
                        "((instr('0123456789abcdef', substr({column}, {at}, 1)) - 1) << {weight})"
                    )
                };
                format!("({})", (1..=8).map(digit).collect::<Vec<_>>().join(" + "))
            }
            Self::Postgres { .. } => {
                format!("(('x' || lpad(substr({column}, 1, 8), 16, '0'))::bit(64)::bigint)")
            }
        }
    }

    /// A FROM clause over the rows of a JSON array of objects with these columns.
    pub fn rows_of(&self, columns: &[(&str, &str)]) -> String {
        match self {
            Self::Sqlite(_) => {
                let picked: Vec<String> = columns
                    .iter()
                    .map(|(name, _)| format!("value ->> '$.{name}' AS {name}"))
                    .collect();
                format!("(SELECT {} FROM json_each($1)) AS given", picked.join(", "))
            }
            Self::Postgres { .. } => {
                let typed: Vec<String> = columns
                    .iter()
                    .map(|(name, kind)| format!("{name} {kind}"))
                    .collect();
                format!("json_to_recordset($1::json) AS given({})", typed.join(", "))
            }
        }
    }
}
