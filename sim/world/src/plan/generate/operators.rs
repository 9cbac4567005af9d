//! Operators in swarm plans, and faults where their orders are written and answered.
//!
//! They come last and have a random stream of their own, so plans without operators stay as they are.

use rand::{RngExt, seq::IndexedRandom};
use rand_pcg::Pcg64Mcg;

use super::places::{Places, side};
use crate::plan::{
    CommitPoint, Fault, Host, Limits, MessageKind, MessagePoint, OPERATORS_MAX, Plan, PlannedFault,
    Trigger,
};

/// Of so many plans, one has operators.
const PLANS: u32 = 8;
/// The most faults that are added.
const FAULTS_MAX: u32 = 3;
/// The orders at which they are injected.
const NTH_MAX: u32 = 6;

/// Gives some plans operators. Their requests would take the few connections of a plan with a tight limit.
///
/// A saga is usually over before a person could look at it. So two of three of these plans have a slow service.
pub(super) fn draw(rng: &mut Pcg64Mcg, places: &Places, plan: &mut Plan) {
    let has_room = plan.limits.connections_max == Limits::default().connections_max;
    if !has_room || !rng.random_ratio(1, PLANS) {
        return;
    }
    plan.operators = rng.random_range(1..=OPERATORS_MAX);
    if rng.random_ratio(2, 3) {
        plan.faults.push(slow_service(rng, places, plan));
    }
    for _ in 0..rng.random_range(0..=FAULTS_MAX) {
        let fault = match rng.random_bool(0.5) {
            true => at_commit(rng),
            false => at_message(rng),
        };
        plan.faults.push(fault);
    }
}

/// Requests to a service take longer than their time-out.
pub(super) fn slow_service(rng: &mut Pcg64Mcg, places: &Places, plan: &Plan) -> PlannedFault {
    let service = places.service_with_steps(rng);
    let point = MessagePoint {
        every: Some(rng.random_range(1..=2)),
        ..MessagePoint::request(Host::COORDINATOR, service, MessageKind::DO, 1)
    };
    let timeout = plan.timing.step_timeout_millis;
    let millis = rng.random_range(timeout..=2 * timeout);
    PlannedFault {
        trigger: Trigger::Message(point),
        fault: Fault::Delay { millis },
    }
}

/// A fault where the entry of an order is written.
fn at_commit(rng: &mut Pcg64Mcg) -> PlannedFault {
    let host = Host::COORDINATOR;
    let point = CommitPoint {
        side: side(rng),
        ..CommitPoint::before(host, "operate", rng.random_range(1..=NTH_MAX))
    };
    let down_millis = rng.random_range(50..2_000);
    let fault = match rng.random_range(0..3) {
        0 => Fault::Crash { host, down_millis },
        1 => Fault::PowerCut { host, down_millis },
        _ => Fault::LoseConnection,
    };
    PlannedFault {
        trigger: Trigger::Commit(point),
        fault,
    }
}

/// A fault of an order on its way, or of the answer.
fn at_message(rng: &mut Pcg64Mcg) -> PlannedFault {
    let (from, to, nth) = (
        Host::CLIENTS,
        Host::COORDINATOR,
        rng.random_range(1..=NTH_MAX),
    );
    let request = MessagePoint::request(from, to, MessageKind::OPERATE, nth);
    let reply = MessagePoint::reply(from, to, MessageKind::OPERATE, nth);
    let millis = rng.random_range(50..8_000);
    let faults = [
        (request, Fault::LoseRequest),
        (reply, Fault::LoseReply),
        (request, Fault::Duplicate { copies: 2 }),
        (request, Fault::Delay { millis }),
        (request, Fault::ReplayLate { millis }),
    ];
    let (point, fault) = faults.choose(rng).copied().unwrap_or(faults[0]);
    PlannedFault {
        trigger: Trigger::Message(point),
        fault,
    }
}

#[cfg(test)]
mod tests {
    use crate::{plan::generate, testing::SHOP};

    #[test]
    fn about_one_of_eight_plans_has_operators() {
        let operators = (0..400).map(|seed| generate(&SHOP, seed).operators);
        let with = operators.filter(|operators| *operators > 0).count();
        assert!((20..=70).contains(&with), "{with} of 400");
    }
}
