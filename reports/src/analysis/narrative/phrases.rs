//! Short phrases for messages, steps and operations.

use likewise_world::{
    plan::{Fields, Host},
    record::{Outcome, StepNote},
};

/// `store commits: …`; `None` if the transaction changed nothing worth a line.
pub(crate) fn commit(host: Host, changes: &[String]) -> Option<String> {
    (!changes.is_empty()).then(|| format!("{host} commits: {}", changes.join("; ")))
}

/// `do step 0 of saga 1`
pub(crate) fn step(note: &StepNote) -> String {
    format!("{} step {} of saga {}", note.op, note.step, note.saga)
}

/// The steps that a request asks for.
pub(crate) fn steps(notes: &[StepNote]) -> String {
    notes.iter().map(step).collect::<Vec<_>>().join(", ")
}

/// What a reply says: its steps with their results, else its status.
pub(crate) fn reply(status: u16, notes: &[StepNote]) -> String {
    if status == 0 {
        return "no answer".to_owned();
    }
    if notes.is_empty() {
        return format!("status {status}");
    }
    let each = notes.iter().map(|note| {
        let reply = note.reply.as_deref().unwrap_or("no reply");
        format!("{}: {reply}", step(note))
    });
    each.collect::<Vec<_>>().join(", ")
}

/// A probe of the harness, and what it was answered.
pub(crate) fn probe(status: u16, notes: &[StepNote]) -> String {
    format!("probe: {}", reply(status, notes))
}

/// What a coordinator says of its readiness.
pub(crate) fn readiness(of: Host, status: u16, reason: &str) -> String {
    match (status, reason) {
        (200, _) => format!("{of} says that it is ready"),
        (_, "") => format!("{of} says that it is not ready"),
        (_, reason) => format!("{of} says that it is not ready: {reason}"),
    }
}

/// The link between two hosts.
pub(crate) fn link(a: Host, b: Host, one_way: bool) -> String {
    match one_way {
        true => format!("{a} → {b}"),
        false => format!("{a} and {b}"),
    }
}

/// What the operation at a place of the plan does: its caption. Older records have none, so their fields are listed.
pub(crate) fn operation(captions: &[String], place: usize, what: &Fields) -> String {
    if let Some(caption) = captions.get(place) {
        return caption.clone();
    }
    let field = |(name, value): (&String, &serde_json::Value)| match value.as_str() {
        Some(text) => format!("{name} {text}"),
        None => format!("{name} {value}"),
    };
    what.iter().map(field).collect::<Vec<_>>().join(", ")
}

/// Which click of an operation it is, if not the first.
pub(crate) fn click_suffix(click: u32) -> String {
    match click {
        1 => String::new(),
        more => format!(" (click {more})"),
    }
}

/// How an operation ended, with its HTTP status.
pub(crate) fn outcome(outcome: Outcome, status: u16) -> String {
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

/// An enumeration with commas, and “and” before the last item.
pub(crate) fn list(items: &[String], none: &str) -> String {
    match items {
        [] => none.to_owned(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}
