//! Login, sessions and tokens: the rules and the cryptography, without storage.

pub mod password;
pub mod refresh;
pub mod throttle;
pub mod tokens;
