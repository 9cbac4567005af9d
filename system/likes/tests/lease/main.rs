//! Several coordinators with one saga log, in this process, over real sockets, on both engines.
//!
//! The durations here are bounds in one direction only: a busy machine makes a test slower, but not wrong.

#[path = "../common/mod.rs"]
mod common;

mod answers;
mod cluster;
mod deliveries;
mod events;
mod faulty_lease;
mod forwarding;
mod switchable_user;
mod takeover;

use std::time::Duration;

/// A lease that does not end during a test.
const LONG: Duration = Duration::from_secs(600);

/// A lease that ends soon, and is longer than a busy machine pauses.
const SHORT: Duration = Duration::from_millis(1_500);
