//! Changed database rows in short words: `step 0 of saga 1 done; item 1: sold 0 → 1`.
//!
//! The tables that any system has are told here, those of one system in `own_rows.rs`.
//!
//! A record has only the rows after each change. To name the value before, every commit of the run must be passed in order.

use likewise_barrier::BarrierState;
use likewise_saga::protocol::Status;
use std::collections::BTreeMap;

use likewise_world::{
    plan::Host,
    record::{Change, ChangeOp, Row, RunRecord},
};
use serde_json::Value;

use super::{own_rows::OwnRows, saga_purpose::purpose};

/// The values of the rows after the commits so far.
pub(crate) struct RowChanges {
    own: OwnRows,
    /// The last phrase for each saga, to omit commits that change nothing in it.
    sagas: BTreeMap<String, String>,
    /// What each saga is for.
    purposes: BTreeMap<String, String>,
    /// Saga numbers as in the messages. A saga that sent no message has none.
    numbers: BTreeMap<String, usize>,
    /// By shard.
    epochs: BTreeMap<i64, i64>,
}

/// Identifies what one transaction may write twice: a barrier row, which is inserted before the step's effect and settled after
/// it, or a saga that ends in the transaction that starts it.
type RowId = Option<(String, i64)>;

fn row_id(change: &Change) -> RowId {
    let row = &change.row;
    match change.table.as_ref() {
        "barrier" => Some((text(row, "saga").to_owned(), integer(row, "step"))),
        "sagas" => Some((text(row, "id").to_owned(), LOG)),
        "saga_changes" => Some((text(row, "saga").to_owned(), LOG)),
        _ => None,
    }
}

/// In place of a step, for the rows of a saga in the log: its start, and the changes of its status.
const LOG: i64 = -1;

/// Whether rows of this table are bookkeeping of any saga, and no effect.
pub(crate) fn is_of_kit(table: &str) -> bool {
    const TABLES: [&str; 8] = [
        "barrier",
        "barrier_watermarks",
        "sagas",
        "saga_changes",
        "saga_parks",
        "shards",
        "retention",
        "saga_audit",
    ];
    TABLES.contains(&table)
}

impl RowChanges {
    /// The state before the first event of a run.
    pub(crate) fn of(record: &RunRecord) -> Self {
        let sagas = record.saga_ids.iter().enumerate();
        Self {
            own: OwnRows::of(record),
            sagas: BTreeMap::new(),
            purposes: BTreeMap::new(),
            numbers: sagas.map(|(index, id)| (id.clone(), index + 1)).collect(),
            epochs: BTreeMap::new(),
        }
    }

    /// The changes of one transaction in words. Changes without meaning for the saga are omitted, and a row that was
    /// changed twice appears once, as it was committed.
    ///
    /// A barrier row is inserted as done and may turn into a refusal in the same transaction. Only the second state
    /// was ever visible to others, so only it is named.
    pub(crate) fn of_commit(&mut self, host: Host, changes: &[Change]) -> Vec<String> {
        let mut phrases: Vec<(RowId, String)> = Vec::new();
        for change in changes {
            let Some(phrase) = self.change(host, change) else {
                continue;
            };
            let id = row_id(change);
            match phrases
                .iter_mut()
                .find(|(known, _)| id.is_some() && *known == id)
            {
                Some((_, known)) => *known = phrase,
                None => phrases.push((id, phrase)),
            }
        }
        phrases.into_iter().map(|(_, phrase)| phrase).collect()
    }

    /// The effects of one transaction in words: the changes of the system's own tables, without those of the set-up.
    pub(crate) fn of_effects(&mut self, host: Host, changes: &[Change]) -> Vec<String> {
        let is_effect = |change: &&Change| !is_of_kit(&change.table);
        let effects: Vec<Change> = changes.iter().filter(is_effect).cloned().collect();
        self.of_system(host, &effects)
    }

    /// What one transaction says of sagas, steps and epochs, in words.
    pub(crate) fn of_kit(&mut self, host: Host, changes: &[Change]) -> Vec<String> {
        let is_of_kit = |change: &&Change| is_of_kit(&change.table);
        let kit: Vec<Change> = changes.iter().filter(is_of_kit).cloned().collect();
        self.of_commit(host, &kit)
    }

    /// The sagas that have not ended: the id, what it is for, and its status.
    pub(crate) fn open_sagas(&self) -> Vec<(String, String, String)> {
        let is_open =
            |status: &str| status.starts_with("running") || status.starts_with("compensating");
        let open = self.sagas.iter().filter(|(_, status)| is_open(status));
        open.map(|(id, status)| {
            let purpose = self.purposes.get(id).cloned().unwrap_or_default();
            (id.clone(), purpose, status.clone())
        })
        .collect()
    }

    /// The changes of one transaction in words, without those of the set-up, which are no action of the system.
    pub(crate) fn of_system(&mut self, host: Host, changes: &[Change]) -> Vec<String> {
        let is_of_system = |change: &&Change| !self.own.is_set_up(host, change);
        let changes: Vec<Change> = changes.iter().filter(is_of_system).cloned().collect();
        self.of_commit(host, &changes)
    }

    /// `None` for changes that leave the told columns as they were.
    fn change(&mut self, host: Host, change: &Change) -> Option<String> {
        let row = &change.row;
        match change.table.as_ref() {
            "barrier" => self.barrier(change.op, row),
            "sagas" => self.saga(change.op, row),
            // They are deleted with their saga.
            "saga_changes" | "saga_parks" if change.op == ChangeOp::Delete => None,
            "barrier_watermarks" => Some(format!("watermark of epoch {}", integer(row, "epoch"))),
            // The leader writes its clock all the time.
            "retention" => None,
            "saga_audit" => Some(self.order(row)),
            "saga_changes" => self.saga_change(row),
            "saga_parks" => self.saga_park(row),
            "shards" => self.epoch(row),
            _ => self.own.phrase(host, change),
        }
    }

    /// An order of an operator, or how one ended.
    fn order(&self, row: &Row) -> String {
        let (action, saga) = (text(row, "action"), self.name(text(row, "target")));
        match action {
            "settled" => format!("the order about {saga} took effect"),
            _ => format!(
                "{} of {saga} ordered by {}",
                action.replace('_', " "),
                text(row, "actor")
            ),
        }
    }

    /// A renewal of the lease does not change the epoch and is omitted.
    fn epoch(&mut self, row: &Row) -> Option<String> {
        let epoch = integer(row, "epoch");
        let before = self.epochs.insert(integer(row, "shard"), epoch);
        (before != Some(epoch)).then(|| format!("epoch {epoch}"))
    }

    fn barrier(&self, op: ChangeOp, row: &Row) -> Option<String> {
        let step = integer(row, "step");
        let saga = self.name(text(row, "saga"));
        if op == ChangeOp::Delete {
            return Some(format!("step {step} of {saga} deleted"));
        }
        let state = match BarrierState::of_code(integer(row, "state")) {
            Some(BarrierState::Done) => "done",
            Some(BarrierState::Refused) => "refused",
            Some(BarrierState::Undone) => "undone",
            Some(BarrierState::Tomb) => "tombstone",
            None => "in an unknown state",
        };
        Some(format!("step {step} of {saga} {state}"))
    }

    /// The row of a saga, written at its start. In older records it has the status, and most of its updates change the
    /// bookkeeping only. They are omitted unless the status or the parking changes.
    fn saga(&mut self, op: ChangeOp, row: &Row) -> Option<String> {
        let id = text(row, "id");
        let status = status_word(integer(row, "status"));
        let parked = if integer(row, "parked") == 0 {
            ""
        } else {
            ", parked"
        };
        let phrase = format!("{status}{parked}");
        if op == ChangeOp::Delete {
            return Some(format!("{} deleted", self.name(id)));
        }
        if let Some(before) = self.sagas.insert(id.to_owned(), phrase.clone()) {
            return (before != phrase).then(|| format!("{} {phrase}", self.name(id)));
        }
        let purpose = purpose(self.own.labels(), row);
        self.purposes.insert(id.to_owned(), purpose.clone());
        match is_no_op(row) {
            true => Some(format!("{purpose}: nothing to do")),
            false => Some(format!("new saga, {purpose}: {phrase}")),
        }
    }

    fn saga_change(&mut self, row: &Row) -> Option<String> {
        let id = text(row, "saga");
        let parked = if integer(row, "parked") == 0 {
            ""
        } else {
            ", parked"
        };
        let phrase = format!("{}{parked}", status_word(integer(row, "to_status")));
        self.sagas.insert(id.to_owned(), phrase.clone());
        match self.purposes.get(id) {
            Some(purpose) if is_no_op(row) => Some(format!("{purpose}: nothing to do")),
            _ => Some(format!("{} {phrase}", self.name(id))),
        }
    }

    fn saga_park(&mut self, row: &Row) -> Option<String> {
        let id = text(row, "saga");
        let phrase = format!("{}, parked", status_word(integer(row, "status")));
        self.sagas.insert(id.to_owned(), phrase.clone());
        Some(format!("{} {phrase}", self.name(id)))
    }

    /// The number that the messages use. An id would say nothing to a reader, and would differ between plans.
    fn name(&self, id: &str) -> String {
        match self.numbers.get(id) {
            Some(number) => format!("saga {number}"),
            None => "a saga".to_owned(),
        }
    }
}

fn status_word(code: i64) -> &'static str {
    match Status::of_code(code) {
        Some(Status::Running) => "running",
        Some(Status::Completed) => "completed",
        Some(Status::Compensating) => "compensating",
        Some(Status::Compensated) => "compensated",
        None => "in an unknown state",
    }
}

/// Whether there was nothing to do. Such a saga is logged only so that its idempotency key gets the same answer again.
fn is_no_op(row: &Row) -> bool {
    json(row, "outcome")["end"] == "unneeded"
}

// A column that is missing or has another type reads as 0 or empty. Records come from files, and a caption must not
// make a whole report fail.
fn integer(row: &Row, column: &str) -> i64 {
    row.integer(column).unwrap_or(0)
}

fn text<'a>(row: &'a Row, column: &str) -> &'a str {
    row.text(column).unwrap_or_default()
}

fn json(row: &Row, column: &str) -> Value {
    row.parse(column).unwrap_or_default()
}
