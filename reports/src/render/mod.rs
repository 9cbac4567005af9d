//! Renderers: everything that people and programs read.
//!
//! - [`html`] is the report as one page, [`pages`] are the comparison and the index, without scripts.
//! - [`markdown`] is for CI summaries, [`junit`] for CI test reports, [`ndjson`] for scripts.
//! - [`terminal`] is what a command prints, [`story`] is one run as text.
//!
//! Each renderer is a pure function of a campaign or a record: the same input gives the same bytes. Texts from outside
//! are escaped by `crate::text`. `output.rs` writes the rendered files into a campaign's archive.

mod comparison_rows;
#[cfg(test)]
mod comparison_tests;
mod content_security_policy;
pub mod html;
pub mod junit;
pub mod markdown;
pub mod ndjson;
mod output;
pub mod pages;
pub mod story;
pub mod terminal;
