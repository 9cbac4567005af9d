//! The coverage curve: how coverage grows with the number of runs.
//!
//! The curve has few points. They are closer together at the beginning, where coverage grows fastest.

use likewise_search::coverage::CoverageCounts;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Points of a curve at most. Two points for each doubling of the number of runs, so 2³¹ runs fit.
pub const POINTS_MAX: usize = 64;

/// The coverage after a number of runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "GrowthPoint")]
pub struct CurvePoint {
    /// The number of runs.
    pub runs: u64,
    /// Cells of the fault matrix that were covered.
    pub cells: u64,
    /// Pairs of kinds of faults that fired in one run.
    pub pairs: u64,
}

/// A coverage curve while it is recorded.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct CoverageCurve {
    points: Vec<CurvePoint>,
    last: Option<CurvePoint>,
}

impl CoverageCurve {
    /// Records the coverage after this number of runs.
    ///
    /// Call it after every run. It keeps a point only where the curve needs one.
    pub fn record(&mut self, runs: u64, seen: CoverageCounts) {
        let point = CurvePoint {
            runs,
            cells: seen.cells,
            pairs: seen.pairs,
        };
        // The last place is reserved for the end of the campaign.
        if is_kept(runs) && self.points.len() < POINTS_MAX - 1 {
            self.points.push(point);
        }
        self.last = Some(point);
    }

    /// The curve so far; its last point is the latest run.
    #[must_use]
    pub fn points(&self) -> Vec<CurvePoint> {
        let mut points = self.points.clone();
        points.extend(self.last.filter(|last| points.last() != Some(last)));
        points
    }
}

/// 1, 2, 3, 4, 6, 8, 12, 16, 24 …
// Powers of two and the numbers half-way between them. The distance grows with the number of runs, as on a logarithmic axis.
fn is_kept(runs: u64) -> bool {
    runs.is_power_of_two() || (runs.is_multiple_of(3) && (runs / 3).is_power_of_two())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(runs: u64) -> Vec<u64> {
        let mut curve = CoverageCurve::default();
        for runs in 1..=runs {
            let seen = CoverageCounts {
                cells: runs,
                ..CoverageCounts::default()
            };
            curve.record(runs, seen);
        }
        curve.points().iter().map(|point| point.runs).collect()
    }

    #[test]
    fn points_are_close_together_at_first_and_the_last_is_the_end() {
        assert_eq!(points(13), [1, 2, 3, 4, 6, 8, 12, 13]);
        assert_eq!(points(4), [1, 2, 3, 4]);
        assert!(points(0).is_empty());
    }

    /// A campaign may run for days, and its report must not grow with it.
    #[test]
    fn a_curve_is_bounded() {
        let mut curve = CoverageCurve::default();
        for power in 0..64 {
            curve.record(1 << power, CoverageCounts::default());
            curve.record(
                3_u64.saturating_mul(1 << (power / 2)),
                CoverageCounts::default(),
            );
        }
        assert!(curve.points().len() <= POINTS_MAX);
    }
}
