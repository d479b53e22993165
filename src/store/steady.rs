//! Fewer and cheaper ways to the database: statements that stay prepared, rows that go together.

use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};

use super::connection::Conn;
use super::worklist::MultiBackend;

/// A statement whose text is the same each time, whatever values go with it, so that the connection keeps it prepared. Diesel cannot
/// know that of an update, nor of SQL that was written by hand, and has them parsed and planned anew each time: on PostgreSQL that
/// cost as much as the update of a case itself.
///
/// Not for a statement that is made of parts, or has a list in it: each form of it would stay prepared for as long as the connection
/// lives.
pub(super) struct Steady<T>(pub(super) T);

impl<T: QueryFragment<MultiBackend>> QueryFragment<MultiBackend> for Steady<T> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        self.0.walk_ast(pass)
    }

    fn is_safe_to_cache_prepared(&self, _backend: &MultiBackend) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<T> QueryId for Steady<T> {
    type QueryId = ();
    /// Told from others by their text.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<T: Query> Query for Steady<T> {
    type SqlType = T::SqlType;
}

impl<T> RunQueryDsl<Conn> for Steady<T> {}

/// Inserts rows. On PostgreSQL up to eight go together, because each statement is a way to the database and back; arrays of one length
/// share a prepared statement.
macro_rules! insert_all {
    ($conn:expr, $table:expr, $rows:expr) => {
        $crate::store::steady::insert_all!($conn, $table, $rows, 1 2 3 4 5 6 7 8)
    };
    ($conn:expr, $table:expr, $rows:expr, $($length:literal)+) => {{
        let mut rest = $rows;
        if let $crate::store::connection::Conn::Pg(pg) = $conn {
            while !rest.is_empty() {
                let others = rest.split_off(rest.len().min(8));
                let together = std::mem::replace(&mut rest, others);
                match together.len() {
                    $($length => {
                        if let Ok(rows) = <[_; $length]>::try_from(together) {
                            diesel::insert_into($table).values(rows).execute(pg)?;
                        }
                    })+
                    _ => {}
                }
            }
        } else {
            for row in rest {
                diesel::insert_into($table).values(row).execute($conn)?;
            }
        }
    }};
}
pub(super) use insert_all;
