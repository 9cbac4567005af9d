//! The check of determinism: two runs of one plan must be equal, event for event.
//!
//! `cargo chaos doctor` compares runs in a fresh process, in a used one, and next to parallel runs. The hash over all
//! events decides; the first event that differs shows where to look.

use likewise_world::record::{Event, RunRecord};

/// Where two runs of one plan diverge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Divergence {
    /// How the second run was made.
    pub how: String,
    /// The index of the first event that differs.
    pub event: usize,
    /// That event in the first run, as JSON; `nothing` if the run had ended.
    pub left: String,
    /// That event in the second run, likewise.
    pub right: String,
}

/// Compares two runs of one plan. `None` if they are equal.
#[must_use]
pub fn compare(left: &RunRecord, right: &RunRecord, how: &str) -> Option<Divergence> {
    if left.hash == right.hash && left.events.len() == right.events.len() {
        return None;
    }
    let longest = left.events.len().max(right.events.len());
    let event = (0..longest)
        .find(|index| left.events.get(*index) != right.events.get(*index))
        .unwrap_or(longest);
    Some(Divergence {
        how: how.to_owned(),
        event,
        left: shown(left.events.get(event)),
        right: shown(right.events.get(event)),
    })
}

fn shown(event: Option<&Event>) -> String {
    let json = event.map(serde_json::to_string);
    json.and_then(Result::ok)
        .unwrap_or_else(|| "nothing".to_owned())
}
