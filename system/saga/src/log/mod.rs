//! The saga log: the coordinator's durable record. Batches are appended under a fenced epoch.
//!
//! ```text
//!  executor ──► LogItem ──► batch ──► SagaLog::append ──► one transaction: prove the epoch,
//!                                                         start sagas, change statuses
//! ```
//!
//! [`SagaLog`] is the contract; [`SqlSagaLog`] implements it on PostgreSQL and SQLite. [`LogEntry`] and [`LogReply`] are what
//! goes in and comes out; [`SagaRow`] is a stored saga, and [`StoredSaga`] one that may be unreadable. [`RetentionLog`] deletes what
//! is old enough. [`LoggedChange`] is one entry of a saga's history. [`OperationLog`] has what operators ordered.

mod append_transaction;
mod appender;
mod end_cursor;
mod entry;
mod history;
mod log_item;
mod open_sagas;
mod operation_log;
mod order;
mod read_open;
mod read_row;
mod retention_log;
mod rows;
mod saga_log;
mod saga_row;
mod schema;
mod sql_append;
mod sql_log;
mod sql_operations;
mod sql_retention;
mod stored_saga;

pub(crate) use append_transaction::PROVE_EPOCH;
pub(crate) use appender::Appender;
pub use end_cursor::{EndCursor, InvalidCursor};
pub use entry::{LogEntry, LogError, LogReply, NewSaga, StatusChange};
pub use history::{ChangeKind, LoggedChange, Place, change_id, parse_id};
pub(crate) use log_item::{LogFailure, LogItem};
pub use operation_log::{AuditEntry, AuditFilter, Operation, OperationLog, SETTLED};
pub use order::{Direction, OpenOrders, Order, PauseOf};
pub use retention_log::{
    CollectedBatch, LogProgress, Mark, Raise, Retained, RetentionLog, RetentionUpdate,
};
pub use saga_log::{EndsPage, FoundSaga, LogHead, SagaLog, StatusFilter};
pub use saga_row::{SagaRow, StepRecord};
pub use schema::SAGA_LOG_SCHEMA;
pub use sql_log::SqlSagaLog;
pub(crate) use sql_operations::{append_operation, lock};
pub use stored_saga::{StoredSaga, UnreadableSaga, stored_id};
