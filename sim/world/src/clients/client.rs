//! One simulated client: its operations, with double clicks, time-outs and retries.
//!
//! It records an operation's invocation before the first request is sent and its return after the last answer. Both are
//! events of the run, so their order is real time for the linearizability check.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use likewise_saga::{
    bound::{Bound, within},
    env::HttpClient,
};
use tokio::time::Instant;

use crate::{
    World, answer, balancer,
    check::{Attempt, ClientOp, OperationTry},
    network::http_client::FaultyHttpClient,
    plan::{FaultKind, Host, Name, Operation},
    record::{EventKind, Outcome},
};

/// The pause before a retry.
const RETRY_AFTER: Duration = Duration::from_millis(150);

/// One client.
pub(super) struct Client {
    pub(super) world: World,
    pub(super) http_client: Arc<FaultyHttpClient>,
    /// Its number, as the system reads it from an operation.
    pub(super) number: i64,
    /// The keys that several of its operations have.
    pub(super) shared_keys: BTreeSet<String>,
    /// The number of its operations that are in progress.
    pub(super) in_flight: AtomicUsize,
    /// When the workload began. An operation's time is relative to it.
    pub(super) began: Instant,
}

impl Client {
    /// Performs these operations one after another, but those that overlap together with the one before. An operation whose
    /// time has passed starts at once.
    pub(super) async fn run(self, operations: Vec<(usize, Operation)>) {
        for together in operations.chunk_by(|_, (_, next)| next.overlaps) {
            let all = together
                .iter()
                .map(|(index, operation)| self.perform(*index, operation));
            futures::future::join_all(all).await;
        }
    }

    /// Performs one operation when its time has come.
    async fn perform(&self, index: usize, operation: &Operation) {
        tokio::time::sleep_until(self.began + Duration::from_millis(operation.at_millis)).await;
        if operation.clicks > 1 {
            self.world.note_behaviour(FaultKind::DoubleClick);
        }
        let began = self.in_flight.fetch_add(1, Ordering::Relaxed);
        if began > 0 {
            self.world.note_behaviour(FaultKind::OverlappingRequests);
        }
        let clicks = (1..=operation.clicks).map(|click| self.click(index, operation, click));
        futures::future::join_all(clicks).await;
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
    }

    /// One click with its retries.
    ///
    /// With an idempotency key all attempts are one operation of the history, because the product runs one saga for
    /// them. Without a key each attempt is an operation of its own: it may have an effect of its own.
    ///
    /// Only definite answers become part of the history. A time-out or a 503 leaves the outcome unknown, and a retry
    /// under the same key may still learn it.
    async fn click(&self, index: usize, operation: &Operation, click: u32) {
        let key = operation.key_at(index);
        let mut op = self.invoke(index, operation, click, key.as_deref());
        let mut answers = Vec::new();
        for attempt in 0..=operation.retries {
            let sent = Instant::now();
            let answer = self.exchange(operation, key.as_deref()).await;
            self.record_try(operation, sent, answer.as_ref());
            let known = answer.as_ref().map_or(Outcome::Unknown, |answer| {
                self.world.system().outcome(answer)
            });
            answers.extend(answer.filter(|_| known != Outcome::Unknown));
            let last = attempt == operation.retries || known != Outcome::Unknown;
            if last || key.is_none() {
                self.record_return(index, click, op, std::mem::take(&mut answers), known);
            }
            if last {
                return;
            }
            tokio::time::sleep(RETRY_AFTER).await;
            self.world.note_behaviour(match key {
                Some(_) => FaultKind::RetryWithKey,
                None => FaultKind::RetryWithoutKey,
            });
            if key.is_none() {
                op = self.invoke(index, operation, click, None);
            }
        }
    }

    /// Records an invocation. Returns its place in the history.
    fn invoke(&self, index: usize, operation: &Operation, click: u32, key: Option<&str>) -> usize {
        if self.world.is_bare() {
            return 0;
        }
        let event = self.world.note(
            Host::CLIENTS,
            EventKind::Invoked {
                operation: index,
                click,
                what: operation.what.clone(),
                key: key.map(str::to_owned),
            },
        );
        if key.is_some() && key == operation.key.as_deref() {
            self.note_shared_key(index, key);
        }
        let op = ClientOp {
            operation: Some(index),
            client: self.number,
            what: operation.what.clone(),
            key: key.map(str::to_owned),
            shares_key: key.is_some_and(|key| self.shared_keys.contains(key)),
            invoked: event,
            returned: usize::MAX,
            attempts: Vec::new(),
            outcome: Outcome::Unknown,
        };
        self.world.with_checker(|checker| checker.invoked(op))
    }

    /// Notes that another operation has used this key before.
    fn note_shared_key(&self, index: usize, key: Option<&str>) {
        let is_of_other = |op: &ClientOp| op.key.as_deref() == key && op.operation != Some(index);
        let is_shared =
            (self.world).with_checker(|checker| checker.history().ops().iter().any(is_of_other));
        if is_shared {
            self.world.note_behaviour(FaultKind::SharedKey);
        }
    }

    /// Records the return of the operation at place `op` of the history, and checks it.
    fn record_return(
        &self,
        index: usize,
        click: u32,
        op: usize,
        answers: Vec<Attempt>,
        outcome: Outcome,
    ) {
        let (status, body) = answers.last().map_or((0, String::new()), |answer| {
            (answer.status, answer.body.clone())
        });
        let kind = EventKind::Returned {
            operation: index,
            click,
            outcome,
            status,
            body,
        };
        self.world.ended(outcome);
        self.world.note(Host::CLIENTS, kind);
        self.world.judge(Host::CLIENTS, |checker, event| {
            checker.returned(op, answers, outcome, event)
        });
    }

    /// Sends the request once and waits for the operation's time-out at most. `None` if no answer came.
    async fn exchange(&self, operation: &Operation, key: Option<&str>) -> Option<Attempt> {
        let to = balancer(Name::COORDINATOR);
        let request = self.world.system().request(&to, &operation.what, key);
        let timeout = Duration::from_millis(operation.timeout_millis);
        let response = within(
            Bound::new("the answer", timeout),
            self.http_client.exchange(request),
        )
        .await
        .ok()?
        .ok()?;
        Some(answer::attempt(&response))
    }

    /// Lets the checks judge one request of an operation.
    fn record_try(&self, operation: &Operation, sent: Instant, answer: Option<&Attempt>) {
        let ended = turmoil::sim_elapsed().unwrap_or_default();
        let tried = OperationTry {
            lock_key: self.world.system().lock_key(&operation.what),
            sent: ended.saturating_sub(sent.elapsed()),
            ended,
            status: answer.map(|answer| answer.status),
        };
        self.world.judge(Host::CLIENTS, |checker, event| {
            checker.operation_tried(&tried, event);
        });
    }
}
