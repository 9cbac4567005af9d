//! A run in words: what stories, captions and the explanation of a failure have in common.
//!
//! - `explanation.rs` describes a whole run in three sentences. Every finding in a report has them.
//! - `fault_phrase.rs` and `last_actions.rs` are the parts of these sentences about faults and about the system.
//! - `row_changes.rs` describes changed database rows, `phrases.rs` messages and operations. What only one system has is
//!   described by the labels in its record: `own_rows.rs` its rows, `saga_purpose.rs` its sagas, `tables.rs` its tables.
//! - `hosts.rs` puts services and hosts in order.
//! - `phases.rs` finds the phases of a run in its events.

pub mod explanation;
mod fault_phrase;
pub(crate) mod hosts;
mod last_actions;
mod own_rows;
pub(crate) mod phases;
pub(crate) mod phrases;
pub(crate) mod row_changes;
pub(crate) mod saga_purpose;
pub(crate) mod tables;
