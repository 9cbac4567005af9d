//! A stretch of a load: what was carried out and refused in it, and how soon.

use std::ops::Range;

use comfy_table::Table;
use serde::Serialize;

use crate::{
    outcome::Quantiles,
    samples::{Sample, due_in, histogram},
    show,
    tally::End,
};

/// What became of the requests of a stretch.
#[derive(Debug, Serialize)]
pub(super) struct Moment {
    /// Carried out, a second, by when the answer came: those of before count as well.
    pub(super) done_per_second: f64,
    pub(super) refused_per_second: f64,
    /// Refusals without `Retry-After`.
    pub(super) refused_bare: u64,
    /// Of those that were carried out, from when they were due.
    pub(super) done: Quantiles,
    /// Of refusals, from when they were sent.
    pub(super) refused_from_sent: Quantiles,
    /// Of refusals, from when they were due: what the generator was late by is in it.
    pub(super) refused_from_due: Quantiles,
    /// What the generator was late by, all requests.
    pub(super) late: Quantiles,
}

impl Moment {
    /// `span` is in microseconds since the load began.
    pub(super) fn of(samples: &[Sample], span: Range<u64>) -> Self {
        let seconds = (span.end - span.start) as f64 / 1e6;
        let answered = |sample: &&Sample| span.contains(&u64::from(sample.answered));
        let answered = samples.iter().filter(answered);
        let done = answered.filter(|sample| sample.end == End::Done).count();
        let due = || due_in(samples, span.clone());
        let refused = || due().filter(|sample| sample.is_refused());
        let bare = End::Refused { retry_after: false };
        let carried_out = due().filter(|sample| sample.end == End::Done);
        Self {
            done_per_second: done as f64 / seconds,
            refused_per_second: refused().count() as f64 / seconds,
            refused_bare: due().filter(|sample| sample.end == bare).count() as u64,
            done: Quantiles::of(&histogram(carried_out, Sample::waited)),
            refused_from_sent: Quantiles::of(&histogram(refused(), Sample::took)),
            refused_from_due: Quantiles::of(&histogram(refused(), Sample::waited)),
            late: Quantiles::of(&histogram(due(), Sample::late)),
        }
    }
}

/// Stretches below each other.
pub(super) fn table(moments: &[(&str, &Moment)]) -> Table {
    let mut table = show::table(&[
        "", "", "a second", "p50 ms", "p90 ms", "p99 ms", "p99.9 ms", "max ms",
    ]);
    for (name, moment) in moments {
        let rate = |rate: f64| format!("{rate:.0}");
        let rows = [
            (
                "carried out, from when due",
                rate(moment.done_per_second),
                &moment.done,
            ),
            (
                "refused, from when sent",
                rate(moment.refused_per_second),
                &moment.refused_from_sent,
            ),
            (
                "refused, from when due",
                String::new(),
                &moment.refused_from_due,
            ),
            ("the generator was late by", String::new(), &moment.late),
        ];
        for (number, (what, rate, quantiles)) in rows.into_iter().enumerate() {
            let name = if number == 0 { *name } else { "" };
            let mut cells = vec![name.to_owned(), what.to_owned(), rate];
            cells.extend(show::quantiles(quantiles));
            table.add_row(cells);
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Due, sent and answered, in milliseconds.
    fn sample(due: u64, sent: u64, answered: u64, end: End) -> Sample {
        let at = Duration::from_millis;
        Sample::new(at(due), at(sent), at(answered), end)
    }

    #[test]
    fn a_refusal_counts_from_when_it_was_sent_and_from_when_it_was_due() {
        let refused = End::Refused { retry_after: true };
        let bare = End::Refused { retry_after: false };
        let samples = [
            sample(0, 0, 1, bare),
            sample(1_000, 1_004, 1_006, refused),
            sample(900, 900, 1_500, End::Done),
            sample(1_100, 1_100, 2_500, End::Done),
        ];
        let moment = Moment::of(&samples, 1_000_000..2_000_000);
        assert_eq!(
            (moment.done_per_second, moment.refused_per_second),
            (1.0, 1.0)
        );
        assert_eq!(moment.refused_bare, 0);
        let near = |micros: u64, millis: u64| micros.abs_diff(millis * 1_000) < 10;
        assert!(near(moment.refused_from_sent.p99_micros, 2), "{moment:?}");
        assert!(near(moment.refused_from_due.p99_micros, 6), "{moment:?}");
        assert!(near(moment.late.max_micros, 4), "{moment:?}");
    }
}
