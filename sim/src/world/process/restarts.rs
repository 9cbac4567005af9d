//! The end of processes, and the start of the next ones.
//!
//! ```text
//!  killed         closes its sockets itself, then turmoil drops it
//!  power loss     the host is partitioned, the process dropped, the links repaired: no FIN reaches a peer
//!  asked to stop  finishes its requests, closes its sockets, then turmoil drops it
//! ```

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use turmoil::Sim;

use super::incarnation::Incarnation;
use crate::world::{
    faults::command::Termination, handle::World, network::links::Links, plan::Host,
    record::EventKind, storage::disk::Keep,
};

/// A process that is to end.
struct Terminating {
    host: Host,
    process: Arc<Incarnation>,
    termination: Termination,
    down_for: Duration,
}

/// The processes that are ending, and the hosts that will start again.
#[derive(Default)]
pub(in crate::world) struct Restarts {
    terminating: Vec<Terminating>,
    /// When each host that is down starts again.
    due: BTreeMap<Host, Duration>,
}

impl Restarts {
    /// Begins to end a process. The process may take a step or more.
    pub(in crate::world) fn terminate(
        &mut self,
        world: &World,
        host: Host,
        termination: Termination,
        down_for: Duration,
    ) {
        let process = world.machine(host, |machine| {
            machine.up = false;
            Arc::clone(&machine.process)
        });
        let Some(process) = process else { return };
        match termination {
            Termination::Kill => process.kill(),
            Termination::PowerLoss => process.lose_power(),
            Termination::Stop => process.ask_to_stop(),
        }
        self.terminating.push(Terminating {
            host,
            process,
            termination,
            down_for,
        });
    }

    /// Drops the processes that are dead, and mounts their disks for the next ones.
    pub(in crate::world) fn reap(&mut self, world: &World, sim: &mut Sim<'_>, links: &Links) {
        let (dead, terminating) = std::mem::take(&mut self.terminating)
            .into_iter()
            .partition(|terminating: &Terminating| terminating.process.is_dead());
        self.terminating = terminating;
        for process in dead {
            self.drop_process(process, world, sim, links);
        }
    }

    /// Mounts the disk first: a connection that is dropped before that may still write to it, later and on another
    /// thread.
    fn drop_process(&mut self, dead: Terminating, world: &World, sim: &mut Sim<'_>, links: &Links) {
        let host = dead.host;
        let keep = match dead.termination {
            Termination::Kill | Termination::Stop => Keep::Written,
            Termination::PowerLoss => Keep::Synced,
        };
        world.machine(host, |machine| machine.remount(keep));
        match dead.termination {
            Termination::PowerLoss => {
                links.with_host_isolated(host, world, sim, |sim| sim.crash(host.name()));
            }
            Termination::Kill | Termination::Stop => sim.crash(host.name()),
        }
        let kind = match dead.termination {
            Termination::Kill => EventKind::Crashed,
            Termination::PowerLoss => EventKind::LostPower,
            Termination::Stop => EventKind::Stopped,
        };
        world.note(host, kind);
        self.due.insert(host, sim.elapsed() + dead.down_for);
    }

    /// Starts the hosts whose down time is over.
    pub(in crate::world) fn restart(&mut self, now: Duration, world: &World, sim: &mut Sim<'_>) {
        let due = self.due.iter().filter(|(_, at)| **at <= now);
        for host in due.map(|(host, _)| *host).collect::<Vec<_>>() {
            self.due.remove(&host);
            world.machine(host, |machine| machine.up = true);
            sim.bounce(host.name());
        }
    }

    /// Ends every down time now.
    pub(in crate::world) fn heal(&mut self) {
        for at in self.due.values_mut() {
            *at = Duration::ZERO;
        }
        for terminating in &mut self.terminating {
            terminating.down_for = Duration::ZERO;
        }
    }
}
