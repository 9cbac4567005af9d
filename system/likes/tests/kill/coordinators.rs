//! Two coordinators with one saga log, while the holder is killed or paused.
//!
//! ```text
//!  50 clients ──► coordinator one ──┐
//!            └──► coordinator two ──┴─► saga log, articles, users
//!                     ▲
//!       kill -9 of the holder, or a pause longer than the lease
//! ```
//!
//! A paused holder is the worst case. When it continues, it still takes itself for the holder, and its sagas continue
//! in the middle of their steps, although the other coordinator has finished them.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use likewise_saga::bound::{Bound, within};
use serde_json::Value;

use crate::{
    audit::{Services, audit},
    clients::{LIKES, Workload},
    common::{Databases, Engine, client::Client},
    process::{Process, free_address},
};

/// The number of faults; kills and pauses alternate.
const FAULTS: usize = 5;

/// The number of polls for the holder, 20 ms apart.
const POLLS_MAX: u32 = 3_000;

#[tokio::test(flavor = "multi_thread")]
async fn r22_one_of_two_coordinators_on_sqlite_survives_kill_9() {
    // No pauses: a process that is paused in a transaction keeps SQLite's file locked.
    two_coordinators(Engine::Sqlite, |_| Fault::Kill).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: cargo xtask test"]
async fn r22_one_of_two_coordinators_on_postgres_survives_kill_9_and_pauses() {
    let alternating = |number| match number % 2 {
        0 => Fault::Pause,
        _ => Fault::Kill,
    };
    two_coordinators(Engine::Postgres, alternating).await;
}

/// What happens to the holder.
#[derive(Clone, Copy)]
enum Fault {
    Kill,
    Pause,
}

async fn two_coordinators(engine: Engine, choose: impl Fn(usize) -> Fault) {
    let databases = Databases::create_separate(engine).await;
    let mut cluster = Cluster::start(&databases).await;
    let workload = Workload::create(&cluster.articles).await;
    let running = tokio::spawn(Arc::clone(&workload).run(cluster.coordinators.to_vec()));
    let mut epoch = 0;
    for number in 1..=FAULTS {
        workload
            .wait_for_acknowledged(number * LIKES / (FAULTS + 1))
            .await;
        epoch = cluster.replace_holder(choose(number), epoch).await;
    }
    let done = within(Bound::new("the clients", Duration::from_secs(240)), running).await;
    done.expect("the clients end").expect("no client fails");
    assert!(
        workload.interruptions() > 0,
        "no request was interrupted by a kill"
    );
    assert!(
        cluster.processes.iter().any(Process::recovered_sagas),
        "no saga was open at a fault"
    );
    let (last, _) = holder(&cluster.coordinators, epoch).await;
    let services = Services {
        articles: &cluster.articles,
        users: &cluster.users,
        likes: &cluster.coordinators[last],
    };
    audit(&services, &workload).await;
    drop(cluster);
    databases.delete().await;
}

/// Two coordinators, the two participants, and a client of each.
struct Cluster {
    coordinators: [Client; 2],
    articles: Client,
    users: Client,
    processes: [Process; 2],
    _participants: [Process; 2],
}

impl Cluster {
    async fn start(databases: &Databases) -> Self {
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
            let options = format!(
                "--listen {address} --advertise http://{address} --lease 1s \
                 --coordinator-db {coordinator_db} --article-url http://{article} --user-url http://{user}"
            );
            start("coordinator", options)
        };
        let addresses = [free_address().await, free_address().await];
        let processes = [
            coordinator(addresses[0]).await,
            coordinator(addresses[1]).await,
        ];
        Self {
            coordinators: addresses.map(Client::new),
            articles: Client::new(article),
            users: Client::new(user),
            processes,
            _participants: participants,
        }
    }

    /// Kills or pauses the holder, waits until the other coordinator takes over, and brings the first one back. Returns
    /// the new epoch.
    async fn replace_holder(&mut self, fault: Fault, epoch: i64) -> i64 {
        let (index, epoch) = holder(&self.coordinators, epoch).await;
        match fault {
            Fault::Pause => self.processes[index].pause(),
            Fault::Kill => self.processes[index].kill(),
        }
        // A killed process must not restart before the takeover: it starts so fast that it could take the log first.
        let other = self.coordinators[1 - index].clone();
        let (next, epoch) = holder(&[other], epoch + 1).await;
        assert_eq!(next, 0);
        match fault {
            Fault::Pause => self.processes[index].resume(),
            Fault::Kill => self.processes[index].restart().await,
        }
        epoch
    }
}

pub async fn start(service: &'static str, options: String) -> Process {
    let arguments = format!("serve {service} {options}");
    Process::start(service, &arguments.split(' ').collect::<Vec<_>>()).await
}

/// Waits until one of these coordinators reports that it holds the log, under this epoch or a later one. Returns its
/// index and its epoch.
pub async fn holder(coordinators: &[Client], epoch: i64) -> (usize, i64) {
    let mut status = Value::Null;
    for _ in 0..POLLS_MAX {
        for (index, coordinator) in coordinators.iter().enumerate() {
            let Ok(reply) = coordinator.get("/v1/coordinator").try_send().await else {
                continue;
            };
            status = reply.body;
            let held = status["epoch"].as_i64().unwrap_or(0);
            if status["role"] == "holder" && held >= epoch {
                return (index, held);
            }
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("no coordinator holds the log: {status}");
}
