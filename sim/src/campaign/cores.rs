//! One core a worker, and its turns on it.

use core_affinity::CoreId;

pub(super) fn cores() -> Vec<CoreId> {
    core_affinity::get_core_ids().unwrap_or_default()
}

pub(super) fn core_of(job: usize, cores: &[CoreId]) -> Option<CoreId> {
    cores.get(job % cores.len().max(1)).copied()
}

/// Pins this thread to one core. `SQLite`'s threads inherit that, and a transaction that stays on its core takes a
/// sixth of the time of one that is handed from core to core. There they take turns no more often than they must.
pub(super) fn stay_on(core: Option<CoreId>) {
    if let Some(core) = core {
        core_affinity::set_for_current(core);
    }
}
