//! The style of the comparison and the index.

/// The style sheet, which the pages contain and their policy knows by its hash.
pub(super) const STYLE: &str = include_str!("style.css");
