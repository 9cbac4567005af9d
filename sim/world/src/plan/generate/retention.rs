//! Retention in swarm plans: short periods, operations spread over several of them, late duplicates, and faults where it works.
//!
//! It comes last and has a random stream of its own, so plans without retention stay as they are.

use rand::{RngExt, seq::IndexedRandom};
use rand_pcg::Pcg64Mcg;

use super::places::{Places, side};
use crate::plan::{
    CommitPoint, Fault, Host, MessageKind, MessagePoint, Name, Plan, PlannedFault, Retention,
    Trigger,
};

/// Of so many plans, one has retention.
const PLANS: u32 = 6;
/// Of so many plans with retention, one has no faults.
const QUIET_PLANS: u32 = 4;
/// The longest deadline of a saga. Nothing may be kept for a shorter time than two of them.
const DEADLINE_MAX_MILLIS: u64 = 1_500;
/// For how long keys are kept: longer than any client repeats one.
const KEYS_MILLIS: u64 = 3_600_000;
/// The most faults of each sort.
const FAULTS_MAX: u32 = 3;
/// The places that are drawn: later ones would hardly be reached.
const NTH_MAX: u32 = 8;

/// Gives some plans a retention.
pub(super) fn draw(rng: &mut Pcg64Mcg, places: &Places, plan: &mut Plan) {
    if !rng.random_ratio(1, PLANS) {
        return;
    }
    let timing = &mut plan.timing;
    let deadline = timing.saga_deadline_millis.min(DEADLINE_MAX_MILLIS);
    timing.saga_deadline_millis = deadline.max(2 * timing.step_timeout_millis);
    let sagas_millis = 2 * timing.saga_deadline_millis * rng.random_range(1..=3);
    plan.retention = Some(Retention {
        sagas_millis,
        keys_millis: KEYS_MILLIS,
    });
    let times = rng.random_range(2..=5);
    for operation in &mut plan.workload {
        operation.at_millis *= times;
        // A key keeps its saga in the log.
        let keeps = rng.random_bool(0.5) || operation.key.is_some();
        operation.keyed &= keeps;
    }
    // How much is left is judged only if nothing keeps the collection from its work.
    if rng.random_ratio(1, QUIET_PLANS) {
        plan.faults.clear();
        return;
    }
    for _ in 0..rng.random_range(0..=FAULTS_MAX) {
        plan.faults.push(late_duplicate(rng, places, sagas_millis));
    }
    for _ in 0..rng.random_range(0..=FAULTS_MAX) {
        let fault = match rng.random_bool(0.5) {
            true => at_commit(rng, places, plan),
            false => at_publication(rng, places),
        };
        plan.faults.push(fault);
    }
}

/// A copy of a step that arrives about when its saga is collected, or much later.
fn late_duplicate(rng: &mut Pcg64Mcg, places: &Places, sagas_millis: u64) -> PlannedFault {
    let kinds = [
        MessageKind::DO,
        MessageKind::DO,
        MessageKind::UNDO,
        MessageKind::SEAL,
    ];
    let what = kinds.choose(rng).copied().unwrap_or(MessageKind::DO);
    let nth = rng.random_range(1..=NTH_MAX);
    let point = MessagePoint::request(Host::COORDINATOR, places.service_with_steps(rng), what, nth);
    let millis = rng.random_range(sagas_millis..=4 * sagas_millis);
    PlannedFault {
        trigger: Trigger::Message(point),
        fault: Fault::ReplayLate { millis },
    }
}

/// A fault where a watermark is stored or rows are deleted.
fn at_commit(rng: &mut Pcg64Mcg, places: &Places, plan: &Plan) -> PlannedFault {
    let host = places.service(rng);
    let names = match host.is_coordinator() {
        true => ["retention", "collect"],
        false => ["raise-watermark", "collect"],
    };
    let what = names.choose(rng).copied().unwrap_or("collect");
    // The leader stores its clock all the time.
    let most = if what == "retention" {
        6 * NTH_MAX
    } else {
        NTH_MAX
    };
    let nth = rng.random_range(1..=most);
    let trigger = Trigger::Commit(CommitPoint {
        side: side(rng),
        ..CommitPoint::before(host, what, nth)
    });
    let millis = rng.random_range(50..4_000);
    let by_millis = rng.random_range(-60_000..=60_000);
    let has_standby = plan.topology.replicas(Name::COORDINATOR) > 1;
    let fault = match rng.random_range(0..6) {
        0 => Fault::PowerCut {
            host,
            down_millis: millis,
        },
        1 => Fault::LoseConnection,
        2 => Fault::Pause { host, millis },
        3 => Fault::ClockJump {
            host: Host::COORDINATOR,
            by_millis,
        },
        4 if has_standby && host.is_coordinator() => Fault::Zombie { millis: 4 * millis },
        _ => Fault::Crash {
            host,
            down_millis: millis,
        },
    };
    PlannedFault { trigger, fault }
}

/// A fault of the message that publishes a watermark.
fn at_publication(rng: &mut Pcg64Mcg, places: &Places) -> PlannedFault {
    let to = places.service_with_steps(rng);
    let nth = rng.random_range(1..=NTH_MAX);
    let request = MessagePoint::request(Host::COORDINATOR, to, MessageKind::WATERMARK, nth);
    let millis = rng.random_range(50..12_000);
    let (point, fault) = match rng.random_range(0..5) {
        0 => (request, Fault::LoseRequest),
        1 => {
            let reply = MessagePoint::reply(Host::COORDINATOR, to, MessageKind::WATERMARK, nth);
            (reply, Fault::LoseReply)
        }
        2 => (request, Fault::Duplicate { copies: 2 }),
        3 => (request, Fault::Delay { millis }),
        _ => (request, Fault::ReplayLate { millis }),
    };
    PlannedFault {
        trigger: Trigger::Message(point),
        fault,
    }
}
