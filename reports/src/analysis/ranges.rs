//! Sets of numbers: which seeds or combinations were run.
//!
//! A search that continues needs to know them, and so does a merge, which refuses the same work twice.
//!
//! A list of ranges is used, and not a set of numbers, because a search runs hundreds of thousands of combinations in
//! a few long stretches.

use std::ops::Range;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A set of numbers as half-open ranges. They are sorted, non-empty, and neither overlap nor touch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "Vec<(u64, u64)>", into = "Vec<(u64, u64)>")]
pub struct Ranges(Vec<(u64, u64)>);

impl Ranges {
    /// Adds a range. Numbers that are in the set already stay in it.
    ///
    /// An empty range is ignored.
    pub fn insert(&mut self, range: Range<u64>) {
        let (mut start, mut end) = (range.start, range.end);
        if start >= end {
            return;
        }
        // Ranges that only touch are joined as well. Otherwise a search that inserts number after number would keep a
        // range for each.
        let touches = |(from, to): &(u64, u64)| *from <= range.end && range.start <= *to;
        for (from, to) in self.0.iter().filter(|known| touches(known)) {
            start = start.min(*from);
            end = end.max(*to);
        }
        self.0.retain(|known| !touches(known));
        let at = self.0.partition_point(|(from, _)| *from < start);
        self.0.insert(at, (start, end));
    }

    /// Adds all numbers of another set.
    pub fn merge(&mut self, other: &Self) {
        for (start, end) in &other.0 {
            self.insert(*start..*end);
        }
    }

    /// The first range of numbers in both sets; `None` if they share none.
    #[must_use]
    pub fn overlap(&self, other: &Self) -> Option<Range<u64>> {
        let shared = |(a, b): &(u64, u64)| {
            let of_other = |(from, to): &(u64, u64)| {
                let both = (*a).max(*from)..(*b).min(*to);
                (!both.is_empty()).then_some(both)
            };
            other.0.iter().find_map(of_other)
        };
        self.0.iter().find_map(shared)
    }

    /// The first range of numbers in `whole` that are missing; `None` if none is.
    ///
    /// The caller says which numbers no machine ran.
    #[must_use]
    pub fn gap(&self, whole: &Range<u64>) -> Option<Range<u64>> {
        let mut next = whole.start;
        for (start, end) in &self.0 {
            if next < *start {
                break;
            }
            next = next.max(*end);
        }
        let following = self
            .0
            .iter()
            .map(|(start, _)| *start)
            .find(|start| *start > next);
        let end = following.unwrap_or(whole.end).min(whole.end);
        (next < end).then_some(next..end)
    }

    /// The lowest number.
    #[must_use]
    pub fn first(&self) -> Option<u64> {
        self.0.first().map(|(from, _)| *from)
    }

    /// The number of numbers.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.iter().map(|(start, end)| end - start).sum()
    }
}

impl From<Vec<(u64, u64)>> for Ranges {
    /// The pairs come from a file and may be unsorted or overlap. Inserting them one by one restores the invariant.
    fn from(pairs: Vec<(u64, u64)>) -> Self {
        let mut ranges = Self::default();
        for (start, end) in pairs {
            ranges.insert(start..end);
        }
        ranges
    }
}

impl From<Ranges> for Vec<(u64, u64)> {
    fn from(ranges: Ranges) -> Self {
        ranges.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranges(pairs: &[(u64, u64)]) -> Ranges {
        pairs.to_vec().into()
    }

    /// Numbers come in any order and repeatedly, as after a search that was resumed.
    #[test]
    fn adjacent_ranges_join_and_others_stay_apart() {
        let mut all = Ranges::default();
        for number in [5, 3, 4, 9, 4] {
            all.insert(number..number + 1);
        }
        all.insert(7..7);
        assert_eq!(Vec::from(all.clone()), [(3, 6), (9, 10)]);
        all.insert(0..20);
        assert_eq!(Vec::from(all.clone()), [(0, 20)]);
        assert_eq!(all.count(), 20);
    }

    #[test]
    fn a_gap_is_found_at_any_position() {
        let some = ranges(&[(2, 5), (8, 10)]);
        assert_eq!(some.gap(&(0..10)), Some(0..2));
        assert_eq!(some.gap(&(2..10)), Some(5..8));
        assert_eq!(some.gap(&(8..12)), Some(10..12));
        assert_eq!(some.gap(&(3..5)), None);
        assert_eq!(some.gap(&(6..7)), Some(6..7));
        assert_eq!(Ranges::default().gap(&(0..3)), Some(0..3));
    }

    #[test]
    fn the_overlap_of_two_sets_is_found() {
        let (one, two) = (ranges(&[(0, 5), (8, 10)]), ranges(&[(5, 8), (9, 12)]));
        assert_eq!(one.overlap(&two), Some(9..10));
        assert_eq!(one.overlap(&ranges(&[(5, 8)])), None);
        let mut both = one;
        both.merge(&two);
        assert_eq!(both, ranges(&[(0, 12)]));
    }
}
