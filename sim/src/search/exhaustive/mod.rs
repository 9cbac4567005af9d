//! Exhaustive search: record a clean run, list its injection points, strike each with every fault that makes sense there,
//! alone or combined with others.

mod client;
mod clock;
mod combinations;
mod database;
mod disk;
mod message;
mod network;
mod process;
mod single_run;

pub use combinations::{Choice, Combination, Combinations, Covered, Task};
pub use single_run::SingleFaultRun;

use crate::{
    run::run,
    world::{
        RunError,
        plan::{Action, Fault, InjectionPoint, Plan, Timing, Trigger, single},
    },
};

/// One injection point struck by one fault.
#[derive(Debug, Clone)]
pub struct Case {
    /// Where it strikes.
    pub point: InjectionPoint,
    /// The clean plan with the one fault.
    pub plan: Plan,
}

/// A hasty system on a fast network: a search waits thousands of times for each of these.
const TIMING: Timing = Timing {
    tick_millis: 10,
    latency_max_millis: 10,
    step_timeout_millis: 80,
    saga_deadline_millis: 350,
    scan_every_millis: 1_000,
    heal_after_millis: 60_000,
    converge_within_millis: 120_000,
};
/// How long a user waits: longer than the coordinator takes to answer that it does not know.
const TIMEOUT_MILLIS: u64 = 750;
/// What a saga outlives: longer than an attempt at a step.
const SHORT_MILLIS: u64 = 120;
/// What it does not: longer than its deadline.
const LONG_MILLIS: u64 = 450;

/// The sagas that are searched: one like, one unlike, one like that must compensate.
#[must_use]
pub fn bases() -> Vec<Plan> {
    let base = |action, blocked| {
        let mut plan = single(action, blocked);
        plan.timing = TIMING;
        for operation in &mut plan.workload {
            operation.timeout_millis = TIMEOUT_MILLIS;
        }
        plan
    };
    vec![
        base(Action::Like, false),
        base(Action::Unlike, false),
        base(Action::Like, true),
    ]
}

/// Every single fault at every injection point of a plan's clean run.
///
/// # Errors
/// [`RunError`] of the clean run.
pub fn cases(base: &Plan) -> Result<Vec<Case>, RunError> {
    let clean = run(base)?;
    let mut cases = Vec::new();
    for point in clean.injection_points {
        for fault in faults_at(&point) {
            let mut plan = base.clone().with_fault(trigger(&point), fault);
            plan.name = format!("{}: {fault} at {point}", base.name);
            cases.push(Case {
                point: point.clone(),
                plan,
            });
        }
    }
    Ok(cases)
}

fn trigger(point: &InjectionPoint) -> Trigger {
    match point {
        InjectionPoint::Message(point) => Trigger::Message(*point),
        InjectionPoint::Commit(point) => Trigger::Commit(point.clone()),
    }
}

/// The faults that can strike at a injection point, of every family.
#[must_use]
pub fn faults_at(point: &InjectionPoint) -> Vec<Fault> {
    let families = [
        message::at,
        network::at,
        process::at,
        database::at,
        disk::at,
        clock::at,
        client::at,
    ];
    families.iter().flat_map(|at| at(point)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::plan::Host;

    #[test]
    fn the_three_sagas_have_injection_points_at_every_service() {
        for base in bases() {
            let cases = cases(&base).unwrap();
            for host in Host::SERVICES {
                let at_host = |case: &&Case| matches!(&case.point, InjectionPoint::Commit(point) if point.host == host);
                assert!(
                    cases.iter().filter(at_host).count() >= 2,
                    "{}: {host}",
                    base.name
                );
            }
        }
    }
}
