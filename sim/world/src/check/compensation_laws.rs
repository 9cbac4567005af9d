//! The compensation laws, checked at every compensation of a run, on the full state of its database: a second undo
//! changes nothing, an action after its compensation is dead, an early compensation wins, and both in one batch cancel
//! out.
//!
//! `storage/law_check.rs` tries the laws inside the transaction of the compensation and rolls them back.
//!
//! The laws are tried on real states and not on made-up ones: the states of a run contain what other sagas did to the
//! same rows, which is where a compensation goes wrong.

use likewise_saga::protocol::StepReply;

use super::{Findings, Property, changed_rows::changed_rows};

pub(crate) const TWICE: Property = Property {
    name: "undo-twice-is-undo",
    about: "a compensation that is applied once more changes no row at all",
    exercised_by: "a step that is undone, at a service with `ServiceSpec::effect_rows`",
    kept_by: "the barrier: a compensation acts only if its row says done, and then the row says undone",
};

pub(crate) const REDO: Property = Property {
    name: "redo-after-undo-is-dead",
    about: "an action that is asked for again after its compensation is answered dead and changes no row at all",
    exercised_by: "a step that is undone, at a service with `ServiceSpec::effect_rows`",
    kept_by: "the barrier: a row that says undone answers its action with dead",
};

pub(crate) const EARLY: Property = Property {
    name: "early-undo-wins",
    about: "a compensation that comes before its action leaves the effects alone, and so does the action after it",
    exercised_by: "a step that is undone, at a service with `ServiceSpec::effect_rows`",
    kept_by: "the tombstone: a compensation that comes first leaves a barrier row that stops its action",
};

pub(crate) const SAME_BATCH: Property = Property {
    name: "undo-beside-do-is-nothing",
    about: "an action and its compensation in one batch, in either order, leave the effects as they were",
    exercised_by: "a step that is undone, at a service with `ServiceSpec::effect_rows`",
    kept_by: "the barrier row of each step in the same transaction as its effect",
};

/// A compensation law.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Law {
    /// Undo, and undo again.
    Twice,
    /// Undo, then do, then undo.
    Redo,
    /// Undo, then do, of a step that never ran.
    Early,
    /// Do and undo in one batch, of a step that never ran, and the other way round.
    SameBatch,
}

impl Law {
    /// All laws.
    pub const ALL: [Self; 4] = [Self::Twice, Self::Redo, Self::Early, Self::SameBatch];

    fn property(self) -> Property {
        match self {
            Self::Twice => TWICE,
            Self::Redo => REDO,
            Self::Early => EARLY,
            Self::SameBatch => SAME_BATCH,
        }
    }

    /// Exact replies are required. A compensation that has the right effect but the wrong reply would send the
    /// coordinator on the wrong way.
    fn allows(self, replies: &[StepReply]) -> bool {
        use StepReply::{Dead, Undone};
        match self {
            Self::Twice => *replies == [Undone],
            Self::Redo => *replies == [Dead, Undone],
            Self::Early => *replies == [Undone, Dead],
            // The law allows both: an action that is done, and one that is refused.
            Self::SameBatch => match replies {
                [acted, Undone, Undone, Dead] => {
                    matches!(acted, StepReply::Done { .. } | StepReply::Refused { .. })
                }
                _ => false,
            },
        }
    }
}

/// The result of trying one law at one compensation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LawCheckResult {
    /// The law.
    pub law: Law,
    /// The state that must not change, before and after: all rows, or only the effects.
    pub states: (String, String),
    /// The replies in order, or why there are none.
    pub replies: Result<Vec<StepReply>, String>,
}

/// Judges a result.
///
/// The states are compared as text. If they differ, a reader needs to see the rows that do.
pub(super) fn judge(result: &LawCheckResult, findings: &mut Findings) {
    let (before, after) = &result.states;
    let is_same = before == after;
    let is_answered = matches!(&result.replies, Ok(replies) if result.law.allows(replies));
    findings.require(result.law.property(), is_same && is_answered, || {
        match (is_same, &result.replies) {
            (_, Err(why)) => format!("it could not be applied: {why}"),
            (true, Ok(replies)) => format!("it was answered {replies:?}"),
            (false, Ok(_)) => format!("these rows differ: {}", changed_rows(before, after)),
        }
    });
}

#[cfg(test)]
mod tests {
    use StepReply::{Dead, Undone};

    use super::*;
    use crate::record::PropertyStatus;

    fn status(law: Law, after: &str, replies: Vec<StepReply>) -> PropertyStatus {
        let mut findings = Findings::default();
        let result = LawCheckResult {
            law,
            states: ("[1]".to_owned(), after.to_owned()),
            replies: Ok(replies),
        };
        judge(&result, &mut findings);
        findings.status(law.property())
    }

    fn good(law: Law) -> Vec<StepReply> {
        let code = "blocked".to_owned();
        match law {
            Law::Twice => vec![Undone],
            Law::Redo => vec![Dead, Undone],
            Law::Early => vec![Undone, Dead],
            Law::SameBatch => vec![StepReply::Refused { code }, Undone, Undone, Dead],
        }
    }

    #[test]
    fn the_right_answers_on_an_unchanged_state_pass() {
        for law in Law::ALL {
            assert_eq!(
                status(law, "[1]", good(law)),
                PropertyStatus::Passed,
                "{law:?}"
            );
        }
    }

    #[test]
    fn a_changed_state_or_a_wrong_answer_is_a_violation() {
        for law in Law::ALL {
            assert_eq!(
                status(law, "[0]", good(law)),
                PropertyStatus::Violated,
                "{law:?}"
            );
            let mut wrong = good(law);
            wrong.rotate_left(1);
            wrong.push(Dead);
            assert_eq!(
                status(law, "[1]", wrong),
                PropertyStatus::Violated,
                "{law:?}"
            );
        }
    }

    /// Otherwise a barrier that always fails would keep every law.
    #[test]
    fn a_law_that_cannot_be_tried_has_not_passed() {
        let mut findings = Findings::default();
        let result = LawCheckResult {
            law: Law::Twice,
            states: (String::new(), String::new()),
            replies: Err("no".to_owned()),
        };
        judge(&result, &mut findings);
        assert_eq!(findings.status(TWICE), PropertyStatus::Violated);
    }
}
