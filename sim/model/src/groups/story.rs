//! A counter-example as a list of lines, one for each action.

use likewise_protocol::Op;

use super::{
    GroupModel,
    state::{Action, State},
};
use crate::search::CounterExample;

impl GroupModel {
    /// The story of a counter-example. Coordinators are told apart by their place in the state, which may change: "current"
    /// or "stale" is what matters.
    #[must_use]
    pub fn story(&self, found: &CounterExample<State, Action>) -> Vec<String> {
        let mut before = self.first();
        let mut lines = Vec::new();
        for (action, after) in &found.path {
            lines.push(self.line(&before, *action));
            before = *after;
        }
        lines
    }

    fn line(&self, before: &State, action: Action) -> String {
        let who = |coordinator: usize| match before.coordinators[coordinator].is_current() {
            true => "the current coordinator",
            false => "the stale coordinator",
        };
        match action {
            Action::StartCoordinator { .. } => "a coordinator takes over".to_owned(),
            Action::Crash { coordinator } => format!("{} crashes", who(coordinator)),
            Action::Resume { coordinator } => format!("{} resumes the saga", who(coordinator)),
            Action::Deadline { coordinator } => {
                format!("{} finds a deadline passed", who(coordinator))
            }
            Action::Force { coordinator } => {
                format!("{} is ordered to complete the saga", who(coordinator))
            }
            Action::ReceiveReply {
                coordinator,
                step,
                reply,
            } => {
                let reply = format!("{reply:?}").to_lowercase();
                format!(
                    "{} receives {reply} from {}",
                    who(coordinator),
                    self.names[step]
                )
            }
            Action::Log { coordinator } => format!("{} writes to the log", who(coordinator)),
            Action::LogUnconfirmed { coordinator } => {
                format!(
                    "{} writes to the log without a confirmation",
                    who(coordinator)
                )
            }
            Action::Park { coordinator } => format!("{} parks the saga", who(coordinator)),
            Action::Serve { step, op, refuse } => {
                let op = match op {
                    Op::Do => "do",
                    Op::Undo => "undo",
                    Op::Seal => "seal",
                };
                let refused = if refuse { ", and refuses it" } else { "" };
                format!("{} serves {op}{refused}", self.names[step])
            }
        }
    }
}
