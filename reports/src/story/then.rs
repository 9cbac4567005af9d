//! What the system did between the last fault and the moment in which it went wrong: its last acts, in plain words.

use std::collections::BTreeSet;

use likewise_sim::record::{Change, Event, EventKind, Outcome, RunRecord};

use super::{PROBES, Rows, words};

/// Acts that are told at most: those right before the violation explain it.
const ACTS_MAX: usize = 3;

/// What the system did then, as one sentence.
pub(super) fn told(record: &RunRecord) -> String {
    let acts = acts(record);
    let last = &acts[acts.len().saturating_sub(ACTS_MAX)..];
    match last {
        [] => "Nothing more happened before it went wrong.".to_owned(),
        acts => format!("Then {}.", words::listed(acts, "nothing happened")),
    }
}

/// Every act after the last strike and up to the event that showed the violation, in order.
fn acts(record: &RunRecord) -> Vec<String> {
    let until = record.violations.first().map_or(usize::MAX, |v| v.event);
    let events = &record.events[..until.saturating_add(1).min(record.events.len())];
    let is_strike = |event: &Event| matches!(event.kind, EventKind::Injected { .. });
    let from = events.iter().rposition(is_strike).unwrap_or(0);
    let mut rows = Rows::of(record);
    let mut known = BTreeSet::new();
    let mut acts = Vec::new();
    for (place, event) in events.iter().enumerate() {
        let Some(act) = act(record, event, &mut rows) else {
            continue;
        };
        let again = !known.insert(act.clone()) && matches!(event.kind, EventKind::Sent { .. });
        if place > from {
            acts.push(if again { format!("{act} again") } else { act });
        }
    }
    acts
}

/// What is done at an event; nothing, if it is of no weight.
fn act(record: &RunRecord, event: &Event, rows: &mut Rows) -> Option<String> {
    let host = event.host;
    match &event.kind {
        EventKind::Sent { to, steps, .. } if !steps.is_empty() => {
            Some(format!("{host} asked {to} to {}", words::asked(steps)))
        }
        EventKind::Repeated { status, steps, .. } if !steps.is_empty() => Some(format!(
            "the network delivered a copy: {}",
            words::answer(*status, steps)
        )),
        EventKind::Committed { changes, .. } => {
            // Whom the checks block and let go again for their questions is no act of the system.
            let is_its_own = |change: &&Change| change.table != "blocked_users";
            let changes: Vec<Change> = changes.iter().filter(is_its_own).cloned().collect();
            let told = rows.changes(&changes);
            (!told.is_empty()).then(|| format!("{host} committed “{}”", told.join("; ")))
        }
        EventKind::RolledBack { why, .. } => Some(format!("{host} rolled back: {why}")),
        EventKind::Started { incarnation: 2.. } => Some(format!("{host} came back")),
        EventKind::Returned {
            operation,
            outcome,
            status,
            ..
        } => {
            let wish = record.plan.workload.get(*operation)?;
            let (user, wish) = (wish.user, words::noun(wish.action));
            Some(format!("user {user}'s {wish} {}", ended(*outcome, *status)))
        }
        EventKind::Phase { name } if name == PROBES => {
            Some("the checks asked for every step once more".to_owned())
        }
        _ => None,
    }
}

fn ended(outcome: Outcome, status: u16) -> String {
    match (outcome, status) {
        (Outcome::Unknown, 0) => "was not answered".to_owned(),
        (Outcome::Unknown, status) => format!("ended in doubt ({status})"),
        (Outcome::Ok, status) => format!("was answered with {status}"),
        (Outcome::Fail, status) => format!("was refused with {status}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn what_is_done_a_second_time_is_said_to_be() {
        assert_eq!(
            told(&samples::red()),
            "Then coordinator asked article to undo step 0 of saga 1 again and article committed “article 1: likes 0 → -1”."
        );
    }

    #[test]
    fn nothing_after_the_strike_is_said_to_be_nothing() {
        let mut record = samples::red();
        record.violations[0].event = 0;
        assert_eq!(told(&record), "Nothing more happened before it went wrong.");
    }
}
