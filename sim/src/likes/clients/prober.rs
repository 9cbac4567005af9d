//! The prober: asks one coordinator for its health and its readiness, again and again, and sends a like after each
//! *ready*.
//!
//! Its likes are of users and of an article that no other client has, so they disturb no other check.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use likewise_saga::{
    bound::{Bound, within},
    env::HttpClient,
};
use serde_json::Value;
use tokio::sync::watch;

use super::request::like_request;
use crate::likes::checked::lock_key;
use crate::likes::{Action, LikeOperation, LikeSetUp};
use crate::world::{
    World,
    check::{HealthCheck, OperationAfterReady, OperationTry, ReadyAnswer},
    network::{health_check, http_client::FaultyHttpClient},
    plan::{Host, Plan},
    process::incarnation::Incarnation,
    record::EventKind,
};

/// The pause between two questions.
const PAUSE: Duration = Duration::from_secs(1);
/// How long the prober waits for an answer about health. Longer than a coordinator may take.
const HEALTH: Bound = Bound::new("the answer about health", Duration::from_secs(5));
/// What the prober waits for a like beyond the time limit of the coordinator.
const LIKE_MARGIN: Duration = Duration::from_secs(2);
/// The first user of the probers, if the plan has no such user.
const USERS_FROM: i64 = 1_000_000;
/// The users of one prober: more than a run has seconds.
const USERS_EACH: i64 = 100_000;

/// The article of the probers: the one after those of the plan.
pub(super) fn article(plan: &Plan) -> i64 {
    i64::from(LikeSetUp::of(plan).articles) + 1
}

/// The prober of one coordinator.
pub(super) struct Prober {
    world: World,
    http_client: Arc<FaultyHttpClient>,
    /// The owner of its connections.
    process: Arc<Incarnation>,
    host: Host,
    users: Box<dyn Iterator<Item = i64> + Send + Sync>,
    /// What the coordinator said last, to record changes only.
    said: (u16, String),
}

impl Prober {
    /// One prober for each coordinator.
    pub(super) fn all(
        world: &World,
        http_client: &Arc<FaultyHttpClient>,
    ) -> impl Iterator<Item = Self> {
        let hosts = world.hosts().all().zip(0..);
        let coordinators = hosts.filter(|(host, _)| host.is_coordinator());
        coordinators.map(|(host, number)| Self {
            world: world.clone(),
            http_client: Arc::clone(http_client),
            process: Incarnation::new(Host::CLIENTS, 2),
            host,
            users: Box::new(users(world.plan(), number)),
            said: (0, String::new()),
        })
    }

    /// Probes until it is told to stop.
    pub(super) async fn run(mut self, mut stop: watch::Receiver<bool>) {
        loop {
            tokio::select! {
                biased;
                _ = stop.wait_for(|stop| *stop) => return,
                () = tokio::time::sleep(PAUSE) => {}
            }
            self.check_health().await;
            if let Some((asked, ready)) = self.check_readiness().await {
                self.like(asked, ready).await;
            }
        }
    }

    async fn check_health(&self) {
        let sent = now();
        let answer = within(
            HEALTH,
            health_check::get(&self.process, self.host, "/livez"),
        )
        .await;
        let check = HealthCheck {
            host: self.host,
            sent,
            ended: now(),
            is_answered: matches!(answer, Ok(Ok((200, _)))),
        };
        self.world.judge(Host::CLIENTS, |checker, event| {
            checker.health_checked(&check, event);
        });
    }

    /// Returns when the coordinator was asked and when it answered, if it is ready.
    async fn check_readiness(&mut self) -> Option<(Duration, Duration)> {
        let sent = now();
        let answer = within(
            HEALTH,
            health_check::get(&self.process, self.host, "/readyz"),
        )
        .await;
        let (status, body) = answer.ok()?.ok()?;
        let received = now();
        self.record(status, &body);
        let answer = ReadyAnswer {
            host: self.host,
            sent,
            received,
            status,
            body: &body,
        };
        self.world.judge(Host::CLIENTS, |checker, event| {
            checker.readiness_answered(&answer, event);
        });
        (status == 200).then_some((sent, received))
    }

    /// Records what the coordinator says, if it said something else before.
    fn record(&mut self, status: u16, body: &str) {
        let said = (status, reason(body));
        if said != self.said {
            let kind = EventKind::Readiness {
                of: self.host,
                status,
                reason: said.1.clone(),
            };
            self.world.note(Host::CLIENTS, kind);
            self.said = said;
        }
    }

    async fn like(&mut self, asked: Duration, ready: Duration) {
        let Some(user) = self.users.next() else {
            return;
        };
        let (to, article) = (self.host.name(), article(self.world.plan()));
        let key = format!("probe-{user}");
        let request = like_request(to, user, Action::Like, article, Some(&key));
        let limit = self.world.plan().timing.answer_timeout() + LIKE_MARGIN;
        let sent = now();
        let bound = Bound::new("the answer to the prober's like", limit);
        let answer = within(bound, self.http_client.exchange(request)).await;
        let like = OperationAfterReady {
            host: self.host,
            asked,
            ready,
            sent,
            ended: now(),
            status: match answer {
                Ok(Ok(response)) => Some(response.status().as_u16()),
                Ok(Err(_)) | Err(_) => None,
            },
        };
        let tried = OperationTry {
            lock_key: lock_key(user, article),
            sent,
            ended: like.ended,
            status: like.status,
        };
        self.world.judge(Host::CLIENTS, |checker, event| {
            checker.operation_after_ready(&like, event);
            checker.operation_tried(&tried, event);
        });
    }
}

/// The reason in the body of an answer; empty if there is none.
fn reason(body: &str) -> String {
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    body["reason"].as_str().unwrap_or_default().to_owned()
}

/// The users of a prober: none of them is a user of the plan.
fn users(plan: &Plan, number: i64) -> impl Iterator<Item = i64> + Send + Sync + use<> {
    let operations = plan.workload.iter().map(LikeOperation::of);
    let of_workload = operations.map(|operation| operation.user);
    let taken: BTreeSet<i64> = of_workload
        .chain(LikeSetUp::of(plan).blocked_users)
        .collect();
    let from = USERS_FROM + number * USERS_EACH;
    (from..from + USERS_EACH).filter(move |user| !taken.contains(user))
}

/// The simulated time.
fn now() -> Duration {
    turmoil::sim_elapsed().unwrap_or_default()
}
