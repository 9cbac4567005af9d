//! Why the system did it: a planted mistake first, then what the rows said, then the rule that should have held.

use likewise_barrier::BarrierState;
use likewise_saga::protocol::Status;
use likewise_world::record::{Change, EventKind, RunRecord};

use super::{
    barrier_rows::{BarrierRows, state_words},
    happened::step_words,
    scene::Scene,
    wrong_change::WrongChange,
};
use crate::analysis::narrative::phrases::list;

/// The reason, in one to three sentences.
pub(super) fn sentences(record: &RunRecord, change: &WrongChange, scene: &Scene<'_>) -> String {
    let mut sentences = Vec::new();
    if !record.flaw.is_empty() {
        let flaw = record.flaw.trim_end_matches('.');
        sentences.push(format!("This system has a planted mistake: {flaw}."));
    }
    sentences.extend(rows_said(record, change).or_else(|| saga_ended(record, scene)));
    if let Some(rule) = rule(record) {
        sentences.push(format!("The promise rests on {rule}."));
    }
    match sentences.is_empty() {
        true => "The record does not tell.".to_owned(),
        false => sentences.join(" "),
    }
}

/// What the barrier row of the step said.
fn rows_said(record: &RunRecord, change: &WrongChange) -> Option<String> {
    let step = change.step.as_ref()?;
    let of = step_words(record, step);
    Some(match step.before {
        None => format!("The barrier row of {of} had been deleted, so nothing stopped the step."),
        said => {
            let said = state_words(said);
            format!("The barrier row of {of} said “{said}”, and did not stop the step.")
        }
    })
}

/// What the barrier rows said of the steps of a saga whose end was logged.
fn saga_ended(record: &RunRecord, scene: &Scene<'_>) -> Option<String> {
    let EventKind::Committed { changes, .. } = &scene.event?.kind else {
        return None;
    };
    let place = record
        .events
        .iter()
        .position(|it| std::ptr::eq(it, scene.event.unwrap_or(it)));
    let before = &record.events[..place?];
    // The most steps that a saga of the run has: how many the saga itself has is in its row only.
    let steps_max = record
        .saga_ids
        .iter()
        .map(|id| BarrierRows::of_saga(before, id).len())
        .max();
    changes.iter().find_map(|change| {
        let (saga, status) = ended(change)?;
        let steps = BarrierRows::of_saga(before, saga);
        let done = |(step, state): &(i64, Option<BarrierState>)| {
            (*state == Some(BarrierState::Done)).then(|| format!("step {step}"))
        };
        let done: Vec<String> = steps.iter().filter_map(done).collect();
        let contradiction = match status {
            Status::Compensated if !done.is_empty() => {
                format!("compensated although {} was still done", list(&done, ""))
            }
            Status::Completed if done.len() < steps_max.unwrap_or(0) => {
                let done = list(&done, "no step");
                format!("completed although only {done} was done").replace("only no", "no")
            }
            _ => return None,
        };
        let number = record.saga_ids.iter().position(|id| id == saga)? + 1;
        Some(format!(
            "The coordinator logged saga {number} as {contradiction}."
        ))
    })
}

/// The saga whose end a row of the log tells, and how it ended.
fn ended(change: &Change) -> Option<(&str, Status)> {
    let (id, status) = match change.table.as_ref() {
        "saga_changes" => ("saga", "to_status"),
        "sagas" => ("id", "status"),
        _ => return None,
    };
    let status = Status::of_code(change.row.integer(status).ok()?)?;
    Some((change.row.text(id).ok()?, status))
}

/// The part of the system that keeps the property, and its rule.
fn rule(record: &RunRecord) -> Option<&str> {
    let first = record.violations.first()?;
    let property = record
        .properties
        .iter()
        .find(|it| it.name == first.property)?;
    Some(&*property.kept_by).filter(|rule| !rule.is_empty())
}
