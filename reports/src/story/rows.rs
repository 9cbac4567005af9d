//! Changed rows in short words: `article 1: likes 0 → 1`.

use std::collections::BTreeMap;

use likewise_sim::record::{Change, ChangeOp, Row, RunRecord};
use serde_json::Value;

/// What is known of the rows so far: a change is told against what was there before.
pub(super) struct Rows {
    likes: BTreeMap<i64, i64>,
    /// What was told of each saga last.
    sagas: BTreeMap<String, String>,
    /// As the messages count them; a saga that has sent none has no number.
    numbers: BTreeMap<String, usize>,
    epochs: BTreeMap<i64, i64>,
}

/// A row that one transaction may change more than once: a step's, which is inserted before its effect.
type RowId = Option<(String, i64)>;

fn row_id(change: &Change) -> RowId {
    let row = &change.row;
    (change.table == "barrier").then(|| (text(row, "saga").to_owned(), whole(row, "step")))
}

impl Rows {
    /// Of a run that has not begun yet.
    pub(super) fn of(record: &RunRecord) -> Self {
        let sagas = record.saga_ids.iter().enumerate();
        Self {
            likes: BTreeMap::new(),
            sagas: BTreeMap::new(),
            numbers: sagas.map(|(place, id)| (id.clone(), place + 1)).collect(),
            epochs: BTreeMap::new(),
        }
    }

    /// The changes of one transaction, in words; those that nobody asks for are left out. A row that was changed
    /// several times is told as it was committed.
    pub(super) fn changes(&mut self, changes: &[Change]) -> Vec<String> {
        let mut told: Vec<(RowId, String)> = Vec::new();
        for change in changes {
            let Some(words) = self.change(change) else {
                continue;
            };
            let id = row_id(change);
            match told
                .iter_mut()
                .find(|(known, _)| id.is_some() && *known == id)
            {
                Some((_, known)) => *known = words,
                None => told.push((id, words)),
            }
        }
        told.into_iter().map(|(_, words)| words).collect()
    }

    fn change(&mut self, change: &Change) -> Option<String> {
        let row = &change.row;
        match change.table.as_ref() {
            "articles" => self.article(change.op, row),
            "likes" => Some(like(change.op, row)),
            "barrier" => self.barrier(change.op, row),
            "sagas" => self.saga(change.op, row),
            "shards" => self.epoch(row),
            "blocked_users" => Some(blocked(change.op, row)),
            _ => None,
        }
    }

    fn article(&mut self, op: ChangeOp, row: &Row) -> Option<String> {
        let (id, likes) = (whole(row, "id"), whole(row, "likes"));
        let before = self.likes.insert(id, likes);
        match (op, before) {
            (ChangeOp::Delete, _) => Some(format!("article {id} gone")),
            (ChangeOp::Insert, _) | (_, None) => Some(format!("article {id}: likes {likes}")),
            (ChangeOp::Update, Some(before)) if before == likes => None,
            (ChangeOp::Update, Some(before)) => {
                Some(format!("article {id}: likes {before} → {likes}"))
            }
        }
    }

    /// A renewal of the lease changes no epoch, and is not told.
    fn epoch(&mut self, row: &Row) -> Option<String> {
        let epoch = whole(row, "epoch");
        let before = self.epochs.insert(whole(row, "shard"), epoch);
        (before != Some(epoch)).then(|| format!("epoch {epoch}"))
    }

    fn barrier(&self, op: ChangeOp, row: &Row) -> Option<String> {
        let step = whole(row, "step");
        let saga = self.name(text(row, "saga"));
        if op == ChangeOp::Delete {
            return Some(format!("step {step} of {saga} forgotten"));
        }
        let state = match whole(row, "state") {
            0 => "done",
            1 => "refused",
            2 => "undone",
            3 => "tombstone",
            _ => "in an unknown state",
        };
        Some(format!("step {step} of {saga} {state}"))
    }

    fn saga(&mut self, op: ChangeOp, row: &Row) -> Option<String> {
        let id = text(row, "id");
        let status = match whole(row, "status") {
            0 => "running",
            1 => "completed",
            2 => "compensating",
            3 => "compensated",
            _ => "in an unknown state",
        };
        let parked = if whole(row, "parked") == 0 {
            ""
        } else {
            ", parked"
        };
        let told = format!("{status}{parked}");
        if op == ChangeOp::Delete {
            return Some(format!("{} forgotten", self.name(id)));
        }
        if let Some(before) = self.sagas.insert(id.to_owned(), told.clone()) {
            return (before != told).then(|| format!("{} {told}", self.name(id)));
        }
        match is_unneeded(row) {
            true => Some(format!("{}: nothing to do", purpose(row))),
            false => Some(format!("new saga, {}: {told}", purpose(row))),
        }
    }

    fn name(&self, id: &str) -> String {
        match self.numbers.get(id) {
            Some(number) => format!("saga {number}"),
            None => "a saga".to_owned(),
        }
    }
}

fn like(op: ChangeOp, row: &Row) -> String {
    let (user, article) = (whole(row, "user_id"), whole(row, "article_id"));
    let what = match op {
        ChangeOp::Insert => "new",
        ChangeOp::Update => "changed",
        ChangeOp::Delete => "gone",
    };
    format!("record of user {user} on article {article} {what}")
}

fn blocked(op: ChangeOp, row: &Row) -> String {
    let user = whole(row, "user_id");
    match op {
        ChangeOp::Delete => format!("user {user} no longer blocked"),
        _ => format!("user {user} blocked"),
    }
}

/// Whether it was settled before it began, only so that its key is answered alike from now on.
fn is_unneeded(row: &Row) -> bool {
    json(row, "outcome")["end"] == "unneeded"
}

/// What a saga is for, from its stored arguments.
fn purpose(row: &Row) -> String {
    let (kind, args) = (text(row, "kind"), json(row, "args"));
    let whole = |name: &str| args[name].as_i64().unwrap_or(0);
    let (user, article) = (whole("user_id"), whole("article_id"));
    format!("{kind} of user {user} on article {article}")
}

fn whole(row: &Row, column: &str) -> i64 {
    row.integer(column).unwrap_or(0)
}

fn text<'a>(row: &'a Row, column: &str) -> &'a str {
    row.text(column).unwrap_or_default()
}

fn json(row: &Row, column: &str) -> Value {
    row.parse(column).unwrap_or_default()
}
