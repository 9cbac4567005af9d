//! The statistics of a few rounds of measurements.

/// The median; of an even number of values, the lower of the middle two. 0 if there are none.
///
/// Not the mean of the middle two: a value that was measured is easier to find again in the raw figures.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
        .get(sorted.len().saturating_sub(1) / 2)
        .copied()
        .unwrap_or(0.0)
}

/// The smallest and the largest value, as `least to most` with two decimals.
pub(crate) fn spread(values: &[f64]) -> String {
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = values.iter().copied().fold(0.0, f64::max);
    format!("{least:.2} to {most:.2}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_value() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[2.0, 1.0]), 1.0);
        assert_eq!(median(&[]), 0.0);
    }

    #[test]
    fn the_spread_has_both_ends() {
        assert_eq!(spread(&[0.9, 1.25, 1.0]), "0.90 to 1.25");
    }
}
