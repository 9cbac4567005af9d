//! One core for each worker thread.
//!
//! A worker runs one simulation after another. The threads that open and close its database files inherit the pinning.
//! Without it, the scheduler moves them between cores and caches are lost: all pairs of faults take a quarter longer.

use core_affinity::CoreId;

/// The cores of this machine; empty if they cannot be listed. Then nothing is pinned.
pub(super) fn cores() -> Vec<CoreId> {
    core_affinity::get_core_ids().unwrap_or_default()
}

/// The core of the worker with this number. With more workers than cores, cores are shared.
pub(super) fn core_of(job: usize, cores: &[CoreId]) -> Option<CoreId> {
    cores.get(job % cores.len().max(1)).copied()
}

/// Pins this thread to a core, and with it the threads that it starts.
pub(super) fn pin_to(core: Option<CoreId>) {
    if let Some(core) = core {
        core_affinity::set_for_current(core);
    }
}
