//! Everything that can happen in the model, in any state.
//!
//! The product's time-outs, retries and losses need no actions: a request that was sent may arrive at any later time or
//! never, and a task that waits may wait for ever.

use likewise_protocol::Op;

use super::{service::Address, state::Reply};

/// One event of the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// A coordinator starts and takes over the log. Another one may continue as a zombie.
    StartCoordinator {
        /// The index of the coordinator.
        coordinator: usize,
    },
    /// A coordinator crashes. Its knowledge is lost.
    Crash {
        /// The index of the coordinator.
        coordinator: usize,
    },
    /// A saga's row is committed, and its task begins.
    Start {
        /// The index of the coordinator.
        coordinator: usize,
        /// The index of the saga.
        saga: usize,
    },
    /// An open saga is resumed from its row.
    Resume {
        /// The index of the coordinator.
        coordinator: usize,
        /// The index of the saga.
        saga: usize,
    },
    /// The deadline of a task's saga passes, or an operator orders to undo it.
    Deadline {
        /// The index of the coordinator.
        coordinator: usize,
        /// The index of the saga.
        saga: usize,
    },
    /// An operator orders to complete a saga while its steps are sealed.
    Force {
        /// The index of the coordinator.
        coordinator: usize,
        /// The index of the saga.
        saga: usize,
    },
    /// A task receives a reply: the first one, or a late copy of any.
    ReceiveReply {
        /// The index of the coordinator.
        coordinator: usize,
        /// The index of the saga.
        saga: usize,
        /// The reply.
        reply: Reply,
    },
    /// A task writes its next status to the log.
    Log {
        /// The index of the coordinator.
        coordinator: usize,
        /// The index of the saga.
        saga: usize,
    },
    /// A task writes to the log and gets no confirmation. It will write again.
    LogUnconfirmed {
        /// The index of the coordinator.
        coordinator: usize,
        /// The index of the saga.
        saga: usize,
        /// Whether the write was made.
        is_made: bool,
    },
    /// A task that has got no reply for long parks its saga: it logs what it knows.
    Park {
        /// The index of the coordinator.
        coordinator: usize,
        /// The index of the saga.
        saga: usize,
    },
    /// A request arrives: for the first time or again, early or late.
    Serve {
        /// The step.
        at: Address,
        /// The operation.
        op: Op,
        /// Whether a business rule refuses the action, if it is evaluated.
        refuse: bool,
    },
}

/// The property that every compensation can be applied.
pub const COMPENSATION_APPLIES: &str = "compensation-applies";
/// The property that the rules reject no input.
pub const RULES_KNOW_EVERY_CASE: &str = "rules-know-every-case";
