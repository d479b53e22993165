//! Pure rules: no I/O, no clock, no database, no HTTP.

pub mod cases;
pub mod commands;
pub mod ids;
pub mod opinions;
pub mod people;
pub mod permissions;
pub mod problems;
pub mod slides;
pub mod text_enum;
pub mod time;
pub mod transitions;
pub mod turnaround;
