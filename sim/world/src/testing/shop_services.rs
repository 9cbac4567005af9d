//! The services of the shop, and its sagas: an order takes something from the store, is paid at the till, and is noted at the
//! store.

use std::sync::Arc;

use async_trait::async_trait;
use axum::{Json, Router, extract::State, routing::post};
use likewise_barrier::sql::{SQLITE_TABLE, SQLITE_WATERMARK_TABLE};
use likewise_saga::{
    coordinator::{Coordinator, PlainRequest, Product, RequestOutcome, nobody},
    http::{Body, IdempotencyKey, Problem},
    participant::{SingleEffect, Verdict},
    protocol::{Definition, Document, Outcome, StepDefinition, StepKey},
    store::{Migration, Sql, StoreError, Tx},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{KitServices, ServiceSpec, check::SagaSpec, rows_route};

const STOCK: Migration = Migration::sqlite_only(
    "stock",
    "CREATE TABLE stock (item INTEGER PRIMARY KEY, amount INTEGER NOT NULL)",
);
const BARRIER: Migration = Migration::sqlite_only("the barrier", SQLITE_TABLE);
const WATERMARK: Migration = Migration::sqlite_only("the watermark", SQLITE_WATERMARK_TABLE);

/// The services of the shop.
pub(crate) static SERVICES: [ServiceSpec; 3] = [
    ServiceSpec::COORDINATOR,
    ServiceSpec::participant(
        "store",
        &[STOCK, BARRIER, WATERMARK],
        &["barrier", "barrier_watermarks", "stock"],
        "SELECT json_group_array(json_array(item, amount)) FROM (SELECT * FROM stock ORDER BY item)",
    ),
    ServiceSpec::participant(
        "till",
        &[BARRIER, WATERMARK],
        &["barrier", "barrier_watermarks"],
        "SELECT '[]'",
    ),
];

/// The sagas, as the coordinator sees them.
pub(super) static ORDERS: Product = Product {
    define: |kind, args| {
        let order: OrderArgs = args.read().ok().filter(|_| kind == "order")?;
        let step = |name, service, amount| {
            StepDefinition::new(name, service, Document::of(&Taken { amount }))
        };
        let steps = Definition::builder().step(step("take", "store", order.amount));
        let steps = steps.pivot(step("pay", "till", 0));
        steps.step(step("note", "store", 0)).build().ok()
    },
    kinds: &["order"],
    steps_max: 3,
    noun: "order",
    locked: "this customer",
    check: "the check of the stock",
    client: nobody,
};

/// The same sagas, as the checks see them.
pub(super) const ORDERED: SagaSpec = SagaSpec {
    kind: "order",
    args: || {
        Document::of(&OrderArgs {
            customer: 1,
            amount: 1,
        })
    },
    steps: &["store", "till", "store"],
    pivot: Some(1),
};

#[derive(Serialize, Deserialize)]
struct OrderArgs {
    customer: i64,
    amount: i64,
}

/// Opens the stock of an item.
static OPEN: Sql = Sql::sqlite_only(
    "open-stock",
    "INSERT INTO stock VALUES ($1, $2) ON CONFLICT (item) DO UPDATE SET amount = excluded.amount",
);
/// Takes so much of item 1. Less than nothing is put back.
static TAKE: Sql = Sql::sqlite_only(
    "take",
    "UPDATE stock SET amount = amount - $1 WHERE item = 1 AND amount >= $1",
);

/// The parts of the shop.
pub(super) fn parts() -> KitServices {
    let parts = KitServices::new(&ORDERS, &SERVICES, writes);
    let parts = parts.with_effect("store", Take).with_effect("till", Take);
    parts.with_routes(|service, database| match service {
        "store" => rows_route("/v1/stock", &OPEN, database),
        _ => Router::new(),
    })
}

/// What a step takes from the stock, and its undo data.
#[derive(Serialize, Deserialize)]
pub(crate) struct Taken {
    amount: i64,
}

/// Takes something from the stock.
pub(crate) struct Take;

#[async_trait]
impl SingleEffect for Take {
    type Args = Taken;
    type UndoData = Taken;

    async fn act(&self, tx: &mut Tx<'_>, _: StepKey, args: Taken) -> Result<Verdict, StoreError> {
        let taken = args.amount == 0 || tx.execute(&TAKE, [args.amount.into()]).await? > 0;
        Ok(match taken {
            true => Verdict::Done {
                result: Document::default(),
                undo_data: Document::of(&args),
            },
            false => Verdict::Refused { code: "sold_out" },
        })
    }

    async fn compensate(&self, tx: &mut Tx<'_>, done: Taken) -> Result<(), StoreError> {
        if done.amount != 0 {
            tx.execute(&TAKE, [(-done.amount).into()]).await?;
        }
        Ok(())
    }
}

/// `POST /orders`
fn writes(coordinator: Arc<Coordinator>) -> Router {
    let routes = Router::new().route("/orders", post(order));
    routes.with_state(coordinator)
}

async fn order(
    State(coordinator): State<Arc<Coordinator>>,
    IdempotencyKey(key): IdempotencyKey,
    Body(order): Body<OrderArgs>,
) -> Result<Json<Value>, Problem> {
    let client = order.customer.to_string();
    let request = PlainRequest {
        kind: "order",
        args: Document::of(&order),
        lock_key: client.clone(),
        client,
        key,
    };
    match coordinator.execute(&request).await? {
        RequestOutcome::Settled(saga, Outcome::Done { .. }) => Ok(Json(json!({ "order": saga }))),
        RequestOutcome::Settled(saga, _) => Err(Problem::failed("The order was undone", saga)),
        RequestOutcome::NoOp(never) => match never {},
    }
}
