//! What an operator may order of a saga, and what would happen.

use serde::{Deserialize, Serialize};

use super::inspection::Inspection;
use crate::{
    id::{SagaId, StepIndex},
    log::{Direction, Order, PauseOf},
    protocol::{self, Event, PreviewEnd, Row, Rules, Status, Verdict, preview},
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
            Self::Resume if !inspection.is_paused => return Err("it is not paused".to_owned()),
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
                Some(pause) => Err(format!("{pause} is paused; resume it instead")),
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
            Self::Abort if ordered == Some(Direction::Abort) => {
                Err("that is ordered already; its steps are being sealed")
            }
            Self::ForceComplete if ordered == Some(Direction::ForceComplete) => {
                Err("that is ordered already; its actions are being sent")
            }
            _ => Ok(()),
        }
    }

    /// Whether it takes the place of an earlier order.
    pub(super) fn replaces(self, ordered: Option<Direction>) -> bool {
        match self {
            Self::Abort => ordered == Some(Direction::ForceComplete),
            Self::ForceComplete => ordered == Some(Direction::Abort),
            Self::Retry | Self::Pause | Self::Resume => false,
        }
    }

    /// What would happen, by the rules and the rows as they are.
    pub(super) fn preview(self, inspection: &Inspection, rules: &dyn Rules) -> Preview {
        let allowed = self.allowed(inspection);
        let event = match self {
            Self::Pause => {
                return Preview::nothing(self, allowed, "nothing is sent until it is resumed");
            }
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
                Preview::of(self, allowed, messages, &played)
            }
            Err(illegal) => {
                Preview::nothing(self, allowed.and(Err(illegal.to_string())), "nothing")
            }
        }
    }
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

/// A request that would go out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Message {
    pub(super) step: StepIndex,
    pub(super) service: &'static str,
    pub(super) op: &'static str,
}

/// What an order would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Preview {
    action: Action,
    pub(super) allowed: bool,
    /// Why it is not allowed.
    pub(super) why: Option<String>,
    pub(super) messages: Vec<Message>,
    /// `completed`, `compensated` or `unknown`.
    pub(super) end: &'static str,
    pub(super) end_text: String,
}

impl Preview {
    fn of(
        action: Action,
        allowed: Result<(), String>,
        messages: Vec<Message>,
        played: &protocol::Preview,
    ) -> Self {
        let end = played.end;
        let end_text = match end {
            PreviewEnd::Completed => "every step is done: the saga completes".to_owned(),
            PreviewEnd::Compensated => match played.may_still_happen {
                None => "the saga is undone; no effect of it is left".to_owned(),
                Some(step) => format!(
                    "the saga is undone; no effect of it is left. But the action of step {step} was sent and may still happen before its seal: then the saga may complete"
                ),
            },
            PreviewEnd::Unknown(why) => format!("not certain: {why}"),
        };
        Self {
            action,
            allowed: allowed.is_ok(),
            why: allowed.err(),
            messages,
            end: end.name(),
            end_text,
        }
    }

    fn nothing(action: Action, allowed: Result<(), String>, end_text: &str) -> Self {
        Self {
            action,
            allowed: allowed.is_ok(),
            why: allowed.err(),
            messages: Vec::new(),
            end: "unknown",
            end_text: end_text.to_owned(),
        }
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
