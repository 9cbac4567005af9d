//! The driver of one run: it alone touches the simulation, and moves it from one step boundary to the next.
//!
//! ```text
//!  step ─► reap dead processes ─► time triggers ─► commands ─► reap ─► partitions ─► restarts
//! ```
//!
//! The phases of a run are in `run.rs`.
//!
//! Faults of hosts and links take effect between two steps, when no host runs. A fault in the middle of a step would
//! depend on the order in which turmoil runs the hosts.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use likewise_saga::alerts::shortest_pause;
use tokio::sync::{Notify, mpsc};
use turmoil::Sim;

use super::{
    RunError, World, clients,
    faults::command::DriverCommand,
    network::{
        delivery::PendingDelivery,
        links::{LinkPartition, Links},
        network_host::run_network_host,
        receiver::run_receiver,
    },
    plan::{Host, Timing},
    process::{restarts::Restarts, service::run_incarnation},
    record::RunRecord,
    redrawn::LinkLatencies,
    rest::{has_found_something, has_no_open_saga, is_at_rest, open_sagas, set_up_within},
    simulation::simulation,
};

/// How long faults go on after the clients are done, while sagas are still open.
const FAULTS_GO_ON_FOR: Duration = Duration::from_secs(5);
/// How long the network may take to deliver what it holds, in simulated time.
const DELIVERIES_WITHIN: Duration = Duration::from_secs(60);
/// How long alerts may take to arrive in addition to their pauses: some attempts that time out.
const ALERTS_WITHIN: Duration = Duration::from_secs(60);

/// Drives one run.
pub(crate) struct Driver {
    world: World,
    sim: Sim<'static>,
    /// Until the network host starts and takes them.
    deliveries: Option<mpsc::UnboundedReceiver<PendingDelivery>>,
    links: Links,
    latencies: LinkLatencies,
    begin: Arc<Notify>,
    restarts: Restarts,
    began: Option<Duration>,
}

impl Driver {
    /// A driver of this world.
    pub(crate) fn new(world: World, deliveries: mpsc::UnboundedReceiver<PendingDelivery>) -> Self {
        let mut sim = simulation(&world);
        for host in world.hosts().all() {
            let world = world.clone();
            sim.host(host.name(), move || run_incarnation(world.clone(), host));
        }
        if world.hosts().receiver().is_some() {
            let world = world.clone();
            sim.host(Host::RECEIVER.name(), move || run_receiver(world.clone()));
        }
        let begin = Arc::new(Notify::new());
        sim.client(
            Host::CLIENTS.name(),
            clients::run(world.clone(), Arc::clone(&begin)),
        );
        Self {
            world,
            sim,
            deliveries: Some(deliveries),
            links: Links::default(),
            latencies: LinkLatencies::default(),
            begin,
            restarts: Restarts::default(),
            began: None,
        }
    }

    /// Runs the set-up to its end, without faults.
    pub(crate) fn set_up(&mut self) -> Result<(), RunError> {
        self.world.phase("setup", false);
        self.until_set_up()
    }

    /// Runs the workload under the faults of the plan, until both are done.
    pub(crate) fn inject_faults(&mut self) -> Result<(), RunError> {
        self.began = Some(self.sim.elapsed());
        self.world.phase("faults", true);
        self.begin.notify_one();
        let within = Duration::from_millis(self.timing().heal_after_millis);
        self.until(within, World::operations_done).transpose()?;
        self.until(FAULTS_GO_ON_FOR, has_no_open_saga).transpose()?;
        Ok(())
    }

    /// Ends every fault and partition, and starts every process. Returns when.
    ///
    /// Hosts that are down start at the next step boundary. The time of convergence counts from here.
    pub(crate) fn heal(&mut self) -> Duration {
        self.world.phase("healed", false);
        self.links.heal_all(&self.world, &self.sim);
        self.world.heal();
        self.restarts.heal();
        self.restarts.restore_rows(&self.world);
        self.sim.elapsed()
    }

    /// Waits until nothing is in progress any more, and lets the checker judge what is left. Returns when the run came to
    /// rest, if it did so within its bound. Alerts have more time: they wait for the pause after their failures.
    ///
    /// # Errors
    /// The bound has passed, the clients still work, and every open saga is younger: a long workload is no violation.
    pub(crate) fn rest(&mut self) -> Result<Option<Duration>, RunError> {
        let within = Duration::from_millis(self.timing().converge_within_millis);
        let open_before = open_sagas(&self.world);
        let mut rested = self.until(within, is_at_rest).transpose()?;
        if rested.is_none() && !has_found_something(&self.world, &open_before) {
            if !self.world.operations_done() {
                return Err(RunError::Endless(
                    "the clients still worked when the run reached its limit",
                ));
            }
            // The last sagas began late, and have the same time to end as the first ones.
            rested = self.until(within, is_at_rest).transpose()?;
        }
        let now = self.sim.elapsed();
        if rested.is_some() {
            self.until_alerts_arrived()?;
        }
        self.world
            .judge(Host::NETWORK, |checker, event| checker.at_rest(now, event));
        Ok(rested.map(|()| now))
    }

    /// Waits until the receiver of alerts has every alert, or until an attempt at each must have succeeded.
    ///
    /// After failures for some time, the next pause is at most as long as that time, the first pause and a jitter of a quarter. It doubles
    /// with the attempt that was under way when the faults ended, and with each answer of the receiver that goes wrong.
    fn until_alerts_arrived(&mut self) -> Result<(), RunError> {
        let receiver = self.world.plan().receiver.as_ref();
        let failures = receiver.map_or(0, |receiver| receiver.answers.len());
        let doubled = 1_u32 << (failures + 1).min(16);
        let pause = (self.sim.elapsed() + shortest_pause(1)) * 5 / 4;
        let within = pause * doubled + ALERTS_WITHIN;
        let have_arrived = |world: &World| !world.with_checker(|checker| checker.awaits_alerts());
        self.until(within, have_arrived).transpose()?;
        Ok(())
    }

    /// Whether nothing is in progress.
    pub(crate) fn is_at_rest(&self) -> bool {
        is_at_rest(&self.world)
    }

    /// Waits until the network has delivered everything that it holds.
    pub(crate) fn until_delivered(&mut self) -> Result<(), RunError> {
        self.until(DELIVERIES_WITHIN, World::deliveries_done)
            .transpose()?;
        Ok(())
    }

    /// Runs nothing but the workload, for this long in simulated time.
    pub(crate) fn run_bare(mut self, lasts: Duration) -> Result<(), RunError> {
        self.until_set_up()?;
        self.begin.notify_one();
        while self.sim.elapsed() < lasts {
            self.step()?;
        }
        match self.world.operations_done() {
            true => Ok(()),
            false => Err(RunError::Endless("the clients were not done in time")),
        }
    }

    fn until_set_up(&mut self) -> Result<(), RunError> {
        let within = set_up_within(&self.world);
        self.until(within, World::is_set_up)
            .ok_or(RunError::Endless("the set-up did not end"))?
    }

    /// Steps until a condition holds. `None` if it does not hold within the bound.
    ///
    /// The bound is in simulated time, so a run that never ends is found without a clock of the machine.
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
        self.world.require_prefix()?;
        if self.world.is_full() {
            return Err(RunError::Endless(
                "it made more events than any run that ends",
            ));
        }
        if !self.world.deliveries_done() {
            self.start_network_host();
        }
        let now = self.sim.elapsed();
        // Processes that died during this step are dropped before anything else happens at its end.
        self.reap();
        self.world.tick(now, self.began);
        for command in self.world.take_commands() {
            self.execute(command);
        }
        self.restarts.end_second(now, &self.world);
        // A process that lost power by one of these commands is dead at once.
        self.reap();
        self.links.update(now, &self.world, &self.sim);
        self.restarts.restart(now, &self.world, &mut self.sim);
        self.redraw_latencies();
        Ok(())
    }

    /// Gives each link another latency for the next step, if the run is being drawn anew.
    fn redraw_latencies(&mut self) {
        let noise = self.world.other_noise();
        if noise.is_none() {
            return;
        }
        let timing = self.timing();
        let (shortest, longest) = (timing.tick_millis, timing.latency_max_millis);
        let network = self.deliveries.is_none().then_some(Host::NETWORK);
        let hosts = self
            .world
            .hosts()
            .all()
            .chain([Host::CLIENTS])
            .chain(network)
            .chain(self.world.hosts().receiver());
        let hosts: Vec<Host> = hosts.collect();
        for (place, a) in hosts.iter().enumerate() {
            for b in &hosts[place + 1..] {
                let millis = self.latencies.draw(noise, shortest, longest);
                let latency = Duration::from_millis(millis.unwrap_or(shortest));
                self.sim.set_link_latency(a.name(), b.name(), latency);
            }
        }
    }

    /// Starts the network host, unless it runs. A host and its links cost time at each tick, so it exists only from
    /// the first delivery on.
    fn start_network_host(&mut self) {
        let Some(deliveries) = self.deliveries.take() else {
            return;
        };
        self.links.add_network_host();
        let world = self.world.clone();
        // turmoil may start a host several times; the network host is never restarted.
        let deliveries = Mutex::new(Some(deliveries));
        self.sim.host(Host::NETWORK.name(), move || {
            let world = world.clone();
            let deliveries = deliveries
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take();
            async move {
                if let Some(deliveries) = deliveries {
                    run_network_host(world, deliveries).await;
                }
                Ok(())
            }
        });
    }

    fn execute(&mut self, command: DriverCommand) {
        match command {
            DriverCommand::Terminate {
                host,
                termination,
                down_for,
            } => self
                .restarts
                .terminate(&self.world, host, termination, down_for),
            DriverCommand::StartSecond { host, lasts } => {
                self.restarts
                    .start_second(&self.world, &mut self.sim, host, lasts);
            }
            DriverCommand::Partition {
                a,
                b,
                one_way,
                after,
                lasts,
            } => {
                let from = self.sim.elapsed() + after;
                let until = from + lasts;
                let partition = LinkPartition {
                    a,
                    b,
                    one_way,
                    until,
                };
                self.links.schedule(partition, from);
            }
        }
    }

    fn reap(&mut self) {
        self.restarts.reap(&self.world, &mut self.sim, &self.links);
    }

    fn timing(&self) -> Timing {
        self.world.plan().timing
    }

    /// Ends the run and makes its record.
    ///
    /// `barrier_counts` are the hanging actions that were refused and the repeats that were answered. They are counted
    /// before the probes, which repeat everything.
    pub(crate) fn record(
        self,
        converged: Option<Duration>,
        barrier_counts: (u64, u64),
    ) -> RunRecord {
        let output = self.world.finish();
        self.world.with_checker(|checker| {
            output.into_record(
                (self.world.plan(), self.world.system()),
                checker,
                self.sim.elapsed(),
                converged,
                barrier_counts,
            )
        })
    }
}
