//! The saga kit: rules, wire protocol, durable log, executor and recovery.
//!
//! ```text
//!   rules (pure)  ◄── executor ──► lanes ──► services      one task a saga
//!                        │
//!                        ▼
//!                    saga log  ◄── recovery                durable, fenced by an epoch
//! ```
//!
//! [`decide`] holds the protocol and nothing else: read it first. The executor performs what it
//! commands; the log makes the decisions last; recovery hands open sagas back to the executor.

mod append;
pub mod decide;
mod document;
mod drive;
mod executor;
mod log;
mod log_rows;
mod log_sql;
mod registry;
mod row;
mod shard;
mod signal;
pub mod step;

pub use decide::{Command, Event, IllegalEvent, LikeRules, Rules, SagaState, Status, StepState};
pub use document::Document;
pub use executor::{
    Define, Executor, ExecutorConfig, Held, StartError, StartTask, Started, StepSender, Unanswered,
    detached,
};
pub use log::{LogEntry, LogError, LogReply, Move, NewSaga, Page, SagaLog, StatusFilter};
pub use log_sql::SqlSagaLog;
pub use registry::{Live, Registry};
pub use row::{Definition, Outcome, SagaRow, StepDefinition, StepRecord};
pub use shard::{Shard, ShardRow, SqlShard};
pub use step::{Op, StepKey, StepReply, StepRequest};
