//! Exhaustive search: record a clean run, list its cut points, strike each with every fault that makes sense there,
//! alone or combined with others.

mod alone;
mod client;
mod clock;
mod combine;
mod database;
mod disk;
mod message;
mod network;
mod process;

pub use alone::Alone;
pub use combine::{Choice, Combination, Combinations, Covered, Task};

use crate::{
    plan::{Action, Fault, Plan, Timing, Trigger, single},
    record::CutPoint,
    run::{RunError, run},
};

/// One cut point struck by one fault.
#[derive(Debug, Clone)]
pub struct Case {
    /// Where it strikes.
    pub cut: CutPoint,
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
const PATIENCE_MILLIS: u64 = 750;
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
            operation.patience_millis = PATIENCE_MILLIS;
        }
        plan
    };
    vec![
        base(Action::Like, false),
        base(Action::Unlike, false),
        base(Action::Like, true),
    ]
}

/// Every single fault at every cut point of a plan's clean run.
///
/// # Errors
/// [`RunError`] of the clean run.
pub fn cases(base: &Plan) -> Result<Vec<Case>, RunError> {
    let clean = run(base)?;
    let mut cases = Vec::new();
    for cut in clean.cuts {
        for fault in faults_at(&cut) {
            let mut plan = base.clone().with_fault(trigger(&cut), fault);
            plan.name = format!("{}: {fault} at {cut}", base.name);
            cases.push(Case {
                cut: cut.clone(),
                plan,
            });
        }
    }
    Ok(cases)
}

fn trigger(cut: &CutPoint) -> Trigger {
    match cut {
        CutPoint::Message(cut) => Trigger::Message(*cut),
        CutPoint::Commit(cut) => Trigger::Commit(cut.clone()),
    }
}

/// The faults that can strike at a cut point, of every family.
#[must_use]
pub fn faults_at(cut: &CutPoint) -> Vec<Fault> {
    let families = [
        message::at,
        network::at,
        process::at,
        database::at,
        disk::at,
        clock::at,
        client::at,
    ];
    families.iter().flat_map(|at| at(cut)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Host;

    #[test]
    fn the_three_sagas_have_cut_points_at_every_service() {
        for base in bases() {
            let cases = cases(&base).unwrap();
            for host in Host::SERVICES {
                let at_host =
                    |case: &&Case| matches!(&case.cut, CutPoint::Commit(cut) if cut.host == host);
                assert!(
                    cases.iter().filter(at_host).count() >= 2,
                    "{}: {host}",
                    base.name
                );
            }
        }
    }
}
