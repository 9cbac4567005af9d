//! A moment of the model, as small as can be: what is durable, what is under way, and what each coordinator believes.

use likewise_barrier::BarrierState;
use likewise_saga::protocol::{Op, Status};

/// Two of everything: sagas, steps of each, coordinators.
pub const TWO: [usize; 2] = [0, 1];

/// A moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct State {
    /// The article's likes.
    pub likes: i8,
    /// The pair's record, by who made it.
    pub record: Option<Maker>,
    /// The two sagas.
    pub sagas: [Saga; 2],
    /// The two coordinators.
    pub coordinators: [Coordinator; 2],
}

/// Who made a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Maker {
    /// It was there at the start.
    Before,
    /// The first saga.
    First,
    /// The second saga.
    Second,
}

impl Maker {
    /// One of the sagas.
    pub fn saga(saga: usize) -> Self {
        [Self::First, Self::Second][saga]
    }
}

/// One saga: its row in the log, its steps, and what its client was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Saga {
    /// Its row in the saga log.
    pub row: Option<Row>,
    /// Whether somebody was told that it is done.
    pub is_answered: bool,
    /// In the order in which they are sent.
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
    /// Where the saga stands.
    pub status: Status,
    /// What was known of its steps when it turned back; nothing reads it in another status.
    pub steps: [Known; 2],
}

/// One step, at its service and on the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct StepView {
    /// Its barrier row.
    pub row: Option<BarrierState>,
    /// The record that was removed, to be restored.
    pub kept: Option<Maker>,
    /// Requests that were ever sent. None is ever taken away: it may arrive late, again, or never.
    pub asked: Set,
    /// Replies that were ever sent, likewise.
    pub told: Set,
}

/// A small set of requests or replies.
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

    /// The replies in it, each with what it answers.
    pub fn replies(self) -> impl Iterator<Item = (Op, Reply)> {
        let ops = [Op::Do, Op::Seal, Op::Undo].into_iter();
        let all = ops.flat_map(|op| Reply::ALL.map(|reply| (op, reply)));
        all.filter(move |(op, reply)| self.has_reply(*op, *reply))
    }

    /// Adds a reply to a request.
    pub fn add_reply(&mut self, op: Op, reply: Reply) {
        self.0 |= reply_bit(op, reply);
    }

    /// Whether somebody was told that the action is dead: not refused, but tombstoned or taken back.
    pub fn has_a_no(self) -> bool {
        let is_no = |(_, reply)| matches!(reply, Reply::Dead | Reply::Undone);
        self.replies().any(is_no)
    }
}

/// An undo has one reply, the others have three each: they fit into a byte.
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
    /// A business rule said no.
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

/// A process that drives sagas, or does not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Coordinator {
    /// Not running; what it knew is gone.
    Down,
    /// Running.
    Up {
        /// Whether its epoch is the newest. That is all anybody ever looks at, so take-overs need no count and no bound.
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

    /// Replaces its task for a saga; nothing happens if it does not run.
    pub fn set_driver(&mut self, saga: usize, driver: Option<Driver>) {
        if let Self::Up { drives, .. } = self {
            drives[saga] = driver;
        }
    }
}

/// The task of one saga.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Driver {
    /// What it believes.
    pub view: View,
    /// The status it believes to be durable.
    pub logged: Status,
    /// Whether a write of its own was not confirmed: it may have been made.
    pub is_unsure: bool,
    /// What it does next.
    pub todo: Todo,
}

/// What a task believes of its saga: the product's `SagaState` without results and codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct View {
    /// Where the saga stands.
    pub status: Status,
    /// Whether its deadline has passed.
    pub in_doubt: bool,
    /// What is known of its steps.
    pub steps: [Known; 2],
}

/// What is known of a step: the product's `StepState` without results and codes.
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
    /// Taken back.
    Undone,
}

/// What a task does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Todo {
    /// It has sent a request, and sends it again until an answer comes.
    Await {
        /// The step.
        step: u8,
        /// What is asked.
        op: Op,
    },
    /// It makes a status durable; one that is settled was answered before.
    Log(Status),
}
