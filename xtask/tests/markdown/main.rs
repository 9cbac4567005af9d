//! Checks of the repository's Markdown: every path that it names exists, and no paragraph is too long to read.
//!
//! Where to read next: `paths.rs` and `paragraphs.rs` are the two checks; `security.rs` checks the tests that `docs/security.md` names.

mod documents;
mod paragraphs;
mod paths;
mod security;
