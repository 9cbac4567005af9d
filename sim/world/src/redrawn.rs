//! Whether a run has passed the event from which on it is drawn anew, and the seed from there on.
//!
//! Processes and the driver ask without the lock of the world: entropy is drawn in places that hold it.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

use super::plan::{Plan, Redraw};

/// What distinguishes the stream of latencies of the network from the other streams.
const LINKS_STREAM: u64 = 0x0011_ACE5;

/// The second part of a run.
#[derive(Debug, Clone)]
pub(crate) struct Redrawn {
    plan: Option<Redraw>,
    has_begun: Arc<AtomicBool>,
}

impl Redrawn {
    /// At the start of a run.
    pub(crate) fn of(plan: &Plan) -> Self {
        Self {
            plan: plan.redraw_after.clone(),
            has_begun: Arc::new(AtomicBool::new(false)),
        }
    }

    /// The seed of the noise, if the second part has begun.
    pub(crate) fn noise(&self) -> Option<u64> {
        let redraw = self.plan.as_ref()?;
        self.has_begun
            .load(Ordering::Relaxed)
            .then_some(redraw.noise)
    }

    /// Begins the second part if the event at this place is its last one before. Returns how.
    pub(crate) fn begin_at(&self, place: usize) -> Option<&Redraw> {
        let redraw = self.plan.as_ref().filter(|it| it.event == place)?;
        self.has_begun.store(true, Ordering::Relaxed);
        Some(redraw)
    }

    /// The event that the run never reached. `None` if it did, or if there is none.
    pub(crate) fn missed(&self) -> Option<usize> {
        let redraw = self.plan.as_ref()?;
        (!self.has_begun.load(Ordering::Relaxed)).then_some(redraw.event)
    }
}

/// The latencies of the links in the second part of a run.
///
/// The simulated network draws from a stream that cannot be replaced. So each link has a fixed latency in each step of the
/// second part, drawn here.
#[derive(Debug, Default)]
pub(crate) struct LinkLatencies(Option<Pcg64Mcg>);

impl LinkLatencies {
    /// The latency of a link in the next step, in milliseconds. `None` before the second part.
    pub(crate) fn draw(&mut self, noise: Option<u64>, shortest: u64, longest: u64) -> Option<u64> {
        let noise = noise?;
        let stream = self
            .0
            .get_or_insert_with(|| Pcg64Mcg::seed_from_u64(noise ^ LINKS_STREAM));
        // The smallest of four draws has the mean of the network's own distribution, and is the same on every machine.
        let draws = [(); 4].map(|()| stream.random_range(shortest..=longest.max(shortest)));
        draws.into_iter().min()
    }
}
