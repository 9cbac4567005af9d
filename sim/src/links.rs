//! The links between machines: which are cut, and until when.
//!
//! Several cuts of one link may overlap; it is whole again when the last one has ended.

use std::time::Duration;

use turmoil::Sim;

use crate::{plan::Host, record::EventKind, world::World};

/// One cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cut {
    /// From here
    pub(crate) a: Host,
    /// to there
    pub(crate) b: Host,
    /// and, unless set, back.
    pub(crate) one_way: bool,
    /// It ends then.
    pub(crate) until: Duration,
}

/// A cut that is still to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Coming {
    cut: Cut,
    from: Duration,
}

/// The cuts in force.
#[derive(Debug, Default)]
pub(crate) struct Links {
    /// Whether the network's own machine is there.
    has_network: bool,
    cuts: Vec<Cut>,
    coming: Vec<Coming>,
}

impl Links {
    /// The network's own machine has links from now on.
    pub(crate) fn add_network(&mut self) {
        self.has_network = true;
    }

    /// Cuts a link, now or later.
    pub(crate) fn part(&mut self, cut: Cut, from: Duration) {
        self.coming.push(Coming { cut, from });
    }

    /// Begins the cuts whose time has come, and ends those whose time is over.
    pub(crate) fn turn(&mut self, now: Duration, world: &World, sim: &Sim<'_>) {
        let (due, coming): (Vec<Coming>, Vec<Coming>) =
            self.coming.iter().partition(|coming| coming.from <= now);
        self.coming = coming;
        for Coming { cut, .. } in due {
            self.begin(cut, world, sim);
        }
        self.end(|cut| cut.until <= now, world, sim);
    }

    /// Ends every cut; none is to come any more.
    pub(crate) fn rejoin_all(&mut self, world: &World, sim: &Sim<'_>) {
        self.coming.clear();
        self.end(|_| true, world, sim);
    }

    fn begin(&mut self, cut: Cut, world: &World, sim: &Sim<'_>) {
        let Cut { a, b, one_way, .. } = cut;
        self.cuts.push(cut);
        world.note(Host::Network, EventKind::Parted { a, b, one_way });
        match one_way {
            true => sim.partition_oneway(a.name(), b.name()),
            false => sim.partition(a.name(), b.name()),
        }
    }

    /// Does something while nothing passes to and from a machine.
    pub(crate) fn in_silence(
        &self,
        host: Host,
        world: &World,
        sim: &mut Sim<'_>,
        work: impl FnOnce(&mut Sim<'_>),
    ) {
        let has_links = |other: &Host| *other != Host::Network || self.has_network;
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
        if !self.is_cut(from, to) {
            sim.repair_oneway(from.name(), to.name());
        }
    }

    fn end(&mut self, over: impl Fn(&Cut) -> bool, world: &World, sim: &Sim<'_>) {
        let (ended, left): (Vec<Cut>, Vec<Cut>) = self.cuts.iter().copied().partition(over);
        self.cuts = left;
        for Cut { a, b, one_way, .. } in ended {
            for (from, to) in [(a, b), (b, a)]
                .into_iter()
                .take(if one_way { 1 } else { 2 })
            {
                self.repair(from, to, sim);
            }
            world.note(Host::Network, EventKind::Rejoined { a, b, one_way });
        }
    }

    fn is_cut(&self, from: Host, to: Host) -> bool {
        self.cuts.iter().any(|cut| {
            let there = cut.a == from && cut.b == to;
            let back = cut.a == to && cut.b == from;
            there || (back && !cut.one_way)
        })
    }
}
