//! Login, sessions and tokens.
