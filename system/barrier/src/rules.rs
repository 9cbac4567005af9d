//! What the barrier decides, as a pure function of the stored row and the request.
//!
//! ```text
//!            Do                      Undo
//!  no row ────────► Done ─────────────────────────► Undone
//!     │   └───────► Refused  (a business rule)
//!     └───────────► Tomb     (Undo or Seal arrived before Do)
//! ```
//!
//! No arrow leaves `Refused`, `Undone` and `Tomb`. Therefore a reply that was sent once stays true. Below the retention watermark
//! there are no arrows at all ([`is_stale`]).

use crate::{Op, SagaId};

/// The state of a step's row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BarrierState {
    /// The action's effect is durable.
    Done,
    /// A business rule refused the action, permanently.
    Refused,
    /// The action's effect was compensated.
    Undone,
    /// A tombstone: the action never ran and never will.
    Tomb,
}

impl BarrierState {
    /// The code in the column `state`.
    #[must_use]
    pub fn code(self) -> i64 {
        match self {
            Self::Done => 0,
            Self::Refused => 1,
            Self::Undone => 2,
            Self::Tomb => 3,
        }
    }

    /// The state with this code. `None` if no state has it.
    #[must_use]
    pub fn of_code(code: i64) -> Option<Self> {
        [Self::Done, Self::Refused, Self::Undone, Self::Tomb]
            .into_iter()
            .find(|state| state.code() == code)
    }
}

/// What to do with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgement {
    /// Run the action in this transaction.
    Act,
    /// Set the row to `Undone` and run the compensation in this transaction.
    Compensate,
    /// Reply `Undone`; there is nothing to compensate.
    AnswerUndone,
    /// Reply that the action will never run.
    AnswerDead,
    /// Reply with the stored result or refusal.
    AnswerStored,
}

/// The state in which a request inserts its row, if there is no row yet.
#[must_use]
pub fn initial_state(op: Op) -> BarrierState {
    match op {
        Op::Do => BarrierState::Done,
        Op::Undo | Op::Seal => BarrierState::Tomb,
    }
}

/// Decides by the result of the insert. `stored` is the state of the row that the insert conflicted with; `None` if it
/// inserted the row.
///
/// ```
/// use likewise_barrier::{BarrierState, Judgement, Op, judge};
///
/// // The action arrives for the first time, and then again.
/// assert_eq!(judge(None, Op::Do), Judgement::Act);
/// assert_eq!(judge(Some(BarrierState::Done), Op::Do), Judgement::AnswerStored);
///
/// // A null compensation: the action never arrived. It leaves a tombstone, so that the action cannot run later.
/// assert_eq!(judge(None, Op::Undo), Judgement::AnswerUndone);
/// assert_eq!(judge(Some(BarrierState::Tomb), Op::Do), Judgement::AnswerDead);
/// ```
#[must_use]
pub fn judge(stored: Option<BarrierState>, op: Op) -> Judgement {
    use BarrierState::{Done, Refused, Tomb, Undone};
    match (op, stored) {
        (Op::Do, None) => Judgement::Act,
        (Op::Undo, Some(Done)) => Judgement::Compensate,
        (Op::Undo, _) => Judgement::AnswerUndone,
        (Op::Seal, None) => Judgement::AnswerDead,
        (Op::Do | Op::Seal, Some(Done | Refused)) => Judgement::AnswerStored,
        (Op::Do | Op::Seal, Some(Undone | Tomb)) => Judgement::AnswerDead,
    }
}

/// Whether requests for a saga are stale: it is below the retention watermark. Then nothing is done, and the reply says so. The
/// statements decide the same, each in its own snapshot.
///
/// It depends on the watermark alone and never on the stored row: a late copy of a request gets the same reply before and after
/// the row is deleted.
#[must_use]
pub fn is_stale(saga: SagaId, watermark: Option<SagaId>) -> bool {
    watermark.is_some_and(|below| saga < below)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A row and how often its effect and its compensation ran.
    #[derive(Clone, Copy, Default)]
    struct Step {
        row: Option<BarrierState>,
        acted: u32,
        compensated: u32,
    }

    impl Step {
        fn apply(&mut self, op: Op) {
            match judge(self.row, op) {
                Judgement::Act => self.acted += 1,
                Judgement::Compensate => {
                    self.compensated += 1;
                    self.row = Some(BarrierState::Undone);
                }
                _ => {}
            }
            self.row.get_or_insert(initial_state(op));
        }
    }

    /// Checks every sequence of six requests. The effect runs at most once. It is compensated at most once, and only after it
    /// ran. It never runs after the step was undone or sealed.
    #[test]
    fn no_short_sequence_repeats_or_loses_an_effect() {
        let ops = [Op::Do, Op::Undo, Op::Seal];
        for sequence in 0..3_usize.pow(6) {
            let mut step = Step::default();
            let mut is_closed = false;
            for index in 0..6 {
                let op = ops[sequence / 3_usize.pow(index) % 3];
                let acted = step.acted;
                step.apply(op);
                assert!(
                    !(is_closed && step.acted > acted),
                    "a hanging action ran: {sequence}"
                );
                is_closed |= op == Op::Undo || (op == Op::Seal && acted == 0);
                assert!(step.acted <= 1 && step.compensated <= step.acted);
                if op == Op::Undo {
                    assert_eq!(
                        step.acted, step.compensated,
                        "an undone step still has its effect: {sequence}"
                    );
                }
            }
        }
    }
}
