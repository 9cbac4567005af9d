//! The restarts of the processes: how they end, and when the next one begins.
//!
//! ```text
//!  killed        closes its sockets itself, then is dropped
//!  without power links cut, dropped, links whole again: nobody hears a word
//!  asked to stop ends its requests, closes its sockets, then is dropped
//! ```

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use turmoil::Sim;

use super::incarnation::Incarnation;
use crate::world::{
    faults::command::Termination, handle::World, network::links::Links, plan::Host,
    record::EventKind, storage::disk::Keep,
};

/// A process whose end has been ordered.
struct Terminating {
    host: Host,
    process: Arc<Incarnation>,
    termination: Termination,
    down_for: Duration,
}

/// The processes that are on their way out, and the machines that will start again.
#[derive(Default)]
pub(in crate::world) struct Restarts {
    terminating: Vec<Terminating>,
    restarts: BTreeMap<Host, Duration>,
}

impl Restarts {
    /// Orders the end of a process. It may take the process a step or more to get there.
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

    /// Drops the processes that are dead. Their disks go on to the next life.
    pub(in crate::world) fn reap(&mut self, world: &World, sim: &mut Sim<'_>, links: &Links) {
        let (dead, terminating) = std::mem::take(&mut self.terminating)
            .into_iter()
            .partition(|terminating: &Terminating| terminating.process.is_dead());
        self.terminating = terminating;
        for Terminating {
            host,
            termination,
            down_for,
            ..
        } in dead
        {
            let keep = match termination {
                Termination::Kill | Termination::Stop => Keep::Written,
                Termination::PowerLoss => Keep::Synced,
            };
            world.machine(host, |machine| machine.remount(keep));
            match termination {
                Termination::PowerLoss => {
                    links.with_host_isolated(host, world, sim, |sim| sim.crash(host.name()))
                }
                Termination::Kill | Termination::Stop => sim.crash(host.name()),
            }
            let kind = match termination {
                Termination::Kill => EventKind::Crashed,
                Termination::PowerLoss => EventKind::LostPower,
                Termination::Stop => EventKind::Stopped,
            };
            world.note(host, kind);
            self.restarts.insert(host, sim.elapsed() + down_for);
        }
    }

    /// Starts the machines whose time has come.
    pub(in crate::world) fn restart(&mut self, now: Duration, world: &World, sim: &mut Sim<'_>) {
        let due = self.restarts.iter().filter(|(_, at)| **at <= now);
        for host in due.map(|(host, _)| *host).collect::<Vec<_>>() {
            self.restarts.remove(&host);
            world.machine(host, |machine| machine.up = true);
            sim.bounce(host.name());
        }
    }

    /// Lets every machine start again as soon as it can.
    pub(in crate::world) fn heal(&mut self) {
        for at in self.restarts.values_mut() {
            *at = Duration::ZERO;
        }
        for terminating in &mut self.terminating {
            terminating.down_for = Duration::ZERO;
        }
    }
}
