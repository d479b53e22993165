//! Starts the real programs that the stories talk to.

pub mod postgres;
pub mod sqlite;
