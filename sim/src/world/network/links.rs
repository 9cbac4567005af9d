//! The links between machines: which are partition, and until when.
//!
//! Several partitions of one link may overlap; it is whole again when the last one has ended.

use std::time::Duration;

use turmoil::Sim;

use crate::world::{handle::World, plan::Host, record::EventKind};

/// One partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::world) struct LinkPartition {
    /// From here
    pub(in crate::world) a: Host,
    /// to there
    pub(in crate::world) b: Host,
    /// and, unless set, back.
    pub(in crate::world) one_way: bool,
    /// It ends then.
    pub(in crate::world) until: Duration,
}

/// A partition that is still to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct PendingPartition {
    partition: LinkPartition,
    from: Duration,
}

/// The partitions in active.
#[derive(Debug, Default)]
pub(in crate::world) struct Links {
    /// Whether the network's own machine is there.
    has_network_host: bool,
    partitions: Vec<LinkPartition>,
    pending: Vec<PendingPartition>,
}

impl Links {
    /// The network's own machine has links from now on.
    pub(in crate::world) fn add_network_host(&mut self) {
        self.has_network_host = true;
    }

    /// Cuts a link, now or later.
    pub(in crate::world) fn schedule(&mut self, partition: LinkPartition, from: Duration) {
        self.pending.push(PendingPartition { partition, from });
    }

    /// Begins the partitions whose time has come, and ends those whose time is over.
    pub(in crate::world) fn update(&mut self, now: Duration, world: &World, sim: &Sim<'_>) {
        let (due, pending): (Vec<PendingPartition>, Vec<PendingPartition>) =
            self.pending.iter().partition(|pending| pending.from <= now);
        self.pending = pending;
        for PendingPartition { partition, .. } in due {
            self.begin(partition, world, sim);
        }
        self.end(|partition| partition.until <= now, world, sim);
    }

    /// Ends every partition; none is to come any more.
    pub(in crate::world) fn heal_all(&mut self, world: &World, sim: &Sim<'_>) {
        self.pending.clear();
        self.end(|_| true, world, sim);
    }

    fn begin(&mut self, partition: LinkPartition, world: &World, sim: &Sim<'_>) {
        let LinkPartition { a, b, one_way, .. } = partition;
        self.partitions.push(partition);
        world.note(Host::Network, EventKind::Partitioned { a, b, one_way });
        match one_way {
            true => sim.partition_oneway(a.name(), b.name()),
            false => sim.partition(a.name(), b.name()),
        }
    }

    /// Does something while nothing passes to and from a machine.
    pub(in crate::world) fn with_host_isolated(
        &self,
        host: Host,
        world: &World,
        sim: &mut Sim<'_>,
        work: impl FnOnce(&mut Sim<'_>),
    ) {
        let has_links = |other: &Host| *other != Host::Network || self.has_network_host;
        let others = || {
            let machines = world.plan().topology.machines();
            machines.filter(|other| *other != host && has_links(other))
        };
        for other in others() {
            sim.partition(host.name(), other.name());
        }
        work(sim);
        for other in others() {
            self.repair(host, other, sim);
            self.repair(other, host, sim);
        }
    }

    fn repair(&self, from: Host, to: Host, sim: &Sim<'_>) {
        if !self.is_partitioned(from, to) {
            sim.repair_oneway(from.name(), to.name());
        }
    }

    fn end(&mut self, over: impl Fn(&LinkPartition) -> bool, world: &World, sim: &Sim<'_>) {
        let (ended, left): (Vec<LinkPartition>, Vec<LinkPartition>) =
            self.partitions.iter().copied().partition(over);
        self.partitions = left;
        for LinkPartition { a, b, one_way, .. } in ended {
            for (from, to) in [(a, b), (b, a)]
                .into_iter()
                .take(if one_way { 1 } else { 2 })
            {
                self.repair(from, to, sim);
            }
            world.note(Host::Network, EventKind::Reconnected { a, b, one_way });
        }
    }

    fn is_partitioned(&self, from: Host, to: Host) -> bool {
        self.partitions.iter().any(|partition| {
            let there = partition.a == from && partition.b == to;
            let back = partition.a == to && partition.b == from;
            there || (back && !partition.one_way)
        })
    }
}
