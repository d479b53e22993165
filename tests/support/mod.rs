//! Starts the real programs that the stories talk to.

pub mod ca;
pub mod companion;
pub mod contract;
pub mod database;
pub mod document;
pub mod doors;
pub mod exchange;
pub mod hostile;
pub mod nginx;
pub mod orthanc;
pub mod postgres;
pub mod program;
pub mod python;
pub mod readers;
pub mod served;
pub mod smtp;
pub mod softhsm;
pub mod sqlite;
pub mod tsa;
