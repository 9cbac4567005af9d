//! The leader's task: sends what is pending to the webhook, one message at a time, and notes what came of it. It ends with the
//! term.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use tokio::time::{Instant, sleep};

use super::{
    alert::AlertId,
    attempt::judge,
    config::AlertsConfig,
    deliveries::{Attempt, Deliveries, Delivery, DeliveryState},
    message::message,
    metrics::AlertCounts,
    outbox::micros,
};
use crate::{
    bound::{Bound, within},
    env::{Env, HttpClient},
    executor::Executor,
    id::Epoch,
    log::{LogError, SagaLog},
    store::StoreError,
    time::Timestamp,
};

/// The time limit of one attempt, from its connection to the end of the answer.
pub(super) const ANSWER: Bound =
    Bound::new("the answer of the alert webhook", Duration::from_secs(15));
/// The time limit of reading and noting deliveries. Longer than any statement.
pub(super) const STATE: Bound = Bound::new(
    "the deliveries of alerts in the saga log",
    Duration::from_secs(5),
);
/// The pause between two looks for what is due.
pub(super) const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// For how long a delivered or given-up alert is kept after it was written.
pub(super) const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// The pause between two looks for alerts that are old enough to be deleted.
const COLLECT_INTERVAL: Duration = Duration::from_secs(60 * 60);
/// The most deliveries that are read at a time.
const DUE_MAX: u32 = 16;

/// What the task of a term uses.
pub(crate) struct Dependencies {
    pub(crate) alerts: AlertsConfig,
    pub(crate) env: Env,
    pub(crate) log: Arc<dyn SagaLog>,
    pub(crate) epoch: Epoch,
    pub(crate) executor: Executor,
    pub(crate) counts: Arc<AlertCounts>,
}

/// Runs until another coordinator takes over.
///
/// # Cancel safety
/// A message that is being sent may arrive without a note in the log. It is then sent again.
pub(crate) async fn run(task: Dependencies) {
    let log = Arc::clone(&task.log);
    let Some(deliveries) = log.deliveries() else {
        tracing::error!("this saga log keeps no alerts; none is delivered");
        return;
    };
    tracing::info!(webhook = %task.alerts.webhook, "alerts are sent to the webhook");
    let mut deliverer = Deliverer {
        task: &task,
        deliveries,
        is_away: false,
        fails: false,
        unnoted: None,
        collect_at: Instant::now(),
    };
    while !task.executor.is_fenced() {
        match deliverer.turn().await {
            Ok(()) if deliverer.is_away => {
                tracing::warn!("the saga log stores the deliveries of alerts again");
                deliverer.is_away = false;
            }
            Ok(()) => {}
            Err(LogError::Fenced { .. }) => return task.executor.fence(),
            Err(LogError::Store(error)) => {
                if !deliverer.is_away {
                    tracing::warn!(%error, "the deliveries of alerts could not be read or stored; trying again");
                }
                deliverer.is_away = true;
            }
        }
        tokio::select! {
            biased;
            () = task.executor.fenced() => {}
            () = sleep(POLL_INTERVAL) => {}
        }
    }
}

struct Deliverer<'a> {
    task: &'a Dependencies,
    deliveries: &'a dyn Deliveries,
    /// Whether the log could not be used at the last turn.
    is_away: bool,
    /// Whether the last attempt failed. Only the first failure of a row is a warning.
    fails: bool,
    /// The last attempt, until the log has it. Nothing else is sent before: without the note, the next look would find the alert due
    /// again, and send it once a second for as long as the log cannot be written.
    unnoted: Option<(Delivery, Attempt)>,
    /// When old alerts are deleted next.
    collect_at: Instant,
}

impl Deliverer<'_> {
    /// Sends what is due, counts what is pending, and deletes some of what is old.
    async fn turn(&mut self) -> Result<(), LogError> {
        self.note_last().await?;
        let now = self.task.env.clock.now();
        for delivery in stored(self.deliveries.due(now, DUE_MAX)).await? {
            if self.task.executor.is_fenced() {
                return Ok(());
            }
            self.attempt(&delivery).await?;
        }
        let pending = stored(self.deliveries.pending()).await?;
        self.task
            .counts
            .note_pending(pending, self.task.env.clock.now());
        if self.collect_at <= Instant::now() {
            self.collect(now).await?;
        }
        Ok(())
    }

    /// Deletes some old alerts. The next turn goes on if there may be more.
    async fn collect(&mut self, now: Timestamp) -> Result<(), LogError> {
        let oldest = Timestamp(now.0.saturating_sub(micros(KEPT)));
        let before = AlertId::lowest(oldest);
        let deleted = logged(self.deliveries.collect_alerts(self.task.epoch, before)).await?;
        if deleted == 0 {
            self.collect_at = Instant::now() + COLLECT_INTERVAL;
        }
        Ok(())
    }

    /// Makes one attempt, and notes what came of it.
    async fn attempt(&mut self, delivery: &Delivery) -> Result<(), LogError> {
        let env = &self.task.env;
        let answer = self.send(delivery, env.clock.now()).await;
        let attempt = judge(delivery, env.clock.now(), env.random(), answer);
        self.unnoted = Some((delivery.clone(), attempt));
        self.note_last().await
    }

    /// Notes what came of the last attempt, if the log does not have it yet.
    async fn note_last(&mut self) -> Result<(), LogError> {
        let Some((_, attempt)) = &self.unnoted else {
            return Ok(());
        };
        logged(self.deliveries.note(self.task.epoch, attempt.clone())).await?;
        if let Some((delivery, attempt)) = self.unnoted.take() {
            self.tell(&delivery, &attempt);
        }
        Ok(())
    }

    /// Sends the message of an alert. Returns the status of the answer, or why there is none.
    async fn send(&self, delivery: &Delivery, now: Timestamp) -> Result<StatusCode, String> {
        let AlertsConfig { http_client, .. } = &self.task.alerts;
        let client: &dyn HttpClient = match http_client {
            Some(client) => &**client,
            None => &*self.task.env.http_client,
        };
        let request = request(&self.task.alerts, delivery, now)
            .map_err(|error| format!("the request could not be made: {error}"))?;
        match within(ANSWER, client.exchange(request)).await {
            Ok(Ok(response)) => Ok(response.status()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(overdue) => Err(overdue.to_string()),
        }
    }

    /// Counts and logs what came of an attempt.
    fn tell(&mut self, delivery: &Delivery, attempt: &Attempt) {
        let counts = &self.task.counts;
        let (alert, saga) = (&delivery.alert, delivery.alert.saga);
        let (webhook, kind) = (&self.task.alerts.webhook, alert.kind.name());
        let error = attempt.error.as_deref().unwrap_or_default();
        let attempts = attempt.attempts_before + 1;
        match attempt.state {
            DeliveryState::Delivered => {
                counts.delivered.inc();
                self.fails = false;
                tracing::info!(%saga, alert = %alert.id, kind, attempts, "the alert is delivered");
            }
            DeliveryState::GivenUp => {
                counts.failed.inc();
                counts.given_up.inc();
                tracing::error!(%saga, alert = %alert.id, kind, attempts, %webhook, error, "alert: an alert could not be delivered, and is given up");
            }
            DeliveryState::Pending => {
                counts.failed.inc();
                let is_first = !std::mem::replace(&mut self.fails, true);
                match is_first {
                    true => {
                        tracing::warn!(%saga, alert = %alert.id, kind, %webhook, error, "an alert could not be delivered; it is sent again");
                    }
                    false => {
                        tracing::debug!(%saga, alert = %alert.id, kind, attempts, error, "an alert could not be delivered");
                    }
                }
            }
        }
    }
}

fn request(
    alerts: &AlertsConfig,
    delivery: &Delivery,
    now: Timestamp,
) -> Result<Request<Bytes>, http::Error> {
    let id = delivery.alert.id.to_string();
    let timestamp = now.0.div_euclid(1_000_000);
    let body = message(&delivery.alert);
    Request::builder()
        .method(Method::POST)
        .uri(alerts.webhook.uri().clone())
        .header(header::CONTENT_TYPE, "application/json")
        .header(
            header::USER_AGENT,
            concat!("likewise/", env!("CARGO_PKG_VERSION")),
        )
        .header(
            "webhook-signature",
            alerts.secrets.sign(&id, timestamp, &body),
        )
        .header("webhook-id", id)
        .header("webhook-timestamp", timestamp)
        .body(body)
}

/// Waits for a read within its bound.
async fn stored<T>(read: impl Future<Output = Result<T, StoreError>>) -> Result<T, LogError> {
    logged(async { Ok(read.await?) }).await
}

/// Waits for the log within its bound.
async fn logged<T>(work: impl Future<Output = Result<T, LogError>>) -> Result<T, LogError> {
    match within(STATE, work).await {
        Ok(done) => done,
        Err(overdue) => Err(LogError::Store(StoreError::Unknown(overdue.into()))),
    }
}
