//! The rules as they are, and wrong variants of what they say about groups and the pivot.
//!
//! The search must find each of them. A search that does not would prove nothing about the rules themselves.

use likewise_protocol::{
    Command, Event, IllegalEvent, Op, Rules, SagaRules, SagaState, Status, StepState,
};

use likewise_protocol::rule_variants::AbortWithoutSeal;

/// The rules or a variant of them.
#[derive(Clone, Copy)]
pub struct GroupProtocol {
    /// The name in reports.
    pub name: &'static str,
    /// How it differs from the rules, in one sentence.
    pub about: &'static str,
    /// The property that a search must find violated. `None` if every property must hold.
    pub broken: Option<&'static str>,
    /// The index in [`GROUP_SCENARIOS`](super::GROUP_SCENARIOS) of the saga that shows it.
    pub found_in: usize,
    pub(super) rules: &'static dyn Rules,
}

/// The rules as they are.
pub const GROUP_PROTOCOL: GroupProtocol = GroupProtocol {
    name: "groups",
    about: "the product's own rules, with groups and a pivot",
    broken: None,
    found_in: 0,
    rules: &SagaRules,
};

/// The wrong variants.
pub const GROUP_MUTANTS: [GroupProtocol; 7] = [
    GroupProtocol {
        name: "undo-past-pivot",
        about: "a deadline after the pivot turns the saga back",
        broken: Some("undo-in-reverse"),
        found_in: 0,
        rules: &UndoPastPivot,
    },
    GroupProtocol {
        name: "seal-past-pivot",
        about: "in doubt, the steps after the pivot are sealed too",
        broken: Some("forward-after-pivot"),
        found_in: 0,
        rules: &SealPastPivot,
    },
    GroupProtocol {
        name: "next-group-early",
        about: "the next group is sent when one step of a group is done",
        broken: Some("group-after-group"),
        found_in: 2,
        rules: &NextGroupEarly,
    },
    GroupProtocol {
        name: "undo-at-once",
        about: "all groups are undone at once",
        broken: Some("undo-in-reverse"),
        found_in: 2,
        rules: &UndoAtOnce,
    },
    GroupProtocol {
        name: "undo-in-order",
        about: "the first group is undone first",
        broken: Some("undo-in-reverse"),
        found_in: 2,
        rules: &UndoInOrder,
    },
    GroupProtocol {
        name: "sibling-forgotten",
        about: "a refusal takes the silent steps of its group for dead",
        broken: Some("compensated-is-none-done"),
        found_in: 0,
        rules: &SiblingForgotten,
    },
    GroupProtocol {
        name: "abort-without-seal-of-groups",
        about: "recovery and the deadline compensate a saga without sealing its steps",
        broken: Some("committed-is-final"),
        found_in: 0,
        rules: &AbortWithoutSeal,
    },
];

type Decided = Result<(SagaState, Vec<Command>), IllegalEvent>;

struct UndoPastPivot;

impl Rules for UndoPastPivot {
    fn decide(&self, state: &SagaState, event: Event) -> Decided {
        let is_late = event == Event::DeadlinePassed && state.is_committed();
        match is_late {
            true => Ok((state.clone(), vec![Command::Log(Status::Compensating)])),
            false => SagaRules.decide(state, event),
        }
    }
}

struct SealPastPivot;

impl Rules for SealPastPivot {
    fn decide(&self, state: &SagaState, event: Event) -> Decided {
        let (state, mut commands) = SagaRules.decide(state, event)?;
        if state.in_doubt {
            for command in &mut commands {
                if let Command::Send {
                    op: op @ Op::Do, ..
                } = command
                {
                    *op = Op::Seal;
                }
            }
        }
        Ok((state, commands))
    }
}

struct NextGroupEarly;

impl Rules for NextGroupEarly {
    fn decide(&self, state: &SagaState, event: Event) -> Decided {
        let (mut state, mut commands) = SagaRules.decide(state, event)?;
        let Some(Command::Send { step, op: Op::Do }) = commands.first().cloned() else {
            return Ok((state, commands));
        };
        let group = state.shape.group(step);
        let is_done = |step: &StepState| matches!(step, StepState::Done { .. });
        if state.steps[group.clone()].iter().any(is_done) && group.end < state.steps.len() {
            for next in state.shape.group(group.end) {
                if !is_done(&state.steps[next]) {
                    state.steps[next] = StepState::Unknown;
                    commands.push(Command::Send {
                        step: next,
                        op: Op::Do,
                    });
                }
            }
        }
        Ok((state, commands))
    }
}

struct UndoAtOnce;

impl Rules for UndoAtOnce {
    fn decide(&self, state: &SagaState, event: Event) -> Decided {
        let (state, commands) = SagaRules.decide(state, event)?;
        let undos = undos(&state);
        match commands[0] {
            Command::Send { op: Op::Undo, .. } => Ok((state, undos)),
            _ => Ok((state, commands)),
        }
    }
}

struct UndoInOrder;

impl Rules for UndoInOrder {
    fn decide(&self, state: &SagaState, event: Event) -> Decided {
        let (state, commands) = SagaRules.decide(state, event)?;
        let first = undos(&state).into_iter().take(1).collect();
        match commands[0] {
            Command::Send { op: Op::Undo, .. } => Ok((state, first)),
            _ => Ok((state, commands)),
        }
    }
}

/// An undo for each step up to the pivot that may have an effect.
fn undos(state: &SagaState) -> Vec<Command> {
    let may_need_undo = |step: &usize| {
        matches!(
            state.steps[*step],
            StepState::Unknown | StepState::Done { .. }
        )
    };
    let steps = state.shape.until_pivot().filter(may_need_undo);
    let undo = |step| Command::Send { step, op: Op::Undo };
    steps.map(undo).collect()
}

struct SiblingForgotten;

impl Rules for SiblingForgotten {
    fn decide(&self, state: &SagaState, event: Event) -> Decided {
        let (mut next, mut commands) = SagaRules.decide(state, event.clone())?;
        let Event::Replied { step, .. } = event else {
            return Ok((next, commands));
        };
        if matches!(next.steps[step], StepState::Refused { .. }) {
            for sibling in next.shape.group(step) {
                if next.steps[sibling] == StepState::Unknown {
                    next.steps[sibling] = StepState::Dead;
                }
            }
            if undos(&next).is_empty() {
                next.status = Status::Compensated;
                commands = vec![Command::Settle(Status::Compensated)];
            }
        }
        Ok((next, commands))
    }
}
