//! The JSON API over real sockets, on both databases.

mod health;
