//! Reports of campaigns, made from run records.
//!
//! ```text
//!  analysis   what the records show: summary, fault matrix, coverage gate, comparison; pure functions
//!     ▲
//!  archive    a campaign's files on disk: layout, reader, writer, index entry, schemas
//!     ▲
//!  render     HTML, Markdown, JUnit, NDJSON, terminal text and stories
//! ```
//!
//! A module imports only from the modules above it in this picture. Nothing in this crate runs a plan: every report
//! is a function of records, so it can be rendered again later with the same bytes.
//!
//! Start with [`analysis::Summary`], which counts runs, then [`analysis::CampaignReport`], which is what
//! `report.json` holds, then [`archive::LoadedCampaign`], which is what every renderer takes.

pub mod analysis;
pub mod archive;
mod render;
mod text;
mod units;

#[cfg(test)]
mod samples;

pub use analysis::{Summary, replay_argument};
pub use render::{html, junit, markdown, ndjson, pages, story, terminal};
