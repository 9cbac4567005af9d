//! Rows that a database refuses for a while: one item of a batch fails, and the others commit without it.
//!
//! ```text
//!  commit #7 ──► its rows: item 1, item 2, item 3 ──► item 2 is refused: the transaction fails
//!                the service tries parts of the batch: those without item 2 commit
//! ```
//!
//! A real database does this with a deferred constraint, a trigger, or a damaged page of an index. The row is chosen just before
//! the commit, when it is known which rows the transaction writes. An item is a barrier row of a participant, or the rows of a saga.

use likewise_saga::store::{EngineError, StoreError};
use rusqlite::ffi;
use uuid::Uuid;

use super::trigger_set::DueFault;
use crate::{
    plan::{Fault, Host},
    record::Change,
};

/// What one item of a batch writes: the row of a saga in the log, or of a step in a barrier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) saga: Uuid,
    step: Option<i64>,
}

impl Item {
    /// The item of a changed row. `None` if the row belongs to no single item: the count of an article belongs to many.
    fn of(change: &Change) -> Option<Self> {
        let row = &change.row;
        match change.table.as_ref() {
            "barrier" => Some(Self {
                saga: row.parse("saga").ok()?,
                step: Some(row.integer("step").ok()?),
            }),
            "sagas" => Some(Self {
                saga: row.parse("id").ok()?,
                step: None,
            }),
            "saga_changes" | "saga_parks" => Some(Self {
                saga: row.parse("saga").ok()?,
                step: None,
            }),
            _ => None,
        }
    }

    /// The items of a transaction, each once, in the order in which it wrote them.
    fn all(changes: &[Change]) -> Vec<Self> {
        let mut items = Vec::new();
        for item in changes.iter().filter_map(Self::of) {
            if !items.contains(&item) {
                items.push(item);
            }
        }
        items
    }
}

/// A row that is refused while its fault is active.
#[derive(Debug)]
struct RefusedRow {
    /// The fault's place in the plan.
    fault: usize,
    /// The first host of the service that owns the database.
    service: Host,
    item: Item,
}

/// The refused rows of a run, and the faults that wait for the rows of a transaction.
#[derive(Debug, Default)]
pub(crate) struct RowRefusals {
    /// The fault of the next transaction of a host.
    due: Vec<(Host, DueFault)>,
    rows: Vec<RefusedRow>,
}

impl RowRefusals {
    /// The next transaction of a host is the one that the fault names.
    pub(crate) fn plan(&mut self, host: Host, due: DueFault) {
        self.due.push((host, due));
    }

    /// Faults end. One whose transaction is still held up does not begin any more.
    pub(crate) fn heal(&mut self) {
        self.due.clear();
    }

    /// Another transaction of a host begins. The one before it ended before it wrote a row.
    pub(crate) fn begin(&mut self, host: Host) {
        self.due.retain(|(of, _)| *of != host);
    }

    /// Chooses the rows that are refused from now on, among those of a transaction. Returns the faults that have chosen one.
    pub(crate) fn choose(&mut self, host: Host, changes: &[Change]) -> Vec<(DueFault, Item)> {
        let items = Item::all(changes);
        let (due, others) = std::mem::take(&mut self.due)
            .into_iter()
            .partition(|(of, _)| *of == host);
        self.due = others;
        let due: Vec<(Host, DueFault)> = due;
        let chosen = due.into_iter().filter_map(|(_, due)| {
            let item = nth(&items, due.1)?;
            self.rows.push(RefusedRow {
                fault: due.0,
                service: host.first(),
                item,
            });
            Some((due, item))
        });
        chosen.collect()
    }

    /// Whether a transaction writes a row that is refused. `is_active` says whether the fault at a place still acts.
    pub(crate) fn refuses(
        &self,
        host: Host,
        changes: &[Change],
        is_active: impl Fn(usize) -> bool,
    ) -> bool {
        let rows = self.rows.iter().filter(|row| row.service == host.first());
        let mut rows = rows.filter(|row| is_active(row.fault)).peekable();
        if rows.peek().is_none() {
            return false;
        }
        let items = Item::all(changes);
        rows.any(|row| items.contains(&row.item))
    }
}

/// The item that a fault names. The numbers go round: the third of two items is the first.
fn nth(items: &[Item], fault: Fault) -> Option<Item> {
    let Fault::RefusedRow { item, .. } = fault else {
        return None;
    };
    let place = (item.max(1) as usize - 1).checked_rem(items.len())?;
    items.get(place).copied()
}

/// The error of the database: about data, so that another row would be accepted.
pub(crate) fn refused() -> StoreError {
    let error = rusqlite::Error::SqliteFailure(
        ffi::Error::new(ffi::SQLITE_CONSTRAINT_TRIGGER),
        Some("the database refuses a row".to_owned()),
    );
    StoreError::Absent(EngineError::Rusqlite(error))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        check::samples::{STORE, TILL, change, step_row},
        record::ChangeOp,
    };

    fn fault(item: u32) -> DueFault {
        (0, Fault::RefusedRow { item, millis: 1 })
    }

    fn steps(sagas: &[u128]) -> Vec<Change> {
        let rows = sagas
            .iter()
            .map(|saga| step_row(ChangeOp::Insert, (*saga, 0), 0, None));
        rows.collect()
    }

    #[test]
    fn one_item_of_a_batch_is_refused_and_the_others_are_not() {
        let mut refusals = RowRefusals::default();
        refusals.plan(STORE, fault(2));
        let batch = steps(&[1, 2, 3]);
        let chosen = refusals.choose(STORE, &batch);
        assert_eq!(chosen[0].1.saga, Uuid::from_u128(2));
        let refuses = |host, sagas: &[u128]| refusals.refuses(host, &steps(sagas), |_| true);
        assert!(refuses(STORE, &[1, 2, 3]) && refuses(STORE, &[2]));
        assert!(!refuses(STORE, &[1, 3]), "the others");
        assert!(!refuses(TILL, &[2]), "another database");
        assert!(!refusals.refuses(STORE, &batch, |_| false), "it is over");
    }

    #[test]
    fn a_batch_with_fewer_items_refuses_one_of_them() {
        let mut refusals = RowRefusals::default();
        refusals.plan(STORE, fault(4));
        let chosen = refusals.choose(STORE, &steps(&[7, 8, 9]));
        assert_eq!(chosen[0].1.saga, Uuid::from_u128(7));
    }

    #[test]
    fn a_transaction_without_items_refuses_nothing() {
        let mut refusals = RowRefusals::default();
        refusals.plan(STORE, fault(1));
        let counts = [change("stock", ChangeOp::Update, &json!({ "id": 1 }))];
        assert!(refusals.choose(STORE, &counts).is_empty());
        refusals.plan(STORE, fault(1));
        refusals.begin(STORE);
        assert!(
            refusals.choose(STORE, &steps(&[1])).is_empty(),
            "it was another transaction's"
        );
    }
}
