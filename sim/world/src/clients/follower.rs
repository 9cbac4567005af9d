//! The follower: follows one saga after the other, as a page in a browser does, over connections that break.
//!
//! ```text
//!  an open saga ──► its events ──► cut, or left by the follower ──► its events after the last one, at the next coordinator
//! ```
//!
//! It learns of sagas from the list of open transactions. Every logged change that it is told is judged at once. What it draws comes
//! from a random stream of its own.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use likewise_saga::bound::{Bound, within};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use serde_json::Value;
use tokio::sync::watch;
use uuid::Uuid;

use crate::{
    World,
    check::ToldChange,
    network::{
        event_stream::{EventStream, StreamEvent},
        health_check,
    },
    plan::Host,
    process::incarnation::Incarnation,
    record::EventKind,
};

/// The pause between two looks for an open saga.
const LOOK_PAUSE: Duration = Duration::from_millis(40);
/// The pause before the follower comes back, before what it adds at random.
const RETRY_MILLIS: u64 = 100;
/// How long the follower waits for an answer.
const ANSWER: Bound = Bound::new("the answer to a follower", Duration::from_secs(2));
/// How long it waits for the next event. It is impatient: a stream that a partition has silenced is noticed soon.
const EVENT: Bound = Bound::new("the next event of a stream", Duration::from_secs(4));
/// The connections for one saga at the most. A saga may stay open for as long as a run.
const CONNECTIONS_MAX: u32 = 64;
/// So often the follower leaves by itself: after one of so many events.
const LEAVES_ONE_IN: u32 = 3;

/// The follower of a run.
pub(super) struct Follower {
    world: World,
    /// The owner of its connections.
    process: Arc<Incarnation>,
    coordinators: Vec<Host>,
    rng: Pcg64Mcg,
    /// The sagas that it has followed.
    followed: BTreeSet<Uuid>,
}

/// How a connection ended.
enum Over {
    /// The saga has ended, or nothing is known of it.
    Saga,
    /// The connection.
    Connection,
}

impl Follower {
    pub(super) fn new(world: &World) -> Self {
        let coordinators = world.hosts().all().filter(|host| host.is_coordinator());
        Self {
            coordinators: coordinators.collect(),
            process: Incarnation::new(Host::CLIENTS, 3),
            // Not the noise itself: others draw from that.
            rng: Pcg64Mcg::seed_from_u64(world.plan().noise ^ 0x666F_6C6C_6F77),
            followed: BTreeSet::new(),
            world: world.clone(),
        }
    }

    /// Follows until it is told to stop.
    pub(super) async fn run(mut self, mut stop: watch::Receiver<bool>) {
        tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => {}
            () = self.follow_all() => {}
        }
    }

    async fn follow_all(&mut self) {
        loop {
            tokio::time::sleep(LOOK_PAUSE).await;
            if let Some(saga) = self.open_saga().await {
                self.followed.insert(saga);
                self.follow(saga).await;
            }
        }
    }

    /// An open saga that it has not followed.
    async fn open_saga(&mut self) -> Option<Uuid> {
        let path = "/v1/transactions?status=pending&limit=10";
        let host = self.next_coordinator();
        let answer = within(ANSWER, health_check::get(&self.process, host, path)).await;
        let (_, body) = answer.ok()?.ok()?;
        let body: Value = serde_json::from_str(&body).ok()?;
        let items = body["items"].as_array()?;
        let mut sagas = items
            .iter()
            .filter_map(|item| item["id"].as_str()?.parse().ok());
        sagas.find(|saga| !self.followed.contains(saga))
    }

    fn next_coordinator(&mut self) -> Host {
        let which = self.rng.random_range(0..self.coordinators.len().max(1));
        self.coordinators
            .get(which)
            .copied()
            .unwrap_or(Host::COORDINATOR)
    }

    async fn follow(&mut self, saga: Uuid) {
        let mut last = None;
        for _ in 0..CONNECTIONS_MAX {
            let host = self.next_coordinator();
            if let Over::Saga = self.connect(saga, host, &mut last).await {
                return;
            }
            let pause = RETRY_MILLIS + self.rng.random_range(0..=RETRY_MILLIS);
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
    }

    /// One connection, until it ends or the follower leaves it.
    async fn connect(&mut self, saga: Uuid, host: Host, last: &mut Option<String>) -> Over {
        let path = format!("/v1/transactions/{saga}/events");
        let opened = EventStream::open(&self.process, host, &path, last.as_deref());
        let Ok(Ok((status, mut stream))) = within(ANSWER, opened).await else {
            return Over::Connection;
        };
        self.note(path, status);
        match status {
            200 => {}
            204 | 404 | 410 => return Over::Saga,
            _ => return Over::Connection,
        }
        while let Ok(Ok(Some(event))) = within(EVENT, stream.next()).await {
            let is_end = event.name.starts_with("comp") && event.name.ends_with("ed");
            self.told(saga, &event);
            *last = Some(event.id);
            // After the end it comes back once, as a browser does, and is told to stop.
            if !is_end && self.rng.random_ratio(1, LEAVES_ONE_IN) {
                return Over::Connection;
            }
        }
        Over::Connection
    }

    fn told(&self, saga: Uuid, event: &StreamEvent) {
        self.note(
            format!("/v1/transactions/{saga}/events: {}", event.name),
            200,
        );
        let told = ToldChange {
            saga,
            id: event.id.clone(),
            name: event.name.clone(),
        };
        self.world
            .judge(Host::CLIENTS, |checker, event| checker.told(&told, event));
    }

    fn note(&self, path: String, status: u16) {
        let kind = EventKind::Read { path, status };
        self.world.note(Host::CLIENTS, kind);
    }
}
