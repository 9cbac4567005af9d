//! Faults of wall clocks.

use rand::RngExt;
use rand_pcg::Pcg64Mcg;

use super::places::Places;
use crate::plan::{Fault, FaultKind, PlannedFault};

/// The largest error of a clock, in milliseconds: one hour.
const WRONG_BY_MAX_MILLIS: i64 = 3_600_000;

/// Draws a fault of this kind. `None` if the kind belongs to another family.
pub(super) fn draw(rng: &mut Pcg64Mcg, places: &Places, kind: FaultKind) -> Option<PlannedFault> {
    let host = places.service(rng);
    let millis = rng.random_range(50..10_000);
    // Small errors and large ones find different mistakes.
    let most = match rng.random_bool(0.5) {
        true => 5_000,
        false => WRONG_BY_MAX_MILLIS,
    };
    let by_millis = rng.random_range(-most..=most);
    let fault = match kind {
        FaultKind::ClockSkew => Fault::ClockSkew {
            host,
            by_millis,
            millis,
        },
        FaultKind::ClockDrift => Fault::ClockDrift {
            host,
            percent: rng.random_range(-100..=400),
            millis,
        },
        FaultKind::ClockJump => Fault::ClockJump { host, by_millis },
        _ => return None,
    };
    let trigger = places.anywhere(rng);
    Some(PlannedFault { trigger, fault })
}
