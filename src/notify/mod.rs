//! Outbox workers: mail and other messages that leave the exchange.
