//! Outbox workers: mails, and the events that webhooks are told.

pub mod backoff;
pub mod mailer;
pub mod mails;
mod sentences;
mod smtp;
pub mod worker;
