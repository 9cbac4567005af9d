//! The batches and queues of a run that were full.
//!
//! A run stays on one thread, and a batcher has no handle to its world. So the counts are those of the thread, from the start of
//! a run to its end.

use std::{cell::RefCell, collections::BTreeMap};

use likewise_saga::batcher::{BatchLimits, Full};

use super::plan::Limits;

thread_local! {
    static FILLED: RefCell<BTreeMap<(Full, &'static str), u64>> = const { RefCell::new(BTreeMap::new()) };
}

/// The limits of a process for its batches and queues.
pub(super) fn batch_limits(limits: &Limits) -> BatchLimits {
    let tight = |limit: Option<u32>| limit.map(|limit| limit as usize);
    let is_tight = limits.batch_max.is_some() || limits.queue_max.is_some();
    BatchLimits {
        batch_max: tight(limits.batch_max),
        queue_max: tight(limits.queue_max),
        on_full: is_tight.then_some(note),
    }
}

fn note(name: &'static str, full: Full) {
    FILLED.with_borrow_mut(|filled| *filled.entry((full, name)).or_default() += 1);
}

/// Takes the counts, in words.
pub(super) fn take() -> BTreeMap<String, u64> {
    let filled = FILLED.take().into_iter();
    let worded = filled.map(|((full, name), count)| {
        let what = match full {
            Full::Batch => "batch",
            Full::Queue => "queue",
        };
        (format!("{what} of {name}"), count)
    });
    worded.collect()
}
