//! The set-up of a run: waits until every process is ready, creates the articles and blocks the users of the plan.
//!
//! No fault is active yet. A request is still repeated, because a process may need time to start.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request};
use likewise_saga::{
    bound::{Bound, within},
    env::HttpClient,
};

use super::{prober, request::request};
use crate::likes::{
    LikeSetUp,
    names::{ARTICLE_SERVICE, USER_SERVICE},
};
use crate::world::{World, balancer, network::http_client::FaultyHttpClient};

/// The time-out of one request.
const REQUEST: Bound = Bound::new("a request of the set-up", Duration::from_secs(2));
/// The pause between two attempts.
const RETRY_AFTER: Duration = Duration::from_millis(20);
/// The most attempts at one request: one second of pauses. A service without faults is ready long before.
const ATTEMPTS_MAX: u32 = 50;

/// Prepares the world for the workload.
pub(super) async fn set_up(world: &World, http_client: &FaultyHttpClient) -> turmoil::Result {
    wait_until_ready(world, http_client).await?;
    create_articles(world, http_client).await?;
    block_users(world, http_client).await
}

/// Waits for every process, so that no replica is still starting when the first fault is injected.
async fn wait_until_ready(world: &World, http_client: &FaultyHttpClient) -> turmoil::Result {
    for host in world.hosts().all() {
        until_ok(http_client, || {
            let get = Method::GET;
            request(get, host.name(), "/readyz", None, None, Bytes::new())
        })
        .await?;
    }
    Ok(())
}

/// Creates the articles 1 to n, and the one of the prober if there is one. Each request has an idempotency key, so that a
/// retry creates no second article.
async fn create_articles(world: &World, http_client: &FaultyHttpClient) -> turmoil::Result {
    let address = &balancer(ARTICLE_SERVICE);
    let plan = world.plan();
    let of_prober = plan.probes_readiness.then(|| prober::article(plan));
    for article in (1..=i64::from(LikeSetUp::of(plan).articles)).chain(of_prober) {
        let body = Bytes::from(format!(r#"{{"title":"Article {article}"}}"#));
        let key = format!("article-{article}");
        until_ok(http_client, || {
            let (post, path) = (Method::POST, "/v1/articles");
            request(post, address, path, None, Some(&key), body.clone())
        })
        .await?;
    }
    Ok(())
}

/// Blocks users, so that the user service refuses their likes and their sagas must be compensated.
async fn block_users(world: &World, http_client: &FaultyHttpClient) -> turmoil::Result {
    let address = &balancer(USER_SERVICE);
    for user in LikeSetUp::of(world.plan()).blocked_users {
        let path = format!("/v1/users/{user}/block");
        until_ok(http_client, || {
            request(Method::PUT, address, &path, None, None, Bytes::new())
        })
        .await?;
    }
    Ok(())
}

/// Sends a request until it succeeds.
///
/// # Errors
/// The last answer or error, after [`ATTEMPTS_MAX`] attempts.
async fn until_ok(
    http_client: &FaultyHttpClient,
    make: impl Fn() -> Request<Bytes>,
) -> turmoil::Result {
    let mut last = String::new();
    for _ in 0..ATTEMPTS_MAX {
        match within(REQUEST, http_client.exchange(make())).await {
            Ok(Ok(response)) if response.status().is_success() => return Ok(()),
            Ok(Ok(response)) => last = format!("{} {:?}", response.status(), response.body()),
            Ok(Err(error)) => last = error.to_string(),
            Err(_) => last = "no answer".to_owned(),
        }
        tokio::time::sleep(RETRY_AFTER).await;
    }
    Err(format!("the set-up failed: {last}").into())
}
