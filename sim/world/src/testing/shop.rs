//! The shop as a system of plans: a coordinator, a store and a till, whose clients order things.
//!
//! Most tests only draw, change and validate its plans. It also runs: `shop_services.rs` is its product.

use bytes::Bytes;
use http::{Method, Request};
use likewise_saga::service::KitParts;
use rand::RngExt;
use rand_pcg::Pcg64Mcg;
use serde_json::{Value, json};

use super::{
    Shop,
    shop_checks::{OPENED_WITH, SOLD_OUT, SoldOut},
    shop_services::{self, SERVICES},
};
use crate::{
    KitServices, Requests, ServiceSpec, System, SystemParts, Workload, balancer,
    check::{Invariant, Property},
    json_request,
    plan::{Fields, MessageKind, Name, Operation, Plan, Problem},
    planted::PlantedBug,
};

/// An order of a client.
pub const ORDER: MessageKind = MessageKind::new("order");

/// An order of so many things by a customer, with a key, one click, a long time-out and two retries.
#[must_use]
pub fn order(customer: i64, amount: i64, at_millis: u64) -> Operation {
    Operation::new(what(customer, amount), at_millis)
}

/// A plan with one order.
#[must_use]
pub fn one_order() -> Plan {
    Plan::new("one order").with_operation(order(1, 1, 0))
}

fn what(customer: i64, amount: i64) -> Fields {
    let fields = json!({ "customer": customer, "amount": amount });
    fields.as_object().cloned().unwrap_or_default()
}

impl Workload for Shop {
    fn draw_workload(&self, rng: &mut Pcg64Mcg, spread_millis: u64, plan: &mut Plan) {
        for customer in 1..=rng.random_range(1..=8) {
            for _ in 0..rng.random_range(1..=4) {
                let at_millis = rng.random_range(0..spread_millis);
                let operation = Operation {
                    clicks: rng.random_range(1..=2),
                    keyed: rng.random_bool(0.5),
                    ..order(customer, rng.random_range(1..=9), at_millis)
                };
                plan.workload.push(operation);
            }
        }
        plan.set_up.insert("shelves".to_owned(), 1.into());
    }

    fn bases(&self) -> Vec<Plan> {
        vec![one_order()]
    }

    fn crowd(&self) -> Plan {
        let orders = (1..=3).map(|customer| order(customer, 1, 0));
        orders.fold(Plan::new("a crowd"), Plan::with_operation)
    }

    /// An unknown field of the set-up, or one of an operation that is missing or no number.
    fn problem(&self, plan: &Plan) -> Option<Problem> {
        if let Some(field) = plan.set_up.keys().find(|field| *field != "shelves") {
            let what = format!("unknown field `{field}`");
            return Some(Problem::new(field.as_str(), what));
        }
        let place = plan.workload.iter().position(|operation| {
            let is_number = |field| operation.what.get(field).is_some_and(Value::is_i64);
            !is_number("customer") || !is_number("amount")
        })?;
        let at = format!("workload[{place}]");
        Some(Problem::new(at, "an order has a customer and an amount"))
    }

    fn captions(&self, plan: &Plan) -> Vec<String> {
        let caption = |operation: &Operation| {
            let what = &operation.what;
            format!("customer {} orders {}", what["customer"], what["amount"])
        };
        plan.workload.iter().map(caption).collect()
    }

    fn caption_of_workload(&self, plan: &Plan) -> String {
        format!("customers order {} times", plan.workload.len())
    }

    fn client(&self, what: &Fields) -> i64 {
        what["customer"].as_i64().unwrap_or_default()
    }

    fn simpler_operations(&self, op: &Fields) -> Vec<Fields> {
        vec![what(self.client(op), 1)]
    }
}

impl Requests for Shop {
    fn posted(&self) -> (MessageKind, &'static str) {
        (ORDER, "/orders")
    }

    fn set_up(&self, _: &Plan) -> Vec<Request<Bytes>> {
        let url = format!("http://{}/v1/stock", balancer(Name::new("store")));
        vec![json_request(Method::PUT, &url, &[[1, OPENED_WITH]], None)]
    }

    fn prober_operations(
        &self,
        _: &Plan,
        coordinator: i64,
    ) -> Box<dyn Iterator<Item = Fields> + Send + Sync> {
        Box::new((1_000..).map(move |number| what(1_000 * coordinator + number, 1)))
    }

    fn end_refusals(&self, _: &Plan) -> Vec<Request<Bytes>> {
        Vec::new()
    }

    fn other_operation(&self, op: &Fields) -> Fields {
        what(self.client(op), 99)
    }

    fn other_args(&self, _: Value) -> Value {
        json!({ "amount": 99 })
    }
}

impl System for Shop {
    fn name(&self) -> &'static str {
        "shop"
    }

    fn services(&self) -> &'static [ServiceSpec] {
        &SERVICES
    }

    fn operation_kinds(&self) -> &'static [MessageKind] {
        &[ORDER]
    }

    fn parts(&self, kit: KitParts) -> Box<dyn SystemParts> {
        let product = shop_services::parts();
        Box::new(KitServices { kit, ..product })
    }

    fn own_properties(&self) -> &'static [Property] {
        &[SOLD_OUT]
    }

    fn own_invariants(&self) -> Vec<Box<dyn Invariant>> {
        vec![Box::new(SoldOut)]
    }

    fn planted_bugs(&self) -> &'static [PlantedBug] {
        &[]
    }
}
