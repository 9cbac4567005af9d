//! Faults during a run: when one is due, what it does, and how long it lasts.
//!
//! ```text
//!  plan ──► TriggerSet ──► injection ─┬─► the message or commit itself
//!                                     ├─► DriverCommand, for the next step boundary
//!                                     └─► ActiveFaults, for as long as it lasts
//! ```

pub(super) mod active;
pub(super) mod command;
pub(super) mod database;
pub(super) mod fired;
pub(super) mod injection;
pub(super) mod row_refusals;
pub(super) mod trigger_set;
