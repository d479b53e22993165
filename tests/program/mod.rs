//! The program as an operator meets it: what it says, how it ends, what it leaves behind.

mod certificates;
mod configuration;
mod demonstration;
mod doctor;
mod offline;
mod operating;
mod record;
mod running;
mod signatures;
mod start;
mod tokens;
mod worker;
