//! The faults of a run with the time in which each has an effect. Properties about time judge only what no other fault
//! disturbs.

use std::time::Duration;

use crate::plan::{Family, Fault, Host};

/// How long a process that is asked to stop may go on before it is down.
const STOP_WITHIN: Duration = Duration::from_secs(11);

/// A fault that fired, and the time in which it has an effect.
#[derive(Debug, Clone, Copy)]
pub(super) struct FaultWindow {
    pub(super) fault: Fault,
    pub(super) since: Duration,
    pub(super) until: Duration,
}

impl FaultWindow {
    /// Whether it has an effect at some moment between these two, both inclusive.
    pub(super) fn overlaps(&self, from: Duration, to: Duration) -> bool {
        self.since <= to && self.until >= from
    }

    /// Whether other requests than its own may fail because of it. What one client does concerns that client alone. A wrong
    /// clock of a coordinator moves the deadlines of its sagas.
    pub(super) fn disturbs_others(&self) -> bool {
        match self.fault.kind().family() {
            Family::Client => false,
            Family::Clock => self.fault.hosts().iter().any(|host| host.is_coordinator()),
            _ => true,
        }
    }
}

/// Whether a fault has an effect between these two moments that others than its own client can notice.
pub(super) fn disturb(faults: &[FaultWindow], from: Duration, to: Duration) -> bool {
    let disturbs = |window: &FaultWindow| window.disturbs_others() && window.overlaps(from, to);
    faults.iter().any(disturbs)
}

/// When a fault that fires now has no effect any more. A process that is asked to stop finishes its requests first, and is down only
/// then.
pub(super) fn over(fault: &Fault, now: Duration) -> Duration {
    let acts_for = match fault {
        // A clock that has jumped stays wrong, and runs evenly from then on.
        Fault::ClockJump { .. } => Duration::ZERO,
        Fault::Restart { .. } => fault.acts_for().saturating_add(STOP_WITHIN),
        _ => fault.acts_for(),
    };
    now.saturating_add(acts_for)
}

/// The faults of a run so far, in the order in which they fired.
#[derive(Debug, Default)]
pub(super) struct FaultWindows(Vec<FaultWindow>);

impl FaultWindows {
    /// A fault fired.
    pub(super) fn fired(&mut self, fault: &Fault, now: Duration) {
        self.0.push(FaultWindow {
            fault: *fault,
            since: now,
            until: over(fault, now),
        });
    }

    /// A process has started. The pause of the one before it is over, and so is the time without a process: another fault may
    /// have started it before its time.
    pub(super) fn process_started(&mut self, started: Host, now: Duration) {
        for window in &mut self.0 {
            let is_over = match window.fault {
                Fault::Pause { host, .. }
                | Fault::Crash { host, .. }
                | Fault::PowerCut { host, .. } => host == started,
                _ => false,
            };
            if is_over {
                window.until = window.until.min(now);
            }
        }
    }

    /// All of them.
    pub(super) fn all(&self) -> &[FaultWindow] {
        &self.0
    }
}
