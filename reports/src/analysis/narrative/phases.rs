//! The phases of a run: setup, faults, healed, probes, end. The record marks the beginning of each with an event.

use likewise_world::record::{Event, EventKind, RunRecord};

/// The clients start, and faults may fire.
pub(crate) const FAULTS: &str = "faults";
/// All faults have healed.
pub(crate) const HEALED: &str = "healed";
/// The final probes begin. From here on the checks send requests of their own.
pub(crate) const PROBES: &str = "probes";
/// The last event of every complete run.
pub(crate) const END: &str = "end";

/// The simulated time at which the clients started, in microseconds; `None` if the run ended before.
pub(crate) fn workload_start(events: &[Event]) -> Option<u64> {
    position(events, FAULTS).map(|index| events[index].at_micros)
}

/// Milliseconds since the clients started.
pub(crate) fn millis_since(start_micros: Option<u64>, at_micros: u64) -> u64 {
    at_micros.saturating_sub(start_micros.unwrap_or(0)) / 1_000
}

/// The events that a diagram draws, with their indices: from the start of the clients to the event after the first
/// violation, or to the healing if nothing was violated. The first violation is the one that explains a failure.
///
/// The setup is left out, because it is the same in every run. What follows the first violation is left out, because
/// it is a consequence.
pub(crate) fn decisive_events(record: &RunRecord) -> impl Iterator<Item = (usize, &Event)> {
    let events = &record.events;
    let first = position(events, FAULTS).map_or(0, |index| index + 1);
    let violated = record.violations.first().map(|it| it.event + 2);
    let end = violated.or_else(|| position(events, HEALED));
    let end = end.unwrap_or(events.len());
    events.iter().enumerate().take(end.max(first)).skip(first)
}

/// `None` if the run ended before that phase.
fn position(events: &[Event], phase: &str) -> Option<usize> {
    let begins = |event: &Event| matches!(&event.kind, EventKind::Phase { name } if name == phase);
    events.iter().position(begins)
}
