//! A database connection that neither answers nor fails, while other connections work.
//!
//! ```text
//!  client ──► likewise serve ──► proxy ──► PostgreSQL
//!                                  ▲            ▲
//!               connections go silent      a backend is paused
//! ```
//!
//! The simulator only models a silent connection, because SQLite has none. The real driver and server are tested here.

use std::{process::Command, time::Duration};

use crate::services::Services;

/// What the log says of each connection that was given up.
const CLOSED: &str = "a database connection was closed";

/// Longer than a connection may be idle before it is tested.
const IDLE: Duration = Duration::from_millis(1_500);

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: cargo xtask test"]
async fn r24_a_frozen_database_connection_delays_likes_only_for_seconds() {
    let services = Services::start(str::to_owned).await;
    assert_eq!(services.like(1).await.status, 200);
    let frozen = Frozen::freeze(services.article_backend().await);
    // The step goes to the frozen connection. It is sent again over another one before the saga's deadline.
    let delayed = services.like(2).await;
    assert_eq!(delayed.status, 200, "{delayed:?}");
    assert_eq!(services.ready().await.status, 200);
    assert_eq!(services.like(3).await.status, 200);
    assert_eq!(services.process.count_in_log(CLOSED), 1);
    // The connection's last step arrives late, and changes nothing.
    drop(frozen);
    tokio::time::sleep(IDLE).await;
    assert_eq!(services.client.likes(services.article).await, 3);
    services.delete().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: cargo xtask test"]
async fn r24_silent_database_connections_are_replaced() {
    let (services, proxy) = Services::behind_proxy().await;
    assert_eq!(services.like(1).await.status, 200);
    proxy.silence_open_connections();
    let delayed = services.like(2).await;
    assert_eq!(delayed.status, 200, "{delayed:?}");
    let closed = services.process.count_in_log(CLOSED);
    assert!(closed > 0, "no connection was silent");
    // These are tested before their use, because they were idle for a while.
    proxy.silence_open_connections();
    tokio::time::sleep(IDLE).await;
    assert_eq!(services.like(3).await.status, 200);
    assert!(services.process.count_in_log(CLOSED) > closed);
    services.delete().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: cargo xtask test"]
async fn r25_readiness_ends_when_the_database_goes_silent_and_returns_with_it() {
    let (services, proxy) = Services::behind_proxy().await;
    services.wait_until_ready(200).await;
    proxy.silence_everything();
    let unready = services.wait_until_ready(503).await;
    let reason = unready.body["reason"].as_str().expect("a reason");
    assert!(reason.contains("took longer than"), "{reason}");
    proxy.silence_open_connections();
    services.wait_until_ready(200).await;
    assert_eq!(services.like(1).await.status, 200);
    services.delete().await;
}

/// A process that is paused. Dropping it lets the process go on.
struct Frozen(i32);

impl Frozen {
    fn freeze(process: i32) -> Self {
        signal("STOP", process);
        Self(process)
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        signal("CONT", self.0);
    }
}

fn signal(name: &str, process: i32) {
    let kill = format!("kill -s {name} {process}");
    let sent = Command::new("sh").args(["-c", &kill]).status();
    assert!(sent.expect("a shell").success(), "{kill}");
}
