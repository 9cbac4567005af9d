//! Row changes and rows that any saga has, as the checks see them: a barrier row, a saga, an epoch.

use likewise_barrier::BarrierState;
use likewise_saga::protocol::Status;
use uuid::Uuid;

use super::orders::OrderAction;
use crate::plan::Host;

/// A row of the saga log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedSaga {
    /// The status. `None` if the row has an unknown one.
    pub status: Option<Status>,
    /// Whether it was ever parked.
    pub parked: bool,
    /// The epoch that wrote it last.
    pub epoch: i64,
    /// Whether an earlier epoch wrote it, too: then a later incarnation of a coordinator has recovered it.
    pub recovered: bool,
    /// The number of its steps. The system says it, so that a coordinator that forgets one is found out.
    pub steps: usize,
    /// The number of its steps up to the pivot, with it.
    pub up_to_pivot: usize,
    /// The request key, as the log stores it.
    pub key: Option<String>,
    /// What it locks until its end. `None` in older records.
    pub lock_key: Option<String>,
    /// Whether its row was deleted from the log. What is known of it stays.
    pub is_collected: bool,
    /// Whether it was stored as settled from the start. Such a saga never had steps.
    pub settled: bool,
}

impl ObservedSaga {
    /// Whether the saga has not ended.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.status.is_some_and(Status::is_open)
    }
}

/// One row change, as the checks see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delta {
    /// A barrier row changed its state.
    Barrier {
        /// The first host of the service that has the row.
        service: Host,
        /// The saga.
        saga: Uuid,
        /// The step.
        step: i64,
        /// The state before; `None` if the row is new.
        before: Option<BarrierState>,
        /// The state after; `None` if the row was deleted or has an unknown state.
        after: Option<BarrierState>,
    },
    /// A saga was started, its status was changed, or it was parked.
    Saga {
        /// Its id.
        saga: Uuid,
        /// The status before. `None` if the row is new.
        before: Option<Status>,
        /// The status after. `None` if the row has an unknown one.
        after: Option<Status>,
        /// The epoch before and now.
        epochs: (Option<i64>, i64),
        /// The code of the status that a change of the log says it leaves. `None` for a start, a mark, and in older records.
        left: Option<i64>,
    },
    /// The epoch or the watermark of the saga log was written.
    Shard {
        /// The epoch before.
        before: Option<i64>,
        /// The epoch after.
        after: i64,
        /// The watermark before and after: every saga with a smaller id has ended.
        watermarks: (Option<Uuid>, Option<Uuid>),
    },
    /// An entry of the audit was written: an order, or how one ended.
    Ordered {
        /// Its number.
        number: i64,
        /// The saga. `None` for a kind or a service.
        saga: Option<Uuid>,
        /// What was ordered. `None` if it has an unknown name.
        action: Option<OrderAction>,
    },
    /// The row of a saga was deleted from the log.
    Collected {
        /// Its id.
        saga: Uuid,
    },
    /// The log's watermarks of retention were written: of sagas, and of those with a key.
    Retained {
        /// Before.
        before: [Option<Uuid>; 2],
        /// After.
        after: [Option<Uuid>; 2],
    },
    /// The watermark that a service has stored was written: an id, and the epoch of the leader that published it.
    Stored {
        /// The first host of the service.
        service: Host,
        /// Before; `None` if it had none.
        before: Option<(Uuid, i64)>,
        /// After.
        after: (Uuid, i64),
    },
}
