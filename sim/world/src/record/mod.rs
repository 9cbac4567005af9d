//! The record of a run. Reports are made from it alone.
//!
//! Where to read next: `run_record.rs` is the whole record, `event.rs` its event stream.

mod event;
mod injection;
mod recorder;
mod row;
mod run_record;
mod verdict;

pub use event::{Change, ChangeOp, Event, EventKind, Outcome, StepNote, Word};
pub use injection::{Cell, Ending, Injection, matrix};
pub use recorder::Recorder;
pub use row::{Row, RowError, RowSyntaxError, SqlValue};
pub use run_record::{RECORD_VERSION, RunRecord};
pub use verdict::{PropertyStatus, PropertyVerdict, SagaCounts, Violation};

/// The injection points that a run passed are part of its record.
pub use super::plan::InjectionPoint;
