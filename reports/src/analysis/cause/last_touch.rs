//! The last event of a saga that never ended. After it nothing was done for the saga, and that is what is wrong.

use std::collections::{BTreeMap, BTreeSet};

use likewise_saga::protocol::Status;
use likewise_world::record::{ChangeOp, EventKind, RunRecord};

/// The last event before `until` that has to do with the first saga that is open then. `None` if none is open.
pub(super) fn of_open_saga(record: &RunRecord, until: usize) -> Option<usize> {
    let events = &record.events[..until.min(record.events.len())];
    let mut open: BTreeSet<String> = BTreeSet::new();
    let mut last: BTreeMap<String, usize> = BTreeMap::new();
    for (place, event) in events.iter().enumerate() {
        match &event.kind {
            EventKind::Committed { changes, .. } => {
                for change in changes {
                    let (id, status) = match change.table.as_ref() {
                        "sagas" => ("id", "status"),
                        "saga_changes" => ("saga", "to_status"),
                        "saga_parks" => ("saga", "status"),
                        "barrier" => ("saga", ""),
                        _ => continue,
                    };
                    let Ok(id) = change.row.text(id) else {
                        continue;
                    };
                    last.insert(id.to_owned(), place);
                    if status.is_empty() {
                        continue;
                    }
                    let status = change.row.integer(status).ok().and_then(Status::of_code);
                    match (change.op, status) {
                        (ChangeOp::Delete, _)
                        | (_, Some(Status::Completed | Status::Compensated)) => open.remove(id),
                        // In newer records the row of a saga has no status, so an update of it says nothing.
                        (ChangeOp::Insert, _) | (_, Some(_)) => open.insert(id.to_owned()),
                        _ => false,
                    };
                }
            }
            EventKind::Sent { steps, .. } | EventKind::Replied { steps, .. } => {
                for note in steps {
                    let id = (note.saga as usize).checked_sub(1);
                    if let Some(id) = id.and_then(|place| record.saga_ids.get(place)) {
                        last.insert(id.clone(), place);
                    }
                }
            }
            _ => {}
        }
    }
    let first = open.into_iter().next()?;
    last.get(&first).copied()
}
