//! One suite for both engines: the barrier, the saga log, the lease and the stores behave the same on SQLite and on
//! PostgreSQL.

#[path = "../common/mod.rs"]
mod common;

mod barrier;
mod barrier_rows;
mod barrier_user;
mod fixture;
mod log_lease;
mod open_database;
mod quartet;
mod saga_log;
mod saga_log_alerts;
mod saga_log_append_only;
mod saga_log_audit;
mod saga_log_ends;
mod saga_log_fixture;
mod saga_log_park;
mod saga_log_retention;
mod short_rows;
mod silent_disk;
mod single_action;
mod single_statement;
mod stale_steps;
mod statement_order;
mod stores;
mod watermark;
mod watermark_collection;
