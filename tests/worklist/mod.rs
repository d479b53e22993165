//! The worklist at the size of a busy network: what the database makes of each shape of its query.

mod plans;
