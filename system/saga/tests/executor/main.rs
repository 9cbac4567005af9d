//! The executor with participants and a log in memory, on a clock that tokio pauses.
//!
//! Each test reads the story of its saga: what was sent, answered and logged, in order.

mod order;
mod participants;
mod pivot;
mod retries;
mod saga_log;
mod stale;
mod transfer;
