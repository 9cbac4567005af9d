//! Run records in; what people and programs read out.
//!
//! ```text
//!  RunRecord ──► Summary ──► terminal    the verdict table
//!      │            ├──────► floor       whether enough was covered
//!      │            └──────► report      for programs, and to be merged
//!      ├───────────────────► ndjson      one line a run
//!      ├───────────────────► story       one run, told
//!      └───────────────────► artefacts   files of what failed
//! ```
//!
//! Nothing here runs anything: a report is made from records alone, so it can be made again. Start with [`Summary`].

pub mod artefacts;
pub mod card;
pub mod compare;
pub mod convergence;
pub mod dossier;
pub mod floor;
pub mod growth;
pub mod html;
pub mod junit;
pub mod ledger;
pub mod markdown;
pub mod matrix;
pub mod merge;
pub mod minimal;
pub mod ndjson;
pub mod pages;
pub mod provenance;
pub mod ranges;
pub mod report;
pub mod schema;
pub mod specimen;
pub mod story;
mod summary;
pub mod terminal;
pub mod windows;
pub mod witnesses;

#[cfg(test)]
mod samples;

pub use summary::{FaultTally, Finding, Summary, replay_argument};
