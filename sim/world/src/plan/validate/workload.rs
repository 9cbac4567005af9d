//! Validation of the workload: its times and numbers. What the operations do is validated by their system.

use super::{MILLIS_MAX, Problem};
use crate::plan::{Operation, Plan};

/// The most clicks of all operations together. Their events stay in memory.
const CLICKS_MAX: u64 = 20_000;
/// The most clicks of one operation. They are sent at once.
const CLICKS_AT_ONCE_MAX: u32 = 100;
/// The longest key of an operation.
const KEY_LENGTH_MAX: usize = 64;
/// The most retries of one click.
const RETRIES_MAX: u32 = 1_000;

/// Operations with impossible times, or with impossible numbers of clicks.
pub(super) fn problem(plan: &Plan) -> Option<Problem> {
    let wrong = |operation: &Operation| {
        if operation.at_millis > MILLIS_MAX || operation.timeout_millis > MILLIS_MAX {
            return Some(format!(
                "needs times up to {MILLIS_MAX} ms: no run is longer"
            ));
        }
        if operation.clicks == 0 {
            return Some("needs at least one click".to_owned());
        }
        operation.key.as_deref().and_then(wrong_key)
    };
    let mut all = plan.workload.iter().enumerate();
    let one = all.find_map(|(place, operation)| {
        wrong(operation).map(|what| Problem::new(format!("workload[{place}]"), what))
    });
    one.or_else(|| too_many_clicks(plan))
}

/// A key that no header can carry, or that operations without a name of their own have.
fn wrong_key(key: &str) -> Option<String> {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || character == '-';
    if key.is_empty() || key.len() > KEY_LENGTH_MAX || !key.chars().all(is_plain) {
        return Some(format!(
            "needs a key of 1 to {KEY_LENGTH_MAX} letters, digits and hyphens"
        ));
    }
    let is_reserved = key.starts_with("op-") || key.starts_with("probe-");
    is_reserved.then(|| "needs a key that does not begin with `op-` or `probe-`".to_owned())
}

/// More clicks or retries than a run can have.
fn too_many_clicks(plan: &Plan) -> Option<Problem> {
    for (place, operation) in plan.workload.iter().enumerate() {
        let most = |most| format!("there can be {most} at most");
        if operation.clicks > CLICKS_AT_ONCE_MAX {
            let place = format!("workload[{place}].clicks");
            return Some(Problem::new(place, most(CLICKS_AT_ONCE_MAX)));
        }
        if operation.retries > RETRIES_MAX {
            let place = format!("workload[{place}].retries");
            return Some(Problem::new(place, most(RETRIES_MAX)));
        }
    }
    let operations = plan.workload.iter();
    let clicks: u64 = operations
        .map(|operation| u64::from(operation.clicks))
        .sum();
    (clicks > CLICKS_MAX).then(|| {
        let what = format!("has {clicks} clicks, there can be {CLICKS_MAX} at most");
        Problem::new("workload", what)
    })
}
