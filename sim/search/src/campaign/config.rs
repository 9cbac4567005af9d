//! What a campaign runs, and its limits.

use std::{num::NonZeroUsize, sync::atomic::AtomicBool, time::Duration};

use super::plans::Plans;
use likewise_world::System;

/// What a campaign runs, and its limits.
#[derive(Debug)]
pub struct Campaign<'a> {
    /// The system that runs.
    pub system: &'static dyn System,
    /// The plans.
    pub plans: Plans,
    /// The number of worker threads. `None`: one for each core.
    pub jobs: Option<NonZeroUsize>,
    /// The wall time after which no further run starts. Runs that have started are finished. `None`: no limit.
    pub budget: Option<Duration>,
    /// Once it is set, no further run starts.
    pub stop: &'a AtomicBool,
}
