//! What every door over HTTP shares: the state behind them, problem documents, and the watch over each request.

mod authorization;
mod client;
pub mod health;
mod limiter;
mod meters;
pub mod observe;
pub mod problem;
mod refusals;
mod state;

pub use authorization::bearer_token;
pub use client::client_address;
pub use limiter::{Allowance, Limiter, WINDOW_SECONDS};
pub use observe::request_id;
pub use problem::{Kind, Problem};
pub use refusals::known;
pub use state::State;
