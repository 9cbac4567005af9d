//! Faults that last: each is active from its injection until its time is over or the run heals.
//!
//! The clock, the network, the disks and the storage read this list when they are used. So nothing has to be undone
//! when a fault expires. Only pauses and broken disks are pushed to their owners, in `injection.rs`.

use std::time::Duration;

use crate::{
    plan::{Fault, Host},
    storage::disk::Trouble,
};

/// One active fault.
#[derive(Debug, Clone, Copy)]
struct ActiveFault {
    place: usize,
    fault: Fault,
    /// The coordinator that held the saga log when the fault fired.
    holder: Option<Host>,
    since: Duration,
    until: Duration,
}

/// The active faults, in the order in which they fired.
#[derive(Debug, Default)]
pub(crate) struct ActiveFaults(Vec<ActiveFault>);

impl ActiveFaults {
    /// Makes a fault active from `now` on, for as long as it lasts.
    pub(crate) fn begin(
        &mut self,
        place: usize,
        fault: Fault,
        holder: Option<Host>,
        now: Duration,
    ) {
        let until = now.saturating_add(fault.lasts().unwrap_or_default());
        self.0.push(ActiveFault {
            place,
            fault,
            holder,
            since: now,
            until,
        });
    }

    /// Ends the faults whose time is over. Returns their places in the plan, and the faults.
    pub(crate) fn expire(&mut self, now: Duration) -> Vec<(usize, Fault)> {
        self.end(|active| active.until <= now)
    }

    /// Ends the faults that last until another coordinator takes the saga log over.
    ///
    /// A pause of fixed length would be too short on some plans and would waste simulated time on others.
    pub(crate) fn taken_over(&mut self) -> Vec<(usize, Fault)> {
        self.end(|active| matches!(active.fault, Fault::Zombie { .. }))
    }

    /// Whether the process of this host is paused.
    pub(crate) fn is_paused(&self, machine: Host) -> bool {
        self.0.iter().any(|active| match active.fault {
            Fault::Pause { host, .. } => host == machine,
            // The coordinator that held the log when the fault fired. Its epoch is stale when it resumes.
            Fault::Zombie { .. } => active.holder == Some(machine),
            _ => false,
        })
    }

    /// Ends all faults. Returns them with their places.
    pub(crate) fn heal(&mut self) -> Vec<(usize, Fault)> {
        self.end(|_| true)
    }

    /// Whether the fault at this place in the plan is active.
    pub(crate) fn is_active(&self, place: usize) -> bool {
        self.0.iter().any(|active| active.place == place)
    }

    /// Each active fault with the time at which it began.
    pub(crate) fn all(&self) -> impl Iterator<Item = (Fault, Duration)> {
        self.0.iter().map(|active| (active.fault, active.since))
    }

    /// What is wrong with the disk under this host's database. Replicas of a service share that disk. Of several faults,
    /// the last one counts.
    pub(crate) fn trouble_of(&self, machine: Host) -> Option<Trouble> {
        let is_here = |host: Host| host.service() == machine.service();
        let trouble = |(fault, _)| match fault {
            Fault::DiskFull { host, .. } if is_here(host) => Some(Trouble::Full),
            Fault::DiskError { host, .. } if is_here(host) => Some(Trouble::Broken),
            _ => None,
        };
        self.all().filter_map(trouble).last()
    }

    fn end(&mut self, over: impl Fn(&ActiveFault) -> bool) -> Vec<(usize, Fault)> {
        let (ended, left): (Vec<ActiveFault>, Vec<ActiveFault>) =
            self.0.iter().partition(|active| over(active));
        self.0 = left;
        ended
            .iter()
            .map(|active| (active.place, active.fault))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::STORE;

    const COORDINATOR_2: Host = Host::constant("coordinator-2");

    #[test]
    fn a_fault_is_active_for_its_time() {
        let outage = Fault::Outage {
            host: STORE,
            millis: 100,
        };
        let mut active_faults = ActiveFaults::default();
        active_faults.begin(0, outage, None, Duration::from_millis(50));
        assert!(active_faults.expire(Duration::from_millis(149)).is_empty());
        assert_eq!(active_faults.all().count(), 1);
        assert_eq!(
            active_faults.expire(Duration::from_millis(150)),
            [(0, outage)]
        );
        assert_eq!(active_faults.all().count(), 0);
    }

    #[test]
    fn a_zombie_is_paused_until_another_coordinator_takes_over() {
        let zombie = Fault::Zombie { millis: 5_000 };
        let mut active_faults = ActiveFaults::default();
        active_faults.begin(0, zombie, Some(COORDINATOR_2), Duration::ZERO);
        assert!(
            active_faults.is_paused(COORDINATOR_2) && !active_faults.is_paused(Host::COORDINATOR)
        );
        assert_eq!(active_faults.taken_over(), [(0, zombie)]);
        assert!(!active_faults.is_paused(COORDINATOR_2));
    }
}
