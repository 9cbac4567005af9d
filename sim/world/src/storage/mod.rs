//! Real SQLite on simulated disks: every transaction runs inside one poll, and every changed row is captured.

pub(super) mod captured_tables;
pub(super) mod change_capture;
pub mod disk;
pub(super) mod law_check;
pub(super) mod opening;
pub(super) mod prepared;
pub(super) mod row_damage;
pub(super) mod store;
