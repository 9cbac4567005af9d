//! Why the system did it: a planted mistake first, then what the rows said, then the rule that should have held.

use likewise_barrier::BarrierState;
use likewise_saga::protocol::Status;
use likewise_world::record::{EventKind, RunRecord};

use super::{
    barrier_rows::{BarrierRows, state_words},
    happened::step_words,
    plain::sentence,
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
    let ended = changes.iter().find_map(|change| {
        let (id, status) = match change.table.as_ref() {
            "saga_changes" => ("saga", "to_status"),
            "sagas" => ("id", "status"),
            _ => return None,
        };
        let status = Status::of_code(change.row.integer(status).ok()?)?;
        let word = match status {
            Status::Completed => "completed",
            Status::Compensated => "compensated",
            _ => return None,
        };
        Some((change.row.text(id).ok()?.to_owned(), word))
    });
    let (saga, word) = ended?;
    let steps = BarrierRows::of_saga(before, &saga);
    let is_done = |(_, state): &&(i64, Option<BarrierState>)| *state == Some(BarrierState::Done);
    let done = steps.iter().filter(is_done).count();
    // A saga that ends as its steps say is no reason.
    let only = match (word, done) {
        ("compensated", 0) => return None,
        ("completed", all) if all == steps.len() => "only ",
        _ => "",
    };
    let words = |(step, state): &(i64, Option<BarrierState>)| {
        format!("step {step} was {}", state_words(*state))
    };
    let steps: Vec<String> = steps.iter().map(words).collect();
    let number = record.saga_ids.iter().position(|id| *id == saga)? + 1;
    let steps = list(&steps, "no step was done");
    Some(sentence(&format!(
        "the coordinator logged saga {number} as {word} although {only}{steps}"
    )))
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
