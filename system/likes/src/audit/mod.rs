//! The audit: compares counts, like records, barrier rows and the saga log, and says what differs.
//!
//! No service can notice that *another* service's database was restored from an older backup: each database is
//! consistent by itself. So the audit reads the tables of all three. Nothing else does.
//!
//! ```text
//!  saga log ──► pages of sagas ──► their barrier rows ──────► steps.rs      a step that is missing, or left
//!  barrier ───► pages of steps ──► the sagas that exist ────► strays.rs     a step of no saga
//!  articles, likes ──► tallies, with open sagas ────────────► counts.rs     a count that is wrong
//!  watermarks ──────────────────────────────────────────────► retention.rs  a service that is ahead of the log
//!  every article id that was seen ──────────────────────────► identity.rs   an id that would be given out again
//! ```
//!
//! Every statement reads one page by a key, so none takes long, and memory does not grow with the databases. Files:
//! `databases.rs` (opening), `tables.rs` (statements), `difference.rs` and `report.rs` (what is said), `repair.rs`.

mod counts;
mod databases;
mod difference;
mod identity;
mod open_effects;
mod repair;
mod report;
mod retention;
mod steps;
mod strays;
mod tables;

pub use databases::{AuditDatabases, AuditError};
pub use difference::{Difference, StepFound};
pub use repair::{Repaired, repair};
pub use report::{AuditReport, Checked, Differences};

/// Reads all three databases and compares them. Changes nothing.
///
/// The result is exact if no service runs. While services run, only counts may differ for a moment: a count that
/// differs is read again a second later, and reported only if it still differs by the same amount.
///
/// # Errors
/// [`AuditError`]: a database did not answer, or holds a row that no version wrote.
///
/// # Cancel safety
/// Safe.
pub async fn audit(databases: &AuditDatabases) -> Result<AuditReport, AuditError> {
    let mut report = AuditReport::default();
    steps::compare(databases, &mut report).await?;
    strays::find(databases, &mut report).await?;
    counts::compare(databases, &mut report).await?;
    identity::compare(databases, &mut report).await?;
    retention::compare(databases, &mut report).await?;
    Ok(report)
}
