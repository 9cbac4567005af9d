//! A session: everything one command has run so far, and how the command ends.
//!
//! ```text
//!  records.rs  takes each run in: counts it, writes it if it matters, prints it for programs
//!  novelty.rs  notes what no run showed before, in explored.rs
//!  shown_runs.rs, shrinking.rs, recheck.rs   at the end: examples, the smallest failing plan of each cause, determinism
//!  coverage.rs at the end of a campaign: what was not covered, and what covers it
//!  finish.rs   writes the report and prints the verdict
//! ```
//!
//! Runs continue when a file cannot be written. The first such error is kept and becomes the error of the command, so
//! that a full disk does not hide a violation.

mod coverage;
mod explored;
mod finish;
mod novelty;
mod recheck;
mod records;
mod shown_runs;
mod shrinking;
mod state;

pub(crate) use explored::Explored;

pub(crate) use state::Session;
