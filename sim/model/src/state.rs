//! A state of the model, as small as possible: what is durable, what is under way, and what each coordinator knows.

use likewise_barrier::BarrierState;
use likewise_protocol::{Op, Status};

/// The indices of everything that exists twice: sagas, steps of a saga, coordinators.
pub const TWO: [usize; 2] = [0, 1];

/// A state of the model. It is copied and hashed millions of times, so it has no heap data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct State {
    /// The article's count.
    pub likes: i8,
    /// The pair's like record, named by its creator.
    pub record: Option<Maker>,
    /// The two sagas.
    pub sagas: [Saga; 2],
    /// The two coordinators.
    pub coordinators: [Coordinator; 2],
}

/// The creator of a record. It is the record's identity in the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Maker {
    /// It existed at the start.
    Before,
    /// The first saga.
    First,
    /// The second saga.
    Second,
}

impl Maker {
    /// The saga with this index.
    pub fn saga(saga: usize) -> Self {
        [Self::First, Self::Second][saga]
    }
}

/// One saga: its row in the log, its steps, and whether its client was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Saga {
    /// Its row in the saga log.
    pub row: Option<Row>,
    /// Whether the client was told that the saga completed.
    pub is_answered: bool,
    /// Its steps, in the order in which they are sent.
    pub steps: [StepView; 2],
}

impl Saga {
    /// Whether it holds the lock on the pair.
    pub fn is_open(&self) -> bool {
        self.row.is_some_and(|row| row.status.is_open())
    }
}

/// A row of the saga log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Row {
    /// The status of the saga.
    pub status: Status,
    /// What was known about its steps when compensation began. Nothing reads it in another status.
    pub steps: [Known; 2],
}

/// One step, at its service and on the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct StepView {
    /// Its barrier row.
    pub row: Option<BarrierState>,
    /// The record that the action removed. A compensation restores it.
    pub removed: Option<Maker>,
    /// The requests that were ever sent. They are never removed: each may arrive late, again, or never.
    pub requests: Set,
    /// The replies that were ever sent. They are never removed either.
    pub replies: Set,
}

/// A set of requests or replies, as bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Set(u8);

impl Set {
    /// Whether a request is in it.
    pub fn has(self, op: Op) -> bool {
        self.0 & (1 << op as u8) != 0
    }

    /// Adds a request.
    pub fn add(&mut self, op: Op) {
        self.0 |= 1 << op as u8;
    }

    /// Whether this reply to this request is in it.
    pub fn has_reply(self, op: Op, reply: Reply) -> bool {
        self.0 & reply_bit(op, reply) != 0
    }

    /// The replies in it, each with the operation that it answers.
    pub fn iter_replies(self) -> impl Iterator<Item = (Op, Reply)> {
        let ops = [Op::Do, Op::Seal, Op::Undo].into_iter();
        let all = ops.flat_map(|op| Reply::ALL.map(|reply| (op, reply)));
        all.filter(move |(op, reply)| self.has_reply(*op, *reply))
    }

    /// Adds a reply to a request.
    pub fn add_reply(&mut self, op: Op, reply: Reply) {
        self.0 |= reply_bit(op, reply);
    }

    /// Whether a reply says that the action will never run: tombstoned or compensated, not merely refused.
    pub fn has_negative_reply(self) -> bool {
        let is_negative = |(_, reply)| matches!(reply, Reply::Dead | Reply::Undone);
        self.iter_replies().any(is_negative)
    }
}

/// The bit of a reply. An undo has one reply and the other operations have three each, so they fit into a byte.
fn reply_bit(op: Op, reply: Reply) -> u8 {
    match (op, reply) {
        (Op::Do, Reply::Done) => 1,
        (Op::Do, Reply::Refused) => 2,
        (Op::Do, Reply::Dead) => 4,
        (Op::Seal, Reply::Done) => 8,
        (Op::Seal, Reply::Refused) => 16,
        (Op::Seal, Reply::Dead) => 32,
        (Op::Undo, Reply::Undone) => 64,
        (Op::Undo, _) | (_, Reply::Undone) => 0,
    }
}

/// A service's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reply {
    /// The action's effect is durable.
    Done,
    /// A business rule refused the action.
    Refused,
    /// The action will never run.
    Dead,
    /// The compensation's effect is durable.
    Undone,
}

impl Reply {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Done, Self::Refused, Self::Dead, Self::Undone];
}

/// A coordinator process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Coordinator {
    /// It does not run. Its knowledge is lost.
    Down,
    /// It runs.
    Up {
        /// Whether its epoch is the newest. The product compares epochs only for that, so takeovers need no number and no
        /// bound.
        is_current: bool,
        /// Its task for each saga.
        drives: [Option<Driver>; 2],
    },
}

impl Coordinator {
    /// Whether it runs under the newest epoch.
    pub fn is_current(&self) -> bool {
        matches!(
            self,
            Self::Up {
                is_current: true,
                ..
            }
        )
    }

    /// Its task for a saga.
    pub fn driver(&self, saga: usize) -> Option<Driver> {
        match self {
            Self::Down => None,
            Self::Up { drives, .. } => drives[saga],
        }
    }

    /// Replaces its task for a saga. Does nothing if it does not run.
    pub fn set_driver(&mut self, saga: usize, driver: Option<Driver>) {
        if let Self::Up { drives, .. } = self {
            drives[saga] = driver;
        }
    }
}

/// The task of one saga.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Driver {
    /// What it knows.
    pub view: View,
    /// The status that it knows to be durable.
    pub logged: Status,
    /// Whether one of its writes was not confirmed, so that it may have been made.
    pub is_unsure: bool,
    /// What it does next.
    pub todo: Todo,
}

/// What a task knows about its saga: the product's `SagaState` without results and codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct View {
    /// The status of the saga.
    pub status: Status,
    /// Whether its deadline has passed.
    pub in_doubt: bool,
    /// What is known about its steps.
    pub steps: [Known; 2],
}

/// What is known about a step: the product's `StepState` without results and codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Known {
    /// Never sent.
    Untouched,
    /// May have been sent.
    Unknown,
    /// Done.
    Done,
    /// Refused.
    Refused,
    /// Tombstoned.
    Dead,
    /// Compensated.
    Undone,
}

/// What a task does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Todo {
    /// It has sent a request and repeats it until a reply comes.
    Await {
        /// The step.
        step: u8,
        /// The operation.
        op: Op,
    },
    /// It writes a status to the log. The client was answered before if the status is settled.
    Log(Status),
}
