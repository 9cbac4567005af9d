//! One core a worker.

use core_affinity::CoreId;

pub(super) fn cores() -> Vec<CoreId> {
    core_affinity::get_core_ids().unwrap_or_default()
}

pub(super) fn core_of(job: usize, cores: &[CoreId]) -> Option<CoreId> {
    cores.get(job % cores.len().max(1)).copied()
}

/// Pins this thread to one core. The threads that open and close files inherit that: handed from core to core, a search
/// of all pairs takes a quarter longer.
pub(super) fn stay_on(core: Option<CoreId>) {
    if let Some(core) = core {
        core_affinity::set_for_current(core);
    }
}
