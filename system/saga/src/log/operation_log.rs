//! The audit of what operators ordered. It is part of the saga log, and an order exists only as its entry here.

use async_trait::async_trait;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::{LogError, OpenOrders, Order};
use crate::{
    id::{Epoch, SagaId},
    protocol::Status,
    store::StoreError,
    time::Timestamp,
};

/// The action of an entry that says how an order ended.
pub const SETTLED: &str = "settled";

/// An order, with who gave it and what it was based on.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// Its identity. Written again with the same one, it is the same order.
    pub id: Uuid,
    /// What is ordered.
    pub order: Order,
    /// The saga that it is about, and the status that the log must still have of it. `None` for a kind or a service.
    pub based_on: Option<(SagaId, Status)>,
    /// Who orders it.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// The batch that it is part of.
    pub batch: Option<String>,
    /// What was in force before.
    pub before: Value,
    /// What is in force from now on.
    pub after: Value,
    /// What the log and the participants said when the order was given.
    pub truth: Value,
}

/// An entry of the audit.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AuditEntry {
    /// Its number. Later entries have higher ones, without gaps.
    pub number: i64,
    /// When it was written.
    pub at: Timestamp,
    /// The epoch of the leader that wrote it.
    pub epoch: i64,
    /// Who ordered it, or `likewise` for how an order ended.
    pub actor: String,
    /// `retry`, `abort`, `force_complete`, `pause`, `resume`, `resend`, or `settled`.
    pub action: String,
    /// `saga`, `kind` or `service`.
    pub scope: String,
    /// The id of the saga, or the name of the kind or the service.
    pub target: String,
    /// Why it was ordered.
    pub reason: String,
    /// The batch that it is part of.
    pub batch: Option<String>,
    /// What was in force before.
    pub before: Value,
    /// What was in force afterwards.
    pub after: Value,
    /// What the log and the participants said.
    pub truth: Value,
}

/// Which entries of the audit to list.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Only those about this saga.
    pub saga: Option<SagaId>,
    /// Only those with a higher number.
    pub after: i64,
    /// How many at most.
    pub limit: u32,
    /// From the newest to the oldest, and only those with a lower number. `after` does not count then.
    pub before: Option<i64>,
}

/// The part of a saga log that has the orders.
#[async_trait]
pub trait OperationLog: Send + Sync {
    /// Makes an order durable. From its commit on it is in force, also for every later leader. Returns the number of its entry, or
    /// `None` if its saga has left the status that it is based on: then nothing was written. An order that the log has already is not
    /// written again.
    ///
    /// # Errors
    /// `Fenced`: nothing was written. `Store`: see [`StoreError::commit_state`]. If its effect is unknown, the order may be in force.
    ///
    /// # Cancel safety
    /// After the future is dropped, the order may or may not be in force.
    async fn operate(
        &self,
        epoch: Epoch,
        now: Timestamp,
        operation: &Operation,
    ) -> Result<Option<i64>, LogError>;

    /// The orders that are in force. A new leader reads them before it resumes a saga.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn open_orders(&self) -> Result<OpenOrders, StoreError>;

    /// Lists entries by number, or from the newest to the oldest.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn audit(&self, filter: &AuditFilter) -> Result<Vec<AuditEntry>, StoreError>;
}
