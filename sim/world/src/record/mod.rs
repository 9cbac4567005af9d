//! The record of a run. Reports are made from it alone.
//!
//! Where to read next: `run_record.rs` is the whole record, `event.rs` its event stream, `labels/` how reports name what
//! only one system has.

mod event;
mod injection;
mod labels;
mod recorder;
mod row;
mod run_record;
mod shown_row;
mod verdict;

pub use event::{Change, ChangeOp, Event, EventKind, Outcome, PROBE, StepNote, Word};
pub use injection::{Cell, Ending, Injection, matrix};
pub use labels::{
    AllowedRange, LabelProblem, Labels, Place, Plot, PlotLine, SagaLabels, Shown, TableLabels,
    Template, label_problem,
};
pub(crate) use recorder::EVENTS_MAX;
pub use recorder::Recorder;
pub use row::{Row, RowError, RowSyntaxError, SqlValue};
pub use run_record::{RECORD_VERSION, RunRecord};
pub use verdict::{PropertyStatus, PropertyVerdict, SagaCounts, Violation};

/// The injection points that a run passed are part of its record.
pub use super::plan::InjectionPoint;
