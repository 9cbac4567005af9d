//! The ids of the kit: sagas, steps and epochs.

use std::fmt;

pub use likewise_barrier::{SagaId, StepIndex};
use serde::{Deserialize, Serialize};

/// The fencing token of a coordinator that writes to the saga log. Each takeover raises it, and the log refuses a stale one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Epoch(pub i64);

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
