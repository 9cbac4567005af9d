//! A receiver of alerts in swarm plans, what goes wrong there, and faults where alerts are sent and noted.
//!
//! It comes last and has a random stream of its own, so plans without a receiver stay as they are.

use rand::{RngExt, seq::IndexedRandom};
use rand_pcg::Pcg64Mcg;

use super::{
    operators::slow_service,
    places::{Places, side},
};
use crate::plan::{
    CommitPoint, Fault, Host, MessageKind, MessagePoint, Plan, PlannedFault, Receiver,
    ReceiverAnswer, Trigger,
};

/// Of so many plans, one has a receiver.
const PLANS: u32 = 8;
/// The most answers that go wrong.
const ANSWERS_MAX: u32 = 4;
/// The most faults that are added.
const FAULTS_MAX: u32 = 3;
/// The alerts at which they are injected.
const NTH_MAX: u32 = 4;
/// The most failed attempts in a row after which a saga is parked.
const PARK_AFTER_MAX: u32 = 3;
/// The statuses that receivers, and proxies in front of them, answer.
const STATUSES: [u16; 7] = [301, 400, 404, 410, 429, 500, 503];

/// Gives some plans a receiver.
///
/// A saga is rarely parked. So these plans park soon, and two of three of them have a slow service.
pub(super) fn draw(rng: &mut Pcg64Mcg, places: &Places, plan: &mut Plan) {
    if !rng.random_ratio(1, PLANS) {
        return;
    }
    let answers = 0..rng.random_range(0..=ANSWERS_MAX);
    let answers = answers.map(|_| answer(rng)).collect();
    plan.receiver = Some(Receiver { answers });
    plan.limits.park_after = rng.random_range(1..=PARK_AFTER_MAX);
    if rng.random_ratio(2, 3) {
        plan.faults.push(slow_service(rng, places, plan));
    }
    for _ in 0..rng.random_range(0..=FAULTS_MAX) {
        let fault = match rng.random_bool(0.5) {
            true => at_note(rng),
            false => at_message(rng),
        };
        plan.faults.push(fault);
    }
}

/// Some are later than the time limit of an attempt.
fn answer(rng: &mut Pcg64Mcg) -> ReceiverAnswer {
    match rng.random_range(0..6) {
        0 => ReceiverAnswer::Never,
        1 => ReceiverAnswer::Close,
        2 => ReceiverAnswer::Late {
            millis: rng.random_range(50..25_000),
        },
        _ => ReceiverAnswer::Status {
            status: STATUSES.choose(rng).copied().unwrap_or(STATUSES[0]),
        },
    }
}

/// A fault where an attempt is noted: the receiver has the alert, and the log does not know it yet.
fn at_note(rng: &mut Pcg64Mcg) -> PlannedFault {
    let host = Host::COORDINATOR;
    let point = CommitPoint {
        side: side(rng),
        ..CommitPoint::before(host, "note-alert", rng.random_range(1..=NTH_MAX))
    };
    let millis = rng.random_range(50..4_000);
    let fault = match rng.random_range(0..5) {
        0 => Fault::Crash {
            host,
            down_millis: millis,
        },
        1 => Fault::PowerCut {
            host,
            down_millis: millis,
        },
        2 => Fault::Outage { host, millis },
        3 => Fault::Pause { host, millis },
        _ => Fault::LoseConnection,
    };
    PlannedFault {
        trigger: Trigger::Commit(point),
        fault,
    }
}

/// A fault of an alert on its way, of its answer, or of the link.
fn at_message(rng: &mut Pcg64Mcg) -> PlannedFault {
    let (from, to, nth) = (
        Host::COORDINATOR,
        Host::RECEIVER,
        rng.random_range(1..=NTH_MAX),
    );
    let request = MessagePoint::request(from, to, MessageKind::ALERT, nth);
    let reply = MessagePoint::reply(from, to, MessageKind::ALERT, nth);
    let millis = rng.random_range(50..20_000);
    let faults = [
        (request, Fault::LoseRequest),
        (reply, Fault::LoseReply),
        (request, Fault::Duplicate { copies: 2 }),
        (request, Fault::Delay { millis }),
        (reply, Fault::Delay { millis }),
        (request, Fault::ReplayLate { millis }),
        (request, Fault::Truncate { keep_percent: 50 }),
        (reply, Fault::Forge { status: 502 }),
        (
            request,
            Fault::Partition {
                a: from,
                b: to,
                millis,
            },
        ),
    ];
    let (point, fault) = faults.choose(rng).copied().unwrap_or(faults[0]);
    PlannedFault {
        trigger: Trigger::Message(point),
        fault,
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        plan::{generate, problem},
        testing::SHOP,
    };

    #[test]
    fn about_one_of_eight_plans_has_a_receiver() {
        let plans = (0..400).map(|seed| generate(&SHOP, seed));
        let with: Vec<_> = plans.filter(|plan| plan.receiver.is_some()).collect();
        assert!((20..=80).contains(&with.len()), "{} of 400", with.len());
        for plan in with {
            assert_eq!(problem(&SHOP, &plan), None, "{}", plan.name);
        }
    }
}
