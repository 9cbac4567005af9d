//! Times and states in words. A state has a sign and a word besides its colour.

use std::borrow::Cow;

use serde_json::Value;

use crate::{
    alerts::DeliveryState,
    coordinator::operations::{action::Action, cause::CauseKind, summary::Summary},
    log::{Direction, StepRecord},
    participant::{BarrierRow, RowState},
    protocol::{Status, StepState, Verdict},
    time::Timestamp,
};

/// A state that is shown by a sign, a word and a colour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Badge {
    /// The class in the style.
    pub(super) class: &'static str,
    pub(super) sign: &'static str,
    pub(super) word: Cow<'static, str>,
}

const fn badge(class: &'static str, sign: &'static str, word: &'static str) -> Badge {
    let word = Cow::Borrowed(word);
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
    if saga.past_deadline {
        badges.push(badge("warn", "!", "past its deadline"));
    }
    if saga.paused {
        badges.push(paused(saga));
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

/// That it is paused. If not the saga itself is, what else.
fn paused(saga: &Summary) -> Badge {
    let plain = badge("warn", "‖", "paused");
    match &saga.paused_by {
        Some(by) if !saga.is_paused_itself() => Badge {
            word: format!("paused ({by})").into(),
            ..plain
        },
        _ => plain,
    }
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
pub(super) fn verdict_text(verdict: Option<Verdict>, is_paused: bool) -> &'static str {
    match verdict {
        None => "Its row in the log cannot be read, so its steps are not known.",
        Some(Verdict::Agree) => "The log and the services say the same about every step.",
        Some(Verdict::InDoubt) if is_paused => {
            "A step is not answered, or a row could not be read. While it is paused nothing is sent that would decide it."
        }
        Some(Verdict::InDoubt) => {
            "A step is not answered, or a row could not be read. The next reply decides it; nothing is wrong."
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

/// What an action means. `is_late`: for a saga past its deadline.
pub(super) fn action_text(action: Action, is_late: bool) -> &'static str {
    match action {
        Action::Retry if is_late => {
            "Its deadline has passed: sends the seals again now, so the saga is probably undone. Force-complete waives the deadline."
        }
        Action::Resume if is_late => {
            "Ends the pause. Its deadline has passed: the saga is sealed and probably undone. Force-complete waives the deadline."
        }
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

/// What follows from an order that was just given.
pub(super) fn follows(action: &str) -> &'static str {
    match action {
        "retry" => "Its requests are sent again now.",
        "resume" => "The pause has ended: requests are sent again.",
        "pause" => "From now on nothing is sent.",
        "abort" => "The order is in force: the replies to the seals decide.",
        _ => "The order is in force.",
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
pub(super) fn believed(state: &StepState, never_sent: bool) -> String {
    match state {
        StepState::Unknown if never_sent => "not sent yet".to_owned(),
        StepState::Untouched => "not sent".to_owned(),
        StepState::Unknown => "may have been sent, its effect is not known".to_owned(),
        StepState::Done { .. } => "done".to_owned(),
        StepState::Refused { code } => format!("refused: {code}"),
        StepState::Dead => "sealed: it never ran and never will".to_owned(),
        StepState::Undone => "undone".to_owned(),
    }
}

/// How often a step was sent, as far as it is counted: a leader begins to count anew when it takes a running saga over.
pub(super) fn attempts(record: &StepRecord, never_sent: bool) -> String {
    match (record.attempts, record.undo_attempts) {
        (0, 0) if never_sent || record.state == StepState::Untouched => {
            "no request was sent".to_owned()
        }
        (0, 0) => "no request is counted here".to_owned(),
        (sent, 0) => format!("{sent} sent in all"),
        (0, undone) => format!("{undone} compensations sent in all"),
        (sent, undone) => format!("{sent} sent in all, and {undone} compensations"),
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
