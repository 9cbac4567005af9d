//! The end of processes, and the start of the next ones.
//!
//! ```text
//!  killed         closes its sockets itself, then turmoil drops it
//!  power loss     the host is partitioned, the process dropped, the links repaired: no FIN reaches a peer
//!  asked to stop  finishes its requests, closes its sockets, then turmoil drops it
//!  taken over     the same, by itself; it starts again when the second coordinator is gone
//! ```

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use turmoil::Sim;

use super::{incarnation::Incarnation, machine::Machine, service::run_incarnation};
use crate::{
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
pub(crate) struct Restarts {
    terminating: Vec<Terminating>,
    /// When each host that is down starts again.
    due: BTreeMap<Host, Duration>,
    /// The coordinators that another one has replaced. An operator starts them when that one is gone.
    replaced: BTreeMap<Host, Duration>,
    /// When an operator kills the second coordinator. `None` if it does not run.
    second_until: Option<Duration>,
    /// Whether turmoil knows the host of the second coordinator.
    has_second: bool,
}

impl Restarts {
    /// Begins to end a process. The process may take a step or more.
    pub(crate) fn terminate(
        &mut self,
        world: &World,
        host: Host,
        termination: Termination,
        down_for: Duration,
    ) {
        let ended = world.machine(host, |machine| {
            let was_up = std::mem::replace(&mut machine.up, false);
            (was_up, Arc::clone(&machine.process))
        });
        let Some((was_up, process)) = ended else {
            return;
        };
        // A fault may hit a coordinator in the step in which it ends by itself.
        if !was_up && world.second_coordinator().is_some() {
            return;
        }
        match termination {
            Termination::Kill => process.kill(),
            Termination::PowerLoss => process.lose_power(),
            Termination::Stop => process.ask_to_stop(),
            Termination::TakenOver => {}
        }
        self.terminating.push(Terminating {
            host,
            process,
            termination,
            down_for,
        });
    }

    /// Drops the processes that are dead, and mounts their disks for the next ones.
    pub(crate) fn reap(&mut self, world: &World, sim: &mut Sim<'_>, links: &Links) {
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
            Termination::Kill | Termination::Stop | Termination::TakenOver => Keep::Written,
            Termination::PowerLoss => Keep::Synced,
        };
        world.machine(host, |machine| machine.remount(keep));
        match dead.termination {
            Termination::PowerLoss => {
                links.with_host_isolated(host, world, sim, |sim| sim.crash(host.name()));
            }
            Termination::Kill | Termination::Stop | Termination::TakenOver => {
                sim.crash(host.name());
            }
        }
        let kind = match dead.termination {
            Termination::Kill => EventKind::Crashed,
            Termination::PowerLoss => EventKind::LostPower,
            Termination::Stop => EventKind::Stopped,
            Termination::TakenOver => EventKind::TakenOver,
        };
        world.note(host, kind);
        match Some(host) == world.second_coordinator() {
            true => self.due.append(&mut self.replaced),
            false if dead.termination == Termination::TakenOver && has_second(world) => {
                self.replaced.insert(host, Duration::ZERO);
            }
            false => {
                self.due.insert(host, sim.elapsed() + dead.down_for);
            }
        }
    }

    /// Starts the hosts whose down time is over.
    pub(crate) fn restart(&mut self, now: Duration, world: &World, sim: &mut Sim<'_>) {
        let due = self.due.iter().filter(|(_, at)| **at <= now);
        for host in due.map(|(host, _)| *host).collect::<Vec<_>>() {
            self.due.remove(&host);
            world.machine(host, |machine| machine.up = true);
            sim.bounce(host.name());
        }
    }

    /// Starts the coordinators with a damaged row once more: the row is restored before they read it.
    pub(crate) fn restore_rows(&mut self, world: &World) {
        for host in world.hosts().all() {
            let is_damaged = |machine: &mut Machine| machine.up && machine.row_damage.is_done();
            if world.machine(host, is_damaged) == Some(true) {
                self.terminate(world, host, Termination::Kill, Duration::ZERO);
            }
        }
    }

    /// Starts the second coordinator. Its host exists only from then on.
    pub(crate) fn start_second(
        &mut self,
        world: &World,
        sim: &mut Sim<'static>,
        host: Host,
        lasts: Duration,
    ) {
        world.machine(host, |machine| machine.up = true);
        self.second_until = Some(sim.elapsed() + lasts);
        if std::mem::replace(&mut self.has_second, true) {
            sim.bounce(host.name());
        } else {
            let world = world.clone();
            sim.host(host.name(), move || run_incarnation(world.clone(), host));
        }
    }

    /// Kills the second coordinator if its time is over.
    pub(crate) fn end_second(&mut self, now: Duration, world: &World) {
        if self.second_until.is_none_or(|until| until > now) {
            return;
        }
        let Some(host) = world.second_coordinator() else {
            return;
        };
        self.second_until = None;
        // Another coordinator may have replaced it already.
        match world.machine(host, |machine| machine.up) {
            Some(true) => self.terminate(world, host, Termination::Kill, Duration::ZERO),
            _ => self.due.append(&mut self.replaced),
        }
    }

    /// Ends every down time now.
    pub(crate) fn heal(&mut self) {
        self.second_until = self.second_until.map(|_| Duration::ZERO);
        self.due.append(&mut self.replaced);
        for at in self.due.values_mut() {
            *at = Duration::ZERO;
        }
        for terminating in &mut self.terminating {
            terminating.down_for = Duration::ZERO;
        }
    }
}

/// Whether the second coordinator runs.
fn has_second(world: &World) -> bool {
    let host = world.second_coordinator();
    host.and_then(|host| world.machine(host, |machine| machine.up)) == Some(true)
}
