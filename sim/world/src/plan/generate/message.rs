//! Faults of single messages.

use rand::{RngExt, seq::IndexedRandom};
use rand_pcg::Pcg64Mcg;

use super::places::{Places, side};
use crate::plan::{Fault, FaultKind, Host, MessageKind, MessagePoint, PlannedFault, Side, Trigger};

/// The actions of one saga that a burst loses in a row. With time-outs and pauses, they take longer than the deadline of
/// the saga.
pub(super) const BURST: u32 = 6;
/// The statuses that proxies and load balancers answer in the place of a service.
const FORGED: [u16; 4] = [500, 502, 503, 504];
/// The sagas among which bursts choose. Most plans have as many.
const SAGAS_MAX: u32 = 12;

/// Draws a fault of this kind. `None` if the kind belongs to another family.
pub(super) fn draw(rng: &mut Pcg64Mcg, places: &Places, kind: FaultKind) -> Option<PlannedFault> {
    let millis = rng.random_range(5..2_000);
    let (fault, trigger) = match kind {
        FaultKind::LoseRequest => (Fault::LoseRequest, places.message(rng, Side::Before)),
        FaultKind::LoseReply => (Fault::LoseReply, places.message(rng, Side::After)),
        FaultKind::Duplicate => {
            let copies = rng.random_range(1..=3);
            (
                Fault::Duplicate { copies },
                places.message(rng, Side::Before),
            )
        }
        FaultKind::Delay => {
            let side = side(rng);
            (Fault::Delay { millis }, places.message(rng, side))
        }
        FaultKind::ReplayLate => {
            let millis = rng.random_range(500..15_000);
            (
                Fault::ReplayLate { millis },
                places.message(rng, Side::Before),
            )
        }
        FaultKind::Reorder => (Fault::Reorder, places.message(rng, Side::Before)),
        FaultKind::Truncate => {
            let side = side(rng);
            let keep_percent = rng.random_range(0..100);
            (Fault::Truncate { keep_percent }, places.message(rng, side))
        }
        FaultKind::Forge => {
            let side = side(rng);
            let status = *FORGED.choose(rng).unwrap_or(&FORGED[0]);
            (Fault::Forge { status }, places.message(rng, side))
        }
        _ => return None,
    };
    Some(PlannedFault { trigger, fault })
}

/// Loses every action of one saga at one service. This is the only way in which a saga misses its deadline half-way while
/// both services still answer lookups.
pub(super) fn burst(rng: &mut Pcg64Mcg, places: &Places) -> Vec<PlannedFault> {
    let to = places.service_with_steps(rng);
    let saga = Some(rng.random_range(1..=SAGAS_MAX));
    let point = |nth| MessagePoint {
        from: Host::COORDINATOR,
        to,
        what: Some(MessageKind::DO),
        saga,
        nth,
        every: None,
        side: Side::Before,
    };
    (1..=BURST)
        .map(|nth| PlannedFault {
            trigger: Trigger::Message(point(nth)),
            fault: Fault::LoseRequest,
        })
        .collect()
}
