//! The simulated clients: they perform the plan's workload over HTTP and record what they observe.
//!
//! ```text
//!  set-up ─► begin ─► one task a client ─► every operation in its order, each at its time
//! ```
//!
//! A client knows what a real one would know: the answers, and that an answer did not come. The history of its
//! operations is what the invariants judge, so an unknown outcome must stay unknown.
//!
//! `set_up.rs` prepares the world, `client.rs` is one client, `prober.rs` asks coordinators for their health,
//! `reader.rs` reads, `follower.rs` follows sagas, `operator.rs` gives orders about
//! them with `admin_client.rs`. What a request looks like is the system's: [`Requests`](super::Requests).

mod admin_client;
mod client;
mod follower;
mod operator;
mod prober;
mod reader;
mod set_up;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, atomic::AtomicUsize},
};

use tokio::{sync::watch, task::JoinSet, time::Instant};

use super::{
    System, World,
    network::http_client::FaultyHttpClient,
    plan::{Host, Operation},
    process::incarnation::Incarnation,
};
use client::Client;
use follower::Follower;
use operator::Operator;
use prober::Prober;
use reader::Reader;

/// Sets the world up, waits for `begin`, then performs every client's operations.
///
/// Does not return when the operations are done: it marks them as done in the world and stays pending, so that its
/// connections stay open until the end of the run.
///
/// # Errors
/// The set-up did not succeed although no fault is active: a defect of the harness or of the product.
pub(super) async fn run(world: World, begin: Arc<tokio::sync::Notify>) -> turmoil::Result {
    let http_client = Arc::new(FaultyHttpClient::new(
        world.clone(),
        Incarnation::new(Host::CLIENTS, 1),
    ));
    set_up::set_up(&world, http_client.as_ref()).await?;
    world.mark_set_up();
    begin.notified().await;
    let began = Instant::now();
    let mut clients = JoinSet::new();
    for (number, operations) in by_client(world.system(), &world.plan().workload) {
        let client = Client {
            world: world.clone(),
            http_client: Arc::clone(&http_client),
            number,
            shared_keys: shared_keys(&operations),
            in_flight: AtomicUsize::new(0),
            began,
        };
        clients.spawn(client.run(operations));
    }
    let (stop, _) = watch::channel(false);
    let mut probers = JoinSet::new();
    if world.plan().probes_readiness && !world.is_bare() {
        for prober in Prober::all(&world, &http_client) {
            probers.spawn(prober.run(stop.subscribe()));
        }
    }
    let reads = world.plan().reads || world.plan().reads_missing;
    if reads && !world.is_bare() {
        let reader = Reader {
            world: world.clone(),
            http_client: Arc::clone(&http_client),
        };
        probers.spawn(reader.run(stop.subscribe()));
    }
    if world.plan().follows && !world.is_bare() {
        probers.spawn(Follower::new(&world).run(stop.subscribe()));
    }
    // They outlive the clients: what is paused must be resumed.
    let mut operators = JoinSet::new();
    if !world.is_bare() {
        for operator in Operator::all(&world, &http_client) {
            operators.spawn(operator.run(stop.subscribe()));
        }
    }
    while let Some(ended) = clients.join_next().await {
        ended?;
    }
    stop.send_replace(true);
    while let Some(ended) = probers.join_next().await {
        ended?;
    }
    world.mark_operations_done();
    // The HTTP client must outlive the run. Its pool would close the connections to the services in the order of a
    // randomly seeded map, and each FIN draws a latency.
    std::future::pending().await
}

/// The keys that several operations have.
fn shared_keys(operations: &[(usize, Operation)]) -> BTreeSet<String> {
    let mut once = BTreeSet::new();
    let keys = operations.iter().filter(|(_, it)| it.keyed);
    let keys = keys.filter_map(|(_, it)| it.key.clone());
    keys.filter(|key| !once.insert(key.clone())).collect()
}

/// The operations of each client, with their indices in the workload. A client's operations run one after another, but
/// those that overlap.
fn by_client(
    system: &dyn System,
    workload: &[Operation],
) -> BTreeMap<i64, Vec<(usize, Operation)>> {
    let mut clients: BTreeMap<i64, Vec<_>> = BTreeMap::new();
    for (index, operation) in workload.iter().enumerate() {
        let client = system.client(&operation.what);
        let of_client = clients.entry(client).or_default();
        of_client.push((index, operation.clone()));
    }
    clients
}
