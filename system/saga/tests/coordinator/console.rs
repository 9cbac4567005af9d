//! R16: what operators see and order at the console.

use std::time::Duration;

use axum::http::StatusCode;
use likewise_saga::coordinator::CoordinatorConfig;

use crate::{
    browser::{Answer, Browser},
    shop::{OPERATE, Purchase, READ, Shop},
};

/// A shop with a purchase that waits for a service that there is not. Returns the id of its saga.
async fn stuck() -> (Shop, String) {
    let shop = Shop::without_stock(CoordinatorConfig {
        answer_timeout: Duration::from_millis(500),
        ..CoordinatorConfig::default()
    })
    .await;
    let (status, problem) = shop.purchase(Purchase::of(1), None).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{problem}");
    let saga = problem["transaction_id"].as_str().expect("an id");
    (shop, saga.to_owned())
}

/// The fields of a preview that an order sends back.
fn confirmed<'f>(preview: &'f Answer, reason: &'f str) -> Vec<(String, String)> {
    let sent = ["csrf", "tag", "facts"].map(|name| (name.to_owned(), preview.field(name)));
    let mut fields = sent.to_vec();
    fields.push(("reason".to_owned(), reason.to_owned()));
    fields
}

async fn order(browser: &Browser, path: &str, fields: &[(String, String)]) -> Answer {
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| (&**name, &**value))
        .collect();
    browser.post(path, &fields).await
}

#[tokio::test]
async fn r16_a_stuck_saga_is_counted_listed_and_shown_with_both_truths() {
    let (shop, saga) = stuck().await;
    let browser = Browser::signed_in(shop.admin(), READ).await;
    let overview = browser.get("/console").await;
    assert!(overview.has(&saga), "{}", overview.text);
    assert!(
        overview.has("a service gives no answer"),
        "{}",
        overview.text
    );
    let all = browser.get("/console/sagas?state=open&service=stock").await;
    assert!(all.has(&saga), "{}", all.text);
    let none = browser.get("/console/sagas?older_than=1h").await;
    assert!(!none.has(&saga), "{}", none.text);
    let wrong = browser.get("/console/sagas?older_than=bananas").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.has("must be a time"), "{}", wrong.text);
    let page = browser.get(&format!("/console/sagas/{saga}")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    for text in [
        "what the log’s leader believes",
        "what the service has stored",
        "✓</span> agree",
        "?</span> in doubt",
        "not read: there is no service stock",
        "started",
    ] {
        assert!(page.has(text), "{text}: {}", page.text);
    }
    assert!(!page.has("Orders</h2>"), "who may look sees no orders");
    let unknown = browser.get("/console/sagas/01990000-0000-7000-8000-000000000001");
    assert_eq!(unknown.await.status, StatusCode::NOT_FOUND);
    let wrong = browser.get("/console/sagas/wrong").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.has("must be a UUID"), "{}", wrong.text);
}

#[tokio::test]
async fn r16_an_order_is_previewed_confirmed_with_a_reason_and_audited() {
    let (shop, saga) = stuck().await;
    let browser = Browser::signed_in(shop.admin(), OPERATE).await;
    let path = format!("/console/sagas/{saga}/abort");
    let preview = browser.get(&path).await;
    assert_eq!(preview.status, StatusCode::OK, "{}", preview.text);
    assert!(
        preview.has("<strong>seal</strong> step 1"),
        "{}",
        preview.text
    );
    let blank = order(&browser, &path, &confirmed(&preview, "  ")).await;
    assert_eq!(blank.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(blank.has("must say why"), "{}", blank.text);
    let evil = "<script>alert(1)</script> & \"more\"";
    let done = order(&browser, &path, &confirmed(&preview, evil)).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    assert_eq!(done.place(), format!("/console/sagas/{saga}?ordered=1"));
    let page = browser.get(done.place()).await;
    assert!(
        page.has("Audit entry 1: bob ordered abort."),
        "{}",
        page.text
    );
    assert!(page.has("abort ordered"), "{}", page.text);
    assert!(page.has("the replies to the seals decide"), "{}", page.text);
    assert!(preview.has("<button class=\"danger\">Confirm: Abort"));
    let audit = browser.get(&format!("/console/audit?saga={saga}")).await;
    for page in [page, audit, browser.get("/console").await] {
        assert!(page.has("&#60;script&#62;alert(1)"), "{}", page.text);
        assert!(!page.has("<script>"), "{}", page.text);
    }
    // A link cannot make the page claim an order that there is not.
    let lie = browser
        .get(&format!("/console/sagas/{saga}?ordered=7"))
        .await;
    assert!(!lie.has("Audit entry 7"), "{}", lie.text);
}

#[tokio::test]
async fn r16_an_order_on_a_saga_that_has_changed_does_nothing_and_shows_what_changed() {
    let (shop, saga) = stuck().await;
    let browser = Browser::signed_in(shop.admin(), OPERATE).await;
    let path = |action: &str| format!("/console/sagas/{saga}/{action}");
    let abort = browser.get(&path("abort")).await;
    let pause = browser.get(&path("pause")).await;
    let paused = order(&browser, &path("pause"), &confirmed(&pause, "first look")).await;
    assert_eq!(paused.status, StatusCode::SEE_OTHER, "{}", paused.text);
    let moved = order(&browser, &path("abort"), &confirmed(&abort, "it hangs")).await;
    assert_eq!(moved.status, StatusCode::PRECONDITION_FAILED);
    assert!(moved.has("Nothing was done"), "{}", moved.text);
    let change = "when you looked\">none</td><td data-label=\"now\">this saga<";
    assert!(moved.has(change), "{}", moved.text);
    assert!(moved.has(">it hangs</textarea>"), "the reason is kept");
    let mut without_tag = confirmed(&moved, "it hangs");
    without_tag.retain(|field| field.0 != "tag");
    let refused = order(&browser, &path("abort"), &without_tag).await;
    assert_eq!(refused.status, StatusCode::PRECONDITION_FAILED);
    let done = order(&browser, &path("abort"), &confirmed(&moved, "it hangs")).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    let again = browser.get(&path("pause")).await;
    assert!(again.has("it is paused already"), "{}", again.text);
}

#[tokio::test]
async fn r16_a_batch_is_estimated_confirmed_and_followed() {
    let (shop, saga) = stuck().await;
    let browser = Browser::signed_in(shop.admin(), OPERATE).await;
    let estimate = browser
        .get("/console/batches/new?action=pause&state=open")
        .await;
    assert!(estimate.has("Pause: 1 saga"), "{}", estimate.text);
    assert!(estimate.has("class=\"faint\">shop<"), "{}", estimate.text);
    assert!(estimate.has(&saga), "{}", estimate.text);
    let csrf = estimate.field("csrf");
    let at_most = estimate.field("at_most");
    let fields = |reason: &'static str| {
        [
            ("csrf", csrf.clone()),
            ("action", "pause".to_owned()),
            ("state", "open".to_owned()),
            ("at_most", at_most.clone()),
            ("reason", reason.to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
    };
    let blank = order(&browser, "/console/batches", &fields("")).await;
    assert_eq!(blank.status, StatusCode::UNPROCESSABLE_ENTITY);
    let started = order(&browser, "/console/batches", &fields("all of them")).await;
    assert_eq!(started.status, StatusCode::SEE_OTHER, "{}", started.text);
    let place = started.place().to_owned();
    let mut page = browser.get(&place).await;
    for _ in 0..200 {
        if page.has("done: 1 of 1") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        page = browser.get(&place).await;
    }
    assert!(page.has("audit entry 1"), "{}", page.text);
    let stop = format!("{place}/stop");
    let stopped = order(&browser, &stop, &[("csrf".to_owned(), csrf)]).await;
    assert_eq!(stopped.place(), place);
    assert!(browser.get("/console/batches").await.has("all of them"));
    let path = format!("/console/sagas/{saga}");
    let saga = browser.get(&path).await;
    assert!(saga.has("paused"), "{}", saga.text);
    assert!(!saga.has("Next attempt"), "{}", saga.text);
    assert!(
        saga.has("While it is paused nothing is sent"),
        "{}",
        saga.text
    );
}

#[tokio::test]
async fn r16_a_kind_is_paused_and_resumed_with_a_reason() {
    let shop = Shop::open(CoordinatorConfig::default()).await;
    shop.ready().await;
    let browser = Browser::signed_in(shop.admin(), OPERATE).await;
    let csrf = browser.get("/console/pauses").await.field("csrf");
    let pause = |order: &'static str, reason: &'static str| {
        let fields = [
            ("csrf", &*csrf),
            ("order", order),
            ("target", "kind purchase"),
            ("reason", reason),
        ];
        fields.map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    let blank = order(&browser, "/console/pauses", &pause("pause", "")).await;
    assert_eq!(blank.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(blank.has("must say why"), "{}", blank.text);
    let paused = order(&browser, "/console/pauses", &pause("pause", "a flood")).await;
    let page = browser.get(paused.place()).await;
    assert!(page.has("bob ordered pause"), "{}", page.text);
    assert!(page.has("From now on nothing is sent."), "{}", page.text);
    // Who, since when and why: so that nobody forgets it.
    let overview = browser.get("/console").await;
    for page in [&page, &overview] {
        assert!(page.has("kind purchase"), "{}", page.text);
        assert!(page.has("by bob since "), "{}", page.text);
        assert!(page.has("<q>a flood</q>"), "{}", page.text);
    }
    let (status, ready) = shop.get("/readyz").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{ready}");
    assert_eq!(ready["reason"], "an operator has paused the kind purchase");
    let (status, problem) = shop.purchase(Purchase::of(1), None).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{problem}");
    let resumed = order(&browser, "/console/pauses", &pause("resume", "it is over")).await;
    let page = browser.get(resumed.place()).await;
    assert!(page.has("No kind and no service"), "{}", page.text);
    let (status, problem) = shop.purchase(Purchase::of(1), None).await;
    assert_eq!(status, StatusCode::OK, "{problem}");
    let audit = browser.get("/console/audit").await;
    let place = |text: &str| audit.text.find(text).expect("an entry");
    assert!(place("it is over") < place("a flood"), "the latest first");
}

#[tokio::test]
async fn r15_alerts_are_listed_by_their_state_and_one_that_there_is_not_is_not_sent() {
    let shop = Shop::open(CoordinatorConfig::default()).await;
    shop.ready().await;
    let browser = Browser::signed_in(shop.admin(), OPERATE).await;
    let page = browser.get("/console/deliveries?state=pending").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    assert!(page.has("No alerts."), "{}", page.text);
    let wrong = browser.get("/console/deliveries?state=lost").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let path = "/console/deliveries/01990000-0000-7000-8000-000000000001/resend";
    let csrf = ("csrf".to_owned(), page.field("csrf"));
    let reason = ("reason".to_owned(), "it was lost".to_owned());
    let unexplained = order(&browser, path, std::slice::from_ref(&csrf)).await;
    let text = &unexplained.text;
    assert_eq!(
        unexplained.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{text}"
    );
    let absent = order(&browser, path, &[csrf, reason]).await;
    assert_eq!(absent.status, StatusCode::NOT_FOUND, "{}", absent.text);
    let lie = browser.get("/console/deliveries?resent=%3Cb%3E").await;
    assert!(!lie.has("is sent again"), "{}", lie.text);
}
