//! Retention: the leader deletes what has ended long enough ago, and tells the services what they may delete.
//!
//! ```text
//!  clock, ends, the log's own watermark
//!        │
//!        ▼                 the epoch is proved
//!    schedule ──► update ──► saga log ──► publication ──► every participant: stores it, refuses, deletes
//!                              │
//!                              └──► collection: deletes the log's own rows, in small batches
//! ```
//!
//! **The clock is no wall clock.** It counts the time for which some leader held the log, so it never runs faster than real time
//! and stands still while nobody leads. Wall clocks decide nothing.
//!
//! **The watermark is durable before anybody acts on it.** It is stored under the epoch, in a transaction that proves it. Only
//! then it is published, and only what is below the stored one is deleted. A stale leader can store and publish nothing.
//!
//! Files: `config.rs` (periods), `schedule.rs` (the rules; no I/O), `task.rs` (the leader's task), `publication.rs`,
//! `collection.rs`. [`RetentionLog`](crate::log::RetentionLog) is the part of the log that they use.

mod collection;
mod config;
mod publication;
mod schedule;
mod task;

pub use config::{Keep, Limit, Retention, RetentionError};
pub(super) use task::{Dependencies, run};
