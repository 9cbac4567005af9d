//! All three services in one process on PostgreSQL, for tests of what the database server may do to them.

use std::{net::SocketAddr, time::Duration};

use sqlx::{Connection, PgConnection};

use crate::{
    common::{
        Databases, Engine,
        client::{Client, Reply},
        databases::server,
        silent_proxy::SilentProxy,
    },
    process::{Process, free_address},
};

/// The number of polls for a state of readiness, 100 ms apart. The service needs a few seconds.
const POLLS_MAX: u32 = 150;

/// All three services in one process, and an article.
pub struct Services {
    pub client: Client,
    pub article: i64,
    pub process: Process,
    databases: Databases,
}

impl Services {
    /// Starts them with the URL of the article database changed.
    pub async fn start(change: impl Fn(&str) -> String) -> Self {
        let databases = Databases::create_separate(Engine::Postgres).await;
        let [article, ..] = databases.urls().clone();
        Self::start_on(databases, |url| match url == article {
            true => change(url),
            false => url.to_owned(),
        })
        .await
    }

    /// Starts them with all URLs changed.
    pub async fn start_on(databases: Databases, change: impl Fn(&str) -> String) -> Self {
        let urls = databases.urls().each_ref().map(|url| change(url));
        let [article, user, coordinator] = urls;
        let listen = free_address().await;
        let options = format!(
            "serve --listen {listen} --article-db {article} --user-db {user} --coordinator-db {coordinator}"
        );
        let process = Process::start("likewise", &options.split(' ').collect::<Vec<_>>()).await;
        let client = Client::new(listen);
        let article = client.article("An article").await;
        Self {
            client,
            article,
            process,
            databases,
        }
    }

    /// Starts them with a proxy in front of the article database.
    pub async fn behind_proxy() -> (Self, SilentProxy) {
        let server = server();
        let (_, address) = server.rsplit_once('@').expect("a URL with a user");
        let proxy = SilentProxy::start(address.parse::<SocketAddr>().expect("an address")).await;
        let proxied = proxy.address.to_string();
        let services = Self::start(|url| url.replace(address, &proxied)).await;
        assert!(proxy.accepted() > 0, "the service does not use the proxy");
        (services, proxy)
    }

    pub async fn like(&self, user: i64) -> Reply {
        let like = self
            .client
            .post(&format!("/articles/{}/like", self.article));
        like.user(user).key(&format!("like-{user}")).send().await
    }

    pub async fn ready(&self) -> Reply {
        self.client.get("/readyz").send().await
    }

    /// Polls until `/readyz` has this status.
    pub async fn wait_until_ready(&self, status: u16) -> Reply {
        for _ in 0..POLLS_MAX {
            let ready = self.ready().await;
            if ready.status == status {
                return ready;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("/readyz never had the status {status}");
    }

    /// Polls until `/readyz` gives a reason with this text. The first one may be that of a broken connection.
    pub async fn wait_until_unready(&self, reason: &str) {
        let mut shown = String::new();
        for _ in 0..POLLS_MAX {
            shown = self.ready().await.body["reason"].to_string();
            if shown.contains(reason) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("/readyz never said {reason}: {shown}");
    }

    /// The process on the server of the connection that the article service used last.
    pub async fn article_backend(&self) -> i32 {
        let backends = self.article_backends().await;
        *backends
            .first()
            .expect("a connection of the article service")
    }

    /// The number of connections that the article service has.
    pub async fn article_connections(&self) -> usize {
        self.article_backends().await.len()
    }

    async fn article_backends(&self) -> Vec<i32> {
        let (_, database) = self.databases.urls()[0].rsplit_once('/').expect("a URL");
        let connection = PgConnection::connect(&format!("{}/postgres", server()));
        let mut connection = connection.await.expect("a connection");
        let backends = sqlx::query_scalar(
            "SELECT pid FROM pg_stat_activity WHERE datname = $1 AND state = 'idle' ORDER BY state_change DESC",
        );
        let backends = backends.bind(database).fetch_all(&mut connection).await;
        backends.expect("the connections")
    }

    pub async fn delete(self) {
        drop(self.process);
        self.databases.delete().await;
    }
}
