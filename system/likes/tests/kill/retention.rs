//! R23: the real binary with a short retention. Likes go on while everything old is deleted, and the leader is killed in the middle
//! of that.
//!
//! ```text
//!  8 clients ──► two coordinators, one of them the leader ──► article, user
//!                     ▲                                          ▲
//!               kill -9, twice                     old steps and watermarks, sent by hand
//! ```

use std::{
    process::Command,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::Duration,
};

use likewise::{article::ARTICLE_SCHEMA, user::USER_SCHEMA};
use likewise_saga::{
    log::SAGA_LOG_SCHEMA,
    store::{Schema, Sql},
};
use serde_json::{Value, json};
use tokio::{task::JoinSet, time::Instant};

use crate::{
    common::{Databases, Engine, client::Client},
    coordinators::{holder, start},
    process::{Process, free_address},
};

const CLIENTS: usize = 8;
/// How long the clients like.
const LOAD: Duration = Duration::from_secs(20);
/// For how long sagas and keys are kept.
const SAGAS: Duration = Duration::from_secs(4);
const KEYS: Duration = Duration::from_secs(8);
/// A repeat that is answered until then must be answered from its key.
const REPEATED_WITHIN: Duration = Duration::from_secs(7);
/// Rows that a table may have besides those of two periods: what is open, and what ended last.
const ROWS_SLACK: usize = 512;
/// The number of polls for a condition, 50 ms apart.
const POLLS_MAX: u32 = 1_200;

#[tokio::test(flavor = "multi_thread")]
async fn r23_likes_go_on_while_the_old_is_deleted_on_sqlite() {
    likes_go_on_while_the_old_is_deleted(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: cargo xtask test"]
async fn r23_likes_go_on_while_the_old_is_deleted_on_postgres() {
    likes_go_on_while_the_old_is_deleted(Engine::Postgres).await;
}

/// A like that was answered.
#[derive(Debug, Clone)]
struct Liked {
    user: i64,
    key: Option<String>,
    transaction: Option<String>,
    at: Instant,
}

/// The clients of one article, and what they were told.
struct Load {
    article: i64,
    next_user: AtomicI64,
    is_over: AtomicBool,
    liked: Mutex<Vec<Liked>>,
    replays: AtomicI64,
}

impl Load {
    async fn run(self: Arc<Self>, servers: [Client; 2]) {
        let mut clients = JoinSet::new();
        for client in servers.iter().cycle().take(CLIENTS) {
            clients.spawn(Arc::clone(&self).run_client(client.clone()));
        }
        tokio::time::sleep(LOAD).await;
        self.is_over.store(true, Ordering::SeqCst);
        while let Some(ended) = clients.join_next().await {
            ended.expect("no client fails");
        }
    }

    async fn run_client(self: Arc<Self>, client: Client) {
        while !self.is_over.load(Ordering::SeqCst) {
            let user = self.next_user.fetch_add(1, Ordering::SeqCst);
            let key = (user % 2 == 0).then(|| format!("key-{user}"));
            let liked = self.like(&client, user, key).await;
            let repeated = self.liked.lock().unwrap().iter().rev().nth(20).cloned();
            self.liked.lock().unwrap().push(liked);
            if let Some(repeated) = repeated.filter(|liked| liked.key.is_some() && user % 7 == 0) {
                self.repeat(&client, repeated).await;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Likes until the answer is certain.
    async fn like(&self, client: &Client, user: i64, key: Option<String>) -> Liked {
        loop {
            let request = client.post(&format!("/articles/{}/like", self.article));
            let request = request.user(user);
            let request = match &key {
                Some(key) => request.key(key),
                None => request,
            };
            let Ok(reply) = request.try_send().await else {
                tokio::time::sleep(Duration::from_millis(20)).await;
                continue;
            };
            let transaction = match reply.status.as_u16() {
                200 => reply.body["transaction_id"].as_str().map(str::to_owned),
                // The answer to an earlier attempt was lost.
                409 if reply.body["type"] == "/problems#already-liked" => None,
                409 | 502..=504 => {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    continue;
                }
                _ => panic!("{reply:?}"),
            };
            let at = Instant::now();
            return Liked {
                user,
                key,
                transaction,
                at,
            };
        }
    }

    /// The same request gets the same answer, as long as its key is kept.
    async fn repeat(&self, client: &Client, first: Liked) {
        if first.transaction.is_none() {
            return;
        }
        let again = self.like(client, first.user, first.key.clone()).await;
        if again.at - first.at < REPEATED_WITHIN {
            assert_eq!(again.transaction, first.transaction, "{first:?}");
            self.replays.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// The number of likes of the last two periods.
    fn recent(&self) -> usize {
        let liked = self.liked.lock().unwrap();
        let recent = liked.iter().filter(|liked| liked.at.elapsed() < KEYS * 2);
        recent.count()
    }
}

async fn likes_go_on_while_the_old_is_deleted(engine: Engine) {
    let databases = Databases::create_separate(engine).await;
    let [article_db, user_db, coordinator_db] = databases.urls();
    let (article, user) = (free_address().await, free_address().await);
    let _participants = [
        start(
            "article",
            format!("--listen {article} --article-db {article_db}"),
        )
        .await,
        start("user", format!("--listen {user} --user-db {user_db}")).await,
    ];
    let mut coordinators = Vec::new();
    let mut clients = Vec::new();
    for _ in 0..2 {
        let address = free_address().await;
        let options = format!(
            "--listen {address} --advertise http://{address} --lease 1s --coordinator-db {coordinator_db} \
             --article-url http://{article} --user-url http://{user} \
             --answer-timeout 3s --acquire-timeout 1s --saga-deadline 3s --step-timeout 1s --retention {SAGAS:?} --retention-keys {KEYS:?}"
        );
        coordinators.push(start("coordinator", options).await);
        clients.push(Client::new(address));
    }
    let articles = Client::new(article);
    let load = Arc::new(Load {
        article: articles.article("An article").await,
        next_user: AtomicI64::new(1),
        is_over: AtomicBool::new(false),
        liked: Mutex::default(),
        replays: AtomicI64::new(0),
    });
    let clients: [Client; 2] = clients.try_into().ok().expect("two");
    let running = tokio::spawn(Arc::clone(&load).run(clients.clone()));
    let mut epoch = 1;
    for _ in 0..2 {
        tokio::time::sleep(LOAD / 3).await;
        let (index, held) = holder(&clients, epoch).await;
        coordinators[index].kill();
        let other = clients[1 - index].clone();
        (_, epoch) = holder(&[other], held + 1).await;
        coordinators[index].restart().await;
    }
    running.await.expect("the clients end");

    // Bounded while it ran, although far more was written.
    let recent = load.recent();
    let liked = load.liked.lock().unwrap().clone();
    for (schema, table) in TABLES {
        let rows = count(&databases, schema, table).await;
        eprintln!(
            "{table}: {rows} rows after {} likes, {recent} of them recent",
            liked.len()
        );
        assert!(
            rows <= recent + ROWS_SLACK,
            "{table} has {rows} rows after {recent} recent likes"
        );
    }
    assert!(
        load.replays.load(Ordering::SeqCst) > 0,
        "nothing was repeated"
    );
    // In the end only what ended last is left.
    for (schema, table) in TABLES {
        wait_for_few(&databases, schema, table).await;
    }
    let deleted = |process: &Process| process.count_in_log("old sagas were deleted from the log");
    assert!(coordinators.iter().map(deleted).sum::<usize>() > 0);
    assert_eq!(
        articles.likes(load.article).await,
        i64::try_from(liked.len()).unwrap()
    );
    let old = liked.iter().find_map(|liked| liked.transaction.as_deref());
    late_messages(
        &Late {
            articles: &articles,
            coordinator: &clients[0],
            article: load.article,
            epoch,
        },
        old.expect("a transaction"),
    )
    .await;
    assert_eq!(
        articles.likes(load.article).await,
        i64::try_from(liked.len()).unwrap()
    );
    audit(&databases);
    databases.delete().await;
}

/// Where messages about an old saga arrive.
struct Late<'c> {
    articles: &'c Client,
    coordinator: &'c Client,
    article: i64,
    epoch: i64,
}

/// A late copy of a step is stale, and so is the watermark of a former leader.
async fn late_messages(late: &Late<'_>, old: &str) {
    for op in ["do", "undo", "seal"] {
        let step = json!([{
            "saga": old, "step": 0, "op": op,
            "args": { "article_id": late.article, "delta": 1 }, "fingerprint": 1,
        }]);
        let reply = late.articles.post("/v1/steps").json(&step).send().await;
        assert_eq!(reply.body, json!([{ "reply": "stale" }]), "{op}: {reply:?}");
    }
    let shown = late
        .coordinator
        .get(&format!("/v1/transactions/{old}"))
        .send()
        .await;
    assert_eq!(shown.status, 410, "{shown:?}");
    let watermark = json!({ "shard": 0, "below": "ffffffff-ffff-ffff-ffff-ffffffffffff", "epoch": late.epoch - 1 });
    let refused = late
        .articles
        .post("/v1/watermarks")
        .json(&watermark)
        .send()
        .await;
    assert_eq!(refused.status, 409, "{refused:?}");
    assert_eq!(
        refused.body["stored"]["epoch"],
        Value::from(late.epoch),
        "{refused:?}"
    );
}

const TABLES: [(Schema, &str); 4] = [
    (SAGA_LOG_SCHEMA, "sagas"),
    (SAGA_LOG_SCHEMA, "saga_changes"),
    (ARTICLE_SCHEMA, "barrier"),
    (USER_SCHEMA, "barrier"),
];

async fn count(databases: &Databases, schema: Schema, table: &str) -> usize {
    let text: &'static str = format!("SELECT count(*) FROM {table}").leak();
    let sql: &'static Sql = Box::leak(Box::new(Sql {
        name: "test",
        sqlite: text,
        postgres: text,
    }));
    let database = databases.open(schema).await;
    let rows = database.query("test", sql, []).await.expect("a count");
    usize::try_from(rows[0].int(0).expect("a number")).expect("a count")
}

async fn wait_for_few(databases: &Databases, schema: Schema, table: &str) {
    let mut rows = 0;
    for _ in 0..POLLS_MAX {
        rows = count(databases, schema, table).await;
        if rows <= ROWS_SLACK {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{table} of {} still has {rows} rows", schema.service);
}

/// `likewise audit` finds nothing.
fn audit(databases: &Databases) {
    let [article, user, coordinator] = databases.urls();
    let audited = Command::new(env!("CARGO_BIN_EXE_likewise"))
        .args(["audit", "--article-db", article, "--user-db", user])
        .args(["--coordinator-db", coordinator])
        .output()
        .expect("the binary runs");
    let text = String::from_utf8_lossy(&audited.stdout);
    eprintln!("{text}");
    assert!(audited.status.success(), "{text}");
    assert!(text.contains("may be deleted"), "{text}");
}
