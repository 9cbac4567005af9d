//! The course of one run: a world is made, broken, healed, and judged.
//!
//! ```text
//!  set-up ─► faults (users work, the plan strikes) ─► healed ─► at rest ─► probes ─► end
//! ```

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, UNIX_EPOCH},
};

use tokio::sync::{Notify, mpsc};
use turmoil::Sim;

use crate::{
    links::{Cut, Links},
    lives::Lives,
    plan::{Host, Timing},
    probe::{self, Probe},
    process::boot,
    record::{Outcome, RECORD_VERSION, RunRecord},
    run::RunError,
    users,
    world::{EPOCH_SECONDS, Errand, Order, World, haunt},
};

/// Connections that may wait to be accepted, and packets of one connection under way.
const TCP_CAPACITY: usize = 4_096;
/// How long the set-up may take, simulated.
const SETUP_WITHIN: Duration = Duration::from_secs(60);
/// How long open sagas may still be struck after the users are done.
const STRIKE_ON_FOR: Duration = Duration::from_secs(5);
/// How long the probes may take, simulated.
const PROBES_WITHIN: Duration = Duration::from_secs(60);

/// A run, and whether its probes found something.
pub(crate) struct Ran {
    pub(crate) record: RunRecord,
    pub(crate) probes_found: bool,
}

/// Drives one run.
pub(crate) struct Driver {
    world: World,
    sim: Sim<'static>,
    /// Until the network's machine takes them.
    errands: Option<mpsc::UnboundedReceiver<Errand>>,
    links: Links,
    begin: Arc<Notify>,
    lives: Lives,
    began: Option<Duration>,
}

impl Driver {
    pub(crate) fn new(world: World, errands: mpsc::UnboundedReceiver<Errand>) -> Self {
        let plan = world.plan();
        let timing = plan.timing;
        let mut sim = turmoil::Builder::new()
            .rng_seed(plan.noise)
            .epoch(UNIX_EPOCH + Duration::from_secs(EPOCH_SECONDS))
            .tick_duration(Duration::from_millis(timing.tick_millis))
            .min_message_latency(Duration::from_millis(timing.tick_millis))
            .max_message_latency(Duration::from_millis(timing.latency_max_millis))
            .simulation_duration(Duration::from_secs(86_400))
            .tcp_capacity(TCP_CAPACITY)
            .build();
        for host in plan.topology.hosts() {
            let world = world.clone();
            sim.host(host.name(), move || boot(world.clone(), host));
        }
        let begin = Arc::new(Notify::new());
        sim.client(
            Host::Clients.name(),
            users::run(world.clone(), Arc::clone(&begin)),
        );
        Self {
            world,
            sim,
            errands: Some(errands),
            links: Links::default(),
            begin,
            lives: Lives::default(),
            began: None,
        }
    }

    /// Starts the network's own machine, unless it runs. A machine and its links cost time at each tick, so it is
    /// there from its first errand on.
    fn start_network(&mut self) {
        let Some(errands) = self.errands.take() else {
            return;
        };
        self.links.add_network();
        let network = self.world.clone();
        // It has one life.
        let errands = Mutex::new(Some(errands));
        self.sim.host(Host::Network.name(), move || {
            let network = network.clone();
            let errands = errands
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take();
            async move {
                if let Some(errands) = errands {
                    haunt(network, errands).await;
                }
                Ok(())
            }
        });
    }

    pub(crate) fn run(mut self, probes: &[&[Probe]]) -> Result<Ran, RunError> {
        self.world.phase("setup", false);
        self.until(SETUP_WITHIN, World::ready)
            .ok_or(RunError::Endless("the set-up did not end"))??;
        self.began = Some(self.sim.elapsed());
        self.world.phase("faults", true);
        self.begin.notify_one();
        self.strike()?;
        self.heal();
        let healed = self.sim.elapsed();
        let within = Duration::from_millis(self.timing().converge_within_millis);
        let rested = self.rest(within)?;
        let converged = rested.then(|| self.sim.elapsed().saturating_sub(healed));
        // The probes repeat everything: what the run itself repeated is known before them.
        let answered = self.world.look(|checker| checker.barrier_counts());
        let found_before = self.violations();
        if converged.is_some() {
            self.probe(probes)?;
        }
        let probes_found = self.violations() > found_before;
        // A coordinator that was still trying to begin a saga may have succeeded meanwhile.
        if converged.is_some() && !is_at_rest(&self.world) {
            self.rest(within)?;
        }
        let unreadable = self
            .world
            .look(|checker| checker.mirror().unreadable.iter().next().cloned());
        if let Some(row) = unreadable {
            return Err(RunError::Broken(format!(
                "the checks cannot read a row of {row}"
            )));
        }
        self.world.phase("end", false);
        Ok(Ran {
            record: self.record(converged, answered),
            probes_found,
        })
    }

    pub(crate) fn run_bare(mut self, lasts: Duration) -> Result<(), RunError> {
        self.until(SETUP_WITHIN, World::ready)
            .ok_or(RunError::Endless("the set-up did not end"))??;
        self.begin.notify_one();
        while self.sim.elapsed() < lasts {
            self.step()?;
        }
        match self.world.ops_done() {
            true => Ok(()),
            false => Err(RunError::Endless("the users were not done in time")),
        }
    }

    /// The users work and the plan strikes, until both are done.
    fn strike(&mut self) -> Result<(), RunError> {
        let within = Duration::from_millis(self.timing().heal_after_millis);
        self.until(within, World::ops_done).transpose()?;
        self.until(STRIKE_ON_FOR, |world| {
            world.look(|checker| checker.mirror().open_sagas() == 0)
        })
        .transpose()?;
        Ok(())
    }

    /// Ends every partition and starts every process.
    fn heal(&mut self) {
        self.world.phase("healed", false);
        self.links.rejoin_all(&self.world, &self.sim);
        self.world.heal();
        self.lives.heal();
    }

    /// Waits until nothing is under way any more, and judges what is left. Returns whether it is so.
    fn rest(&mut self, within: Duration) -> Result<bool, RunError> {
        let rested = self.until(within, is_at_rest).transpose()?;
        self.world
            .judge(Host::Network, |checker, event| checker.at_rest(event));
        Ok(rested.is_some())
    }

    /// Sends everything once more, also what was refused and now would not be, known keys and steps
    /// with other arguments, and a compensation before its action: nothing may change.
    fn probe(&mut self, probes: &[&[Probe]]) -> Result<(), RunError> {
        self.world.phase("probes", false);
        probe::unblock(&self.world);
        self.until(PROBES_WITHIN, World::errands_done).transpose()?;
        for together in probes {
            let before = self.world.look(|checker| checker.mirror().clone());
            let probing = probe::send(&self.world, together);
            self.until(PROBES_WITHIN, World::errands_done).transpose()?;
            probing.judge(&self.world, &before);
        }
        Ok(())
    }

    fn violations(&self) -> usize {
        self.world.look(|checker| checker.violations().len())
    }

    /// Steps until something is so. Nothing, if it is not within the bound.
    fn until(
        &mut self,
        within: Duration,
        done: impl Fn(&World) -> bool,
    ) -> Option<Result<(), RunError>> {
        let end = self.sim.elapsed() + within;
        while self.sim.elapsed() < end {
            if done(&self.world) {
                return Some(Ok(()));
            }
            if let Err(error) = self.step() {
                return Some(Err(error));
            }
        }
        None
    }

    fn step(&mut self) -> Result<(), RunError> {
        self.sim
            .step()
            .map_err(|error| RunError::Broken(error.to_string()))?;
        if self.world.is_full() {
            return Err(RunError::Endless(
                "it made more events than any run that ends",
            ));
        }
        if !self.world.errands_done() {
            self.start_network();
        }
        let now = self.sim.elapsed();
        self.bury();
        self.world.tick(now, self.began);
        for order in self.world.take_orders() {
            self.obey(order);
        }
        self.bury();
        self.links.turn(now, &self.world, &self.sim);
        self.lives.restart(now, &self.world, &mut self.sim);
        Ok(())
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Down(host, death, down_for) => {
                self.lives.end(&self.world, host, death, down_for);
            }
            Order::Part {
                a,
                b,
                one_way,
                after,
                lasts,
            } => {
                let from = self.sim.elapsed() + after;
                let until = from + lasts;
                let cut = Cut {
                    a,
                    b,
                    one_way,
                    until,
                };
                self.links.part(cut, from);
            }
        }
    }

    fn bury(&mut self) {
        self.lives.bury(&self.world, &mut self.sim, &self.links);
    }

    fn timing(&self) -> Timing {
        self.world.plan().timing
    }

    fn record(self, converged: Option<Duration>, answered: (u64, u64)) -> RunRecord {
        let finished = self.world.finish();
        let simulated_micros = micros(self.sim.elapsed());
        self.world.look(|checker| {
            let (hanging_refused, repeats_answered) = answered;
            let mut operations: BTreeMap<Outcome, u64> = BTreeMap::new();
            for op in checker
                .history()
                .ops()
                .iter()
                .filter(|op| op.operation.is_some())
            {
                *operations.entry(op.outcome).or_default() += 1;
            }
            RunRecord {
                version: RECORD_VERSION,
                plan: self.world.plan().clone(),
                properties: checker.verdicts(),
                violations: checker.violations().to_vec(),
                struck: finished.struck,
                strikes: finished.strikes,
                habits: finished.habits,
                sagas: checker.sagas(),
                operations,
                hanging_refused,
                repeats_answered,
                simulated_micros,
                converged_after_micros: converged.map(micros),
                hash: finished.hash,
                cuts: finished.cuts,
                reached: finished.reached,
                saga_ids: finished.saga_ids,
                events: finished.events,
            }
        })
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

fn is_at_rest(world: &World) -> bool {
    let up = world.plan().topology.hosts().all(|host| {
        world.machine(host, |machine| machine.up && !machine.process.is_paused()) == Some(true)
    });
    up && world.ops_done()
        && world.errands_done()
        && world.look(|checker| checker.mirror().open_sagas() == 0)
}
