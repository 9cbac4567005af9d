//! How long the system took to become right once its faults had healed, as a distribution.
//!
//! Times are whole ticks of a simulated clock, so a campaign has few different ones: all are kept with their
//! counts, and the distributions of several machines add up exactly.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The upper ends of the histogram's bars: 1, 2 and 5 of every power of ten, from 10 ms to 2 minutes.
const BARS_MILLIS: [u64; 13] = [
    10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 120_000,
];

/// Times from the healing until everything was right, in simulated microseconds, with how many runs took each.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema)]
#[schemars(with = "Vec<(u64, u64)>")]
pub struct Times(BTreeMap<u64, u64>);

/// What a distribution comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Convergence {
    /// Runs that got there.
    pub runs: u64,
    /// Half of them were at least so fast.
    pub p50_micros: u64,
    /// Nine of ten.
    pub p90_micros: u64,
    /// All but one of a hundred.
    pub p99_micros: u64,
    /// The slowest.
    pub max_micros: u64,
}

/// One bar of a histogram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bar {
    /// Times up to this one, in milliseconds; nothing for the bar of all that took longer.
    pub until_millis: Option<u64>,
    /// So many runs.
    pub runs: u64,
}

impl Times {
    /// Counts so many runs in that took this long.
    pub fn count(&mut self, micros: u64, runs: u64) {
        *self.0.entry(micros).or_default() += runs;
    }

    /// Counts another distribution in.
    pub fn merge(&mut self, other: &Self) {
        for (micros, runs) in &other.0 {
            self.count(*micros, *runs);
        }
    }

    /// What it comes to; nothing if no run got there.
    #[must_use]
    pub fn convergence(&self) -> Option<Convergence> {
        Some(Convergence {
            runs: self.0.values().sum(),
            p50_micros: self.quantile(50)?,
            p90_micros: self.quantile(90)?,
            p99_micros: self.quantile(99)?,
            max_micros: *self.0.last_key_value()?.0,
        })
    }

    /// The shortest time that so many hundredths of the runs did not exceed.
    fn quantile(&self, percent: u64) -> Option<u64> {
        let runs: u64 = self.0.values().sum();
        let wanted = (runs * percent).div_ceil(100).max(1);
        let mut so_far = 0;
        let mut reached = self.0.iter().skip_while(|(_, runs)| {
            so_far += **runs;
            so_far < wanted
        });
        reached.next().map(|(micros, _)| *micros)
    }

    /// The bars from the first that is not empty to the last.
    #[must_use]
    pub fn histogram(&self) -> Vec<Bar> {
        let ends = BARS_MILLIS.into_iter().map(Some).chain([None]);
        let mut bars: Vec<Bar> = ends
            .map(|until_millis| Bar {
                until_millis,
                runs: 0,
            })
            .collect();
        for (micros, runs) in &self.0 {
            let place = BARS_MILLIS.partition_point(|end| end * 1_000 < *micros);
            bars[place].runs += runs;
        }
        let is_empty = |bar: &Bar| bar.runs == 0;
        while bars.last().is_some_and(is_empty) {
            bars.pop();
        }
        bars.into_iter().skip_while(is_empty).collect()
    }
}

/// As pairs of a time and its runs: what every reader of JSON can read.
impl Serialize for Times {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(&self.0)
    }
}

impl<'de> Deserialize<'de> for Times {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let pairs = Vec::<(u64, u64)>::deserialize(deserializer)?;
        let mut times = Self::default();
        for (micros, runs) in pairs {
            times.count(micros, runs);
        }
        Ok(times)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hundred() -> Times {
        let mut times = Times::default();
        for millis in 1..=100 {
            times.count(millis * 1_000, 1);
        }
        times
    }

    #[test]
    fn quantiles_are_times_that_occurred() {
        let convergence = hundred().convergence().unwrap();
        let millis = [
            convergence.p50_micros,
            convergence.p90_micros,
            convergence.p99_micros,
            convergence.max_micros,
        ]
        .map(|micros| micros / 1_000);
        assert_eq!(millis, [50, 90, 99, 100]);
        assert_eq!(convergence.runs, 100);
        assert_eq!(Times::default().convergence(), None);
    }

    #[test]
    fn bars_hold_every_run_and_end_where_the_runs_do() {
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
        let mut times = Times::default();
        times.count(500_000_000, 2);
        assert_eq!(times.histogram()[0].until_millis, None);
    }

    #[test]
    fn halves_merge_to_the_whole_and_survive_json() {
        let mut odd = Times::default();
        let mut even = Times::default();
        for millis in 1..=100 {
            let half = if millis % 2 == 0 { &mut even } else { &mut odd };
            half.count(millis * 1_000, 1);
        }
        odd.merge(&even);
        assert_eq!(odd, hundred());
        let text = serde_json::to_string(&odd).unwrap();
        assert!(text.starts_with("[[1000,1],"), "{text}");
        assert_eq!(serde_json::from_str::<Times>(&text).unwrap(), odd);
    }
}
