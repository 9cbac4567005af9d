//! What an operator may order of a saga, and what would happen.

use serde::{Deserialize, Serialize};

use super::{
    cause::CauseKind,
    inspection::Inspection,
    preview::{LATE, Message, Preview},
    summary::Summary,
};
use crate::{
    id::{SagaId, StepIndex},
    log::{Direction, Order, PauseOf},
    protocol::{Event, Row, Rules, Status, Verdict, preview},
    time::Timestamp,
};

/// What an operator can order of one saga.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Action {
    /// Send what is under way again now.
    Retry,
    /// Undo it, if its participants say that this is still possible.
    Abort,
    /// Complete it, whatever its deadline is.
    ForceComplete,
    /// Send nothing of it.
    Pause,
    /// Send again.
    Resume,
}

impl Action {
    pub(super) const ALL: [Self; 5] = [
        Self::Retry,
        Self::Abort,
        Self::ForceComplete,
        Self::Pause,
        Self::Resume,
    ];

    /// The action at the end of a path.
    pub(super) fn of_path(name: &str) -> Option<Self> {
        let is_named = |action: &Self| action.path() == name;
        Self::ALL.into_iter().find(is_named)
    }

    pub(super) fn path(self) -> &'static str {
        match self {
            Self::ForceComplete => "force-complete",
            other => other.name(),
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Abort => "abort",
            Self::ForceComplete => "force_complete",
            Self::Pause => "pause",
            Self::Resume => "resume",
        }
    }

    /// Whether it may undo what is done. Its button looks different.
    pub(super) fn is_danger(self) -> bool {
        self == Self::Abort
    }

    /// The order about a saga.
    pub(super) fn order(self, saga: SagaId) -> Order {
        let direct = |direction| Order::Direct { saga, direction };
        match self {
            Self::Retry => Order::Retry { saga },
            Self::Abort => direct(Direction::Abort),
            Self::ForceComplete => direct(Direction::ForceComplete),
            Self::Pause => Order::Pause(PauseOf::Saga(saga)),
            Self::Resume => Order::Resume(PauseOf::Saga(saga)),
        }
    }

    /// Whether it may be ordered now.
    ///
    /// # Errors
    /// Why not, in words.
    pub(super) fn allowed(self, inspection: &Inspection) -> Result<(), String> {
        self.allowed_by_log(inspection.row.status, inspection.direction)?;
        match self {
            Self::Pause if inspection.is_paused => return Err("it is paused already".to_owned()),
            Self::Resume if !inspection.is_paused => {
                return Err(match &inspection.pause {
                    Some(pause) => format!("it is not paused itself: resume {pause}"),
                    None => "it is not paused".to_owned(),
                });
            }
            Self::Pause | Self::Resume => return Ok(()),
            Self::Retry | Self::Abort | Self::ForceComplete => {}
        }
        match &inspection.progress {
            None => return Err("no task drives it here; the next scan takes it up".to_owned()),
            Some(progress) if progress.outcome.is_some() => {
                return Err("it has ended; the log stores that now".to_owned());
            }
            Some(_) => {}
        }
        match self {
            Self::Abort => may_abort(inspection),
            Self::ForceComplete => may_force(inspection),
            _ => match &inspection.pause {
                Some(PauseOf::Saga(_)) => Err("it is paused; resume it instead".to_owned()),
                Some(pause) => Err(format!("{pause} is paused; resume that instead")),
                None => no_contradiction(inspection),
            },
        }
    }

    /// Whether the log alone forbids it. The rows of the participants may forbid more.
    ///
    /// # Errors
    /// Why not, in words.
    pub(super) fn allowed_by_log(
        self,
        status: Status,
        ordered: Option<Direction>,
    ) -> Result<(), &'static str> {
        if !status.is_open() {
            return Err("it has ended");
        }
        let is_compensating = status == Status::Compensating;
        match self {
            Self::Abort if is_compensating => Err("it is being undone already"),
            Self::ForceComplete if is_compensating => Err("the decision to undo it is final"),
            Self::Abort if ordered == Some(Direction::Abort) => Err("that is ordered already"),
            Self::ForceComplete if ordered == Some(Direction::ForceComplete) => {
                Err("that is ordered already")
            }
            _ => Ok(()),
        }
    }

    /// Whether it cannot be ordered, as far as a line of a list tells. The rows of the participants may forbid more.
    pub(super) fn is_refused_in_list(self, saga: &Summary) -> bool {
        let Some(status) = saga.status else {
            return true;
        };
        let cause = saga.cause.as_ref().map(|cause| cause.kind);
        let is_driven = cause != Some(CauseKind::NotDriven);
        let allows = match self {
            Self::Pause => !saga.is_paused_itself(),
            Self::Resume => saga.is_paused_itself(),
            Self::Retry => is_driven && !saga.paused,
            Self::Abort | Self::ForceComplete => is_driven,
        };
        !allows || self.allowed_by_log(status, saga.directive).is_err()
    }

    /// Whether it takes the place of an earlier order.
    pub(super) fn replaces(self, ordered: Option<Direction>) -> bool {
        match self {
            Self::Abort => ordered == Some(Direction::ForceComplete),
            Self::ForceComplete => ordered == Some(Direction::Abort),
            Self::Retry | Self::Pause | Self::Resume => false,
        }
    }

    /// What an operator may not expect of it.
    fn warning(self, is_late: bool) -> Option<&'static str> {
        let sends = matches!(self, Self::Retry | Self::Resume);
        (sends && is_late).then_some(LATE)
    }

    /// What would happen, by the rules and the rows as they are.
    pub(super) fn preview(
        self,
        inspection: &Inspection,
        rules: &dyn Rules,
        now: Timestamp,
    ) -> Preview {
        let allowed = self.allowed(inspection);
        let is_late = inspection.is_late(now);
        let event = match self {
            Self::Pause => {
                return Preview::nothing(self, allowed, "nothing is sent until it is resumed");
            }
            // The first look at the clock seals it.
            Self::Retry | Self::Resume if is_late => Event::DeadlinePassed,
            Self::Retry | Self::Resume => Event::Resumed,
            Self::Abort => Event::AbortOrdered,
            Self::ForceComplete => Event::ForceOrdered,
        };
        let rows: Vec<Row> = inspection
            .steps
            .iter()
            .map(super::steps::StepComparison::row)
            .collect();
        match preview(rules, &inspection.state(), event, &rows) {
            Ok(played) => {
                let messages = played.messages.iter().map(|message| Message {
                    step: message.step,
                    service: inspection
                        .steps
                        .get(message.step)
                        .map_or("?", |step| step.service),
                    op: message.op.name(),
                });
                let messages = messages.collect();
                let sent = |step| may_be_sent(inspection, step);
                Preview {
                    warning: self.warning(is_late),
                    ..Preview::of(self, allowed, messages, &played, sent)
                }
            }
            Err(illegal) => {
                Preview::nothing(self, allowed.and(Err(illegal.to_string())), "nothing")
            }
        }
    }
}

/// Whether an action may have been sent, or may be before its seal.
fn may_be_sent(inspection: &Inspection, step: StepIndex) -> bool {
    let step = inspection.steps.get(step);
    step.is_none_or(|step| !step.never_sent || !inspection.holds_back(step))
}

fn may_abort(inspection: &Inspection) -> Result<(), String> {
    no_contradiction(inspection)?;
    let until_pivot = inspection.definition.shape().until_pivot();
    let is_done = |step: &super::steps::StepComparison| step.row() == Row::Stored(DONE);
    match inspection.steps[until_pivot].iter().all(is_done) {
        true => Err(
            "every step that could be undone is done: the saga is committed and only goes forward"
                .to_owned(),
        ),
        false => Ok(()),
    }
}

/// Only if every row is done, or can be made so. Never because somebody says so.
fn may_force(inspection: &Inspection) -> Result<(), String> {
    no_contradiction(inspection)?;
    for step in &inspection.steps {
        let (number, service) = (step.step, step.service);
        match step.row() {
            Row::Absent | Row::Stored(DONE) => {}
            Row::Unread => {
                let why = step.barrier_error.as_deref().unwrap_or("it was not read");
                return Err(format!(
                    "the row of step {number} at the {service} service is not known: {why}"
                ));
            }
            Row::Stored(_) | Row::Stale(_) => {
                return Err(format!(
                    "step {number} at the {service} service can never be done any more"
                ));
            }
        }
    }
    Ok(())
}

const DONE: likewise_barrier::BarrierState = likewise_barrier::BarrierState::Done;

fn no_contradiction(inspection: &Inspection) -> Result<(), String> {
    let contradicts = |step: &&super::steps::StepComparison| step.verdict == Verdict::Contradiction;
    match inspection.steps.iter().find(contradicts) {
        Some(step) => Err(format!(
            "the log and the {} service contradict each other about step {}; no order is safe until that is explained. Compare the databases with `likewise audit`",
            step.service, step.step
        )),
        None => Ok(()),
    }
}

/// Whether an action may be ordered.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Allowed {
    allowed: bool,
    why: Option<String>,
}

/// Which actions may be ordered.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Actions {
    retry: Allowed,
    abort: Allowed,
    force_complete: Allowed,
    pause: Allowed,
    resume: Allowed,
}

impl Actions {
    pub(super) fn all(allowed: impl Fn(Action) -> Result<(), String>) -> Self {
        let of = |action| {
            let why = allowed(action).err();
            Allowed {
                allowed: why.is_none(),
                why,
            }
        };
        Self {
            retry: of(Action::Retry),
            abort: of(Action::Abort),
            force_complete: of(Action::ForceComplete),
            pause: of(Action::Pause),
            resume: of(Action::Resume),
        }
    }
}
