//! A product from the public API of the kit alone: a shop of two services and a coordinator, on SQLite, in one process.
//!
//! `shop.rs` is the product. It is also the example to start from. `browser.rs` asks its console.

mod barrier_rows;
mod browser;
mod console;
mod console_door;
mod shop;

use std::time::Duration;

use axum::http::StatusCode;
use likewise_saga::coordinator::{CoordinatorConfig, Lease};
use serde_json::json;

use shop::{Purchase, Shop};

#[tokio::test]
async fn a_purchase_changes_both_services_and_is_in_the_transaction_log() {
    let shop = Shop::open(CoordinatorConfig::default()).await;
    let reply = shop.purchase(Purchase::of(3), None).await;
    assert_eq!(reply, (StatusCode::OK, json!([7, 1])));
    let (status, page) = shop.get("/v1/transactions").await;
    assert_eq!(status, StatusCode::OK);
    let transaction = &page["items"][0];
    assert_eq!(transaction["kind"], "purchase");
    let steps = transaction["steps"].as_array().expect("its steps");
    let services: Vec<_> = steps.iter().map(|step| &step["service_name"]).collect();
    assert_eq!(services, ["wallet", "stock"]);
}

#[tokio::test]
async fn a_purchase_that_the_second_service_refuses_is_undone_in_the_first() {
    let shop = Shop::open(CoordinatorConfig::default()).await;
    let (status, problem) = shop.purchase(Purchase::of(5), None).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR, "{problem}");
    assert_eq!(problem["type"], "/problems#saga-failed");
    let reply = shop.purchase(Purchase::of(4), None).await;
    assert_eq!(reply, (StatusCode::OK, json!([6, 0])), "nothing is missing");
}

#[tokio::test]
async fn a_purchase_is_executed_once_per_key() {
    let shop = Shop::open(CoordinatorConfig::default()).await;
    for _ in 0..2 {
        let reply = shop.purchase(Purchase::of(1), Some("a")).await;
        assert_eq!(reply, (StatusCode::OK, json!([9, 3])));
    }
    let (status, problem) = shop.purchase(Purchase::of(2), Some("a")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
}

#[tokio::test]
async fn a_coordinator_with_a_lease_takes_purchases_once_it_holds_the_log() {
    let address = "http://one:1".parse().expect("a URL");
    let lease = Lease::new(address, Duration::from_secs(60));
    let shop = Shop::open(CoordinatorConfig {
        lease: Some(lease),
        ..CoordinatorConfig::default()
    })
    .await;
    shop.ready().await;
    let (_, status) = shop.get("/v1/coordinator").await;
    assert_eq!(status["role"], "holder");
    let reply = shop.purchase(Purchase::of(1), None).await;
    assert_eq!(reply, (StatusCode::OK, json!([9, 3])));
}

#[tokio::test]
async fn a_purchase_is_answered_at_its_pivot_and_locks_until_its_end() {
    let shop = Shop::open(CoordinatorConfig {
        answer_timeout: Duration::from_secs(2),
        ..CoordinatorConfig::default()
    })
    .await;
    let delivered = Purchase {
        is_delivered: true,
        ..Purchase::of(1)
    };
    let reply = shop.purchase(delivered, Some("a")).await;
    assert_eq!(reply, (StatusCode::OK, json!([9, 3, null])));
    let (_, page) = shop.get("/v1/transactions?status=pending").await;
    assert_eq!(page["items"][0]["kind"], "delivery", "it is not delivered");
    let repeated = shop.purchase(delivered, Some("a")).await;
    assert_eq!(repeated, reply);
    let (status, problem) = shop.purchase(Purchase::of(1), None).await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    let detail = "Another change of this purchase is in progress; try again when it has ended.";
    assert_eq!(problem["detail"], detail);
}

/// A definition names a service that the coordinator does not know: nothing may be lost in silence.
#[tokio::test]
async fn a_purchase_whose_step_has_no_service_is_in_doubt_and_stays_open() {
    let shop = Shop::without_stock(CoordinatorConfig {
        answer_timeout: Duration::from_millis(100),
        ..CoordinatorConfig::default()
    })
    .await;
    let (status, problem) = shop.purchase(Purchase::of(1), None).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{problem}");
    assert_eq!(problem["type"], "/problems#in-doubt");
    let (_, page) = shop.get("/v1/transactions?status=pending").await;
    assert_eq!(page["items"][0]["id"], problem["transaction_id"]);
}
