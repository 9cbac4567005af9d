//! A window of a load: how many requests were carried out and refused in it, and how fast.
//!
//! A rate counts replies by when they came. A latency belongs to the request by when it was due: a service that
//! stalls would otherwise hide the requests that it answers after the window.

use std::ops::Range;

use comfy_table::Table;
use serde::Serialize;

use crate::{
    latencies::Quantiles,
    request_outcome::RequestOutcome,
    samples::{Sample, due_within, histogram},
    text,
};

/// The requests of one window.
#[derive(Debug, Serialize)]
pub(super) struct Window {
    /// Requests carried out per second, by the time of the reply. Requests that were due before the window count as well.
    pub(super) done_per_second: f64,
    pub(super) refused_per_second: f64,
    #[serde(rename = "refused_bare")]
    pub(super) refused_without_retry_after: u64,
    /// Latencies of requests that were carried out, from when they were due.
    #[serde(rename = "done")]
    pub(super) done_since_due: Quantiles,
    /// Latencies of refusals, from when the requests were sent.
    #[serde(rename = "refused_from_sent")]
    pub(super) refused_since_sent: Quantiles,
    /// Latencies of refusals, from when the requests were due. They include the lateness of the generator.
    #[serde(rename = "refused_from_due")]
    pub(super) refused_since_due: Quantiles,
    /// How late the generator sent the requests.
    #[serde(rename = "late")]
    pub(super) lateness: Quantiles,
}

impl Window {
    /// `span` is in microseconds since the start of the load.
    pub(super) fn of(samples: &[Sample], span: Range<u64>) -> Self {
        let seconds = (span.end - span.start) as f64 / 1e6;
        let answered_within = |sample: &&Sample| span.contains(&u64::from(sample.answered));
        let answered = samples.iter().filter(answered_within);
        let done = answered.filter(|sample| sample.is_done()).count();
        let due = || due_within(samples, span.clone());
        let refused = || due().filter(|sample| sample.is_refused());
        let bare = RequestOutcome::Refused { retry_after: false };
        let carried_out = due().filter(|sample| sample.is_done());
        Self {
            done_per_second: done as f64 / seconds,
            refused_per_second: refused().count() as f64 / seconds,
            refused_without_retry_after: due().filter(|sample| sample.outcome == bare).count()
                as u64,
            done_since_due: Quantiles::of(&histogram(carried_out, Sample::since_due)),
            refused_since_sent: Quantiles::of(&histogram(refused(), Sample::since_sent)),
            refused_since_due: Quantiles::of(&histogram(refused(), Sample::since_due)),
            lateness: Quantiles::of(&histogram(due(), Sample::lateness)),
        }
    }

    /// A line for each kind of latency: its name, the rate of the requests, and the quantiles.
    fn rows(&self) -> [(&'static str, String, &Quantiles); 4] {
        let rate = |rate: f64| format!("{rate:.0}");
        [
            (
                "carried out, since due",
                rate(self.done_per_second),
                &self.done_since_due,
            ),
            (
                "refused, since sent",
                rate(self.refused_per_second),
                &self.refused_since_sent,
            ),
            ("refused, since due", String::new(), &self.refused_since_due),
            ("lateness of the generator", String::new(), &self.lateness),
        ]
    }
}

/// The windows one below the other.
pub(super) fn table(windows: &[(&str, &Window)]) -> Table {
    let mut table = text::table(&[
        "", "", "per s", "p50 ms", "p90 ms", "p99 ms", "p99.9 ms", "max ms",
    ]);
    for (name, window) in windows {
        for (number, (what, rate, quantiles)) in window.rows().into_iter().enumerate() {
            let name = if number == 0 { *name } else { "" };
            let mut cells = vec![name.to_owned(), what.to_owned(), rate];
            cells.extend(text::quantile_cells(quantiles));
            table.add_row(cells);
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Times in milliseconds.
    fn sample(due: u64, sent: u64, answered: u64, outcome: RequestOutcome) -> Sample {
        let at = Duration::from_millis;
        Sample::new(at(due), at(sent), at(answered), outcome)
    }

    /// The generator was late by 4 ms. That must not be counted against the services.
    #[test]
    fn a_refusal_is_measured_since_sent_and_since_due() {
        let refused = RequestOutcome::Refused { retry_after: true };
        let bare = RequestOutcome::Refused { retry_after: false };
        let samples = [
            sample(0, 0, 1, bare),
            sample(1_000, 1_004, 1_006, refused),
            sample(900, 900, 1_500, RequestOutcome::Done),
            sample(1_100, 1_100, 2_500, RequestOutcome::Done),
        ];
        let window = Window::of(&samples, 1_000_000..2_000_000);
        assert_eq!(
            (window.done_per_second, window.refused_per_second),
            (1.0, 1.0)
        );
        assert_eq!(window.refused_without_retry_after, 0);
        let near = |micros: u64, millis: u64| micros.abs_diff(millis * 1_000) < 10;
        assert!(near(window.refused_since_sent.p99_micros, 2), "{window:?}");
        assert!(near(window.refused_since_due.p99_micros, 6), "{window:?}");
        assert!(near(window.lateness.max_micros, 4), "{window:?}");
    }
}
