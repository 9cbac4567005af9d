//! The world of one run: its machines, its network, its clock, and everything that is known of it.
//!
//! ```text
//!   service ──► edges ──► World ──► triggers faults ──► commands for the driver
//!                           ├─────► recorder (events, hash)
//!                           └─────► checker (invariants)
//! ```
//!
//! All state of a run sits behind one lock. A run restarts on one thread, so the lock is never
//! waited for; it is there because the services' edges must be `Send`.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use likewise::service::Parts;
use likewise_saga::store::Synchronous;
use rand::RngExt;
use tokio::sync::{Notify, mpsc};

use super::{
    check::Checker,
    faults::command::DriverCommand,
    instruments::Instruments,
    network::{delivery::PendingDelivery, message::Link},
    plan::{Family, Fault, FaultKind, Host, InjectionPoint, Plan},
    process::machine::Machine,
    record::{Event, EventKind, Injection, Outcome},
    state::State,
    system::SystemUnderTest,
};

/// The world of one run. Cloning shares it.
#[derive(Clone)]
pub struct World(Arc<Shared>);

struct Shared {
    plan: Plan,
    instruments: Instruments,
    system: SystemUnderTest,
    deliveries: mpsc::UnboundedSender<PendingDelivery>,
    state: Mutex<State>,
}

impl World {
    /// A world in which nothing has happened yet. The receiver belongs to [`run_network_host`].
    #[must_use]
    pub fn new(
        plan: &Plan,
        system: SystemUnderTest,
        checker: Checker,
        instruments: Instruments,
    ) -> (Self, mpsc::UnboundedReceiver<PendingDelivery>) {
        let (deliveries, received) = mpsc::unbounded_channel();
        let takes_prepared = system.takes_prepared_databases;
        let shared = Shared {
            plan: plan.clone(),
            instruments,
            system,
            deliveries,
            state: Mutex::new(State::new(plan, checker, instruments, takes_prepared)),
        };
        (Self(Arc::new(shared)), received)
    }

    /// What is run.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.0.plan
    }

    /// The system under test.
    #[must_use]
    pub fn parts(&self) -> &Parts {
        &self.0.system.parts
    }

    /// The `synchronous` pragma of the system's SQLite files.
    pub(super) fn synchronous(&self) -> Synchronous {
        self.0.system.synchronous
    }

    /// Whether the run is nothing but its workload.
    pub fn is_bare(&self) -> bool {
        self.0.instruments == Instruments::None
    }

    /// Records something that happened.
    pub fn note(&self, host: Host, kind: EventKind) -> usize {
        if self.is_bare() {
            return 0;
        }
        self.lock().note(host, kind)
    }

    /// Starts a phase of the run.
    pub fn phase(&self, name: &str, faults: bool) {
        let mut state = self.lock();
        state.triggers.switch(faults);
        let name = name.to_owned();
        state.note(Host::Network, EventKind::Phase { name });
    }

    /// Looks at everything that is known.
    pub fn with_checker<T>(&self, work: impl FnOnce(&mut Checker) -> T) -> T {
        work(&mut self.lock().checker)
    }

    /// Lets the checker judge, and records what it finds.
    pub fn judge(&self, host: Host, judge: impl FnOnce(&mut Checker, usize)) {
        if self.is_bare() {
            return;
        }
        self.lock().judge(host, judge);
    }

    /// Whether the users are ready to begin.
    pub fn is_set_up(&self) -> bool {
        self.lock().is_set_up
    }

    /// The users are ready to begin.
    pub fn mark_set_up(&self) {
        self.lock().is_set_up = true;
    }

    /// Whether the users have done everything.
    pub fn operations_done(&self) -> bool {
        self.lock().operations_done
    }

    /// The users have done everything.
    pub fn mark_operations_done(&self) {
        self.lock().operations_done = true;
    }

    /// Whether nothing is under way in the network's own hands.
    pub fn deliveries_done(&self) -> bool {
        self.lock().deliveries_open == 0
    }

    /// Whether so much happened that the run would not end.
    pub fn is_full(&self) -> bool {
        self.lock().recorder.is_full()
    }

    /// Looks at the faults that are in force now, with the time since when.
    pub(super) fn active_faults<T>(
        &self,
        look: impl FnOnce(&mut dyn Iterator<Item = (Fault, Duration)>) -> T,
    ) -> T {
        look(&mut self.lock().active_faults.all())
    }

    /// Whether the plan has a fault of a database or a disk: then a service may fail to start, also a
    /// moment after the fault is over.
    pub fn may_fail_to_start(&self) -> bool {
        let mut faults = self.plan().faults.iter();
        faults.any(|planned| {
            matches!(
                planned.fault.kind().family(),
                Family::Database | Family::Disk
            )
        })
    }

    /// How much longer everything takes on a link now.
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
        self.active_faults(|active_faults| active_faults.filter_map(slowed).max())
    }

    /// Whoever waits here is told when the next request has left on a link.
    pub(super) fn overtaken(&self, link: Link) -> Arc<Notify> {
        let notify = Arc::new(Notify::new());
        let mut state = self.lock();
        let waiting = state.overtaken.entry(link).or_default();
        waiting.push(Arc::clone(&notify));
        notify
    }

    /// Moves the driver's clock; faults due by time strike, and those whose time is over end.
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
            state.inject_into_world(Host::Network, &[], due);
        }
    }

    /// Takes the driver's commands.
    pub fn take_commands(&self) -> Vec<DriverCommand> {
        self.lock().commands.drain(..).collect()
    }

    /// Works on a machine.
    pub fn machine<T>(&self, host: Host, work: impl FnOnce(&mut Machine) -> T) -> Option<T> {
        self.lock().machines.get_mut(&host).map(work)
    }

    /// The users did something that also counts as a fault.
    pub(crate) fn note_behaviour(&self, kind: FaultKind) {
        *self.lock().behaviours.entry(kind).or_default() += 1;
    }

    /// Ends every fault that is in active.
    pub fn heal(&self) {
        let mut state = self.lock();
        let ended = state.active_faults.heal();
        state.note_expired(&ended);
    }

    /// The run is over and nothing of it goes on: what can be used again is kept for the next.
    pub fn return_prepared_databases(&self) {
        for machine in self.lock().machines.values_mut() {
            machine.return_prepared_database();
        }
    }

    /// A user knows how an operation ended.
    pub(crate) fn ended(&self, outcome: Outcome) {
        *self.lock().outcomes.entry(outcome).or_default() += 1;
    }

    /// How the users' operations ended, each click counted.
    pub fn outcomes(&self) -> BTreeMap<Outcome, u64> {
        self.lock().outcomes.clone()
    }

    /// Takes what was recorded.
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
            events: state.recorder.take(),
        }
    }

    /// How long a transaction takes.
    pub(super) fn commit_latency(&self) -> Duration {
        Duration::from_millis(self.lock().latencies.random_range(1..=3))
    }

    /// Hands a request to the network, to be delivered later.
    pub(crate) fn deliver_later(&self, delivery: PendingDelivery) {
        self.lock().deliveries_open += 1;
        // The network outlives every process; at the end of the run nobody listens any more.
        let _ = self.0.deliveries.send(delivery);
    }

    pub(super) fn delivery_done(&self) {
        self.lock().deliveries_open -= 1;
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a run has recorded.
pub struct RunOutput {
    /// The rolling hash over every event.
    pub hash: String,
    /// Where faults could have struck.
    pub injection_points: Vec<InjectionPoint>,
    /// Those of them that were reached.
    pub reached: Vec<InjectionPoint>,
    /// Which of the plan's faults struck.
    pub injected: Vec<bool>,
    /// Every strike.
    pub injections: Vec<Injection>,
    /// What the users did that also counts as a fault.
    pub behaviours: std::collections::BTreeMap<FaultKind, u64>,
    /// The identities of the sagas, in the order of their numbers.
    pub saga_ids: Vec<String>,
    /// Everything that happened.
    pub events: Vec<Event>,
}
