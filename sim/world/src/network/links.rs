//! The partitions between hosts, and until when each lasts.
//!
//! Partitions of one link may overlap. The link is repaired when the last of them ends.

use std::time::Duration;

use turmoil::Sim;

use crate::{handle::World, plan::Host, record::EventKind};

/// One partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LinkPartition {
    /// One host.
    pub(crate) a: Host,
    /// The other host.
    pub(crate) b: Host,
    /// Whether only messages from `a` to `b` are lost.
    pub(crate) one_way: bool,
    /// When it ends, in simulated time since the run began.
    pub(crate) until: Duration,
}

/// A partition that has not begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct PendingPartition {
    partition: LinkPartition,
    from: Duration,
}

/// The partitions of a run, current and pending.
#[derive(Debug, Default)]
pub(crate) struct Links {
    /// Whether the network host exists. turmoil panics on a link of a host that it does not know.
    has_network_host: bool,
    partitions: Vec<LinkPartition>,
    pending: Vec<PendingPartition>,
}

impl Links {
    /// The network host exists from now on, and has links.
    pub(crate) fn add_network_host(&mut self) {
        self.has_network_host = true;
    }

    /// Schedules a partition that begins at `from`.
    pub(crate) fn schedule(&mut self, partition: LinkPartition, from: Duration) {
        self.pending.push(PendingPartition { partition, from });
    }

    /// Begins and ends the partitions that are due.
    pub(crate) fn update(&mut self, now: Duration, world: &World, sim: &Sim<'_>) {
        let (due, pending): (Vec<PendingPartition>, Vec<PendingPartition>) =
            self.pending.iter().partition(|pending| pending.from <= now);
        self.pending = pending;
        for PendingPartition { partition, .. } in due {
            self.begin(partition, world, sim);
        }
        self.end(|partition| partition.until <= now, world, sim);
    }

    /// Ends every partition, and drops the pending ones.
    pub(crate) fn heal_all(&mut self, world: &World, sim: &Sim<'_>) {
        self.pending.clear();
        self.end(|_| true, world, sim);
    }

    fn begin(&mut self, partition: LinkPartition, world: &World, sim: &Sim<'_>) {
        let LinkPartition { a, b, one_way, .. } = partition;
        self.partitions.push(partition);
        world.note(Host::NETWORK, EventKind::Partitioned { a, b, one_way });
        match one_way {
            true => sim.partition_oneway(a.name(), b.name()),
            false => sim.partition(a.name(), b.name()),
        }
    }

    /// Does `work` while no message passes to or from a host. Afterwards, each link is as it was before.
    ///
    /// A power cut uses it. The FINs of the dying sockets are sent into the cut links and never arrive, as if the
    /// machine had gone dark.
    pub(crate) fn with_host_isolated(
        &self,
        host: Host,
        world: &World,
        sim: &mut Sim<'_>,
        work: impl FnOnce(&mut Sim<'_>),
    ) {
        let has_links = |other: &Host| *other != Host::NETWORK || self.has_network_host;
        let others = || {
            let all = world.hosts().machines();
            all.filter(|other| *other != host && has_links(other))
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

    /// A link that another partition still covers stays cut.
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
            world.note(Host::NETWORK, EventKind::Reconnected { a, b, one_way });
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
