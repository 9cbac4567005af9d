//! The lives of the processes: how they end, and when the next one begins.
//!
//! ```text
//!  killed        closes its sockets itself, then is dropped
//!  without power links cut, dropped, links whole again: nobody hears a word
//!  asked to stop ends its requests, closes its sockets, then is dropped
//! ```

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use turmoil::Sim;

use crate::{
    disk::Keep,
    links::Links,
    plan::Host,
    record::EventKind,
    world::{Boot, Death, World},
};

/// A process whose end has been ordered.
struct Dying {
    host: Host,
    process: Arc<Boot>,
    death: Death,
    down_for: Duration,
}

/// The processes that are on their way out, and the machines that will start again.
#[derive(Default)]
pub(crate) struct Lives {
    dying: Vec<Dying>,
    restarts: BTreeMap<Host, Duration>,
}

impl Lives {
    /// Orders the end of a process. It may take the process a step or more to get there.
    pub(crate) fn end(&mut self, world: &World, host: Host, death: Death, down_for: Duration) {
        let process = world.machine(host, |machine| {
            machine.up = false;
            Arc::clone(&machine.process)
        });
        let Some(process) = process else { return };
        match death {
            Death::Kill => process.kill(),
            Death::PowerLoss => process.lose_power(),
            Death::Stop => process.ask_to_stop(),
        }
        self.dying.push(Dying {
            host,
            process,
            death,
            down_for,
        });
    }

    /// Drops the processes that are dead. Their disks go on to the next life.
    pub(crate) fn bury(&mut self, world: &World, sim: &mut Sim<'_>, links: &Links) {
        let (dead, dying) = std::mem::take(&mut self.dying)
            .into_iter()
            .partition(|dying: &Dying| dying.process.is_dead());
        self.dying = dying;
        for Dying {
            host,
            death,
            down_for,
            ..
        } in dead
        {
            let keep = match death {
                Death::Kill | Death::Stop => Keep::Written,
                Death::PowerLoss => Keep::Synced,
            };
            world.machine(host, |machine| machine.next_life(keep));
            match death {
                Death::PowerLoss => {
                    links.in_silence(host, world, sim, |sim| sim.crash(host.name()))
                }
                Death::Kill | Death::Stop => sim.crash(host.name()),
            }
            let kind = match death {
                Death::Kill => EventKind::Crashed,
                Death::PowerLoss => EventKind::LostPower,
                Death::Stop => EventKind::Stopped,
            };
            world.note(host, kind);
            self.restarts.insert(host, sim.elapsed() + down_for);
        }
    }

    /// Starts the machines whose time has come.
    pub(crate) fn restart(&mut self, now: Duration, world: &World, sim: &mut Sim<'_>) {
        let due = self.restarts.iter().filter(|(_, at)| **at <= now);
        for host in due.map(|(host, _)| *host).collect::<Vec<_>>() {
            self.restarts.remove(&host);
            world.machine(host, |machine| machine.up = true);
            sim.bounce(host.name());
        }
    }

    /// Lets every machine start again as soon as it can.
    pub(crate) fn heal(&mut self) {
        for at in self.restarts.values_mut() {
            *at = Duration::ZERO;
        }
        for dying in &mut self.dying {
            dying.down_for = Duration::ZERO;
        }
    }
}
