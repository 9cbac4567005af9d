//! What a participant counts: its barrier's verdicts, its batches, and what it collects below the watermark.

use std::sync::Arc;

use super::{steps::StepsBatcher, watermark::Watermarks};
use crate::{
    env::Clock,
    id::SagaId,
    metrics::{MetricSource, MetricSpec, Samples},
    time::Timestamp,
};

pub(crate) static WATERMARK_AGE: MetricSpec = MetricSpec::gauge(
    "likewise_retention_watermark_age_seconds",
    &["service"],
    "How old the sagas are below which rows are deleted; there once a watermark is known to this process",
);
pub(crate) static COLLECTED: MetricSpec = MetricSpec::counter(
    "likewise_retention_rows_collected",
    &["service"],
    "Rows that were deleted below the watermark: sagas at the coordinator, barrier rows at a service",
);

/// What a participant counts.
pub(crate) struct ParticipantMetrics {
    pub(crate) service: &'static str,
    pub(crate) steps: StepsBatcher,
    pub(crate) watermarks: Watermarks,
    pub(crate) clock: Arc<dyn Clock>,
}

impl MetricSource for ParticipantMetrics {
    fn collect(&self, samples: &mut Samples) {
        self.steps.collect(samples, self.service);
        let (below, collected) = self.watermarks.counts();
        retention(samples, self.service, self.clock.now(), below, collected);
    }
}

/// Adds the age of a watermark and the number of rows deleted below it.
pub(crate) fn retention(
    samples: &mut Samples,
    service: &str,
    now: Timestamp,
    below: Option<SagaId>,
    collected: u64,
) {
    samples.count(&COLLECTED, &[service], collected);
    if let Some(began) = below.and_then(began_at) {
        let age = began.until(now).as_secs_f64();
        samples.gauge(&WATERMARK_AGE, &[service], age);
    }
}

/// When a saga began, by the clock of its coordinator. Its id holds the time.
pub(crate) fn began_at(saga: SagaId) -> Option<Timestamp> {
    let (seconds, nanos) = saga.0.get_timestamp()?.to_unix();
    let micros = i64::try_from(seconds).ok()?.checked_mul(1_000_000)?;
    Some(Timestamp(micros + i64::from(nanos / 1_000)))
}
