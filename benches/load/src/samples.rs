//! One sample per request of a load in phases, so that each window can be judged afterwards.
//!
//! A sample has sixteen bytes. The generator only appends it during the measurement, so that sampling costs next to nothing.

use std::{ops::Range, time::Duration};

use crate::{
    latencies::{Latencies, latencies},
    request_outcome::RequestOutcome,
};

/// One request. Times are microseconds since the start of the load.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample {
    /// When the schedule wanted it sent.
    pub(crate) due: u32,
    /// When it was sent.
    pub(crate) sent: u32,
    /// When its reply had arrived.
    pub(crate) answered: u32,
    pub(crate) outcome: RequestOutcome,
}

impl Sample {
    pub(crate) fn new(
        due: Duration,
        sent: Duration,
        answered: Duration,
        outcome: RequestOutcome,
    ) -> Self {
        let micros = |time: Duration| u32::try_from(time.as_micros()).unwrap_or(u32::MAX);
        Self {
            due: micros(due),
            sent: micros(sent),
            answered: micros(answered),
            outcome,
        }
    }

    pub(crate) fn is_done(&self) -> bool {
        self.outcome == RequestOutcome::Done
    }

    pub(crate) fn is_refused(&self) -> bool {
        matches!(self.outcome, RequestOutcome::Refused { .. })
    }

    /// The latency from when the request was due, in microseconds.
    pub(crate) fn since_due(&self) -> u64 {
        u64::from(self.answered.saturating_sub(self.due))
    }

    /// The latency from when the request was sent, in microseconds.
    pub(crate) fn since_sent(&self) -> u64 {
        u64::from(self.answered.saturating_sub(self.sent))
    }

    /// How late the generator itself sent the request, in microseconds.
    pub(crate) fn lateness(&self) -> u64 {
        u64::from(self.sent.saturating_sub(self.due))
    }
}

/// The samples that were due within `span`, in microseconds since the start of the load.
pub(crate) fn due_within(samples: &[Sample], span: Range<u64>) -> impl Iterator<Item = &Sample> {
    samples
        .iter()
        .filter(move |sample| span.contains(&u64::from(sample.due)))
}

/// A histogram of one of the samples' times.
pub(crate) fn histogram<'s>(
    samples: impl Iterator<Item = &'s Sample>,
    time: impl Fn(&Sample) -> u64,
) -> Latencies {
    let mut all = latencies();
    for sample in samples {
        all.saturating_record(time(sample).max(1));
    }
    all
}
