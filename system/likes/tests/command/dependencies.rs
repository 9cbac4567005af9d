//! A service that the coordinator depends on goes away and comes back.

use std::{net::SocketAddr, path::Path, time::Duration};

use serde_json::Value;
use tempfile::TempDir;

use crate::{
    common::client::{Client, Reply},
    run::Running,
};

/// The number of polls for a condition, 20 ms apart.
const POLLS_MAX: u32 = 1_500;

/// How long the log must stay as it is. It covers several probes.
const SILENCE: Duration = Duration::from_secs(3);

/// The words of the two warnings.
const AWAY: &str = "a service is away";
const BACK: &str = "a service is back";

/// An article service, a user service and a coordinator, with their files in one folder.
struct Services {
    _article: Running,
    /// `None` while it is away.
    user: Option<Running>,
    user_address: SocketAddr,
    coordinator: Running,
    client: Client,
    article_id: i64,
}

fn start(folder: &Path, service: &str, options: &str) -> Running {
    let line = format!("serve {service} {options}");
    Running::start(folder, &line.split(' ').collect::<Vec<_>>())
}

fn start_user(folder: &Path, address: SocketAddr) -> Running {
    let options = format!("--listen {address} --user-db sqlite:user.db");
    start(folder, "user", &options)
}

impl Services {
    async fn start(folder: &Path) -> Self {
        let any: SocketAddr = "127.0.0.1:0".parse().expect("an address");
        let options = format!("--listen {any} --article-db sqlite:article.db");
        let article = start(folder, "article", &options);
        let user = start_user(folder, any);
        let (article_address, user_address) = (article.address(), user.address());
        let options = format!(
            "--listen {any} --coordinator-db sqlite:coordinator.db \
             --article-url http://{article_address} --user-url http://{user_address}"
        );
        let coordinator = start(folder, "coordinator", &options);
        let article_id = Client::new(article_address).article("An article").await;
        Self {
            _article: article,
            user: Some(user),
            user_address,
            client: Client::new(coordinator.address()),
            coordinator,
            article_id,
        }
    }

    /// Polls the readiness until it has this status.
    async fn wait_for_readiness(&self, status: u16) -> Value {
        let mut body = Value::Null;
        for _ in 0..POLLS_MAX {
            let reply = self.client.get("/readyz").send().await;
            if reply.status == status {
                return reply.body;
            }
            body = reply.body;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the readiness never was {status}: {body}");
    }

    async fn like(&self, user: i64) -> Reply {
        self.client.like(self.article_id, user).await
    }

    /// The lines of the coordinator's log with this text.
    fn lines(&self, text: &str) -> Vec<String> {
        self.coordinator.log_lines(text)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r25_readiness_and_one_warning_name_a_service_that_is_down() {
    let folder = TempDir::new().expect("a folder");
    let mut services = Services::start(folder.path()).await;
    services.wait_for_readiness(200).await;
    assert_eq!(services.like(1).await.status, 200);

    services.user = None;
    // Nobody asks for its readiness: the failed like alone causes the warning.
    assert_eq!(services.like(2).await.status, 503);
    services.coordinator.wait_for_log(AWAY);
    let body = services.wait_for_readiness(503).await;
    let reason = body["reason"].as_str().expect("a reason");
    assert!(reason.contains("the user service is away"), "{reason}");
    tokio::time::sleep(SILENCE).await;
    assert_eq!(services.lines(AWAY).len(), 1, "{:?}", services.lines(AWAY));
    assert!(services.lines(AWAY)[0].contains("user"));

    services.user = Some(start_user(folder.path(), services.user_address));
    services.wait_for_readiness(200).await;
    assert_eq!(services.like(3).await.status, 200);
    assert_eq!(services.lines(BACK).len(), 1, "{:?}", services.lines(BACK));
}

#[tokio::test(flavor = "multi_thread")]
async fn r25_readiness_and_one_warning_name_a_service_that_accepts_and_never_answers() {
    let folder = TempDir::new().expect("a folder");
    let mut services = Services::start(folder.path()).await;
    services.wait_for_readiness(200).await;

    let user = services.user.as_ref().expect("it runs");
    user.send("STOP");
    // Nothing is sent to it but the probe of the readiness.
    let body = services.wait_for_readiness(503).await;
    let reason = body["reason"].as_str().expect("a reason");
    for text in ["the user service is away", "took longer than"] {
        assert!(reason.contains(text), "{reason}");
    }
    assert_eq!(services.like(2).await.status, 503);
    user.send("CONT");
    services.coordinator.wait_for_log(BACK);
    services.wait_for_readiness(200).await;
    assert_eq!(services.like(3).await.status, 200);
    assert_eq!(services.lines(AWAY).len(), 1, "{:?}", services.lines(AWAY));
    assert_eq!(services.lines(BACK).len(), 1, "{:?}", services.lines(BACK));
}
