//! The prober: asks one coordinator for its health and its readiness, again and again, and sends an operation after
//! each *ready*.
//!
//! Its operations change nothing that another client uses, so they disturb no other check.

use std::{sync::Arc, time::Duration};

use likewise_saga::{
    bound::{Bound, within},
    env::HttpClient,
};
use serde_json::Value;
use tokio::sync::watch;

use crate::{
    World,
    check::{HealthCheck, OperationAfterReady, OperationTry, ReadyAnswer},
    network::{health_check, http_client::FaultyHttpClient},
    plan::{Fields, Host},
    process::incarnation::Incarnation,
    record::EventKind,
};

/// The pause between two questions.
const PAUSE: Duration = Duration::from_secs(1);
/// How long the prober waits for an answer about health. Longer than a coordinator may take.
const HEALTH: Bound = Bound::new("the answer about health", Duration::from_secs(5));
/// What the prober waits for an operation beyond the time limit of the coordinator.
const OPERATION_MARGIN: Duration = Duration::from_secs(2);
/// The prober of one coordinator.
pub(super) struct Prober {
    world: World,
    http_client: Arc<FaultyHttpClient>,
    /// The owner of its connections.
    process: Arc<Incarnation>,
    host: Host,
    operations: Box<dyn Iterator<Item = Fields> + Send + Sync>,
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
            operations: world.system().prober_operations(world.plan(), number),
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
                self.operate(asked, ready).await;
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

    async fn operate(&mut self, asked: Duration, ready: Duration) {
        let Some(what) = self.operations.next() else {
            return;
        };
        let system = self.world.system();
        let key = format!("probe-{}", system.client(&what));
        let request = system.request(self.host.name(), &what, Some(&key));
        let limit = self.world.plan().timing.answer_timeout() + OPERATION_MARGIN;
        let sent = now();
        let bound = Bound::new("the answer to the prober's operation", limit);
        let answer = within(bound, self.http_client.exchange(request)).await;
        let operation = OperationAfterReady {
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
            lock_key: system.lock_key(&what),
            sent,
            ended: operation.ended,
            status: operation.status,
        };
        self.world.judge(Host::CLIENTS, |checker, event| {
            checker.operation_after_ready(&operation, event);
            checker.operation_tried(&tried, event);
        });
    }
}

/// The reason in the body of an answer; empty if there is none.
fn reason(body: &str) -> String {
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    body["reason"].as_str().unwrap_or_default().to_owned()
}

/// The simulated time.
fn now() -> Duration {
    turmoil::sim_elapsed().unwrap_or_default()
}
