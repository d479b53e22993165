//! A condition without parameters, written out.

use diesel::backend::Backend;
use diesel::expression::{
    AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate,
};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::Bool;

/// A condition without parameters, so that the planner can prove that a partial index serves. Unlike diesel's own
/// [`diesel::dsl::sql`], it lets its query be prepared once and kept: preparing costs more than most of our queries.
#[derive(Debug, Clone, Copy)]
pub(super) struct Literal(pub(super) &'static str);

/// Cases to which an answer is owed.
pub(super) const OPEN_CASE: Literal =
    Literal("cases.state IN ('submitted', 'offered', 'accepted')");
/// Cases that somebody has and that stand still; as the empty list of pauses is written.
pub(super) const STANDING_STILL: Literal =
    Literal("cases.state IN ('offered', 'accepted') AND cases.pauses <> '[]'");
/// Assignments that somebody holds.
pub(super) const LIVE_ASSIGNMENT: Literal = Literal("assignments.state IN ('offered', 'accepted')");
/// Assignments that an expert gave back.
pub(super) const DECLINED_ASSIGNMENT: Literal = Literal("assignments.state = 'declined'");
/// Assignments that ended with a signed opinion.
pub(super) const COMPLETED_ASSIGNMENT: Literal = Literal("assignments.state = 'completed'");
/// Messages that wait or are being worked on.
pub(super) const WAITING_MESSAGE: Literal = Literal("outbox.state IN ('ready', 'leased')");
/// Messages that were given up.
pub(super) const DEAD_MESSAGE: Literal = Literal("outbox.state = 'dead'");

impl QueryId for Literal {
    type QueryId = ();
    // Two literals are two queries: the text tells them apart, the type does not.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Expression for Literal {
    type SqlType = Bool;
}

impl<DB: Backend> QueryFragment<DB> for Literal {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql(self.0);
        Ok(())
    }
}

impl<Source> AppearsOnTable<Source> for Literal {}
impl<Source> SelectableExpression<Source> for Literal {}
impl<Grouping> ValidGrouping<Grouping> for Literal {
    type IsAggregate = is_aggregate::Never;
}
