//! What the services of any saga have in common.
//!
//! Files: `parts.rs` (the parts of the kit that a test may replace).

mod parts;

pub use parts::KitParts;
