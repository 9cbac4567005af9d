//! What a load has measured so far: how many requests, how fast, and the counts that the articles must have now.

use std::{collections::BTreeMap, time::Duration};

use crate::{
    consistency::ExpectedCount,
    latencies::{Latencies, latencies},
    request_mix::Operation,
    request_outcome::RequestOutcome,
    time_series::TimeSeries,
};

/// Everything that is counted during a load.
pub(crate) struct Measurements {
    pub(crate) likes: u64,
    pub(crate) unlikes: u64,
    pub(crate) reads: u64,
    pub(crate) refused: u64,
    pub(crate) refused_without_retry_after: u64,
    pub(crate) in_doubt: u64,
    /// The number of replies of each unexpected status.
    pub(crate) unexpected: BTreeMap<u16, u64>,
    /// Of writes that were carried out, from when they were due.
    pub(crate) write_latencies: Latencies,
    /// Of reads, from when they were due.
    pub(crate) read_latencies: Latencies,
    /// Of refusals, from when the requests were sent.
    pub(crate) refusal_latencies: Latencies,
    /// One entry per article, in the order of the articles.
    pub(crate) expected_counts: Vec<ExpectedCount>,
    pub(crate) series: TimeSeries,
    /// Whether the warm-up is over. Before that, only the expected counts change.
    pub(crate) measuring: bool,
}

impl Measurements {
    pub(crate) fn new(articles: usize) -> Self {
        Self {
            likes: 0,
            unlikes: 0,
            reads: 0,
            refused: 0,
            refused_without_retry_after: 0,
            in_doubt: 0,
            unexpected: BTreeMap::new(),
            write_latencies: latencies(),
            read_latencies: latencies(),
            refusal_latencies: latencies(),
            expected_counts: vec![ExpectedCount::default(); articles],
            series: TimeSeries::default(),
            measuring: false,
        }
    }

    /// Counts one request. `since_due` is its latency from when it was due, `since_sent` from when it was sent.
    ///
    /// Refusals have their own histogram. In the same one, fast refusals under overload would make the latency look
    /// better the more of them there are.
    pub(crate) fn count(
        &mut self,
        operation: Operation,
        article: usize,
        outcome: RequestOutcome,
        since_due: Duration,
        since_sent: Duration,
    ) {
        // The warm-up changes the articles' counts as well, so this happens whether or not the request is measured.
        self.expected_counts[article].apply(operation, outcome);
        if !self.measuring {
            return;
        }
        match outcome {
            RequestOutcome::Done => self.count_done(operation, micros(since_due)),
            RequestOutcome::Refused { retry_after } => {
                self.refusal_latencies.saturating_record(micros(since_sent));
                self.refused += 1;
                self.refused_without_retry_after += u64::from(!retry_after);
            }
            RequestOutcome::InDoubt => self.in_doubt += 1,
            RequestOutcome::Unexpected(status) => *self.unexpected.entry(status).or_default() += 1,
        }
        self.series.count(outcome, micros(since_due));
    }

    fn count_done(&mut self, operation: Operation, latency_micros: u64) {
        match operation {
            Operation::Like | Operation::Unlike => {
                self.write_latencies.saturating_record(latency_micros);
            }
            Operation::ReadCount | Operation::ReadMembership => {
                self.read_latencies.saturating_record(latency_micros);
            }
        }
        match operation {
            Operation::Like => self.likes += 1,
            Operation::Unlike => self.unlikes += 1,
            Operation::ReadCount | Operation::ReadMembership => self.reads += 1,
        }
    }
}

/// At least 1, the smallest value that the histogram can hold.
fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX).max(1)
}
