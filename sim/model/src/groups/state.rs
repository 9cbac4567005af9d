//! A state of the model of groups, as small as possible, and what leads from one to the next.

use likewise_barrier::BarrierState;
use likewise_protocol::{Op, Status};

use crate::state::{Known, Reply, Set};

/// The largest number of steps. Smaller sagas leave the last ones unused.
pub const STEPS: usize = 5;

/// A state. The saga's row exists from the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct State {
    /// The status in the log.
    pub status: Status,
    /// What was known about the steps when compensation began. Nothing reads it in another status.
    pub logged_steps: [Known; STEPS],
    /// The steps, at their services and on the network.
    pub steps: [StepView; STEPS],
    /// Whether the client was told that the saga is committed.
    pub is_told: bool,
    /// The two coordinators.
    pub coordinators: [Coordinator; 2],
}

/// One step, at its service and on the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct StepView {
    /// Its barrier row.
    pub row: Option<BarrierState>,
    /// The requests that were ever sent. Each may arrive late, again, or never.
    pub requests: Set,
    /// The replies that were ever sent.
    pub replies: Set,
}

/// A coordinator process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Coordinator {
    /// It does not run.
    Down,
    /// It runs.
    Up {
        /// Whether its epoch is the newest.
        is_current: bool,
        /// Its task for the saga.
        task: Option<Task>,
    },
}

impl Coordinator {
    /// Its task.
    pub fn task(self) -> Option<Task> {
        match self {
            Self::Down => None,
            Self::Up { task, .. } => task,
        }
    }

    /// Replaces its task, if it runs.
    pub fn set_task(&mut self, new: Option<Task>) {
        if let Self::Up { task, .. } = self {
            *task = new;
        }
    }

    /// Whether it runs under the newest epoch.
    pub fn is_current(self) -> bool {
        matches!(
            self,
            Self::Up {
                is_current: true,
                ..
            }
        )
    }
}

/// The task of the saga.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Task {
    /// What it knows.
    pub view: View,
    /// The status that it knows to be durable.
    pub logged: Status,
    /// Whether one of its writes was not confirmed.
    pub is_unsure: bool,
    /// What it does next.
    pub todo: Todo,
}

/// What a task knows: the product's `SagaState` without results and codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct View {
    /// The status of the saga.
    pub status: Status,
    /// Whether its deadline has passed.
    pub in_doubt: bool,
    /// What is known about its steps.
    pub steps: [Known; STEPS],
}

/// What a task does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Todo {
    /// It has these requests under way and repeats each until its reply comes.
    Await {
        /// The operation.
        op: Op,
        /// The steps, as bits.
        steps: u8,
    },
    /// It writes a status to the log.
    Log(Status),
}

/// One event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// A coordinator starts and takes over the log.
    StartCoordinator {
        /// Which one.
        coordinator: usize,
    },
    /// A coordinator crashes.
    Crash {
        /// Which one.
        coordinator: usize,
    },
    /// A coordinator resumes the saga from its row.
    Resume {
        /// Which one.
        coordinator: usize,
    },
    /// A deadline passes.
    Deadline {
        /// The coordinator that finds it passed.
        coordinator: usize,
    },
    /// An operator orders to complete the saga while its steps are sealed.
    Force {
        /// The coordinator that gets the order.
        coordinator: usize,
    },
    /// A task receives a reply: the first one, or a late copy of any.
    ReceiveReply {
        /// Which coordinator.
        coordinator: usize,
        /// The step.
        step: usize,
        /// The reply.
        reply: Reply,
    },
    /// A task writes its next status to the log.
    Log {
        /// Which coordinator.
        coordinator: usize,
    },
    /// A task writes to the log and gets no confirmation.
    LogUnconfirmed {
        /// Which coordinator.
        coordinator: usize,
    },
    /// A task parks the saga: it logs what it knows.
    Park {
        /// Which coordinator.
        coordinator: usize,
    },
    /// A request arrives at its service, for the first time or again.
    Serve {
        /// The step.
        step: usize,
        /// The operation.
        op: Op,
        /// Whether a business rule refuses the action, if it is evaluated.
        refuse: bool,
    },
}
