//! The load over time: one row per second.

use crate::{
    latencies::{Latencies, latencies},
    request_outcome::RequestOutcome,
};

/// One second of the load.
#[derive(Debug, Clone, Copy, Default, serde::Serialize)]
pub(crate) struct SecondRow {
    /// Seconds from the start of the measurement to the end of this row.
    pub(crate) second: u32,
    pub(crate) done: u64,
    pub(crate) refused: u64,
    pub(crate) in_doubt: u64,
    pub(crate) p50_micros: u64,
    pub(crate) p99_micros: u64,
    /// Memory of the services that this program started, without PostgreSQL's.
    pub(crate) resident_bytes: u64,
}

/// The finished rows and the second that is being counted.
pub(crate) struct TimeSeries {
    pub(crate) rows: Vec<SecondRow>,
    current: SecondRow,
    current_latencies: Latencies,
}

impl Default for TimeSeries {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            current: SecondRow::default(),
            current_latencies: latencies(),
        }
    }
}

impl TimeSeries {
    pub(crate) fn count(&mut self, outcome: RequestOutcome, latency_micros: u64) {
        match outcome {
            RequestOutcome::Done => {
                self.current.done += 1;
                self.current_latencies.saturating_record(latency_micros);
            }
            RequestOutcome::Refused { .. } => self.current.refused += 1,
            RequestOutcome::InDoubt => self.current.in_doubt += 1,
            RequestOutcome::Unexpected(_) => {}
        }
    }

    /// Ends the current second.
    pub(crate) fn finish_second(&mut self, resident_bytes: u64) {
        let mut row = std::mem::take(&mut self.current);
        row.second = u32::try_from(self.rows.len() + 1).unwrap_or(u32::MAX);
        row.p50_micros = self.current_latencies.value_at_quantile(0.5);
        row.p99_micros = self.current_latencies.value_at_quantile(0.99);
        row.resident_bytes = resident_bytes;
        self.current_latencies.reset();
        self.rows.push(row);
    }

    /// The rows as CSV with a header line.
    pub(crate) fn csv(rows: &[SecondRow]) -> String {
        let mut text =
            String::from("second,done,refused,in_doubt,p50_micros,p99_micros,resident_bytes\n");
        for row in rows {
            text.push_str(&format!(
                "{},{},{},{},{},{},{}\n",
                row.second,
                row.done,
                row.refused,
                row.in_doubt,
                row.p50_micros,
                row.p99_micros,
                row.resident_bytes
            ));
        }
        text
    }
}
