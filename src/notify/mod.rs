//! Outbox workers: mail and other messages that leave the exchange.

pub mod backoff;
pub mod mailer;
pub mod mails;
mod sentences;
mod smtp;
pub mod worker;
