//! What the executors of one coordinator count, over all its terms.

use std::sync::Arc;

use super::config::Define;
use crate::{
    batcher::BatchStats,
    metrics::{Counter, MetricSpec, Samples},
    protocol::Status,
};

pub(crate) static STARTED: MetricSpec = MetricSpec::counter(
    "likewise_sagas_started",
    &["kind"],
    "Sagas that this process started; those that need no step are among the ended ones only",
);
pub(crate) static RECOVERED: MetricSpec = MetricSpec::counter(
    "likewise_sagas_recovered",
    &["kind"],
    "Open sagas that this process found in the log and drives",
);
pub(crate) static ENDED: MetricSpec = MetricSpec::counter(
    "likewise_sagas_ended",
    &["kind", "outcome"],
    "Sagas whose end this process stored: `completed`, `compensated`, or `not_needed` (a no-op under a key)",
);
pub(crate) static COMPENSATIONS: MetricSpec = MetricSpec::counter(
    "likewise_compensations_started",
    &["kind"],
    "Decisions to undo a saga that has gone forward",
);
pub(crate) static PARKED_EVER: MetricSpec = MetricSpec::counter(
    "likewise_sagas_parked",
    &["kind"],
    "How often a saga was parked",
);

/// The kind of a saga that no product names.
const OTHER: &str = "other";

/// The sagas of a product: how to derive their steps, and what is counted of each kind. Clones share the counts.
#[derive(Clone)]
pub struct SagaKinds {
    pub(super) define: Define,
    pub(super) counts: Arc<SagaCounts>,
}

/// What is counted of sagas.
pub(crate) struct SagaCounts {
    /// One per kind; the last one is of all other kinds.
    kinds: Vec<KindCounts>,
    /// Of the saga log.
    pub(super) batches: Arc<BatchStats>,
}

/// What is counted of one kind.
#[derive(Default)]
pub(super) struct KindCounts {
    kind: &'static str,
    pub(super) started: Counter,
    pub(super) recovered: Counter,
    pub(super) not_needed: Counter,
    pub(super) compensations: Counter,
    pub(super) parked: Counter,
    completed: Counter,
    compensated: Counter,
}

impl SagaKinds {
    /// Kinds with these names. Sagas of a kind without a name are counted together.
    #[must_use]
    pub fn new(define: Define, kinds: &[&'static str]) -> Self {
        let kinds = kinds.iter().copied().chain([OTHER]);
        let counts = kinds.map(|kind| KindCounts {
            kind,
            ..KindCounts::default()
        });
        Self {
            define,
            counts: Arc::new(SagaCounts {
                kinds: counts.collect(),
                batches: Arc::default(),
            }),
        }
    }

    pub(crate) fn counts(&self) -> &SagaCounts {
        &self.counts
    }
}

impl SagaCounts {
    /// The number of a kind. A product has a few: comparing their names costs less than a map.
    pub(super) fn kind(&self, kind: &str) -> usize {
        let named = self.kinds.iter().position(|counts| counts.kind == kind);
        named.unwrap_or(self.kinds.len() - 1)
    }

    /// The name of a kind.
    pub(super) fn name(&self, kind: usize) -> &'static str {
        self.kinds[kind].kind
    }

    pub(super) fn of(&self, kind: usize) -> &KindCounts {
        &self.kinds[kind]
    }

    pub(crate) fn collect(&self, samples: &mut Samples) {
        for counts in &self.kinds {
            let kind = counts.kind;
            // Kinds that a product names are there from the start, so that a rate has its first value.
            let counters = [
                (&STARTED, &counts.started),
                (&RECOVERED, &counts.recovered),
                (&COMPENSATIONS, &counts.compensations),
                (&PARKED_EVER, &counts.parked),
            ];
            for (spec, counter) in counters {
                collect(samples, spec, &[kind], counter);
            }
            let ends = [
                ("completed", &counts.completed),
                ("compensated", &counts.compensated),
                ("not_needed", &counts.not_needed),
            ];
            for (outcome, counter) in ends {
                collect(samples, &ENDED, &[kind, outcome], counter);
            }
        }
        self.batches.collect(samples, "saga_log", "coordinator");
    }
}

fn collect(samples: &mut Samples, spec: &'static MetricSpec, labels: &[&str], counter: &Counter) {
    match labels[0] == OTHER {
        true => samples.count_if_any(spec, labels, counter),
        false => samples.counter(spec, labels, counter),
    }
}

impl KindCounts {
    /// Counts a status that was stored.
    pub(super) fn stored(&self, status: Status) {
        let counter = match status {
            Status::Running => return,
            Status::Compensating => &self.compensations,
            Status::Completed => &self.completed,
            Status::Compensated => &self.compensated,
        };
        counter.inc();
    }
}
