//! The saga log: the coordinator's durable record. Batches are appended under a fenced epoch.
//!
//! ```text
//!  executor ──► LogItem (append.rs) ──► batch ──► SagaLog::append ──► one transaction: prove the epoch,
//!                                                                     change statuses, start sagas
//! ```
//!
//! [`SagaLog`] is the contract; [`SqlSagaLog`] implements it on PostgreSQL and SQLite. [`LogEntry`] and [`LogReply`] are what
//! goes in and comes out; [`SagaRow`] is a stored saga.

mod append;
mod entry;
mod rows;
mod saga_log;
mod saga_row;
mod schema;
mod sql_log;

pub(crate) use append::{LogFailure, LogItem, append};
pub use entry::{LogEntry, LogError, LogReply, NewSaga, StatusChange};
pub use saga_log::{SagaLog, StatusFilter};
pub use saga_row::{SagaRow, StepRecord};
pub use schema::SAGA_LOG_SCHEMA;
pub use sql_log::SqlSagaLog;
