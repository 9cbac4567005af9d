//! Several coordinators of one saga log, in this process, over real sockets, on both engines.
//!
//! The times here are bounds in one direction only: a busy machine makes everything later, and
//! nothing wrong.

#[path = "../common/mod.rs"]
mod common;

mod answers;
mod forwarding;
mod takeover;
mod world;

use std::time::Duration;

/// So long that nothing lapses during a case.
const LONG: Duration = Duration::from_secs(600);

/// Soon over, and longer than a busy machine sleeps.
const SHORT: Duration = Duration::from_millis(1_500);
