//! The algebra of steps, checked by probes on the state at the end of a run: repeating every request changes nothing,
//! and after a compensation its action never has an effect.
//!
//! These probes are requests that a real network may deliver at any time, hours after a saga ended. No plan has to
//! wait that long for them.

use likewise_saga::protocol::StepReply;

use super::{Findings, ObservedState, Property};

pub(crate) const REPEATS_CHANGE_NOTHING: Property = Property {
    name: "repeats-change-nothing",
    about: "sending every step of the run again, actions and compensations, changes no effect",
    exercised_by: "a run that has sent steps and comes to rest",
    kept_by: "the barrier: the row of a step answers every repeat, and its effect does not run again",
};

pub(crate) const UNDO_FIRST_HOLDS: Property = Property {
    name: "undo-first-holds",
    about: "an action that arrives after its own compensation is answered dead and has no effect",
    exercised_by: "a run that has sent an action and comes to rest",
    kept_by: "the tombstone: a compensation that comes first leaves a barrier row that stops its action",
};

/// The steps that a probe repeated.
#[derive(Debug, Clone, Copy)]
pub struct Repeated {
    /// How many were sent again.
    pub asked: usize,
    /// How many of those were answered.
    pub answered: usize,
}

/// Judges a run after every step was sent once more. A step without an answer has not passed.
///
/// That every repeat is answered belongs to the property: a participant that forgot a step could not tell the
/// coordinator whether it happened.
pub(super) fn repeats(
    before: &ObservedState,
    after: &ObservedState,
    Repeated { asked, answered }: Repeated,
    findings: &mut Findings,
) {
    if asked == 0 {
        return;
    }
    let change = before.effect_change(after);
    let holds = change.is_none() && answered == asked;
    findings.require(REPEATS_CHANGE_NOTHING, holds, || {
        let unanswered =
            || format!("of {asked} steps that were sent again, {answered} were answered");
        change.unwrap_or_else(unanswered)
    });
}

/// Judges the sequence compensation, action, compensation of a step that was never sent before, by the replies of each
/// service. A service that does not answer has not passed.
///
/// The second compensation must be answered as the first one was, because its sender does not know that it is a repeat.
pub(super) fn undo_first(
    before: &ObservedState,
    after: &ObservedState,
    replies: &[Vec<StepReply>],
    findings: &mut Findings,
) {
    if replies.is_empty() {
        return;
    }
    let expected = [StepReply::Undone, StepReply::Dead, StepReply::Undone];
    let change = before.effect_change(after);
    let holds = change.is_none() && replies.iter().all(|replies| replies[..] == expected);
    findings.require(UNDO_FIRST_HOLDS, holds, || {
        let wrong = || format!("compensation, action, compensation were answered {replies:?}");
        change.unwrap_or_else(wrong)
    });
}

#[cfg(test)]
mod tests {
    use StepReply::{Dead, Undone};

    use super::*;
    use crate::{check::samples::*, record::PropertyStatus};

    fn with_stock(amount: i64) -> ObservedState {
        observed(STORE, &[stock(amount)])
    }

    #[test]
    fn repeats_that_change_an_effect_or_get_no_answer_are_violations() {
        let judge = |amount, asked, answered| {
            let mut findings = Findings::default();
            let repeated = Repeated { asked, answered };
            repeats(&with_stock(1), &with_stock(amount), repeated, &mut findings);
            findings.status(REPEATS_CHANGE_NOTHING)
        };
        assert_eq!(judge(1, 3, 3), PropertyStatus::Passed);
        assert_eq!(judge(2, 3, 3), PropertyStatus::Violated);
        assert_eq!(judge(1, 3, 2), PropertyStatus::Violated, "no answer");
        assert_eq!(
            judge(1, 0, 0),
            PropertyStatus::NeverExercised,
            "nobody was asked"
        );
    }

    #[test]
    fn only_undone_dead_undone_without_an_effect_passes() {
        let judge = |amount, replies: &[Vec<StepReply>]| {
            let mut findings = Findings::default();
            undo_first(&with_stock(1), &with_stock(amount), replies, &mut findings);
            findings.status(UNDO_FIRST_HOLDS)
        };
        let good = vec![Undone, Dead, Undone];
        let acted = vec![Undone, StepReply::Refused { code: "x".into() }, Undone];
        assert_eq!(
            judge(1, &[good.clone(), good.clone()]),
            PropertyStatus::Passed
        );
        assert_eq!(
            judge(2, std::slice::from_ref(&good)),
            PropertyStatus::Violated
        );
        assert_eq!(judge(1, &[good.clone(), acted]), PropertyStatus::Violated);
        assert_eq!(
            judge(1, &[good, vec![]]),
            PropertyStatus::Violated,
            "no answer"
        );
        assert_eq!(
            judge(1, &[]),
            PropertyStatus::NeverExercised,
            "nobody was asked"
        );
    }
}
