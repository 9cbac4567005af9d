//! Plans from seeds: a swarm. Each seed switches whole kinds of faults on or off, then draws from
//! those that are left, so that rare combinations are not drowned by the usual ones.

use rand::{Rng, RngExt, SeedableRng, seq::IndexedRandom};
use rand_pcg::Pcg64Mcg;

use super::{
    Action, CommitCut, Fault, FaultKind, Host, MessageCut, MessageKind, Operation, Plan,
    PlannedFault, Side, Trigger,
};

/// The random streams of a seed; a new purpose gets a new number, never a used one.
const WORKLOAD_STREAM: u64 = 1;
const FAULT_STREAM: u64 = 2;
const NOISE_STREAM: u64 = 3;

/// Users of a swarm plan at most.
const USERS_MAX: i64 = 16;
/// Operations of a user at most.
const OPERATIONS_MAX: u32 = 5;
/// Faults of a plan at most, besides its bursts.
const FAULTS_MAX: u32 = 12;
/// Actions of one saga that a burst loses in a row: with their time-outs and pauses they take
/// longer than its deadline.
const BURST: u32 = 6;
/// Bursts of a plan, if it has any.
const BURSTS: u32 = 2;
/// The sagas that bursts choose from: most plans have as many.
const SAGAS_MAX: u32 = 12;
/// The workload, and so the faults, are spread over so many milliseconds.
const SPREAD_MILLIS: u64 = 8_000;

/// Generates the plan of a seed.
#[must_use]
pub fn generate(seed: u64) -> Plan {
    let mut plan = Plan::new(&format!("swarm seed {seed}"));
    plan.seed = Some(seed);
    plan.noise = stream(seed, NOISE_STREAM).next_u64();
    workload(&mut stream(seed, WORKLOAD_STREAM), &mut plan);
    plan.faults = faults(&mut stream(seed, FAULT_STREAM));
    plan
}

/// A plan with one operation by one user, and nothing going wrong: what exhaustive search starts from.
#[must_use]
pub fn single(action: Action, blocked: bool) -> Plan {
    let name = match (action, blocked) {
        (_, true) => "one like that must compensate",
        (Action::Like | Action::KeepLiked, _) => "one like",
        (Action::Unlike, _) => "one unlike",
    };
    let mut plan = Plan::new(name);
    if blocked {
        plan.blocked_users = vec![1];
    }
    if action == Action::Unlike {
        plan.workload.push(Operation::new(1, Action::Like, 1, 0));
    }
    plan.workload.push(Operation::new(1, action, 1, 0));
    plan
}

fn stream(seed: u64, purpose: u64) -> Pcg64Mcg {
    Pcg64Mcg::seed_from_u64(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ purpose.rotate_right(8))
}

fn workload(rng: &mut Pcg64Mcg, plan: &mut Plan) {
    plan.articles = rng.random_range(1..=3);
    let users = rng.random_range(1..=USERS_MAX);
    let impatient = rng.random_bool(0.3);
    let hasty = rng.random_bool(0.3);
    for user in 1..=users {
        if rng.random_ratio(1, 10) {
            plan.blocked_users.push(user);
        }
        // Most go for the hot article, and mostly stay with the one they chose.
        let home = match rng.random_ratio(2, 3) {
            true => 1,
            false => rng.random_range(1..=plan.articles),
        };
        let mut at_millis = rng.random_range(0..SPREAD_MILLIS / 2);
        for _ in 0..rng.random_range(1..=OPERATIONS_MAX) {
            // Who likes one article only cannot show what belongs to the user and what to the pair.
            let article = match rng.random_ratio(1, 4) {
                true => rng.random_range(1..=plan.articles),
                false => home,
            };
            plan.workload
                .push(operation(rng, user, article, at_millis, (impatient, hasty)));
            at_millis += rng.random_range(0..SPREAD_MILLIS / 4);
        }
    }
}

fn operation(
    rng: &mut Pcg64Mcg,
    user: i64,
    article: u32,
    at_millis: u64,
    (impatient, hasty): (bool, bool),
) -> Operation {
    let action = match rng.random_range(0..10) {
        0..5 => Action::Like,
        5..7 => Action::KeepLiked,
        _ => Action::Unlike,
    };
    let patience_millis = match impatient && rng.random_bool(0.5) {
        true => rng.random_range(50..1_000),
        false => 15_000,
    };
    Operation {
        // The hasty click twice, and their clicks are requests of their own: both are under way at once.
        keyed: rng.random_bool(if hasty { 0.3 } else { 0.7 }),
        clicks: if rng.random_bool(if hasty { 0.5 } else { 0.125 }) {
            2
        } else {
            1
        },
        patience_millis,
        retries: rng.random_range(0..=2),
        ..Operation::new(user, action, article, at_millis)
    }
}

fn faults(rng: &mut Pcg64Mcg) -> Vec<PlannedFault> {
    let mut kinds: Vec<FaultKind> = FaultKind::ALL
        .into_iter()
        .filter(|_| rng.random_bool(0.5))
        .collect();
    if kinds.is_empty() {
        kinds.extend(FaultKind::ALL.choose(rng));
    }
    let count = rng.random_range(1..=FAULTS_MAX);
    let mut faults: Vec<PlannedFault> = (0..count)
        .filter_map(|_| kinds.choose(rng).copied().map(|kind| fault(rng, kind)))
        .collect();
    if rng.random_ratio(1, 3) {
        faults.extend((0..BURSTS).flat_map(|_| burst(rng)));
    }
    faults
}

/// Loses every action of one saga at one service. Only so does a saga miss its deadline half-way
/// while both services still answer the checks beside it.
fn burst(rng: &mut Pcg64Mcg) -> Vec<PlannedFault> {
    let to = service_with_steps(rng);
    let saga = Some(rng.random_range(1..=SAGAS_MAX));
    let cut = |nth| MessageCut {
        from: Host::Coordinator,
        to,
        what: Some(MessageKind::Do),
        saga,
        nth,
        side: Side::Before,
    };
    (1..=BURST)
        .map(|nth| PlannedFault {
            trigger: Trigger::Message(cut(nth)),
            fault: Fault::LoseRequest,
        })
        .collect()
}

fn fault(rng: &mut Pcg64Mcg, kind: FaultKind) -> PlannedFault {
    let millis = rng.random_range(5..2_000);
    let (fault, trigger) = match kind {
        FaultKind::LoseRequest => (Fault::LoseRequest, message(rng, Side::Before)),
        FaultKind::LoseReply => (Fault::LoseReply, message(rng, Side::After)),
        FaultKind::Duplicate => {
            let copies = rng.random_range(1..=3);
            (Fault::Duplicate { copies }, message(rng, Side::Before))
        }
        FaultKind::Delay => {
            let side = side(rng);
            (Fault::Delay { millis }, message(rng, side))
        }
        FaultKind::ReplayLate => {
            let millis = rng.random_range(500..15_000);
            (Fault::ReplayLate { millis }, message(rng, Side::Before))
        }
        FaultKind::Partition => {
            let (a, b) = link(rng);
            (
                Fault::Partition {
                    a,
                    b,
                    millis: millis * 3,
                },
                anywhere(rng),
            )
        }
        FaultKind::PartitionOneWay => {
            let (a, b) = link(rng);
            let (from, to) = if rng.random_bool(0.5) { (a, b) } else { (b, a) };
            (
                Fault::PartitionOneWay {
                    from,
                    to,
                    millis: millis * 3,
                },
                anywhere(rng),
            )
        }
        FaultKind::Crash => {
            let trigger = anywhere(rng);
            let host = match &trigger {
                // Most often the one whose commit it is.
                Trigger::Commit(cut) if rng.random_ratio(3, 4) => cut.host,
                _ => service(rng),
            };
            (
                Fault::Crash {
                    host,
                    down_millis: millis,
                },
                trigger,
            )
        }
    };
    PlannedFault { trigger, fault }
}

fn anywhere(rng: &mut Pcg64Mcg) -> Trigger {
    match rng.random_range(0..3) {
        0 => Trigger::At {
            millis: rng.random_range(0..SPREAD_MILLIS),
        },
        1 => {
            let side = side(rng);
            message(rng, side)
        }
        _ => commit(rng),
    }
}

fn message(rng: &mut Pcg64Mcg, side: Side) -> Trigger {
    let kinds = [
        MessageKind::Do,
        MessageKind::Do,
        MessageKind::Do,
        MessageKind::Undo,
        MessageKind::Seal,
    ];
    let (from, to, what, most) = match rng.random_range(0..6) {
        0 => (Host::Clients, Host::Coordinator, None, 30),
        1 => (Host::Coordinator, service_with_steps(rng), None, 60),
        _ => {
            let what = kinds.choose(rng).copied();
            let most = if what == Some(MessageKind::Do) { 25 } else { 3 };
            (Host::Coordinator, service_with_steps(rng), what, most)
        }
    };
    Trigger::Message(MessageCut {
        from,
        to,
        what,
        saga: None,
        nth: rng.random_range(1..=most),
        side,
    })
}

fn commit(rng: &mut Pcg64Mcg) -> Trigger {
    let host = service(rng);
    let what = match host {
        Host::Coordinator => "saga-log",
        _ => "steps",
    };
    Trigger::Commit(CommitCut {
        host,
        what: Some(what.to_owned()),
        nth: rng.random_range(1..=25),
        side: side(rng),
    })
}

fn side(rng: &mut Pcg64Mcg) -> Side {
    match rng.random_bool(0.5) {
        true => Side::Before,
        false => Side::After,
    }
}

fn service(rng: &mut Pcg64Mcg) -> Host {
    Host::SERVICES[rng.random_range(0..Host::SERVICES.len())]
}

fn service_with_steps(rng: &mut Pcg64Mcg) -> Host {
    match rng.random_bool(0.5) {
        true => Host::Article,
        false => Host::User,
    }
}

fn link(rng: &mut Pcg64Mcg) -> (Host, Host) {
    match rng.random_range(0..5) {
        0 => (Host::Clients, Host::Coordinator),
        1 | 2 => (Host::Coordinator, Host::Article),
        _ => (Host::Coordinator, Host::User),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn some_users_meet_two_articles_and_the_hot_one_meets_many_users() {
        let plans: Vec<Plan> = (0..40).map(generate).collect();
        let pairs = |plan: &Plan| -> BTreeSet<(i64, u32)> {
            let pair = |operation: &Operation| (operation.user, operation.article);
            plan.workload.iter().map(pair).collect()
        };
        let users = |pairs: &BTreeSet<(i64, u32)>| {
            let users: BTreeSet<i64> = pairs.iter().map(|(user, _)| *user).collect();
            users.len()
        };
        let several = |plan: &&Plan| pairs(plan).len() > users(&pairs(plan));
        assert!(plans.iter().filter(several).count() >= 10);
        let hot = |plan: &&Plan| {
            pairs(plan)
                .iter()
                .filter(|(_, article)| *article == 1)
                .count()
                > 4
        };
        assert!(plans.iter().filter(hot).count() >= 10);
    }

    #[test]
    fn some_plans_lose_every_action_of_a_saga() {
        let bursts = |seed: &u64| {
            let last = |planned: &PlannedFault| match &planned.trigger {
                Trigger::Message(cut) => cut.saga.is_some() && cut.nth == BURST,
                _ => false,
            };
            generate(*seed).faults.iter().any(last)
        };
        assert!((0..100).filter(bursts).count() >= 10);
    }
}
