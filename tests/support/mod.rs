//! Starts the real programs that the stories talk to.

pub mod contract;
pub mod database;
pub mod exchange;
pub mod postgres;
pub mod program;
pub mod served;
pub mod smtp;
pub mod sqlite;
