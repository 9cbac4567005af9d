//! The labels of the shop in the samples.

use likewise_world::record::{
    AllowedRange, Labels, Plot, PlotLine, SagaLabels, TableLabels, Template,
};

use super::records::{STORE_SERVICE, TILL_SERVICE};

/// How reports name the tables and sagas of the shop.
pub fn labels() -> Labels {
    Labels {
        tables: vec![
            TableLabels::of(STORE_SERVICE, "items", &["id"])
                .shown("items in stock", &["id", "sold", "name"])
                .told(
                    "item {id}: sold {sold}",
                    "item {id}: sold {sold:before} → {sold}",
                    "item {id} gone",
                ),
            TableLabels::of(TILL_SERVICE, "orders", &["order_id"])
                .shown("orders", &["customer", "item", "order_id"])
                .told(
                    "order of customer {customer} for item {item} new",
                    "order of customer {customer} for item {item} changed",
                    "order of customer {customer} for item {item} gone",
                ),
        ],
        sagas: vec![SagaLabels {
            kind: "order".into(),
            purpose: Template::new("{kind} of customer {args.customer} for item {args.item}"),
            short: Template::new("{kind} c{args.customer}→i{args.item}"),
        }],
        plots: vec![sold_and_ordered()],
    }
}

fn sold_and_ordered() -> Plot {
    Plot {
        title: "Sold and ordered".into(),
        noun: "item".into(),
        lines: [
            PlotLine::count("sold", STORE_SERVICE, "items")
                .sum_of("sold")
                .for_each("id"),
            PlotLine::count("ordered", TILL_SERVICE, "orders").for_each("item"),
        ],
        allowed: Some(AllowedRange {
            key: Some("item".into()),
            item: vec!["customer".into(), "item".into()],
            action: "action".into(),
            present: vec!["order".into()],
            absent: vec!["cancel".into()],
            already: vec![409],
        }),
    }
}
