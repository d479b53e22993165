//! Starts the real programs that the stories talk to.

pub mod database;
pub mod exchange;
pub mod postgres;
pub mod smtp;
pub mod sqlite;
