//! What an order would do: the requests that it causes, and how the saga would end.

use serde::Serialize;

use super::action::Action;
use crate::{
    id::StepIndex,
    protocol::{self, PreviewEnd},
};

/// The warning before requests are sent again past the deadline.
pub(super) const LATE: &str = "Its deadline has passed: this seals the saga and probably undoes it. To complete it, force it: that waives the deadline.";

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
    pub(super) action: Action,
    pub(super) allowed: bool,
    /// Why it is not allowed.
    pub(super) why: Option<String>,
    pub(super) messages: Vec<Message>,
    /// `completed`, `compensated` or `unknown`.
    pub(super) end: &'static str,
    pub(super) end_text: String,
    /// What an operator may not expect.
    pub(super) warning: Option<&'static str>,
}

impl Preview {
    pub(super) fn of(
        action: Action,
        allowed: Result<(), String>,
        messages: Vec<Message>,
        played: &protocol::Preview,
        may_be_sent: impl Fn(StepIndex) -> bool,
    ) -> Self {
        let end = played.end;
        let end_text = match end {
            PreviewEnd::Completed => "every step is done: the saga completes".to_owned(),
            PreviewEnd::Compensated => {
                match played.may_still_happen.filter(|it| may_be_sent(*it)) {
                    None => "the saga is undone; no effect of it is left".to_owned(),
                    Some(step) => format!(
                        "the saga is undone; no effect of it is left. But the action of step {step} may have been sent and may still happen before its seal: then the saga may complete"
                    ),
                }
            }
            PreviewEnd::Unknown(why) => format!("not certain: {why}"),
        };
        Self {
            action,
            allowed: allowed.is_ok(),
            why: allowed.err(),
            messages,
            end: end.name(),
            end_text,
            warning: None,
        }
    }

    pub(super) fn nothing(action: Action, allowed: Result<(), String>, end_text: &str) -> Self {
        Self {
            action,
            allowed: allowed.is_ok(),
            why: allowed.err(),
            messages: Vec::new(),
            end: "unknown",
            end_text: end_text.to_owned(),
            warning: None,
        }
    }
}
