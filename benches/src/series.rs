//! The load over time: one row a second.

use hdrhistogram::Histogram;

use crate::tally::{End, latencies};

/// One second.
#[derive(Debug, Clone, Copy, Default, serde::Serialize)]
pub(crate) struct Row {
    /// Seconds since the measuring began, at its end.
    pub(crate) second: u32,
    pub(crate) done: u64,
    pub(crate) refused: u64,
    pub(crate) in_doubt: u64,
    pub(crate) p50_micros: u64,
    pub(crate) p99_micros: u64,
    /// Memory of the services started here, without PostgreSQL's.
    pub(crate) resident_bytes: u64,
}

/// The rows so far and what the next is made of.
pub(crate) struct Series {
    pub(crate) rows: Vec<Row>,
    now: Row,
    waited: Histogram<u64>,
}

impl Default for Series {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            now: Row::default(),
            waited: latencies(),
        }
    }
}

impl Series {
    pub(crate) fn count(&mut self, end: End, micros: u64) {
        match end {
            End::Done => {
                self.now.done += 1;
                self.waited.saturating_record(micros);
            }
            End::Refused { .. } => self.now.refused += 1,
            End::InDoubt => self.now.in_doubt += 1,
            End::Unexpected(_) => {}
        }
    }

    /// Ends a second.
    pub(crate) fn close(&mut self, resident_bytes: u64) {
        let mut row = std::mem::take(&mut self.now);
        row.second = u32::try_from(self.rows.len() + 1).unwrap_or(u32::MAX);
        row.p50_micros = self.waited.value_at_quantile(0.5);
        row.p99_micros = self.waited.value_at_quantile(0.99);
        row.resident_bytes = resident_bytes;
        self.waited.reset();
        self.rows.push(row);
    }

    /// As CSV, with a head.
    pub(crate) fn csv(rows: &[Row]) -> String {
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
