//! One service, as a coordinator reaches it.

use std::{sync::Arc, time::Duration};

use axum::http::Uri;
use tokio::task::JoinSet;

use super::{
    batched_client::BatchedClient,
    probe::{Probe, http_probe},
    reachability::Reachability,
    step_counts::StepCounts,
};
use crate::{
    batcher::{BatchLimits, BatchStats},
    bound::{Bound, within},
    coordinator::{config::CoordinatorConfig, product::Product},
    env::Env,
    metrics::Samples,
    participant::{
        BarrierRow, BarrierRowsClient, ParticipantClient, RaiseError, Raised, StepsClient,
        Watermark, WatermarkClient, http_participant,
    },
    protocol::{NoReply, StepKey, StepReply, StepRequest},
};

/// One service, as a coordinator reaches it.
pub struct Participant {
    pub(super) service: &'static str,
    /// A reply of `None` says that the step was not applied: send it again.
    steps: BatchedClient<StepRequest, Option<StepReply>>,
    watermarks: Arc<dyn WatermarkClient>,
    rows: Arc<dyn BarrierRowsClient>,
    /// The time limit of one batch.
    timeout: Duration,
    batches: BatchLimits,
    counts: StepCounts,
    step_batches: Arc<BatchStats>,
    lookup_batches: Arc<BatchStats>,
    pub(super) reachability: Arc<Reachability>,
    /// Probes the service while it is away.
    _watch: JoinSet<()>,
}

impl Participant {
    /// Starts the queue of steps to a service. `service` is its name in the steps of the product's sagas, and `probe` asks
    /// it whether it can do its work.
    #[must_use]
    pub fn start(
        service: &'static str,
        steps: StepsClient,
        watermarks: Arc<dyn WatermarkClient>,
        rows: Arc<dyn BarrierRowsClient>,
        probe: Probe,
        config: &CoordinatorConfig,
        product: &Product,
    ) -> Self {
        let (timeout, watch_interval) = (config.step_timeout, config.watch_interval);
        let batches = config.executor.batches;
        let reachability = Reachability::new(service, probe, timeout, watch_interval, product.noun);
        let reachability = Arc::new(reachability);
        // Dropping the set ends its task.
        let mut watch = JoinSet::new();
        if let Some(interval) = watch_interval {
            watch.spawn(Arc::clone(&reachability).watch(interval));
        }
        let step_batches = Arc::<BatchStats>::default();
        Self {
            service,
            steps: BatchedClient::start(
                service,
                steps,
                (timeout, batches),
                Arc::clone(&step_batches),
                Arc::clone(&reachability),
            ),
            counts: StepCounts::default(),
            step_batches,
            lookup_batches: Arc::default(),
            watermarks,
            rows,
            timeout,
            batches,
            _watch: watch,
            reachability,
        }
    }

    /// Starts the queue of steps to the service at this base URL.
    #[must_use]
    pub fn http(
        service: &'static str,
        base: &Uri,
        env: &Env,
        config: &CoordinatorConfig,
        product: &Product,
    ) -> Self {
        let clients = http_participant::<(), ()>(service, base, env);
        Self::start(
            service,
            clients.steps,
            clients.watermarks,
            clients.rows,
            http_probe(base, env),
            config,
            product,
        )
    }

    /// Starts a queue of lookups to the same service. It is a separate queue, so that a lookup never waits for a step.
    #[must_use]
    pub fn lookups<Q, A>(&self, client: Arc<dyn ParticipantClient<Q, A>>) -> BatchedClient<Q, A>
    where
        Q: Send + 'static,
        A: Send + 'static,
    {
        let reachability = Arc::clone(&self.reachability);
        let bounds = (self.timeout, self.batches);
        let stats = Arc::clone(&self.lookup_batches);
        BatchedClient::start(self.service, client, bounds, stats, reachability)
    }

    /// The name of the service.
    #[must_use]
    pub fn service(&self) -> &'static str {
        self.service
    }

    /// Whether it counts as reachable, as far as is known.
    pub(in crate::coordinator) fn is_reachable(&self) -> bool {
        self.reachability.is_reachable()
    }

    /// Adds what is counted of its steps and batches.
    pub(in crate::coordinator) fn collect(&self, samples: &mut Samples) {
        self.counts.collect(samples, self.service);
        let queues = [
            ("steps", &self.step_batches),
            ("lookups", &self.lookup_batches),
        ];
        for (queue, stats) in queues {
            stats.collect(samples, queue, self.service);
        }
    }

    /// Publishes the retention watermark, within the time limit of a batch of steps.
    ///
    /// # Errors
    /// [`RaiseError`]; see its variants.
    ///
    /// # Cancel safety
    /// Dropping the future leaves the watermark as unknown as [`RaiseError::NoReply`].
    pub async fn raise_watermark(&self, watermark: Watermark) -> Result<Raised, RaiseError> {
        let service = self.service;
        let bound = Bound::new(service, self.timeout);
        let raised = within(bound, self.watermarks.raise(watermark)).await;
        raised.map_err(|overdue| NoReply(overdue.to_string()))?
    }

    /// Reads barrier rows, in order, within the time limit of a batch of steps. `None`: there is no row. It asks for 1 to
    /// [`BATCH_STEPS_MAX`](crate::protocol::step::BATCH_STEPS_MAX) steps, and for none without a request.
    ///
    /// It says nothing about whether the service is reachable: a person asked, and no saga waits for it.
    ///
    /// # Errors
    /// [`NoReply`]: the rows are not known.
    ///
    /// # Cancel safety
    /// Safe: it only reads.
    pub async fn barrier_rows(
        &self,
        steps: Vec<StepKey>,
    ) -> Result<Vec<Option<BarrierRow>>, NoReply> {
        if steps.is_empty() {
            return Ok(Vec::new());
        }
        let (service, asked) = (self.service, steps.len());
        let bound = Bound::new(service, self.timeout);
        let read = within(bound, self.rows.read(steps)).await;
        let rows = read.map_err(|overdue| NoReply(overdue.to_string()))??;
        match rows.len() {
            sent if sent == asked => Ok(rows),
            sent => Err(NoReply(format!(
                "the {service} service sent {sent} rows for {asked} steps"
            ))),
        }
    }

    /// Sends one step with the next batch.
    ///
    /// # Errors
    /// [`NoReply`]: the effect of the step is unknown.
    pub(super) async fn send(&self, request: StepRequest) -> Result<StepReply, NoReply> {
        let attempt = self.counts.begin(request.op);
        let reply = self.send_uncounted(request).await;
        attempt.end(&reply);
        reply
    }

    async fn send_uncounted(&self, request: StepRequest) -> Result<StepReply, NoReply> {
        let not_applied = || {
            self.reachability.suspect();
            let service = self.service;
            NoReply(format!("the {service} service could not apply the step"))
        };
        self.steps.send(request).await?.ok_or_else(not_applied)
    }
}
