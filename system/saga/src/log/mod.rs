//! The saga log: the coordinator's durable record. Batches are appended under a fenced epoch.
//!
//! [`SagaLog`] is the contract, [`SqlSagaLog`] its implementation on PostgreSQL and SQLite.

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
