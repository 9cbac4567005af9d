//! Fifty clients who like, and sometimes unlike, until each of their wishes is acknowledged.

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

/// Clients at once.
const CLIENTS: usize = 50;
/// Likes in all.
pub const LIKES: usize = 1_000;
/// Users; each likes two articles.
const USERS: usize = 500;
/// Every so many likes are taken back.
const UNLIKE_EVERY: usize = 5;
/// Attempts at one wish, 20 ms apart.
const TRIES_MAX: u32 = 5_000;

/// One like, and what became of it.
#[derive(Debug, Clone)]
pub struct Acknowledged {
    pub user: i64,
    pub article: i64,
    pub record: Value,
    pub transactions: Vec<Value>,
    pub unliked: bool,
}

/// What the clients wish, and what they were told.
pub struct Workload {
    articles: Vec<i64>,
    next: AtomicUsize,
    interruptions: AtomicUsize,
    failures: AtomicUsize,
    acknowledged: Mutex<Vec<Acknowledged>>,
}

impl Workload {
    /// A hot article and four others.
    pub async fn create(client: &Client) -> Arc<Self> {
        let mut articles = Vec::new();
        for title in ["The hot one", "Second", "Third", "Fourth", "Fifth"] {
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

    /// Runs the clients to their end, each with one of these servers.
    pub async fn run(self: Arc<Self>, servers: Vec<Client>) {
        let mut clients = JoinSet::new();
        for client in servers.iter().cycle().take(CLIENTS) {
            clients.spawn(Arc::clone(&self).one_client(client.clone()));
        }
        while let Some(ended) = clients.join_next().await {
            ended.expect("no client fails");
        }
    }

    async fn one_client(self: Arc<Self>, client: Client) {
        loop {
            let number = self.next.fetch_add(1, Ordering::SeqCst);
            if number >= LIKES {
                return;
            }
            let (user, article) = self.pair(number);
            let path = format!("/articles/{article}/like");
            let liked = self
                .until_done(number, || client.post(&path).user(user))
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
                let wish = || client.delete(&path).user(user);
                let unliked = self.until_done(LIKES + number, wish).await;
                acknowledged
                    .transactions
                    .push(unliked.body["transaction_id"].clone());
                acknowledged.unliked = true;
            }
            self.acknowledged.lock().unwrap().push(acknowledged);
        }
    }

    /// Every second like is of the hot article.
    fn pair(&self, number: usize) -> (i64, i64) {
        let user = i64::try_from(number % USERS + 1).unwrap();
        match number < USERS {
            true => (user, self.articles[0]),
            false => (user, self.articles[1 + number % 4]),
        }
    }

    /// Asks with the same key until there is an answer; after a failure, which has left nothing,
    /// anew with another.
    async fn until_done<'c>(&self, number: usize, wish: impl Fn() -> Exchange<'c>) -> Reply {
        let mut failures = 0;
        for _ in 0..TRIES_MAX {
            let answer = wish()
                .key(&format!("wish-{number}-{failures}"))
                .try_send()
                .await;
            match answer {
                Ok(reply) if reply.status == 200 => return reply,
                Ok(reply) if may_be_repeated(&reply) => {}
                Ok(reply) if reply.body["type"] == "urn:likewise:saga-failed" => {
                    failures += 1;
                    self.failures.fetch_add(1, Ordering::SeqCst);
                }
                Ok(reply) => panic!("wish {number}: {reply:?}"),
                Err(_) => {
                    self.interruptions.fetch_add(1, Ordering::SeqCst);
                }
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("wish {number} was never answered");
    }

    /// Waits until so many likes are acknowledged.
    pub async fn until_acknowledged(&self, count: usize) {
        for _ in 0..12_000 {
            if self.acknowledged.lock().unwrap().len() >= count {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{count} likes were never acknowledged");
    }

    /// What the clients were told.
    pub fn acknowledged(&self) -> Vec<Acknowledged> {
        self.acknowledged.lock().unwrap().clone()
    }

    /// Requests that got no reply.
    pub fn interruptions(&self) -> usize {
        self.interruptions.load(Ordering::SeqCst)
    }

    /// Sagas that were undone.
    pub fn failures(&self) -> usize {
        self.failures.load(Ordering::SeqCst)
    }

    /// How many likes each article must have.
    pub fn counts(&self) -> BTreeMap<i64, i64> {
        let mut counts: BTreeMap<i64, i64> = self.articles.iter().map(|id| (*id, 0)).collect();
        for like in self.acknowledged().iter().filter(|like| !like.unliked) {
            *counts.entry(like.article).or_default() += 1;
        }
        counts
    }
}

fn may_be_repeated(reply: &Reply) -> bool {
    reply.status == 503 || reply.body["type"] == "urn:likewise:in-progress"
}
