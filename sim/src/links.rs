//! The links between machines: which are cut, and until when.
//!
//! Several cuts of one link may overlap; it is whole again when the last one has ended.

use std::time::Duration;

use turmoil::Sim;

use crate::{plan::Host, record::EventKind, world::World};

/// One cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cut {
    a: Host,
    b: Host,
    one_way: bool,
    until: Duration,
}

/// The cuts in force.
#[derive(Debug, Default)]
pub(crate) struct Links {
    cuts: Vec<Cut>,
}

impl Links {
    /// Cuts a link.
    pub(crate) fn part(
        &mut self,
        a: Host,
        b: Host,
        one_way: bool,
        until: Duration,
        world: &World,
        sim: &Sim<'_>,
    ) {
        self.cuts.push(Cut {
            a,
            b,
            one_way,
            until,
        });
        world.note(Host::Network, EventKind::Parted { a, b, one_way });
        match one_way {
            true => sim.partition_oneway(a.name(), b.name()),
            false => sim.partition(a.name(), b.name()),
        }
    }

    /// Ends the cuts whose time has come.
    pub(crate) fn expire(&mut self, now: Duration, world: &World, sim: &Sim<'_>) {
        self.end(|cut| cut.until <= now, world, sim);
    }

    /// Ends every cut.
    pub(crate) fn rejoin_all(&mut self, world: &World, sim: &Sim<'_>) {
        self.end(|_| true, world, sim);
    }

    /// Does something while nothing passes to and from a machine.
    pub(crate) fn in_silence(
        &self,
        host: Host,
        world: &World,
        sim: &mut Sim<'_>,
        work: impl FnOnce(&mut Sim<'_>),
    ) {
        let others = || {
            world
                .plan()
                .topology
                .machines()
                .filter(|other| *other != host)
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
