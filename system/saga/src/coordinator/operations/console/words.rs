//! Times and states in words. A state has a sign and a word besides its colour.

use serde_json::Value;

use crate::{
    alerts::DeliveryState,
    coordinator::operations::{action::Action, cause::CauseKind, summary::Summary},
    log::{Direction, StepRecord},
    participant::{BarrierRow, RowState},
    protocol::{Outcome, Status, StepState, Verdict},
    time::Timestamp,
};

/// A state that is shown by a sign, a word and a colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Badge {
    /// The class in the style.
    pub(super) class: &'static str,
    pub(super) sign: &'static str,
    pub(super) word: &'static str,
}

const fn badge(class: &'static str, sign: &'static str, word: &'static str) -> Badge {
    Badge { class, sign, word }
}

/// A status.
pub(super) fn status(status: Status) -> &'static str {
    match status {
        Status::Running => "running",
        Status::Compensating => "compensating",
        Status::Completed => "completed",
        Status::Compensated => "compensated",
    }
}

/// The states of a saga.
pub(super) fn states(saga: &Summary) -> Vec<Badge> {
    let mut badges = vec![match saga.status {
        None => badge("bad", "✕", "unreadable"),
        Some(running @ Status::Running) => badge("plain", "▸", status(running)),
        Some(undone @ Status::Compensating) => badge("warn", "↶", status(undone)),
        Some(done @ Status::Completed) => badge("good", "✓", status(done)),
        Some(undone @ Status::Compensated) => badge("plain", "↶", status(undone)),
    }];
    let is_open = saga.status.is_none_or(Status::is_open);
    if saga.parked && is_open {
        badges.push(badge("bad", "▲", "parked"));
    }
    if saga.paused {
        badges.push(badge("warn", "‖", "paused"));
    }
    match saga.directive {
        Some(Direction::Abort) => badges.push(badge("note", "→", "abort ordered")),
        Some(Direction::ForceComplete) => {
            badges.push(badge("note", "→", "completion ordered"));
        }
        None => {}
    }
    badges
}

/// A verdict.
pub(super) fn verdict(verdict: Verdict) -> Badge {
    match verdict {
        Verdict::Agree => badge("good", "✓", "agree"),
        Verdict::InDoubt => badge("warn", "?", "in doubt"),
        Verdict::Contradiction => badge("bad", "✕", "contradiction"),
    }
}

/// How far a delivery is.
pub(super) fn delivery(state: DeliveryState) -> Badge {
    match state {
        DeliveryState::Pending => badge("warn", "…", "pending"),
        DeliveryState::Delivered => badge("good", "✓", "delivered"),
        DeliveryState::GivenUp => badge("bad", "✕", "given up"),
    }
}

/// What a verdict means.
pub(super) fn verdict_text(verdict: Option<Verdict>) -> &'static str {
    match verdict {
        None => "Its row in the log cannot be read, so its steps are not known.",
        Some(Verdict::Agree) => "The log and the services say the same about every step.",
        Some(Verdict::InDoubt) => {
            "A reply is missing, or a row could not be read. The next reply decides it; nothing is wrong."
        }
        Some(Verdict::Contradiction) => {
            "No lost or late message explains this: a database was restored from an older copy, or changed by hand. \
             Run `likewise audit` before you act."
        }
    }
}

/// A cause, for a heading.
pub(super) fn cause(kind: CauseKind) -> &'static str {
    match kind {
        CauseKind::NoReply => "a service gives no answer",
        CauseKind::Waiting => "a request is under way",
        CauseKind::Sealing => "seals are under way",
        CauseKind::Undoing => "compensations are under way",
        CauseKind::Paused => "an operator has paused it",
        CauseKind::RefusedAfterPivot => "a step after the pivot is refused",
        CauseKind::Stale => "a service has forgotten the open saga",
        CauseKind::Log => "the log does not store its status",
        CauseKind::Defect => "the rules have no next step: a defect",
        CauseKind::Unreadable => "its row cannot be read",
        CauseKind::NotDriven => "no task drives it here",
    }
}

/// An action on a button.
pub(super) fn action(action: Action) -> &'static str {
    match action {
        Action::Retry => "Retry now",
        Action::Abort => "Abort",
        Action::ForceComplete => "Force-complete",
        Action::Pause => "Pause",
        Action::Resume => "Resume",
    }
}

/// What an action means.
pub(super) fn action_text(action: Action) -> &'static str {
    match action {
        Action::Retry => "Sends the open requests again now, without waiting for the next attempt.",
        Action::Abort => {
            "Seals the steps that have not happened and undoes the others, if the saga is not committed."
        }
        Action::ForceComplete => {
            "Waives the deadline: the saga only goes forward, until every step is done."
        }
        Action::Pause => "Sends nothing of this saga until it is resumed.",
        Action::Resume => "Ends the pause: requests are sent again.",
    }
}

/// An action of the audit.
pub(super) fn audited(action: &str) -> String {
    match action {
        "force_complete" => "force-complete".to_owned(),
        "settled" => "took effect".to_owned(),
        other => other.to_owned(),
    }
}

/// What the leader believes of a step.
pub(super) fn believed(state: &StepState) -> String {
    match state {
        StepState::Untouched => "not sent".to_owned(),
        StepState::Unknown => "may have been sent, its effect is not known".to_owned(),
        StepState::Done { .. } => "done".to_owned(),
        StepState::Refused { code } => format!("refused: {code}"),
        StepState::Dead => "sealed: it never ran and never will".to_owned(),
        StepState::Undone => "undone".to_owned(),
    }
}

/// How often a step was sent.
pub(super) fn attempts(record: &StepRecord) -> String {
    let times = |count: u32| match count {
        1 => "once".to_owned(),
        count => format!("{count} times"),
    };
    match (record.attempts, record.undo_attempts) {
        (0, 0) => "no request was sent".to_owned(),
        (sent, 0) => format!("sent {}", times(sent)),
        (0, undone) => format!("compensation sent {}", times(undone)),
        (sent, undone) => format!("sent {}, compensation {}", times(sent), times(undone)),
    }
}

/// What a participant has stored of a step.
pub(super) fn stored(row: &BarrierRow) -> &'static str {
    match row.state {
        RowState::Done => "done",
        RowState::Refused => "refused",
        RowState::Undone => "undone",
        RowState::Tombstone => "sealed: it never ran and never will",
        RowState::Collected => "deleted, if there was one",
    }
}

/// How a saga ended.
pub(super) fn outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Done { .. } => "every step is done".to_owned(),
        Outcome::Refused { step, code } => format!("step {step} was refused: {code}"),
        Outcome::TimedOut => "its deadline passed".to_owned(),
        Outcome::NoOp { code, .. } => format!("nothing was to be done: {code}"),
        #[allow(unreachable_patterns, reason = "an outcome of a later version")]
        _ => "undone".to_owned(),
    }
}

/// A moment, to the second.
pub(super) fn moment(at: Timestamp) -> String {
    match jiff::Timestamp::from_microsecond(at.0) {
        Ok(at) => at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
        Err(_) => at.to_string(),
    }
}

/// A duration in at most two units.
pub(super) fn span(seconds: u64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{minutes} min {} s", seconds % 60),
        3_600..86_400 => format!("{hours} h {} min", minutes % 60),
        _ => format!("{days} d {} h", hours % 24),
    }
}

/// JSON of the audit, indented. Empty if it says nothing.
pub(super) fn json(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Object(fields) if fields.is_empty() => String::new(),
        value => format!("{value:#}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_at_most_two_units() {
        let spans = [0, 59, 60, 3_599, 3_600, 90_000].map(span);
        let words = [
            "0 s",
            "59 s",
            "1 min 0 s",
            "59 min 59 s",
            "1 h 0 min",
            "1 d 1 h",
        ];
        assert_eq!(spans, words);
    }
}
