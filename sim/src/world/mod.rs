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
mod boot;
mod dialer;
mod edges;
mod ghost;
mod message;
mod net;
mod store;

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use likewise::{id::SagaId, saga::StepReply, service::Parts};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use tokio::sync::mpsc;

pub use boot::Boot;
pub use dialer::FaultyDialer;
pub(crate) use edges::EPOCH_SECONDS;
pub use edges::edges;
pub use ghost::{Errand, PROBE, haunt};
pub(crate) use message::Message;
pub use net::{PORT, SimListener};
pub use store::migrated_images;

use armed::{Armed, Strike};

use crate::{
    check::Checker,
    disk::{self, Disk},
    plan::{Fault, Host, MessageKind, Plan},
    record::{Change, CutPoint, Event, EventKind, Recorder, StepNote},
};

/// Something the driver must do at the next step boundary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Kill a process and start it again after so long.
    Crash(Host, Duration),
    /// Part two machines for so long; in both directions unless `one_way`.
    Part {
        /// From here
        a: Host,
        /// to there
        b: Host,
        /// and, unless set, back.
        one_way: bool,
        /// For so long.
        lasts: Duration,
    },
}

/// A simulated machine.
pub struct Machine {
    /// Its disk.
    pub disk: Disk,
    /// The files of the life that is, or will be next.
    pub files: disk::Boot,
    /// The process that runs, or ran last.
    pub process: Arc<Boot>,
    /// Whether it runs.
    pub up: bool,
}

/// The world of one run. Cloning shares it.
#[derive(Clone)]
pub struct World(Arc<Shared>);

struct Shared {
    plan: Plan,
    parts: Parts,
    errands: mpsc::UnboundedSender<Errand>,
    state: Mutex<State>,
}

struct State {
    recorder: Recorder,
    checker: Checker,
    armed: Armed,
    orders: VecDeque<Order>,
    machines: BTreeMap<Host, Machine>,
    sagas: BTreeMap<SagaId, u32>,
    messages: u64,
    commits: u64,
    errands_open: u64,
    latencies: Pcg64Mcg,
    /// The time outside of any machine.
    driver_time: Duration,
    ops_done: bool,
    ready: bool,
}

impl World {
    /// A world in which nothing has happened yet. The receiver belongs to [`haunt`].
    #[must_use]
    pub fn new(plan: &Plan, parts: Parts) -> (Self, mpsc::UnboundedReceiver<Errand>) {
        let (errands, received) = mpsc::unbounded_channel();
        let images = migrated_images();
        let machines = Host::SERVICES.into_iter().map(|host| {
            let disk = Disk::from_image(&images[&host]);
            let machine = Machine {
                files: disk.boot(disk::Keep::Written),
                disk,
                process: Boot::new(host, 0),
                up: true,
            };
            (host, machine)
        });
        let state = State {
            recorder: Recorder::default(),
            checker: Checker::new(plan),
            armed: Armed::new(&plan.faults),
            orders: VecDeque::new(),
            machines: machines.collect(),
            sagas: BTreeMap::new(),
            messages: 0,
            commits: 0,
            errands_open: 0,
            latencies: Pcg64Mcg::seed_from_u64(plan.noise ^ 0x5DEE_CE66),
            driver_time: Duration::ZERO,
            ops_done: false,
            ready: false,
        };
        let shared = Shared {
            plan: plan.clone(),
            parts,
            errands,
            state: Mutex::new(state),
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

    /// Records something that happened.
    pub fn note(&self, host: Host, kind: EventKind) -> usize {
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

    /// Moves the driver's clock; faults due by time strike.
    pub fn tick(&self, now: Duration, workload_began: Option<Duration>) {
        let mut state = self.lock();
        state.driver_time = now;
        if let Some(began) = workload_began
            && state.armed.is_on()
        {
            let millis = now.saturating_sub(began).as_millis();
            let strikes = state.armed.at(u64::try_from(millis).unwrap_or(u64::MAX));
            state.strike_world(Host::Network, strikes);
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

    /// Takes what was recorded: hash, cut points, which faults struck, events.
    pub fn finish(&self) -> (String, Vec<CutPoint>, Vec<bool>, Vec<Event>) {
        let mut state = self.lock();
        let hash = state.recorder.hash();
        let cuts = state.armed.take_cuts();
        let struck = state.armed.struck();
        (hash, cuts, struck, state.recorder.take())
    }

    /// A request leaves. Returns its number and the faults that strike it.
    fn sent(&self, boot: &Boot, message: &Message) -> (u64, Vec<Fault>) {
        let mut state = self.lock();
        state.messages += 1;
        let number = state.messages;
        let steps: Vec<StepNote> = message
            .steps
            .iter()
            .map(|step| state.step_note(step, None))
            .collect();
        let sagas: Vec<u32> = steps.iter().map(|step| step.saga).collect();
        let kind = EventKind::Sent {
            message: number,
            to: message.to,
            what: message.what,
            path: message.path.clone(),
            steps,
        };
        state.note(boot.host, kind);
        state.checker.sent(&message.steps, message.to);
        let strikes = state
            .armed
            .request(number, boot.host, message.to, message.what, &sagas);
        (number, state.strike_message(boot, strikes))
    }

    /// A reply arrives. Returns the faults that strike it.
    fn replied(
        &self,
        boot: &Boot,
        number: u64,
        message: &Message,
        status: u16,
        body: &[u8],
    ) -> Vec<Fault> {
        let mut state = self.lock();
        let strikes = state.armed.reply(number);
        let faults = state.strike_message(boot, strikes);
        let lost = faults.iter().any(|fault| matches!(fault, Fault::LoseReply));
        if !lost && !boot.is_dead() {
            let steps = state.reply_notes(message, body);
            state.note(
                boot.host,
                EventKind::Replied {
                    message: number,
                    status,
                    steps,
                },
            );
        }
        faults
    }

    /// A copy of a request was delivered by the network.
    fn repeated(&self, number: u64, message: &Message, status: u16, body: &[u8]) {
        let mut state = self.lock();
        let steps = state.reply_notes(message, body);
        state.note(
            Host::Network,
            EventKind::Repeated {
                message: number,
                status,
                steps,
            },
        );
    }

    /// A commit is about to be made. Returns its number, and whether the process just died.
    fn committing(&self, boot: &Boot, name: &'static str) -> (u64, bool) {
        let mut state = self.lock();
        state.commits += 1;
        let number = state.commits;
        let strikes = state.armed.before_commit(number, boot.host, name);
        state.strike_message(boot, strikes);
        (number, boot.is_dead())
    }

    /// A commit was made. Returns whether the process just died.
    fn committed(
        &self,
        boot: &Boot,
        number: u64,
        name: &'static str,
        changes: Vec<Change>,
    ) -> bool {
        let mut state = self.lock();
        if !changes.is_empty() {
            let shown = EventKind::Committed {
                what: name.to_owned(),
                changes: changes.clone(),
            };
            state.note(boot.host, shown);
            state.judge(boot.host, |checker, event| {
                checker.committed(boot.host, &changes, event)
            });
        }
        let strikes = state.armed.after_commit(number);
        state.strike_message(boot, strikes);
        boot.is_dead()
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

impl State {
    fn note(&mut self, host: Host, kind: EventKind) -> usize {
        let now = turmoil::sim_elapsed().unwrap_or(self.driver_time);
        self.recorder.push(Event {
            at_micros: u64::try_from(now.as_micros()).unwrap_or(u64::MAX),
            host,
            kind,
        })
    }

    fn judge(&mut self, host: Host, judge: impl FnOnce(&mut Checker, usize)) {
        let known = self.checker.violations().len();
        judge(&mut self.checker, self.recorder.len().saturating_sub(1));
        let now = turmoil::sim_elapsed().unwrap_or(self.driver_time);
        self.checker
            .stamp(known, u64::try_from(now.as_micros()).unwrap_or(u64::MAX));
        let found = self.checker.violations()[known..].to_vec();
        for violation in found {
            let kind = EventKind::Violated {
                property: violation.property,
                detail: violation.detail,
            };
            self.note(host, kind);
        }
    }

    /// Lets faults strike at a message or commit of a process. Returns those that are the
    /// message's own affair.
    fn strike_message(&mut self, boot: &Boot, strikes: Vec<Strike>) -> Vec<Fault> {
        let (own, world): (Vec<Strike>, Vec<Strike>) = strikes
            .into_iter()
            .partition(|(_, fault)| fault.is_of_a_message());
        for (place, fault) in &own {
            self.struck(boot.host, *place, *fault);
        }
        for (place, fault) in world {
            match fault {
                Fault::Crash { host, .. } if host == boot.host => {
                    self.strike_world(boot.host, vec![(place, fault)]);
                    boot.die();
                }
                _ => self.strike_world(boot.host, vec![(place, fault)]),
            }
        }
        own.into_iter().map(|(_, fault)| fault).collect()
    }

    /// Lets faults of the world strike: the driver carries them out at the next step boundary.
    fn strike_world(&mut self, at: Host, strikes: Vec<Strike>) {
        for (place, fault) in strikes {
            let order = match fault {
                Fault::Crash { host, down_millis } => {
                    if !self.machines.get(&host).is_some_and(|machine| machine.up) {
                        self.armed.missed(place);
                        continue;
                    }
                    Order::Crash(host, Duration::from_millis(down_millis))
                }
                Fault::Partition { a, b, millis } => part(a, b, false, millis),
                Fault::PartitionOneWay { from, to, millis } => part(from, to, true, millis),
                _ => {
                    self.armed.missed(place);
                    continue;
                }
            };
            self.struck(at, place, fault);
            self.orders.push_back(order);
        }
    }

    fn struck(&mut self, host: Host, place: usize, fault: Fault) {
        let what = fault.to_string();
        self.note(host, EventKind::Struck { fault: place, what });
    }

    fn step_note(
        &mut self,
        step: &likewise::saga::StepRequest,
        reply: Option<&StepReply>,
    ) -> StepNote {
        let next = u32::try_from(self.sagas.len()).unwrap_or(u32::MAX) + 1;
        let saga = *self.sagas.entry(step.saga).or_insert(next);
        StepNote {
            saga,
            step: step.step,
            op: message::op_word(step.op).to_owned(),
            reply: reply.map(message::reply_word),
        }
    }

    fn reply_notes(&mut self, message: &Message, body: &[u8]) -> Vec<StepNote> {
        let replies = match message.what {
            MessageKind::Do | MessageKind::Undo | MessageKind::Seal => message::replies(body),
            _ => Vec::new(),
        };
        let pairs = message.steps.iter().zip(&replies);
        let notes = pairs.map(|(step, reply)| (step.clone(), reply.clone()));
        notes
            .collect::<Vec<_>>()
            .iter()
            .map(|(step, reply)| {
                self.checker.step_replied(step, reply);
                self.step_note(step, Some(reply))
            })
            .collect()
    }
}

fn part(a: Host, b: Host, one_way: bool, millis: u64) -> Order {
    Order::Part {
        a,
        b,
        one_way,
        lasts: Duration::from_millis(millis),
    }
}
