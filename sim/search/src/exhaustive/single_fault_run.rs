//! The run of one fault alone, reduced to what decides which other faults would change it.

use std::collections::BTreeSet;

use likewise_world::{plan::InjectionPoint, record::RunRecord};

/// The facts about the run of one fault alone. The record itself is dropped, because there are thousands.
#[derive(Debug)]
pub struct SingleFaultRun {
    /// Whether the fault fires.
    pub fires: bool,
    /// Whether no property is violated.
    pub green: bool,
    /// The hash of the run.
    pub hash: String,
    /// The injection points that the run reaches.
    reached: BTreeSet<InjectionPoint>,
}

impl SingleFaultRun {
    /// The facts about this run. `points` are the injection points that can be asked for; others are dropped.
    pub(super) fn of(record: &RunRecord, points: &[InjectionPoint]) -> Self {
        let points: BTreeSet<&InjectionPoint> = points.iter().collect();
        let reached = record.reached.iter().filter(|point| points.contains(point));
        Self {
            fires: record.injected == [true],
            green: record.is_green(),
            hash: record.hash.clone(),
            reached: reached.cloned().collect(),
        }
    }

    /// Whether the run reaches this injection point, so that a fault with this trigger would fire.
    #[must_use]
    pub fn reaches(&self, point: &InjectionPoint) -> bool {
        self.reached.contains(point)
    }
}
