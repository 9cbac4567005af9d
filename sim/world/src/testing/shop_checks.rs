//! The shop as a system of the checks: a store, whose table `stock` says how much of each item there is, and a till.

use std::collections::BTreeMap;

use likewise_saga::coordinator::{PlainRequest, Product};

use super::shop_services::{ORDERED, ORDERS};
use crate::{
    check::{
        CheckedSystem, Findings, History, Invariant, Nouns, ObservedState, Property, SagaSpec,
        SystemState, row_difference,
    },
    plan::{Fields, Host},
    record::{Change, Outcome, RowError},
};

/// The service with the table `stock`.
pub const STORE: Host = Host::constant("store");
/// A service with nothing but its barrier.
pub const TILL: Host = Host::constant("till");

/// The system.
pub static SHOP: Shop = Shop;

/// The shop: a system for tests.
pub struct Shop;

/// How much there is of item 1 at first. The orders of a drawn plan do not take all.
pub(super) const OPENED_WITH: i64 = 1_000;

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

    fn sagas(&self) -> &'static [SagaSpec] {
        &[ORDERED]
    }

    fn stored_key(&self, client: i64, key: &str) -> String {
        PlainRequest::stored_key(&client.to_string(), key)
    }

    fn lock_key(&self, what: &Fields) -> String {
        what["customer"].to_string()
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

pub(super) const SOLD_OUT: Property = Property {
    name: "sold-out-takes-nothing",
    about: "an order of more than there is takes nothing from the stock",
    exercised_by: "an order of more than there is",
    kept_by: "the check of the stock in the transaction of the order",
};

/// Checks [`SOLD_OUT`]. No drawn plan exercises it.
pub(super) struct SoldOut;

impl Invariant for SoldOut {
    fn at_rest(&mut self, observed: &ObservedState, history: &History, findings: &mut Findings) {
        let amount = |what: &Fields| what["amount"].as_i64().unwrap_or_default();
        let operations = history.operations().into_iter();
        let (done, failed): (Vec<_>, Vec<_>) =
            operations.partition(|(_, outcome)| *outcome != Outcome::Fail);
        if failed.iter().any(|(what, _)| amount(what) > OPENED_WITH) {
            let most: i64 = done.iter().map(|(what, _)| amount(what)).sum();
            let left = observed.own::<Stock>().0.get(&1).copied().unwrap_or(0);
            findings.require(SOLD_OUT, left + most >= OPENED_WITH, || {
                format!("{left} are left of {OPENED_WITH}, and {most} were ordered")
            });
        }
    }
}
