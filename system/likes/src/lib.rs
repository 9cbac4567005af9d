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
//! [barrier](likewise_barrier) row in the same transaction as the step's effect.
//!
//! Where to read next: [`likewise_saga::protocol::decide`] is the whole protocol as a pure function;
//! [`likewise_barrier::judge`] is the services' half of it; [`service::open`] is the wiring, the same for the binary and
//! for the simulator; [`likewise_saga::env`] lists everything that comes from outside.

pub mod all_in_one;
pub mod article;
pub mod config;
pub mod coordinator;
pub mod id;
mod participant_clients;
mod problems;
pub mod service;
pub mod user;
mod user_id;
