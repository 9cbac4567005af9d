//! One suite for both engines: what the barrier, the saga log and the stores promise must hold
//! on SQLite as on PostgreSQL.

#[path = "../common/mod.rs"]
mod common;

mod at_once;
mod barrier;
mod bench;
mod opening;
mod quartet;
mod saga_log;
mod shard;
mod stores;
