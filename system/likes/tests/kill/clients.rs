//! Fifty clients that like, and sometimes unlike, and repeat each request until it is acknowledged.
//!
//! A client that gave up would leave a request whose outcome nobody knows, and the audit could then say nothing about
//! it. So each client goes on until its request is acknowledged.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::Value;
use tokio::task::JoinSet;

use crate::common::client::{Client, Exchange, Reply};

/// The number of concurrent clients.
const CLIENTS: usize = 50;
/// The number of likes.
pub const LIKES: usize = 1_000;
/// The number of users. Each likes two articles.
const USERS: usize = 500;
/// One like in this many is followed by an unlike.
const UNLIKE_EVERY: usize = 5;
/// The number of attempts at one request, 20 ms apart.
const ATTEMPTS_MAX: u32 = 5_000;
/// The number of polls for acknowledged likes, 10 ms apart.
const ACKNOWLEDGED_POLLS_MAX: u32 = 12_000;

/// An acknowledged like, and whether it was followed by an acknowledged unlike.
#[derive(Debug, Clone)]
pub struct Acknowledged {
    pub user: i64,
    pub article: i64,
    pub record: Value,
    pub transactions: Vec<Value>,
    pub unliked: bool,
}

/// The requests of the clients, and the replies that they got.
pub struct Workload {
    articles: Vec<i64>,
    next: AtomicUsize,
    interruptions: AtomicUsize,
    failures: AtomicUsize,
    acknowledged: Mutex<Vec<Acknowledged>>,
}

impl Workload {
    /// Creates a hot article and four others.
    pub async fn create(client: &Client) -> Arc<Self> {
        let mut articles = Vec::new();
        for title in ["The hot article", "Second", "Third", "Fourth", "Fifth"] {
            articles.push(client.article(title).await);
        }
        Arc::new(Self {
            articles,
            next: AtomicUsize::new(0),
            interruptions: AtomicUsize::new(0),
            failures: AtomicUsize::new(0),
            acknowledged: Mutex::default(),
        })
    }

    /// Runs the clients to their end, distributed over these servers.
    pub async fn run(self: Arc<Self>, servers: Vec<Client>) {
        let mut clients = JoinSet::new();
        for client in servers.iter().cycle().take(CLIENTS) {
            clients.spawn(Arc::clone(&self).run_client(client.clone()));
        }
        while let Some(ended) = clients.join_next().await {
            ended.expect("no client fails");
        }
    }

    async fn run_client(self: Arc<Self>, client: Client) {
        loop {
            let number = self.next.fetch_add(1, Ordering::SeqCst);
            if number >= LIKES {
                return;
            }
            let (user, article) = self.pair(number);
            let path = format!("/articles/{article}/like");
            let liked = self
                .repeat_until_done(number, || client.post(&path).user(user))
                .await;
            let mut acknowledged = Acknowledged {
                user,
                article,
                record: liked.body["user_record_id"].clone(),
                transactions: vec![liked.body["transaction_id"].clone()],
                unliked: false,
            };
            if number.is_multiple_of(UNLIKE_EVERY) {
                let path = format!("/v1/articles/{article}/likes/me");
                let unlike = || client.delete(&path).user(user);
                let unliked = self.repeat_until_done(LIKES + number, unlike).await;
                acknowledged
                    .transactions
                    .push(unliked.body["transaction_id"].clone());
                acknowledged.unliked = true;
            }
            self.acknowledged.lock().unwrap().push(acknowledged);
        }
    }

    /// The user and the article of a like. Every second like is for the hot article.
    fn pair(&self, number: usize) -> (i64, i64) {
        let user = i64::try_from(number % USERS + 1).unwrap();
        match number < USERS {
            true => (user, self.articles[0]),
            false => (user, self.articles[1 + number % 4]),
        }
    }

    /// Repeats a request with the same key until there is a reply. After a failed saga, which leaves nothing, goes on
    /// with a new key.
    ///
    /// The number of failures is part of the key: a key replays a failure forever.
    async fn repeat_until_done<'c>(
        &self,
        number: usize,
        request: impl Fn() -> Exchange<'c>,
    ) -> Reply {
        let mut failures = 0;
        for _ in 0..ATTEMPTS_MAX {
            let reply = request()
                .key(&format!("request-{number}-{failures}"))
                .try_send()
                .await;
            match reply {
                Ok(reply) if reply.status == 200 => return reply,
                Ok(reply) if may_be_repeated(&reply) => {}
                Ok(reply) if reply.body["type"] == "/problems#saga-failed" => {
                    failures += 1;
                    self.failures.fetch_add(1, Ordering::SeqCst);
                }
                Ok(reply) => panic!("request {number}: {reply:?}"),
                Err(_) => {
                    self.interruptions.fetch_add(1, Ordering::SeqCst);
                }
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("request {number} was never answered");
    }

    /// Waits until this number of likes is acknowledged.
    pub async fn wait_for_acknowledged(&self, count: usize) {
        for _ in 0..ACKNOWLEDGED_POLLS_MAX {
            if self.acknowledged.lock().unwrap().len() >= count {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{count} likes were never acknowledged");
    }

    /// The acknowledged likes.
    pub fn acknowledged(&self) -> Vec<Acknowledged> {
        self.acknowledged.lock().unwrap().clone()
    }

    /// The number of requests without a reply.
    pub fn interruptions(&self) -> usize {
        self.interruptions.load(Ordering::SeqCst)
    }

    /// The number of sagas that were compensated.
    pub fn failures(&self) -> usize {
        self.failures.load(Ordering::SeqCst)
    }

    /// The number of likes that each article must have.
    pub fn counts(&self) -> BTreeMap<i64, i64> {
        let mut counts: BTreeMap<i64, i64> = self.articles.iter().map(|id| (*id, 0)).collect();
        for like in self.acknowledged().iter().filter(|like| !like.unliked) {
            *counts.entry(like.article).or_default() += 1;
        }
        counts
    }
}

fn may_be_repeated(reply: &Reply) -> bool {
    [202, 503].contains(&reply.status.as_u16()) || reply.body["type"] == "/problems#in-progress"
}
