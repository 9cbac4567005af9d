//! A distribution of durations: convergence after the faults healed, or latencies of operations.
//!
//! Durations are whole ticks of a simulated clock, so a campaign has few different values. All of them are kept with
//! their counts. So the distributions of several machines add up exactly, and quantiles of the sum stay exact.
//!
//! A histogram with fixed bins was the alternative. It is smaller, but its quantiles are bounds of bins, and two
//! histograms with other bins cannot be added.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The upper bounds of the histogram's bars: 1, 2 and 5 times every power of ten, from 10 ms to 2 minutes.
const BARS_MILLIS: [u64; 13] = [
    10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 120_000,
];

/// Durations in simulated microseconds, with the number of runs or operations that took each.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema)]
#[schemars(with = "Vec<(u64, u64)>", rename = "Times")]
pub struct Durations(BTreeMap<u64, u64>);

/// The quantiles of a distribution. Each is a value that occurred.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quantiles {
    /// The number of values.
    pub runs: u64,
    /// At least half of the values are not greater than this one.
    pub p50_micros: u64,
    /// The same for 90 %.
    pub p90_micros: u64,
    /// The same for 99 %.
    pub p99_micros: u64,
    /// The greatest value.
    pub max_micros: u64,
}

/// One bar of a histogram.
///
/// Bars hold disjoint ranges: a value counts in exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bar {
    /// The upper bound in milliseconds; `None` for the last bar, which has none.
    pub until_millis: Option<u64>,
    /// The number of values up to this bound and above the bound before.
    pub runs: u64,
}

impl Durations {
    /// Adds so many values of this size.
    pub fn count(&mut self, micros: u64, runs: u64) {
        *self.0.entry(micros).or_default() += runs;
    }

    /// Adds another distribution.
    pub fn merge(&mut self, other: &Self) {
        for (micros, runs) in &other.0 {
            self.count(*micros, *runs);
        }
    }

    /// Its quantiles; `None` if it is empty.
    #[must_use]
    pub fn quantiles(&self) -> Option<Quantiles> {
        Some(Quantiles {
            runs: self.0.values().sum(),
            p50_micros: self.quantile(50)?,
            p90_micros: self.quantile(90)?,
            p99_micros: self.quantile(99)?,
            max_micros: *self.0.last_key_value()?.0,
        })
    }

    /// The smallest value that so many per cent of the values do not exceed.
    ///
    /// `None` if there is no value. Only integers are used, so that every machine gets the same result.
    fn quantile(&self, percent: u64) -> Option<u64> {
        let runs: u64 = self.0.values().sum();
        // At least one value is needed, or the smallest quantile of a few values would be before the first.
        let needed = (runs * percent).div_ceil(100).max(1);
        let mut so_far = 0;
        let mut reached = self.0.iter().skip_while(|(_, runs)| {
            so_far += **runs;
            so_far < needed
        });
        reached.next().map(|(micros, _)| *micros)
    }

    /// The bars from the first non-empty one to the last non-empty one.
    ///
    /// Empty bars at the ends are left out. Empty bars in between stay, because a gap is information.
    #[must_use]
    pub fn histogram(&self) -> Vec<Bar> {
        let bounds = BARS_MILLIS.into_iter().map(Some).chain([None]);
        let mut bars: Vec<Bar> = bounds
            .map(|until_millis| Bar {
                until_millis,
                runs: 0,
            })
            .collect();
        for (micros, runs) in &self.0 {
            // A value equal to a bound belongs to the bar below it. Values above all bounds fall into the last bar.
            let index = BARS_MILLIS.partition_point(|bound| bound * 1_000 < *micros);
            bars[index].runs += runs;
        }
        let is_empty = |bar: &Bar| bar.runs == 0;
        while bars.last().is_some_and(is_empty) {
            bars.pop();
        }
        bars.into_iter().skip_while(is_empty).collect()
    }
}

/// Pairs of a value and its count: JSON object keys would have to be strings.
impl Serialize for Durations {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(&self.0)
    }
}

impl<'de> Deserialize<'de> for Durations {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let pairs = Vec::<(u64, u64)>::deserialize(deserializer)?;
        let mut durations = Self::default();
        for (micros, runs) in pairs {
            durations.count(micros, runs);
        }
        Ok(durations)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hundred() -> Durations {
        let mut durations = Durations::default();
        for millis in 1..=100 {
            durations.count(millis * 1_000, 1);
        }
        durations
    }

    /// An interpolated value could be one that no run ever took.
    #[test]
    fn quantiles_are_values_that_occurred() {
        let quantiles = hundred().quantiles().unwrap();
        let millis = [
            quantiles.p50_micros,
            quantiles.p90_micros,
            quantiles.p99_micros,
            quantiles.max_micros,
        ]
        .map(|micros| micros / 1_000);
        assert_eq!(millis, [50, 90, 99, 100]);
        assert_eq!(quantiles.runs, 100);
        assert_eq!(Durations::default().quantiles(), None);
    }

    #[test]
    fn bars_hold_every_value_and_end_at_the_greatest() {
        let bars = hundred().histogram();
        let shown: Vec<_> = bars.iter().map(|b| (b.until_millis, b.runs)).collect();
        assert_eq!(
            shown,
            [
                (Some(10), 10),
                (Some(20), 10),
                (Some(50), 30),
                (Some(100), 50)
            ]
        );
        let mut durations = Durations::default();
        durations.count(500_000_000, 2);
        assert_eq!(durations.histogram()[0].until_millis, None);
    }

    /// Many machines each write their part as JSON before anything is merged.
    #[test]
    fn merged_halves_equal_the_whole_and_survive_json() {
        let mut odd = Durations::default();
        let mut even = Durations::default();
        for millis in 1..=100 {
            let half = if millis % 2 == 0 { &mut even } else { &mut odd };
            half.count(millis * 1_000, 1);
        }
        odd.merge(&even);
        assert_eq!(odd, hundred());
        let text = serde_json::to_string(&odd).unwrap();
        assert!(text.starts_with("[[1000,1],"), "{text}");
        assert_eq!(serde_json::from_str::<Durations>(&text).unwrap(), odd);
    }
}
