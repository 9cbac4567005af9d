//! The limits of the coordinator in a swarm plan.

use rand::RngExt;
use rand_pcg::Pcg64Mcg;

use crate::plan::Limits;

/// Draws limits. Each has its default for two of three seeds.
///
/// The tight values are far below what a real deployment sets. With few clients only they are ever reached.
pub(super) fn draw(rng: &mut Pcg64Mcg) -> Limits {
    let usual = Limits::default();
    let mut tight = |usual, most| match rng.random_ratio(1, 3) {
        true => rng.random_range(1..=most),
        false => usual,
    };
    Limits {
        park_after: tight(usual.park_after, 4),
        open_max: tight(usual.open_max, 8),
        at_once_max: tight(usual.at_once_max, 3),
        ..usual
    }
}
