//! How coverage grows with the runs of a campaign: a curve of few points, closer together at its beginning, where most
//! happens.

use likewise_sim::coverage::CoverageCounts;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Points of a curve at most: two between any number of runs and its double, so that 2³¹ runs fit.
pub const POINTS_MAX: usize = 64;

/// What was seen after so many runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GrowthPoint {
    /// Runs until then.
    pub runs: u64,
    /// Cells of the matrix that were seen.
    pub cells: u64,
    /// Pairs of kinds of faults that struck in one run.
    pub pairs: u64,
}

/// The curve, while it grows.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Growth {
    points: Vec<GrowthPoint>,
    last: Option<GrowthPoint>,
}

impl Growth {
    /// Notes what was seen after so many runs.
    pub fn note(&mut self, runs: u64, seen: CoverageCounts) {
        let point = GrowthPoint {
            runs,
            cells: seen.cells,
            pairs: seen.pairs,
        };
        // One place is kept for where the campaign ends.
        if is_kept(runs) && self.points.len() < POINTS_MAX - 1 {
            self.points.push(point);
        }
        self.last = Some(point);
    }

    /// The curve so far: it always ends where the campaign does.
    #[must_use]
    pub fn points(&self) -> Vec<GrowthPoint> {
        let mut points = self.points.clone();
        points.extend(self.last.filter(|last| points.last() != Some(last)));
        points
    }
}

/// 1, 2, 3, 4, 6, 8, 12, 16, 24 …
fn is_kept(runs: u64) -> bool {
    runs.is_power_of_two() || (runs.is_multiple_of(3) && (runs / 3).is_power_of_two())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(runs: u64) -> Vec<u64> {
        let mut growth = Growth::default();
        for runs in 1..=runs {
            let seen = CoverageCounts {
                cells: runs,
                ..CoverageCounts::default()
            };
            growth.note(runs, seen);
        }
        growth.points().iter().map(|point| point.runs).collect()
    }

    #[test]
    fn points_are_close_together_first_and_the_last_is_the_end() {
        assert_eq!(curve(13), [1, 2, 3, 4, 6, 8, 12, 13]);
        assert_eq!(curve(4), [1, 2, 3, 4]);
        assert!(curve(0).is_empty());
    }

    #[test]
    fn a_curve_is_bounded() {
        let mut growth = Growth::default();
        for power in 0..64 {
            growth.note(1 << power, CoverageCounts::default());
            growth.note(
                3_u64.saturating_mul(1 << (power / 2)),
                CoverageCounts::default(),
            );
        }
        assert!(growth.points().len() <= POINTS_MAX);
    }
}
