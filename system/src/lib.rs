//! Likewise: a like saga that is tested the way it is deployed.
//!
//! ```text
//!  browser ──► coordinator ──► article service   (the counter)
//!                   │     └──► user service      (the like record)
//!                   ▼
//!               saga log
//! ```
//!
//! Three services, three databases, no shared transaction. A saga ties them: every step is
//! safe to repeat, to arrive late and to arrive out of order, because each service writes a
//! [`barrier`] row in the same transaction as the step's effect.
//!
//! Where to read next: [`saga::decide`] is the whole protocol as a pure function;
//! [`barrier`] is the services' half of it; [`service::open`] is the wiring, the same for the
//! binary and for the simulator; [`edges`] lists everything that comes from outside.

pub mod all_in_one;
pub mod article;
pub mod barrier;
pub mod config;
pub mod coordinator;
pub mod edges;
pub mod http;
pub mod id;
pub mod lane;
pub mod saga;
pub mod service;
pub mod store;
pub mod time;
pub mod user;
mod wire;
