//! The world of one run: its machines, its network, its clock, and everything that is known of it.
//!
//! ```text
//!   service ──► edges ──► World ──► armed faults ──► orders for the driver
//!                           ├─────► recorder (events, hash)
//!                           └─────► checker (invariants)
//! ```
//!
//! All state of a run sits behind one lock. A run lives on one thread, so the lock is never
//! waited for; it is there because the services' edges must be `Send`.

mod armed;
mod arrivals;
mod balancer;
mod boot;
mod dialer;
mod edges;
mod experiment;
mod forces;
mod ghost;
mod hindrance;
mod machine;
mod message;
mod net;
mod order;
mod ready;
mod recording;
mod seen;
mod state;
mod store;
mod strike;
mod traffic;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use likewise::service::Parts;
use rand::RngExt;
use tokio::sync::{Notify, mpsc};

pub use arrivals::Watched;
pub use boot::Boot;
pub use dialer::FaultyDialer;
use dialer::Link;
pub(crate) use edges::EPOCH_SECONDS;
pub use edges::edges;
pub use ghost::{Errand, Hold, PROBE, haunt};
pub use machine::Machine;
pub(crate) use message::Message;
pub use net::{PORT, SimListener};
pub use order::{Death, Order};

use state::State;

use crate::{
    check::Checker,
    plan::{Family, Fault, FaultKind, Host, Plan},
    record::{CutPoint, Event, EventKind, Outcome, Strike},
};

/// The world of one run. Cloning shares it.
#[derive(Clone)]
pub struct World(Arc<Shared>);

/// What a run carries besides its workload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Instruments {
    /// Faults, events, copies of changed rows, checks: everything.
    All,
    /// Nothing: for measuring what the rest costs.
    None,
}

struct Shared {
    plan: Plan,
    instruments: Instruments,
    parts: Parts,
    errands: mpsc::UnboundedSender<Errand>,
    state: Mutex<State>,
}

impl World {
    /// A world in which nothing has happened yet. The receiver belongs to [`haunt`].
    #[must_use]
    pub fn new(
        plan: &Plan,
        parts: Parts,
        instruments: Instruments,
    ) -> (Self, mpsc::UnboundedReceiver<Errand>) {
        let (errands, received) = mpsc::unbounded_channel();
        let shared = Shared {
            plan: plan.clone(),
            instruments,
            parts,
            errands,
            state: Mutex::new(State::new(plan, instruments)),
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
        &self.0.parts
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
        state.armed.switch(faults);
        let name = name.to_owned();
        state.note(Host::Network, EventKind::Phase { name });
    }

    /// Looks at everything that is known.
    pub fn look<T>(&self, look: impl FnOnce(&mut Checker) -> T) -> T {
        look(&mut self.lock().checker)
    }

    /// Lets the checker judge, and records what it finds.
    pub fn judge(&self, host: Host, judge: impl FnOnce(&mut Checker, usize)) {
        if self.is_bare() {
            return;
        }
        self.lock().judge(host, judge);
    }

    /// Whether the users are ready to begin.
    pub fn ready(&self) -> bool {
        self.lock().ready
    }

    /// The users are ready to begin.
    pub fn set_ready(&self) {
        self.lock().ready = true;
    }

    /// Whether the users have done everything.
    pub fn ops_done(&self) -> bool {
        self.lock().ops_done
    }

    /// The users have done everything.
    pub fn set_ops_done(&self) {
        self.lock().ops_done = true;
    }

    /// Whether nothing is under way in the network's own hands.
    pub fn errands_done(&self) -> bool {
        self.lock().errands_open == 0
    }

    /// Whether so much happened that the run would not end.
    pub fn is_full(&self) -> bool {
        self.lock().recorder.is_full()
    }

    /// Looks at the faults that are in force now, with the time since when.
    fn forces<T>(&self, look: impl FnOnce(&mut dyn Iterator<Item = (Fault, Duration)>) -> T) -> T {
        look(&mut self.lock().forces.all())
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
    fn slowness(&self, (from, to): Link) -> Option<Duration> {
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
        self.forces(|forces| forces.filter_map(slowed).max())
    }

    /// Whoever waits here is told when the next request has left on a link.
    fn overtaken(&self, link: Link) -> Arc<Notify> {
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
        let ended = state.forces.expire(now);
        state.eased(&ended);
        if let Some(began) = workload_began
            && state.armed.is_on()
        {
            let millis = now.saturating_sub(began).as_millis();
            let strikes = state.armed.at(u64::try_from(millis).unwrap_or(u64::MAX));
            state.strike_world(Host::Network, &[], strikes);
        }
    }

    /// Takes the driver's orders.
    pub fn take_orders(&self) -> Vec<Order> {
        self.lock().orders.drain(..).collect()
    }

    /// Works on a machine.
    pub fn machine<T>(&self, host: Host, work: impl FnOnce(&mut Machine) -> T) -> Option<T> {
        self.lock().machines.get_mut(&host).map(work)
    }

    /// The users did something that also counts as a fault.
    pub fn habit(&self, kind: FaultKind) {
        *self.lock().habits.entry(kind).or_default() += 1;
    }

    /// Ends every fault that is in force.
    pub fn heal(&self) {
        let mut state = self.lock();
        let ended = state.forces.heal();
        state.eased(&ended);
    }

    /// The run is over and nothing of it goes on: what can be used again is kept for the next.
    pub fn give_back(&self) {
        for machine in self.lock().machines.values_mut() {
            machine.give_back();
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
    pub fn finish(&self) -> Finished {
        let mut state = self.lock();
        let (cuts, reached) = state.armed.take_cuts();
        Finished {
            hash: state.recorder.hash(),
            cuts,
            reached,
            struck: state.armed.struck(),
            strikes: state.finished_strikes(),
            habits: std::mem::take(&mut state.habits),
            saga_ids: state.saga_ids(),
            events: state.recorder.take(),
        }
    }

    /// How long a transaction takes.
    fn commit_latency(&self) -> Duration {
        Duration::from_millis(self.lock().latencies.random_range(1..=3))
    }

    /// Hands a request to the network, to be delivered later.
    pub(crate) fn send_errand(&self, errand: Errand) {
        self.lock().errands_open += 1;
        // The network outlives every process; at the end of the run nobody listens any more.
        let _ = self.0.errands.send(errand);
    }

    fn errand_done(&self) {
        self.lock().errands_open -= 1;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a run has recorded.
pub struct Finished {
    /// The rolling hash over every event.
    pub hash: String,
    /// Where faults could have struck.
    pub cuts: Vec<CutPoint>,
    /// Those of them that were reached.
    pub reached: Vec<CutPoint>,
    /// Which of the plan's faults struck.
    pub struck: Vec<bool>,
    /// Every strike.
    pub strikes: Vec<Strike>,
    /// What the users did that also counts as a fault.
    pub habits: std::collections::BTreeMap<FaultKind, u64>,
    /// The identities of the sagas, in the order of their numbers.
    pub saga_ids: Vec<String>,
    /// Everything that happened.
    pub events: Vec<Event>,
}
