//! What the barrier decides, as a pure function of the stored row and the request.

use crate::Op;

/// The state of a step's row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BarrierState {
    /// The action's effect is durable.
    Done,
    /// A business rule said no, for ever.
    Refused,
    /// The action's effect was taken back.
    Undone,
    /// The action never ran and never will.
    Tomb,
}

impl BarrierState {
    /// As the database stores it.
    #[must_use]
    pub fn code(self) -> i64 {
        match self {
            Self::Done => 0,
            Self::Refused => 1,
            Self::Undone => 2,
            Self::Tomb => 3,
        }
    }

    /// From the database.
    #[must_use]
    pub fn of_code(code: i64) -> Option<Self> {
        [Self::Done, Self::Refused, Self::Undone, Self::Tomb]
            .into_iter()
            .find(|state| state.code() == code)
    }
}

/// What to do about a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgement {
    /// Run the action, in this transaction.
    Act,
    /// Move the row to `Undone` and take the effect back, in this transaction.
    Compensate,
    /// Answer that the compensation holds; there is nothing to take back.
    AnswerUndone,
    /// Answer that the action will never run.
    AnswerDead,
    /// Answer with what is stored.
    AnswerStored,
}

/// The state that a request's row is inserted with, if there is none yet.
#[must_use]
pub fn inserted(op: Op) -> BarrierState {
    match op {
        Op::Do => BarrierState::Done,
        Op::Undo | Op::Seal => BarrierState::Tomb,
    }
}

/// Decides by what the insert did: `stored` is the row it ran into, nothing if it went through.
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
        fn ask(&mut self, op: Op) {
            match judge(self.row, op) {
                Judgement::Act => self.acted += 1,
                Judgement::Compensate => {
                    self.compensated += 1;
                    self.row = Some(BarrierState::Undone);
                }
                _ => {}
            }
            self.row.get_or_insert(inserted(op));
        }
    }

    /// Every sequence of up to six requests: the effect runs at most once, is taken back at most
    /// once and never without having run, and never runs once the step was undone or sealed.
    #[test]
    fn every_short_sequence_keeps_the_promises() {
        let ops = [Op::Do, Op::Undo, Op::Seal];
        for sequence in 0..3_usize.pow(6) {
            let mut step = Step::default();
            let mut ended = false;
            for place in 0..6 {
                let op = ops[sequence / 3_usize.pow(place) % 3];
                let acted = step.acted;
                step.ask(op);
                assert!(
                    !(ended && step.acted > acted),
                    "a hanging action ran: {sequence}"
                );
                ended |= op == Op::Undo || (op == Op::Seal && acted == 0);
                assert!(step.acted <= 1 && step.compensated <= step.acted);
                if op == Op::Undo {
                    assert_eq!(
                        step.acted, step.compensated,
                        "an undone effect is left: {sequence}"
                    );
                }
            }
        }
    }
}
