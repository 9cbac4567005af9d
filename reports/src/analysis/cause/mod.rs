//! What failures have in common, and why they happened.
//!
//! - `why.rs` answers five questions about one failed run. The other files find the answers: `wrong_change.rs` the first
//!   wrong change, with `barrier_rows.rs`, `last_touch.rs` and `parting.rs`; `scene.rs` and `messages.rs` what led to it;
//!   `happened.rs`, `moment.rs` and `reason.rs` say it in words, and `plain.rs` has words for what a check saw.
//! - `outlook.rs` says when a failure was baked in.
//! - `groups.rs` joins the findings of a campaign that have one cause.

mod barrier_rows;
mod groups;
mod happened;
mod last_touch;
mod messages;
mod moment;
mod outlook;
mod parting;
mod plain;
mod reason;
mod scene;
mod why;
mod wrong_change;

pub use groups::{Cause, CauseSummary, causes};
pub use outlook::{ForkShare, Outlook, Turn};
pub use why::Why;
