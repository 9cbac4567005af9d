//! What a coordinator counts, and its state.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use super::{instance::Coordinator, leadership::Term};
use crate::{
    alerts::AlertCounts,
    id::SagaId,
    metrics::{Counter, MetricSource, MetricSpec, Samples},
    participant::{began_at, retention},
};

pub(crate) static OPEN: MetricSpec = MetricSpec::gauge(
    "likewise_sagas_open",
    &["state"],
    "Sagas that this coordinator drives: `running` or `compensating`",
);
pub(crate) static PARKED: MetricSpec = MetricSpec::gauge(
    "likewise_sagas_parked_now",
    &[],
    "Open sagas that need a person",
);
pub(crate) static UNREADABLE: MetricSpec = MetricSpec::gauge(
    "likewise_sagas_unreadable",
    &[],
    "Open sagas that the last scan could not drive, because their row cannot be read",
);
pub(crate) static OLDEST: MetricSpec = MetricSpec::gauge(
    "likewise_saga_oldest_age_seconds",
    &[],
    "Age of the oldest saga that this coordinator drives; 0 without one",
);
pub(crate) static LEADER: MetricSpec = MetricSpec::gauge(
    "likewise_coordinator_leader",
    &[],
    "1 if this coordinator drives the sagas of the log, as far as it knows; 0 if it stands by or was replaced",
);
pub(crate) static EPOCH: MetricSpec = MetricSpec::gauge(
    "likewise_log_epoch",
    &[],
    "The newest epoch of the saga log that this coordinator has seen",
);
pub(crate) static TAKEOVERS: MetricSpec = MetricSpec::counter(
    "likewise_log_takeovers",
    &[],
    "How often this process took over the saga log, its start included",
);
pub(crate) static RECOVERED: MetricSpec = MetricSpec::gauge(
    "likewise_coordinator_recovered",
    &[],
    "1 once the leader has registered every open saga; until then it accepts no request",
);
pub(crate) static ADMITTED: MetricSpec = MetricSpec::gauge(
    "likewise_requests_admitted",
    &[],
    "Requests that hold one of `--open-sagas-max` permits",
);
pub(crate) static ADMITTED_MAX: MetricSpec = MetricSpec::gauge(
    "likewise_requests_admitted_max",
    &[],
    "The value of `--open-sagas-max`",
);
pub(crate) static REACHABLE: MetricSpec = MetricSpec::gauge(
    "likewise_dependency_reachable",
    &["service"],
    "0 while the coordinator counts a service as away",
);

/// What a coordinator counts over all its terms, beside its sagas.
#[derive(Default)]
pub(super) struct TermCounts {
    pub(super) takeovers: Counter,
    /// At the last scan.
    unreadable: AtomicU64,
    pub(super) retention: RetentionCounts,
    pub(super) alerts: Arc<AlertCounts>,
}

/// What the leader counts of retention.
#[derive(Default)]
pub(super) struct RetentionCounts {
    /// Sagas that were deleted from the log.
    pub(super) deleted: Counter,
    /// Below this one they may be deleted.
    below: Mutex<Option<SagaId>>,
}

impl TermCounts {
    /// Notes how many open sagas a scan could not drive.
    pub(super) fn note_unreadable(&self, sagas: usize) {
        self.unreadable.store(sagas as u64, Relaxed);
    }
}

impl RetentionCounts {
    pub(super) fn note_below(&self, below: Option<SagaId>) {
        *self.below.lock().unwrap_or_else(PoisonError::into_inner) = below;
    }

    fn below(&self) -> Option<SagaId> {
        *self.below.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl MetricSource for Coordinator {
    fn collect(&self, samples: &mut Samples) {
        self.kinds.counts().collect(samples);
        let status = self.leadership.status();
        samples.flag(&LEADER, &[], status.is_leader());
        if let Some(epoch) = status.epoch() {
            samples.gauge(&EPOCH, &[], epoch.0 as f64);
        }
        samples.counter(&TAKEOVERS, &[], &self.counts.takeovers);
        if let Some(term) = self.leadership.term().filter(|_| status.is_leader()) {
            self.collect_term(&term, samples);
        }
        if self.config.alerts.is_some() {
            self.counts.alerts.collect(samples, status.is_leader());
        }
        for participant in &self.participants.0 {
            let service = participant.service();
            samples.flag(&REACHABLE, &[service], participant.is_reachable());
            participant.collect(samples);
        }
    }
}

impl Coordinator {
    /// What only the leader knows.
    fn collect_term(&self, term: &Term, samples: &mut Samples) {
        let open = term.executor.registry().overview();
        samples.number(&OPEN, &["running"], open.running);
        samples.number(&OPEN, &["compensating"], open.compensating);
        samples.number(&PARKED, &[], open.parked);
        let now = self.env.clock.now();
        let began = open.oldest.and_then(began_at);
        let age = began.map_or(0.0, |began| began.until(now).as_secs_f64());
        samples.gauge(&OLDEST, &[], age);
        let unreadable = self.counts.unreadable.load(Relaxed);
        let unreadable = usize::try_from(unreadable).unwrap_or(usize::MAX);
        samples.number(&UNREADABLE, &[], unreadable);
        samples.flag(&RECOVERED, &[], term.is_recovered());
        let admitted_max = self.config.executor.sagas_open_max;
        let free = term.admission.available_permits();
        samples.number(&ADMITTED, &[], admitted_max.saturating_sub(free));
        samples.number(&ADMITTED_MAX, &[], self.config.open_max());
        if self.config.retention.is_some() {
            let counts = &self.counts.retention;
            let (below, deleted) = (counts.below(), counts.deleted.get());
            retention(samples, "coordinator", now, below, deleted);
        }
    }
}
