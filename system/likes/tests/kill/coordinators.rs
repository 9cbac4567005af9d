//! Two coordinators of one saga log, while the one that holds it is killed or paused.
//!
//! ```text
//!  50 clients ──► coordinator one ──┐
//!            └──► coordinator two ──┴─► saga log, articles, users
//!                     ▲
//!       kill -9, or a pause longer than the lease, of whoever holds the log
//! ```
//!
//! A paused holder is the worst case: when it goes on, it takes itself for the holder, and its
//! sagas are in the middle of what they did while another finished them.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use serde_json::Value;

use crate::{
    audit::{Services, audit},
    clients::{LIKES, Workload},
    common::{Databases, Engine, client::Client},
    process::{Process, free_address},
};

/// How often the holder is struck, by turns killed and paused.
const STRIKES: usize = 5;

/// How often to look who holds the log, 20 ms apart.
const LOOKS_MAX: u32 = 3_000;

#[tokio::test(flavor = "multi_thread")]
async fn r22_one_of_two_coordinators_on_sqlite_survives_kill_9() {
    // Who is paused in the middle of a transaction keeps SQLite's file locked.
    two_coordinators(Engine::Sqlite, |_| Strike::Kill).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: cargo xtask test"]
async fn r22_one_of_two_coordinators_on_postgres_survives_kill_9_and_pauses() {
    let by_turns = |strike| match strike % 2 {
        0 => Strike::Pause,
        _ => Strike::Kill,
    };
    two_coordinators(Engine::Postgres, by_turns).await;
}

/// What happens to the holder.
enum Strike {
    Kill,
    Pause,
}

async fn two_coordinators(engine: Engine, choose: impl Fn(usize) -> Strike) {
    let databases = Databases::create_apart(engine).await;
    let [article_db, user_db, coordinator_db] = databases.urls();
    let (article, user) = (free_address().await, free_address().await);
    let participants = [
        start(
            "article",
            format!("--listen {article} --article-db {article_db}"),
        )
        .await,
        start("user", format!("--listen {user} --user-db {user_db}")).await,
    ];
    let coordinator = |address: SocketAddr| {
        let words = format!(
            "--listen {address} --advertise http://{address} --lease 1s \
             --coordinator-db {coordinator_db} --article-url http://{article} --user-url http://{user}"
        );
        start("coordinator", words)
    };
    let addresses = [free_address().await, free_address().await];
    let mut processes = [
        coordinator(addresses[0]).await,
        coordinator(addresses[1]).await,
    ];
    let clients = addresses.map(Client::new);
    let articles = Client::new(article);
    let workload = Workload::create(&articles).await;
    let running = tokio::spawn(Arc::clone(&workload).run(clients.to_vec()));
    let mut epoch = 0;
    for strike in 1..=STRIKES {
        workload
            .until_acknowledged(strike * LIKES / (STRIKES + 1))
            .await;
        let (holder, now) = holder(&clients, epoch).await;
        let struck = &mut processes[holder];
        let how = choose(strike);
        match how {
            Strike::Pause => struck.pause(),
            Strike::Kill => struck.kill(),
        }
        // The other. A killed one must not be back before: it starts so fast that it may be the first to take the log.
        let (next, later) = self::holder(&[clients[1 - holder].clone()], now + 1).await;
        assert_eq!(next, 0);
        epoch = later;
        match how {
            Strike::Pause => processes[holder].go_on(),
            Strike::Kill => processes[holder].restart().await,
        }
    }
    let done = tokio::time::timeout(Duration::from_secs(240), running).await;
    done.expect("the clients end").expect("no client fails");
    assert!(
        workload.interruptions() > 0,
        "no request was ever in the way of a kill"
    );
    assert!(
        processes.iter().any(Process::took_sagas_up),
        "no saga was ever open when its coordinator was struck"
    );
    let (last, _) = holder(&clients, epoch).await;
    let services = Services {
        articles: &articles,
        users: &Client::new(user),
        likes: &clients[last],
    };
    audit(&services, &workload).await;
    drop((processes, participants));
    databases.delete().await;
}

async fn start(service: &'static str, words: String) -> Process {
    let words = format!("serve {service} {words}");
    Process::start(service, &words.split(' ').collect::<Vec<_>>()).await
}

/// Who of these says that it holds the log, under this epoch or a later one; and under which.
async fn holder(coordinators: &[Client], epoch: i64) -> (usize, i64) {
    let mut shown = Value::Null;
    for _ in 0..LOOKS_MAX {
        for (number, coordinator) in coordinators.iter().enumerate() {
            let Ok(reply) = coordinator.get("/v1/coordinator").try_send().await else {
                continue;
            };
            shown = reply.body;
            let held = shown["epoch"].as_i64().unwrap_or(0);
            if shown["role"] == "holder" && held >= epoch {
                return (number, held);
            }
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("nobody holds the log: {shown}");
}
