//! Faults that last a while, from their strike until their time is over or the world heals.
//!
//! Whoever is hindered by one asks here at the moment that matters: nothing has to be undone when
//! a fault is over.

use std::time::Duration;

use crate::world::{
    plan::{Fault, Host},
    storage::disk::Trouble,
};

/// A fault in force.
#[derive(Debug, Clone, Copy)]
struct ActiveFault {
    place: usize,
    fault: Fault,
    /// Who held the saga log when it struck.
    holder: Option<Host>,
    since: Duration,
    until: Duration,
}

/// The faults in force.
#[derive(Debug, Default)]
pub(in crate::world) struct ActiveFaults(Vec<ActiveFault>);

impl ActiveFaults {
    /// A fault begins.
    pub(in crate::world) fn begin(
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

    /// Ends those whose time is over. Returns their places in the plan and them.
    pub(in crate::world) fn expire(&mut self, now: Duration) -> Vec<(usize, Fault)> {
        self.end(|active| active.until <= now)
    }

    /// Ends those that wait for a takeover of the saga log.
    pub(in crate::world) fn taken_over(&mut self) -> Vec<(usize, Fault)> {
        self.end(|active| matches!(active.fault, Fault::Zombie { .. }))
    }

    /// Whether a machine's process stands still.
    pub(in crate::world) fn is_paused(&self, machine: Host) -> bool {
        self.0.iter().any(|active| match active.fault {
            Fault::Pause { host, .. } => host == machine,
            Fault::Zombie { .. } => active.holder == Some(machine),
            _ => false,
        })
    }

    /// Ends all of them.
    pub(in crate::world) fn heal(&mut self) -> Vec<(usize, Fault)> {
        self.end(|_| true)
    }

    /// The faults in force, with the time since when, in the order in which they struck.
    pub(in crate::world) fn all(&self) -> impl Iterator<Item = (Fault, Duration)> {
        self.0.iter().map(|active| (active.fault, active.since))
    }

    /// What is wrong with the disk under a machine's database, which is its service's; of several
    /// troubles the one that struck last.
    pub(in crate::world) fn trouble_of(&self, machine: Host) -> Option<Trouble> {
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

    #[test]
    fn a_fault_is_in_force_for_its_time() {
        let outage = Fault::Outage {
            host: Host::User,
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
    fn a_zombie_stands_still_until_another_has_taken_over() {
        let zombie = Fault::Zombie { millis: 5_000 };
        let mut active_faults = ActiveFaults::default();
        active_faults.begin(0, zombie, Some(Host::Coordinator2), Duration::ZERO);
        assert!(
            active_faults.is_paused(Host::Coordinator2)
                && !active_faults.is_paused(Host::Coordinator)
        );
        assert_eq!(active_faults.taken_over(), [(0, zombie)]);
        assert!(!active_faults.is_paused(Host::Coordinator2));
    }
}
