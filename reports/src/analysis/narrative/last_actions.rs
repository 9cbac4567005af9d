//! What the system did between the last fault and the violation: the middle sentence of an explanation.
//!
//! The actions after the last fault are chosen because a fault is the cause and the violation is the effect. What
//! happened in between is how one led to the other.

use std::collections::BTreeSet;

use likewise_world::record::{Event, EventKind, Outcome, PROBE, RunRecord};

use super::{phases::PROBES, phrases, row_changes::RowChanges};

/// Actions that the sentence names at most. The last ones before the violation explain it best.
const ACTIONS_MAX: usize = 3;

/// The last actions, as one sentence.
pub(super) fn sentence(record: &RunRecord) -> String {
    let actions = actions(record);
    let last = &actions[actions.len().saturating_sub(ACTIONS_MAX)..];
    match last {
        [] => "Nothing else happened before the violation.".to_owned(),
        actions => format!("Then {}.", phrases::list(actions, "nothing happened")),
    }
}

/// The actions after the last fired fault and up to the event that showed the violation, in order.
///
/// Without a fault, all actions up to the violation qualify, and the sentence names the last ones.
fn actions(record: &RunRecord) -> Vec<String> {
    let until = record.violations.first().map_or(usize::MAX, |v| v.event);
    let events = &record.events[..until.saturating_add(1).min(record.events.len())];
    let is_fault = |event: &Event| matches!(event.kind, EventKind::Injected { .. });
    let from = events.iter().rposition(is_fault).unwrap_or(0);
    let mut rows = RowChanges::of(record);
    let mut known = BTreeSet::new();
    let mut actions = Vec::new();
    // The earlier events are read too: they show which messages are repetitions and what the rows contained before.
    for (index, event) in events.iter().enumerate() {
        let Some(action) = action(record, event, &mut rows) else {
            continue;
        };
        let is_repeated =
            !known.insert(action.clone()) && matches!(event.kind, EventKind::Sent { .. });
        if index > from {
            actions.push(match is_repeated {
                true => format!("{action} again"),
                false => action,
            });
        }
    }
    actions
}

/// The action that an event shows; `None` if it explains nothing.
fn action(record: &RunRecord, event: &Event, rows: &mut RowChanges) -> Option<String> {
    let host = event.host;
    match &event.kind {
        EventKind::Sent { to, steps, .. } if !steps.is_empty() => {
            Some(format!("{host} asked {to} to {}", phrases::steps(steps)))
        }
        EventKind::Repeated {
            message: PROBE,
            status,
            steps,
        } if !steps.is_empty() => Some(format!(
            "a probe was answered: {}",
            phrases::reply(*status, steps)
        )),
        EventKind::Repeated { status, steps, .. } if !steps.is_empty() => Some(format!(
            "the network delivered a copy: {}",
            phrases::reply(*status, steps)
        )),
        EventKind::Committed { changes, .. } => {
            // The final probes undo a part of the set-up. That is no action of the system.
            let changes = rows.of_system(host, changes);
            (!changes.is_empty()).then(|| format!("{host} committed “{}”", changes.join("; ")))
        }
        EventKind::RolledBack { why, .. } => Some(format!("{host} rolled back: {why}")),
        EventKind::Started { incarnation: 2.. } => Some(format!("{host} restarted")),
        EventKind::Returned {
            operation,
            outcome,
            status,
            ..
        } => {
            let what = &record.plan.workload.get(*operation)?.what;
            let phrase = phrases::operation(&record.captions, *operation, what);
            Some(format!("“{phrase}” {}", ended(*outcome, *status)))
        }
        EventKind::Phase { name } if name == PROBES => {
            Some("the final probes repeated every step".to_owned())
        }
        _ => None,
    }
}

/// A status of 0 stands for no answer at all. An error in doubt is not a refusal: the operation may have happened.
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
    use crate::samples::records;

    #[test]
    fn a_repeated_request_is_marked_as_such() {
        assert_eq!(
            sentence(&records::red()),
            "Then coordinator asked store to undo step 0 of saga 1 again and store committed “item 1: sold 0 → -1”."
        );
    }

    /// The harness asks for a step again. A reader must not think that a faulty network did.
    #[test]
    fn a_probe_is_not_told_as_a_copy_of_the_network() {
        assert_eq!(
            sentence(&records::probed()),
            "Then coordinator committed “saga 1 completed”, the final probes repeated every step and a probe was answered: do step 1 of saga 1: done."
        );
    }

    #[test]
    fn no_action_after_the_fault_is_said_to_be_none() {
        let mut record = records::red();
        record.violations[0].event = 0;
        assert_eq!(
            sentence(&record),
            "Nothing else happened before the violation."
        );
    }
}
