//! Why a saga is open, in one sentence and in fields for programs.

use serde::Serialize;

use crate::{
    executor::{FailureKind, LastFailure, SagaProgress},
    id::StepIndex,
    log::{Direction, PauseOf},
    protocol::{Definition, Op, ParkReason, Status, StepState},
    time::Timestamp,
};

/// Why a saga is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Cause {
    pub(super) kind: CauseKind,
    /// The cause in words.
    pub(super) text: String,
    /// The service that it waits for.
    pub(super) service: Option<&'static str>,
    /// The step that it waits for.
    pub(super) step: Option<StepIndex>,
    /// The operation of the request that is under way.
    pub(super) op: Option<&'static str>,
}

/// The kinds of causes, as filters name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum CauseKind {
    /// A service was asked and gives no usable answer.
    NoReply,
    /// A request is under way.
    Waiting,
    /// Seals settle whether the steps happened. A filter with it also finds those that are not answered.
    Sealing,
    /// Compensations are under way. A filter with it also finds those that are not answered.
    Undoing,
    /// An operator has paused it.
    Paused,
    /// A step after the pivot is refused.
    RefusedAfterPivot,
    /// A service has forgotten the open saga.
    Stale,
    /// The saga log does not store its status.
    Log,
    /// The rules have no next step. A defect.
    Defect,
    /// Its row cannot be read.
    Unreadable,
    /// No task drives it here.
    NotDriven,
}

impl CauseKind {
    pub(super) const ALL: [Self; 11] = [
        Self::NoReply,
        Self::Waiting,
        Self::Sealing,
        Self::Undoing,
        Self::Paused,
        Self::RefusedAfterPivot,
        Self::Stale,
        Self::Log,
        Self::Defect,
        Self::Unreadable,
        Self::NotDriven,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::NoReply => "no_reply",
            Self::Waiting => "waiting",
            Self::Sealing => "sealing",
            Self::Undoing => "undoing",
            Self::Paused => "paused",
            Self::RefusedAfterPivot => "refused_after_pivot",
            Self::Stale => "stale",
            Self::Log => "log",
            Self::Defect => "defect",
            Self::Unreadable => "unreadable",
            Self::NotDriven => "not_driven",
        }
    }

    pub(super) fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    pub(super) fn names() -> String {
        Self::ALL.map(Self::name).join(", ")
    }
}

impl Cause {
    /// Whether a filter with this kind finds it. A seal that is not answered has the kind *no reply*, and is a seal all the same.
    pub(super) fn is_of(&self, kind: CauseKind) -> bool {
        let is_sent_for = |op: Op| self.kind == CauseKind::NoReply && self.op == Some(op.name());
        self.kind == kind
            || match kind {
                CauseKind::Sealing => is_sent_for(Op::Seal),
                CauseKind::Undoing => is_sent_for(Op::Undo),
                _ => false,
            }
    }

    /// A cause that no step has.
    pub(super) fn of_row(kind: CauseKind, text: impl Into<String>) -> Self {
        Self {
            kind,
            text: text.into(),
            service: None,
            step: None,
            op: None,
        }
    }

    /// The cause of a saga that is driven here.
    pub(super) fn of_progress(progress: &SagaProgress, situation: &Situation<'_>) -> Self {
        let (step, op) = under_way(progress);
        let at = |kind, text: String, step: StepIndex, op: Op| Self {
            kind,
            text,
            service: Some(situation.service(step)),
            step: Some(step),
            op: Some(op.name()),
        };
        if let Some(pause) = situation.pause {
            return at(CauseKind::Paused, situation.paused(pause), step, op);
        }
        match progress.last_failure.as_deref() {
            Some(failure) => {
                let (kind, text) = of_failure(failure, situation);
                match failure.request {
                    Some((step, op)) => at(kind, text, step, op),
                    None => Self::of_row(kind, text),
                }
            }
            None => {
                let service = situation.service(step);
                let (kind, what) = match op {
                    Op::Do => (CauseKind::Waiting, "the action"),
                    Op::Seal => (CauseKind::Sealing, "the seal"),
                    Op::Undo => (CauseKind::Undoing, "the compensation"),
                };
                let text =
                    format!("waits for the {service} service to answer {what} of step {step}");
                at(kind, situation.with_reason(op, text), step, op)
            }
        }
    }
}

/// What a cause is made from, besides the progress.
pub(super) struct Situation<'s> {
    pub(super) definition: &'s Definition,
    pub(super) pause: Option<&'s PauseOf>,
    /// What an operator has ordered.
    pub(super) direction: Option<Direction>,
    /// Whether its deadline undoes it.
    pub(super) is_late: bool,
    pub(super) now: Timestamp,
}

impl Situation<'_> {
    fn service(&self, step: StepIndex) -> &'static str {
        let step = self.definition.steps().get(step);
        step.map_or("?", |step| step.service)
    }

    /// Whether the request that failed is not sent again now.
    pub(super) fn holds_back(&self, failure: &LastFailure) -> bool {
        match (self.pause, failure.request) {
            (Some(PauseOf::Service(service)), Some((step, _))) => service == self.service(step),
            (pause, _) => pause.is_some(),
        }
    }

    fn paused(&self, pause: &PauseOf) -> String {
        let what = match pause {
            PauseOf::Saga(_) => "this saga".to_owned(),
            other => other.to_string(),
        };
        match self.is_late {
            false => format!("an operator has paused {what}; it goes on when that is resumed"),
            true => format!(
                "an operator has paused {what}; its deadline has passed: when that is resumed, it is sealed and probably undone"
            ),
        }
    }

    /// Why a step is sealed, before what it waits for.
    fn with_reason(&self, op: Op, text: String) -> String {
        match (op, self.direction) {
            (Op::Seal, Some(Direction::Abort)) => format!("aborted by an operator: {text}"),
            (Op::Seal, _) => format!("past its deadline: {text}"),
            _ => text,
        }
    }
}

fn of_failure(failure: &LastFailure, situation: &Situation<'_>) -> (CauseKind, String) {
    let LastFailure {
        kind,
        request,
        failures,
        ref last_error,
        next_attempt_at,
    } = *failure;
    let kind = match kind {
        FailureKind::NoReply => CauseKind::NoReply,
        FailureKind::Forbidden(ParkReason::RefusedAfterPivot) => CauseKind::RefusedAfterPivot,
        FailureKind::Forbidden(ParkReason::Stale) => CauseKind::Stale,
        FailureKind::Log => CauseKind::Log,
        FailureKind::Defect => CauseKind::Defect,
    };
    if kind == CauseKind::Defect {
        return (
            kind,
            format!("{last_error}; a defect, so nothing more is sent"),
        );
    }
    let next = match next_attempt_at {
        Some(at) if at > situation.now => {
            let seconds = situation.now.until(at).as_secs_f64().ceil();
            format!("next in {seconds} s")
        }
        Some(_) => "the next is due".to_owned(),
        None => "the next is under way".to_owned(),
    };
    let text = format!("{last_error}, {failures} failed in a row, {next}");
    match request {
        Some((step, op @ Op::Seal)) => {
            let service = situation.service(step);
            let seal = format!("the seal of step {step} at the {service} service is not answered");
            (kind, situation.with_reason(op, format!("{seal}: {text}")))
        }
        _ => (kind, text),
    }
}

/// The first request that is under way, as the rules choose it.
fn under_way(progress: &SagaProgress) -> (StepIndex, Op) {
    let mut steps = progress.steps.iter().map(|record| &record.state);
    if progress.status == Status::Compensating {
        let may_need_undo =
            |state: &StepState| matches!(state, StepState::Unknown | StepState::Done { .. });
        let states: Vec<&StepState> = steps.collect();
        let step = states.iter().rposition(|state| may_need_undo(state));
        return (step.unwrap_or_default(), Op::Undo);
    }
    let is_open = |state: &StepState| matches!(state, StepState::Untouched | StepState::Unknown);
    let step = steps.position(is_open).unwrap_or_default();
    match progress.in_doubt {
        true => (step, Op::Seal),
        false => (step, Op::Do),
    }
}
