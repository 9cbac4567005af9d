//! The real binary under load, killed with SIGKILL and restarted while its clients go on.
//!
//! ```text
//!  50 clients ──► likewise serve ──► databases
//!                     ▲
//!       kill -9, start again, five times
//! ```
//!
//! At the end every acknowledged like is there, each count is the number of records, and no
//! saga is open. Nothing here asserts a time; every wait has a bound.

#[path = "../common/mod.rs"]
mod common;

mod audit;
mod clients;
mod coordinators;
mod process;

use std::{sync::Arc, time::Duration};

use clients::Workload;
use common::{Databases, Engine, client::Client, databases::env};
use process::{Process, free_address};

/// How often the process is killed.
const KILLS: usize = 5;

#[tokio::test(flavor = "multi_thread")]
async fn all_in_one_on_sqlite_survives_kill_9() {
    all_in_one(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: cargo xtask test"]
async fn all_in_one_on_postgres_survives_kill_9() {
    all_in_one(Engine::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: cargo xtask test"]
async fn three_services_on_postgres_survive_kill_9_of_any() {
    three_services(Engine::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn three_services_on_sqlite_survive_kill_9_of_any() {
    three_services(Engine::Sqlite).await;
}

async fn all_in_one(engine: Engine) {
    let databases = Databases::create_apart(engine).await;
    let address = free_address().await;
    let listen = address.to_string();
    let [article, user, coordinator] = databases.urls();
    let mut words = vec!["serve", "--listen", &listen];
    words.extend(["--article-db", article, "--user-db", user]);
    words.extend(["--coordinator-db", coordinator]);
    let process = Process::start("likewise", &words).await;
    let client = Client::new(address);
    run(&client, &client, vec![process]).await;
    databases.delete().await;
}

async fn three_services(engine: Engine) {
    let databases = Databases::create_apart(engine).await;
    let [article_db, user_db, coordinator_db] = databases.urls();
    let (article, user, coordinator) = (
        free_address().await,
        free_address().await,
        free_address().await,
    );
    let listen = [article, user, coordinator].map(|address| address.to_string());
    let urls = listen.each_ref().map(|address| format!("http://{address}"));
    let words = [
        "serve",
        "article",
        "--listen",
        &listen[0],
        "--article-db",
        article_db,
    ];
    let article_process = Process::start("article", &words).await;
    let words = [
        "serve",
        "user",
        "--listen",
        &listen[1],
        "--user-db",
        user_db,
    ];
    let user_process = Process::start("user", &words).await;
    let mut words = vec!["serve", "coordinator", "--listen", &listen[2]];
    words.extend(["--coordinator-db", coordinator_db]);
    words.extend(["--article-url", &urls[0], "--user-url", &urls[1]]);
    let coordinator_process = Process::start("coordinator", &words).await;
    let (articles, users, likes) = (
        Client::new(article),
        Client::new(user),
        Client::new(coordinator),
    );
    let split = audit::Services {
        articles: &articles,
        users: &users,
        likes: &likes,
    };
    let processes = vec![article_process, user_process, coordinator_process];
    run_on(&split, processes).await;
    databases.delete().await;
}

async fn run(all: &Client, likes: &Client, processes: Vec<Process>) {
    let services = audit::Services {
        articles: all,
        users: all,
        likes,
    };
    run_on(&services, processes).await;
}

/// Likes while the processes are killed, then looks whether everything is right.
async fn run_on(services: &audit::Services<'_>, mut processes: Vec<Process>) {
    let workload = Workload::create(services.articles).await;
    let clients = tokio::spawn(Arc::clone(&workload).run(vec![services.likes.clone()]));
    let first = usize::try_from(env().random() % 1_000).expect("a number");
    for kill in 1..=KILLS {
        workload
            .until_acknowledged(kill * clients::LIKES / (KILLS + 1))
            .await;
        // Each is killed at least once, beginning with any.
        let victim = (first + kill) % processes.len();
        processes[victim].kill_and_restart().await;
    }
    let patience = Duration::from_secs(240);
    let done = tokio::time::timeout(patience, clients).await;
    done.expect("the clients end").expect("no client fails");
    assert!(
        workload.interruptions() > 0,
        "no request was ever in the way of a kill"
    );
    assert!(
        processes.iter().any(Process::took_sagas_up),
        "no saga was ever open when its process was killed"
    );
    audit::audit(services, &workload).await;
}
