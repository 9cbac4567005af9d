//! The small words of a story: who, what, how it ended.

use likewise_sim::{
    plan::{Action, Host},
    record::{Outcome, StepNote},
};

/// Nothing if the transaction changed nothing that is told.
pub(super) fn commit(host: Host, changes: &[String]) -> Option<String> {
    (!changes.is_empty()).then(|| format!("{host} commits: {}", changes.join("; ")))
}

pub(super) fn asked(steps: &[StepNote]) -> String {
    let each = steps
        .iter()
        .map(|note| format!("{} step {} of saga {}", note.op, note.step, note.saga));
    each.collect::<Vec<_>>().join(", ")
}

pub(super) fn answer(status: u16, steps: &[StepNote]) -> String {
    if status == 0 {
        return "no answer".to_owned();
    }
    if steps.is_empty() {
        return format!("status {status}");
    }
    let each = steps.iter().map(|note| {
        let reply = note.reply.as_deref().unwrap_or("no reply");
        format!(
            "{} step {} of saga {}: {reply}",
            note.op, note.step, note.saga
        )
    });
    each.collect::<Vec<_>>().join(", ")
}

pub(super) fn link(a: Host, b: Host, one_way: bool) -> String {
    match one_way {
        true => format!("{a} → {b}"),
        false => format!("{a} and {b}"),
    }
}

pub(super) fn wish(action: Action) -> &'static str {
    match action {
        Action::Like => "likes",
        Action::KeepLiked => "sets a like of",
        Action::Unlike => "unlikes",
    }
}

pub(super) fn noun(action: Action) -> &'static str {
    match action {
        Action::Like => "like",
        Action::KeepLiked => "set like",
        Action::Unlike => "unlike",
    }
}

pub(super) fn clicked(click: u32) -> String {
    match click {
        1 => String::new(),
        more => format!(" (click {more})"),
    }
}

pub(super) fn ended(outcome: Outcome, status: u16) -> String {
    let known = match outcome {
        Outcome::Ok => "is ok",
        Outcome::Fail => "is refused",
        Outcome::Unknown => "has an unknown outcome",
    };
    match status {
        0 => format!("{known} (no answer)"),
        status => format!("{known} ({status})"),
    }
}

/// Several things as one: with commas, and “and” before the last.
pub(super) fn listed(items: &[String], none: &str) -> String {
    match items {
        [] => none.to_owned(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}
