//! The two truths about one step, compared: what the log's leader believes, and the row that the participant has stored.
//!
//! The barrier row is what happened. The belief follows it, and may be behind: a reply may be lost, late, or on its way. So
//! most differences are doubt, and only what no loss and no delay can explain is a contradiction.
//!
//! ```text
//!  believed            Untouched, Unknown     Done            Refused    Dead            Undone
//!  row at that moment  any, or none           Done            Refused    Undone, Tomb    Refused, Undone, Tomb
//!  row later           any, or none           Done, Undone    Refused    Undone, Tomb    Refused, Undone, Tomb
//! ```
//!
//! The row must be read **after** the belief. A row that was read before may be behind the belief, and would then look like one
//! that was lost.

use likewise_barrier::BarrierState;
use serde::{Deserialize, Serialize};

use super::state::{Status, StepState};

/// What a participant has stored about a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Row {
    /// It was not read: the participant did not answer.
    Unread,
    /// There is no row: no request for the step has had an effect.
    Absent,
    /// There is a row in this state.
    Stored(BarrierState),
    /// The saga is below the participant's retention watermark: it must have ended. What is left of the row; it may be deleted
    /// at any time.
    Stale(Option<BarrierState>),
}

/// How a belief and a row relate. Ordered from good to bad: the verdict on a saga is the greatest of its steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Both say the same.
    Agree,
    /// A reply is missing, or the row was not read. The next reply settles it.
    InDoubt,
    /// The protocol excludes it, whatever was lost or late: a database was restored from an older copy or changed by hand, or
    /// the code has a defect.
    Contradiction,
}

impl Verdict {
    /// Its name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Agree => "agree",
            Self::InDoubt => "in_doubt",
            Self::Contradiction => "contradiction",
        }
    }
}

/// Compares what the leader believes about a step with the row, which was read afterwards.
///
/// `status` and `believed` must come from the same moment. The belief about a step of a saga that has ended is
/// [`StepState::Unknown`] if nothing else is known: its status says enough.
///
/// ```
/// use likewise_barrier::BarrierState;
/// use likewise_protocol::{Document, Row, Status, StepState, Verdict, verdict};
///
/// let done = StepState::Done { result: Document::default() };
/// let row = Row::Stored(BarrierState::Done);
/// assert_eq!(verdict(Status::Running, &done, row), Verdict::Agree);
/// // The reply is still missing.
/// assert_eq!(verdict(Status::Running, &StepState::Unknown, row), Verdict::InDoubt);
/// // The participant has confirmed the step, and has lost its row.
/// assert_eq!(verdict(Status::Running, &done, Row::Absent), Verdict::Contradiction);
/// ```
#[must_use]
pub fn verdict(status: Status, believed: &StepState, row: Row) -> Verdict {
    let stored = match row {
        Row::Unread => return Verdict::InDoubt,
        // The watermark says that the saga has ended, and the log says that it has not. Between the reading of the two no saga
        // can end and pass the time of retention.
        Row::Stale(_) if status.is_open() => return Verdict::Contradiction,
        // Nothing is left to compare with.
        Row::Stale(None) => return Verdict::Agree,
        Row::Absent => None,
        Row::Stored(state) | Row::Stale(Some(state)) => Some(state),
    };
    if !may_follow(believed, stored) || !may_end(status, stored) {
        Verdict::Contradiction
    } else if !status.is_open() || is_same(believed, stored) {
        Verdict::Agree
    } else {
        Verdict::InDoubt
    }
}

/// Whether the row can be in this state at the moment of the belief or later.
fn may_follow(believed: &StepState, row: Option<BarrierState>) -> bool {
    use BarrierState::{Done, Refused, Tomb, Undone};
    match believed {
        StepState::Untouched | StepState::Unknown => true,
        // A saga that goes forward may turn back before the row is read.
        StepState::Done { .. } => matches!(row, Some(Done | Undone)),
        StepState::Refused { .. } => row == Some(Refused),
        StepState::Dead => matches!(row, Some(Undone | Tomb)),
        // An undo of a refused step is answered `undone`, and leaves the refusal.
        StepState::Undone => matches!(row, Some(Refused | Undone | Tomb)),
    }
}

/// Whether a saga with this status can have this row.
fn may_end(status: Status, row: Option<BarrierState>) -> bool {
    match status {
        Status::Running | Status::Compensating => true,
        Status::Completed => row == Some(BarrierState::Done),
        // A step that was never sent has no row.
        Status::Compensated => row != Some(BarrierState::Done),
    }
}

/// Whether the row is what the belief says, so that no reply is missing. The row may follow the belief.
fn is_same(believed: &StepState, row: Option<BarrierState>) -> bool {
    match believed {
        StepState::Unknown => false,
        StepState::Untouched => row.is_none(),
        StepState::Done { .. } => row == Some(BarrierState::Done),
        // Each of their rows is final.
        StepState::Refused { .. } | StepState::Dead | StepState::Undone => true,
    }
}

#[cfg(test)]
mod tests;
