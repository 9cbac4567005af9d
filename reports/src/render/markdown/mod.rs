//! Markdown for CI services: the summary of a campaign, and a comparison for a comment.

mod comparison;
mod findings;
mod sequence_diagram;
mod summary;
mod table;
mod tables;
#[cfg(test)]
mod tests;
mod totals;

pub use comparison::comparison;
pub use summary::{BYTES_MAX, render};
