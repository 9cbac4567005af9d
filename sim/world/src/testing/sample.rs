//! Hand-built histories for the tests of invariants: changed rows and what the clients saw, without a simulation.

use std::time::Duration;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    check::{
        AnsweredOrder, CheckedSystem, Checker, ClientOp, Invariant, Property, SentOrder, ToldChange,
    },
    plan::{Host, Plan},
    record::{Change, ChangeOp, PropertyStatus},
};

/// A checker with a hand-built history.
pub struct Sample(Checker);

impl Sample {
    /// A checker of this system with these invariants. Without any, for properties that the checker judges itself.
    #[must_use]
    pub fn of_system(
        system: &'static dyn CheckedSystem,
        invariants: Vec<Box<dyn Invariant>>,
    ) -> Self {
        Self(Checker::new(&Plan::new(""), system, Vec::new(), invariants))
    }

    /// A process starts.
    #[must_use]
    pub fn start(mut self, host: Host) -> Self {
        self.0.process_started(host, Duration::ZERO);
        self
    }

    /// One commit with these changes.
    #[must_use]
    pub fn commit(mut self, host: Host, changes: &[Change]) -> Self {
        self.0.committed(host, changes, 0);
        self
    }

    /// A client sends a request and gets an answer.
    #[must_use]
    pub fn op(mut self, op: ClientOp) -> Self {
        let (attempts, outcome, returned) = (op.attempts.clone(), op.outcome, op.returned);
        let place = self.0.invoked(op);
        self.0.returned(place, attempts, outcome, returned);
        self
    }

    /// A client sends a request, a service commits, and the client gets an answer.
    #[must_use]
    pub fn op_during(mut self, op: ClientOp, host: Host, commits: &[&[Change]]) -> Self {
        let (attempts, outcome, returned) = (op.attempts.clone(), op.outcome, op.returned);
        let place = self.0.invoked(op);
        for changes in commits {
            self.0.committed(host, changes, 0);
        }
        self.0.returned(place, attempts, outcome, returned);
        self
    }

    /// A service restarts and finds these rows in its tables.
    #[must_use]
    pub fn reopen(mut self, host: Host, tables: &[&str], rows: &[Change]) -> Self {
        self.0.reopened(host, tables, rows, 0);
        self
    }

    /// A client that follows a saga is told a change at this place.
    #[must_use]
    pub fn told(mut self, saga: u128, place: u8, name: &str) -> Self {
        let saga = Uuid::from_u128(saga);
        let told = ToldChange {
            id: format!("{saga}.{place}"),
            name: name.to_owned(),
            saga,
        };
        self.0.told(&told, 0);
        self
    }

    /// An operator sends an order.
    #[must_use]
    pub fn order(mut self, order: &SentOrder) -> Self {
        self.0.order_sent(order);
        self
    }

    /// A coordinator accepts an order under this number of the audit.
    #[must_use]
    pub fn accepted(mut self, order: &SentOrder, number: i64) -> Self {
        let sent = order.clone();
        self.0.order_answered(&AnsweredOrder { sent, number }, 0);
        self
    }

    /// Nothing is in progress any more.
    #[must_use]
    pub fn rest(mut self) -> Self {
        self.0.at_rest(Duration::ZERO, 0);
        self
    }

    /// What was seen at the first violation; empty if there is none.
    #[must_use]
    pub fn detail(&self) -> &str {
        let first = self.0.violations().first();
        first.map_or("", |violation| violation.detail.as_str())
    }

    /// The status of a property so far.
    #[must_use]
    pub fn status(&self, property: Property) -> PropertyStatus {
        self.0.status(property)
    }
}

/// A change of a row. `row` is an object: a value for each column.
///
/// # Panics
/// The row is not one that the checks can read.
#[must_use]
pub fn change(table: &str, op: ChangeOp, row: &Value) -> Change {
    Change {
        table: table.to_owned().into(),
        op,
        row: row
            .to_string()
            .parse()
            .expect("a row is an object of plain values"),
    }
}

/// A change of a barrier row, in a state (0 done, 1 refused, 2 undone, 3 tombstone) and with this undo data.
#[must_use]
pub fn step_row(
    op: ChangeOp,
    (saga, step): (u128, i64),
    state: i64,
    undo_data: Option<&Value>,
) -> Change {
    let kept = undo_data.map(Value::to_string);
    let saga = Uuid::from_u128(saga);
    let row = json!({ "saga": saga, "step": step, "state": state, "kept": kept });
    change("barrier", op, &row)
}

/// A saga of this kind is written with this status (0 running, 1 completed, 2 compensating, 3 compensated), epoch, request
/// key and arguments.
#[must_use]
pub fn saga_row(
    id: u128,
    kind: &str,
    (status, epoch): (i64, i64),
    key: Option<&str>,
    args: &Value,
) -> Change {
    let row = json!({
        "id": Uuid::from_u128(id),
        "kind": kind,
        "args": args.to_string(),
        "request_key": key,
        "status": status,
        "parked": 0,
        "epoch": epoch,
        "outcome": null,
    });
    change("sagas", ChangeOp::Update, &row)
}
