//! Numbers for sets: the combinatorial number system, which maps a rank to the set that has it.
//!
//! It makes the n-th combination of a million directly, without a list of the ones before it.

/// The number of sets with `size` members among `n`.
pub(super) fn choose(n: u64, size: u64) -> u64 {
    (0..size).fold(1, |sets, at| sets * n.saturating_sub(at) / (at + 1))
}

/// The set of `size` numbers that has this rank. Sets are ordered by their largest member, then by the next one.
pub(super) fn unrank(mut rank: u64, size: u64) -> Vec<usize> {
    let mut set = Vec::new();
    for size in (1..=size).rev() {
        let member = last(size - 1, |member| choose(member, size) <= rank);
        rank -= choose(member, size);
        set.push(usize::try_from(member).unwrap_or(usize::MAX));
    }
    set.reverse();
    set
}

/// The last number from `first` on for which a predicate holds. The predicate holds up to there and not after it.
fn last(first: u64, holds: impl Fn(u64) -> bool) -> u64 {
    let mut step = 1;
    while holds(first + step) {
        step *= 2;
    }
    let (mut low, mut high) = (first, first + step);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        match holds(middle) {
            true => low = middle,
            false => high = middle,
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ranks_enumerate_every_set_exactly_once() {
        for size in 1..=3 {
            let sets: Vec<_> = (0..choose(9, size))
                .map(|rank| unrank(rank, size))
                .collect();
            let different: BTreeSet<_> = sets.iter().cloned().collect();
            assert_eq!(different.len(), sets.len());
            for set in sets {
                assert!(set.windows(2).all(|two| two[0] < two[1]), "{set:?}");
                assert!(set.iter().all(|member| *member < 9), "{set:?}");
            }
        }
        assert_eq!(choose(9, 3), 84);
        assert_eq!((choose(1, 2), choose(0, 1)), (0, 0));
    }
}
