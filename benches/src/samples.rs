//! One entry a request of a load in legs: enough to judge each moment of it afterwards.
//!
//! Sixteen bytes a request, pushed and not looked at: while it measures, the generator does nothing else with them.

use std::time::Duration;

use crate::tally::{End, Latencies, latencies};

/// One request. Times are microseconds since the load began.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample {
    /// When it should have begun.
    pub(crate) due: u32,
    /// When it did.
    pub(crate) sent: u32,
    /// When its answer was there.
    pub(crate) answered: u32,
    pub(crate) end: End,
}

impl Sample {
    pub(crate) fn new(due: Duration, sent: Duration, answered: Duration, end: End) -> Self {
        let micros = |time: Duration| u32::try_from(time.as_micros()).unwrap_or(u32::MAX);
        Self {
            due: micros(due),
            sent: micros(sent),
            answered: micros(answered),
            end,
        }
    }

    pub(crate) fn is_refused(&self) -> bool {
        matches!(self.end, End::Refused { .. })
    }

    /// From when it should have begun.
    pub(crate) fn waited(&self) -> u64 {
        u64::from(self.answered.saturating_sub(self.due))
    }

    /// From when it was sent.
    pub(crate) fn took(&self) -> u64 {
        u64::from(self.answered.saturating_sub(self.sent))
    }

    /// What the generator itself was late by.
    pub(crate) fn late(&self) -> u64 {
        u64::from(self.sent.saturating_sub(self.due))
    }
}

/// Those that were due in a span of time, in microseconds since the load began.
pub(crate) fn due_in(
    samples: &[Sample],
    span: std::ops::Range<u64>,
) -> impl Iterator<Item = &Sample> {
    samples
        .iter()
        .filter(move |sample| span.contains(&u64::from(sample.due)))
}

/// Some time of each of them, as a histogram.
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
