//! A small system for the tests of the checks: a store, whose table `stock` says how much of each item there is, and a till.

use std::collections::BTreeMap;

use likewise_saga::coordinator::Product;
use serde_json::{Value, json};

use super::{CheckedSystem, Nouns, SystemState, row_difference};
use crate::world::{
    plan::Host,
    record::{Change, ChangeOp, RowError},
};

/// The service with the table `stock`.
pub(crate) const STORE: Host = Host::constant("store");
/// A service with nothing but its barrier.
pub(crate) const TILL: Host = Host::constant("till");
/// The tables of the store.
pub(super) const STORE_TABLES: [&str; 2] = ["stock", "barrier"];

/// The system.
pub(crate) static SHOP: Shop = Shop;

pub(crate) struct Shop;

/// Its sagas. The checks run none, so they need no steps.
static ORDERS: Product = Product {
    define: |_, _| None,
    steps_max: 3,
    noun: "order",
    locked: "this customer",
    check: "the check of the stock",
};

/// How much there is of each item.
#[derive(Clone, Default)]
struct Stock(BTreeMap<i64, i64>);

impl CheckedSystem for Shop {
    fn product(&self) -> &'static Product {
        &ORDERS
    }

    fn observed(&self) -> Box<dyn SystemState> {
        Box::<Stock>::default()
    }

    /// An order takes something from the store, is paid at the till, and notes it at the store.
    fn steps(&self, kind: &str) -> usize {
        match kind {
            "order" => 3,
            _ => 0,
        }
    }

    fn stored_key(&self, client: i64, key: &str) -> String {
        format!("{client}/{key}")
    }

    fn nouns(&self) -> Nouns {
        Nouns {
            operation: "an order",
            client: "customer",
        }
    }
}

impl SystemState for Stock {
    fn own_row_changed(&mut self, _: Host, change: &Change) -> Result<(), RowError> {
        let amount = change.row.integer("amount")?;
        self.0.insert(change.row.integer("item")?, amount);
        Ok(())
    }

    fn effect_change(&self, after: &dyn SystemState) -> Option<String> {
        let after: &Self = after.of_type();
        (self.0 != after.0).then(|| "the stock changed".to_owned())
    }

    fn lost_row(&self, _: Host, table: &str, found: &dyn SystemState) -> Option<String> {
        let found: &Self = found.of_type();
        let lost = row_difference("stock", &self.0, &found.0);
        lost.filter(|_| table == "stock")
    }

    fn copy(&self) -> Box<dyn SystemState> {
        Box::new(self.clone())
    }
}

/// There is now so much of item 1.
pub(super) fn stock(amount: i64) -> Change {
    change(
        "stock",
        ChangeOp::Update,
        &json!({ "item": 1, "amount": amount }),
    )
}

/// A change of a row.
pub(crate) fn change(table: &str, op: ChangeOp, row: &Value) -> Change {
    Change {
        table: table.to_owned().into(),
        op,
        row: row.to_string().parse().unwrap(),
    }
}
