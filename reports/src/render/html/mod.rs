//! The report of a campaign as one self-contained HTML file. It works offline.
//!
//! ```text
//!  LoadedCampaign ──► verdict, failures, properties, matrix …   static: readable and printable without a script
//!               └───► packed runs ──► the run view              drawn by a script from the runs in the file
//! ```
//!
//! The same campaign gives the same bytes. Texts from outside are escaped by the template and set as text by the script.
//! The page's Content-Security-Policy refuses every script, style and request that is not the page's own.
//!
//! Read `page.rs` and `assets/report.html` for the order of the page, `assets/run.js` for what the run view derives from
//! a record.

mod charts;
mod failures;
mod fault_table;
mod header;
mod lessons;
mod packed_run;
mod page;
mod page_labels;
mod parts;
mod planted_bugs;
mod properties;
mod provenance;
mod sequence_diagram;
mod sequence_rows;
#[cfg(test)]
mod tests;
mod windows;

pub use page::{RenderError, render};
