//! The decisive moment of a run, with what a reader must know of the events before it.

use std::collections::BTreeMap;

use likewise_world::{
    plan::Host,
    record::{Event, EventKind, RunRecord},
};

use super::{messages::Messages, plain::went, wrong_change::is_of_probes};
use crate::analysis::narrative::{
    phases::{millis_since, workload_start},
    row_changes::RowChanges,
};

/// The decisive moment of a run.
pub(super) struct Scene<'r> {
    /// Its event.
    pub(super) event: Option<&'r Event>,
    /// Milliseconds since the clients started.
    pub(super) millis: u64,
    /// Whether the harness repeats steps then.
    pub(super) is_of_probes: bool,
    /// What the effects of the commit are, in words.
    pub(super) effects: Vec<String>,
    /// What the commit says of sagas, steps and epochs, in words.
    pub(super) log: Vec<String>,
    /// The messages up to then.
    pub(super) messages: Messages,
    /// The last reply, or lack of one, at each host.
    pub(super) heard: BTreeMap<Host, usize>,
    /// What sagas are for, and what became of them.
    pub(super) rows: RowChanges,
}

impl<'r> Scene<'r> {
    /// The moment of the event at this place.
    pub(super) fn at(record: &'r RunRecord, place: usize) -> Self {
        let mut scene = Self {
            event: record.events.get(place),
            millis: 0,
            is_of_probes: is_of_probes(record, place),
            effects: Vec::new(),
            log: Vec::new(),
            messages: Messages::default(),
            heard: BTreeMap::new(),
            rows: RowChanges::of(record),
        };
        for (at, event) in record.events.iter().enumerate().take(place + 1) {
            scene.note(at, event);
        }
        let at_micros = scene.event.map_or(0, |event| event.at_micros);
        scene.millis = millis_since(workload_start(&record.events), at_micros);
        scene
    }

    fn note(&mut self, place: usize, event: &Event) {
        self.messages.note(event);
        match &event.kind {
            EventKind::Committed { changes, .. } => {
                let effects = self.rows.of_effects(event.host, changes);
                self.effects = effects.iter().map(|phrase| went(phrase)).collect();
                self.log = self.rows.of_kit(event.host, changes);
            }
            EventKind::Replied { .. } | EventKind::Failed { .. } => {
                self.heard.insert(event.host, place);
            }
            _ => {}
        }
    }
}
