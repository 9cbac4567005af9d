//! The world of one run: the handle that the driver, the processes and the clients share.
//!
//! All state of a run is behind one lock. A run stays on one thread, so the lock is never contended. It exists because a
//! service's environment must be `Send`.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use rand::RngExt;
use tokio::sync::{Notify, mpsc};

use super::{
    RunError,
    check::Checker,
    faults::command::DriverCommand,
    filled,
    hosts::Hosts,
    instruments::Instruments,
    network::{delivery::PendingDelivery, message::Link},
    plan::{Family, Fault, FaultKind, Host, Plan},
    process::machine::{Machine, Machines},
    record::{EventKind, Outcome},
    redrawn::Redrawn,
    run_output::RunOutput,
    state::State,
    system::{ServiceSpec, System, SystemParts, SystemUnderTest},
};

/// The world of one run. Clones share it.
#[derive(Clone)]
pub struct World(Arc<Shared>);

struct Shared {
    plan: Plan,
    hosts: Hosts,
    instruments: Instruments,
    system: &'static dyn System,
    variant: SystemUnderTest,
    deliveries: mpsc::UnboundedSender<PendingDelivery>,
    redrawn: Redrawn,
    state: Mutex<State>,
}

impl World {
    /// A world at the start of a run. The receiver belongs to the network host.
    #[must_use]
    pub fn new(
        plan: &Plan,
        system: &'static dyn System,
        variant: SystemUnderTest,
        instruments: Instruments,
    ) -> (Self, mpsc::UnboundedReceiver<PendingDelivery>) {
        // Another run of this thread may have broken off.
        drop(filled::take());
        let (deliveries, received) = mpsc::unbounded_channel();
        let hosts = Hosts::of_plan(system.services(), plan);
        let machines = Machines::new(
            system,
            (plan, &hosts),
            variant.takes_prepared_databases,
            instruments,
        );
        let checker = Checker::new(plan, system, system.properties(), system.invariants());
        let state = State::new(plan, checker, machines);
        let shared = Shared {
            plan: plan.clone(),
            hosts,
            instruments,
            system,
            variant,
            deliveries,
            redrawn: state.redrawn.clone(),
            state: Mutex::new(state),
        };
        (Self(Arc::new(shared)), received)
    }

    /// The plan of the run.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.0.plan
    }

    /// The hosts of the run.
    #[must_use]
    pub fn hosts(&self) -> &Hosts {
        &self.0.hosts
    }

    /// The seed of the noise, if the run is being drawn anew.
    pub(super) fn other_noise(&self) -> Option<u64> {
        self.0.redrawn.noise()
    }

    /// What is wrong with the run if its plan forks another one.
    ///
    /// # Errors
    /// [`RunError::OtherPrefix`]: up to the fork it is not that run.
    pub(super) fn require_prefix(&self) -> Result<(), RunError> {
        match self.lock().other_prefix {
            Some(event) => Err(RunError::OtherPrefix { event }),
            None => Ok(()),
        }
    }

    /// Whether the run has reached the event after which it is drawn anew, if there is one.
    ///
    /// # Errors
    /// [`RunError::NoSuchEvent`]: it has not.
    pub(super) fn require_redrawn(&self) -> Result<(), RunError> {
        match self.0.redrawn.missed() {
            Some(event) => Err(RunError::NoSuchEvent { event }),
            None => Ok(()),
        }
    }

    /// The host on which an operator starts one more coordinator. `None` if nobody does.
    pub(super) fn second_coordinator(&self) -> Option<Host> {
        self.lock().second_coordinator
    }

    /// The system whose services run.
    #[must_use]
    pub fn system(&self) -> &'static dyn System {
        self.0.system
    }

    /// The service on a host. `None` for the clients and the network.
    pub(super) fn service(&self, host: Host) -> Option<&'static ServiceSpec> {
        self.system().service(host.service()?)
    }

    /// The parts of the system under test.
    #[must_use]
    pub fn parts(&self) -> &dyn SystemParts {
        self.0.variant.parts.as_ref()
    }

    /// The variant of the system: the product, or a planted bug.
    pub(super) fn variant(&self) -> &SystemUnderTest {
        &self.0.variant
    }

    /// Whether the run has no instruments: no faults, events or checks.
    pub fn is_bare(&self) -> bool {
        self.0.instruments == Instruments::None
    }

    /// Records an event. Returns its place.
    pub fn note(&self, host: Host, kind: EventKind) -> usize {
        if self.is_bare() {
            return 0;
        }
        self.lock().note(host, kind)
    }

    /// Starts a phase of the run, with or without faults.
    pub fn phase(&self, name: &str, faults: bool) {
        let mut state = self.lock();
        state.triggers.switch(faults);
        let name = name.to_owned();
        state.note(Host::NETWORK, EventKind::Phase { name });
    }

    /// Gives access to the checker.
    pub fn with_checker<T>(&self, work: impl FnOnce(&mut Checker) -> T) -> T {
        work(&mut self.lock().checker)
    }

    /// Lets the checker judge, and records the violations that it finds.
    pub fn judge(&self, host: Host, judge: impl FnOnce(&mut Checker, usize)) {
        if self.is_bare() {
            return;
        }
        self.lock().judge(host, judge);
    }

    /// Whether the set-up is complete.
    pub fn is_set_up(&self) -> bool {
        self.lock().is_set_up
    }

    /// Marks the set-up as complete.
    pub fn mark_set_up(&self) {
        self.lock().is_set_up = true;
    }

    /// Whether the clients have performed the whole workload.
    pub fn operations_done(&self) -> bool {
        self.lock().operations_done
    }

    /// Marks the workload as performed.
    pub fn mark_operations_done(&self) {
        self.lock().operations_done = true;
    }

    /// Whether the network host has delivered everything.
    pub fn deliveries_done(&self) -> bool {
        self.lock().deliveries_open == 0
    }

    /// Whether the run has recorded more events than any run that ends.
    pub fn is_full(&self) -> bool {
        self.lock().recorder.is_full()
    }

    /// Gives access to the active faults, each with the time at which it began.
    pub(super) fn active_faults<T>(
        &self,
        look: impl FnOnce(&mut dyn Iterator<Item = (Fault, Duration)>) -> T,
    ) -> T {
        look(&mut self.lock().active_faults.all())
    }

    /// Whether a service may fail to start: if the plan has a fault of a database or a disk. The plan counts, not the
    /// active faults, because a start may fail shortly after its fault has expired.
    pub fn may_fail_to_start(&self) -> bool {
        let mut faults = self.plan().faults.iter();
        faults.any(|planned| {
            matches!(
                planned.fault.kind().family(),
                Family::Database | Family::Disk
            )
        })
    }

    /// The extra latency of a link now.
    pub(super) fn link_delay(&self, (from, to): Link) -> Option<Duration> {
        let slowed = |(fault, _)| match fault {
            Fault::SlowLink {
                a,
                b,
                latency_millis,
                ..
            } => ((a, b) == (from, to) || (b, a) == (from, to))
                .then(|| Duration::from_millis(latency_millis)),
            _ => None,
        };
        self.active_faults(|faults| faults.filter_map(slowed).max())
    }

    /// A notification for when the next request leaves on a link.
    pub(super) fn overtaken(&self, link: Link) -> Arc<Notify> {
        let notify = Arc::new(Notify::new());
        let mut state = self.lock();
        let waiting = state.overtaken.entry(link).or_default();
        waiting.push(Arc::clone(&notify));
        notify
    }

    /// Moves the driver's clock. Injects the faults that are due at this time, and ends those that have expired.
    ///
    /// Expired faults end before new ones begin, so that a fault that lasts exactly until another begins does not
    /// overlap with it.
    pub fn tick(&self, now: Duration, workload_began: Option<Duration>) {
        let mut state = self.lock();
        state.driver_time = now;
        let ended = state.active_faults.expire(now);
        state.note_expired(&ended);
        if let Some(began) = workload_began
            && state.triggers.is_on()
        {
            let millis = now.saturating_sub(began).as_millis();
            let due = state.triggers.at(u64::try_from(millis).unwrap_or(u64::MAX));
            state.inject_into_world(Host::NETWORK, &[], due);
        }
    }

    /// Takes the pending commands for the driver.
    pub fn take_commands(&self) -> Vec<DriverCommand> {
        self.lock().commands.drain(..).collect()
    }

    /// Gives access to the machine of a host. `None` if the host has none.
    pub fn machine<T>(&self, host: Host, work: impl FnOnce(&mut Machine) -> T) -> Option<T> {
        self.lock().machines.get_mut(host).map(work)
    }

    /// Counts a behaviour of a client that is also a kind of fault: a double click or a retry.
    pub(crate) fn note_behaviour(&self, kind: FaultKind) {
        *self.lock().behaviours.entry(kind).or_default() += 1;
    }

    /// Ends every active fault.
    pub fn heal(&self) {
        let mut state = self.lock();
        state.heal();
        let now = state.now();
        state.judge(Host::NETWORK, |checker, event| checker.healed(now, event));
    }

    /// Returns the prepared databases to their pool. Call it when no task of the run is left.
    pub fn return_prepared_databases(&self) {
        for machine in self.lock().machines.iter_mut() {
            machine.return_prepared_database();
        }
    }

    /// Counts the outcome of one click.
    pub(crate) fn ended(&self, outcome: Outcome) {
        *self.lock().outcomes.entry(outcome).or_default() += 1;
    }

    /// The clicks by outcome.
    pub fn outcomes(&self) -> BTreeMap<Outcome, u64> {
        self.lock().outcomes.clone()
    }

    /// Takes everything that the run has recorded.
    ///
    /// It moves everything out. Call it once, at the end of the run.
    pub fn finish(&self) -> RunOutput {
        let mut state = self.lock();
        let (injection_points, reached) = state.triggers.take_injection_points();
        RunOutput {
            hash: state.recorder.hash(),
            injection_points,
            reached,
            injected: state.triggers.fired(),
            injections: state.finished_injections(),
            behaviours: std::mem::take(&mut state.behaviours),
            saga_ids: state.saga_ids(),
            filled: filled::take(),
            events: state.recorder.take(),
        }
    }

    /// The latency of the next transaction, drawn from the plan's noise.
    pub(super) fn commit_latency(&self) -> Duration {
        Duration::from_millis(self.lock().latencies.random_range(1..=3))
    }

    /// Hands a request to the network host, which delivers it later.
    pub(crate) fn deliver_later(&self, delivery: PendingDelivery) {
        self.lock().deliveries_open += 1;
        // The network host outlives every process. The channel is closed at the end of a run only.
        let _ = self.0.deliveries.send(delivery);
    }

    pub(super) fn delivery_done(&self) {
        self.lock().deliveries_open -= 1;
    }

    /// Never hold the guard across an await: the lock is not reentrant, and the next task of the same thread would
    /// wait forever.
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
