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
//! Nothing in this crate knows a system either: what a report calls tables, rows and sagas, and what it plots, is in the
//! record ([`likewise_world::record::Labels`]). A record without labels is shown in general words.
//!
//! Start with [`analysis::Summary`], which counts runs, then [`analysis::CampaignReport`], which is what
//! `report.json` holds, then [`archive::LoadedCampaign`], which is what every renderer takes.

pub mod analysis;
pub mod archive;
mod glossary;
mod render;
mod text;
mod units;

#[cfg(test)]
mod samples;

pub use analysis::Summary;
pub use render::{html, junit, markdown, ndjson, pages, story, terminal};
