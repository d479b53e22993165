//! Pure rules: no I/O, no clock, no database, no HTTP.

pub mod breaker;
pub mod calendar;
pub mod cases;
pub mod commands;
pub mod hexadecimal;
pub mod holidays;
pub mod identifiers;
pub mod ids;
pub mod image_request;
pub mod notifications;
pub mod opinions;
pub mod outlook;
pub mod people;
pub mod permissions;
pub mod problems;
pub mod pyramid;
pub mod randomness;
pub mod routing;
pub mod slides;
pub mod statement;
pub mod submission;
pub mod territories;
pub mod text_enum;
pub mod time;
pub mod transitions;
pub mod turnaround;
