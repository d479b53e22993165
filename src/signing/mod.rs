//! Signatures that anybody can verify without us: JAdES (ETSI TS 119 182-1) baseline B over canonical bytes, by a key of the
//! expert's own, certified by the exchange's authority; baseline T with the time stamp that comes after.
//!
//! What a key held by the server can claim is an *advanced* electronic signature at most, never a qualified one.

pub mod authority;
pub mod canonical;
pub mod chain;
pub mod jades;
pub mod request;
pub mod revocation;
pub mod timestamps;
pub mod token;
pub mod transparency;
pub mod verification;
pub mod webhooks;

/// Why something could not be signed.
#[derive(Debug, thiserror::Error)]
pub enum SigningError {
    /// The statement has no canonical form: a decimal number, or a whole one too large.
    #[error("the statement has no canonical form: {0}")]
    NotCanonical(String),
    /// A certificate could not be made or read.
    #[error("certificate: {0}")]
    Certificate(String),
    /// The key did not sign.
    #[error("the key did not sign: {0}")]
    Key(String),
}
