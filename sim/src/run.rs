//! One run of a plan. This file joins the world and the system that it runs, the likes.
//!
//! ```text
//!  set-up ─► faults ─► healed ─► at rest ─► probes ─► end
//! ```
//!
//! The clients work while the plan's faults are injected. Healing ends every active fault and starts every process that
//! is down. At rest no saga is open, so the final invariants can be judged; then the probes repeat everything once.
//!
//! A run is a pure function of its plan:
//!
//! ```
//! use likewise_sim::{
//!     likes::{Action, names::USER, operation},
//!     plan::{Fault, Host, MessageKind, MessagePoint, Plan},
//!     record::Outcome,
//!     run::run,
//! };
//!
//! // One like. The first reply of the user service is lost, so the coordinator must ask again.
//! let reply = MessagePoint::reply(Host::COORDINATOR, USER, MessageKind::DO, 1);
//! let plan = Plan::new("lost reply")
//!     .with_operation(operation(1, Action::Like, 1, 0))
//!     .with_fault(reply, Fault::LoseReply);
//!
//! let record = run(&plan)?;
//! assert!(record.is_green());
//! assert_eq!(record.injected, [true], "the fault fired");
//! assert_eq!(record.operations[&Outcome::Ok], 1);
//! assert_eq!(record.sagas.completed, 1);
//! assert_eq!(record.hash, run(&plan)?.hash, "the same events again");
//! # Ok::<(), likewise_sim::run::RunError>(())
//! ```

use std::{collections::BTreeMap, time::Duration};

pub use crate::world::RunError;
use crate::{
    likes::{
        LIKES, clients, invariants, planted,
        probes::{self, Probe},
    },
    world::{
        Driver, Instruments, World,
        plan::{Plan, problem},
        record::{Outcome, RunRecord},
    },
};

/// A finished run.
struct Performed {
    record: RunRecord,
    /// Whether a probe violated a property.
    has_probe_violation: bool,
}

/// Runs a plan on this thread.
///
/// If a probe violates a property, the plan runs again with one probe at a time, so that the record attributes the
/// violation to the right probe. A run without such a violation needs one pass.
///
/// # Errors
/// [`RunError`]: there is no record. That says nothing about the system under test.
pub fn run(plan: &Plan) -> Result<RunRecord, RunError> {
    let all_at_once = perform(plan, &[&Probe::ALL])?;
    if !all_at_once.has_probe_violation {
        return Ok(all_at_once.record);
    }
    let single_probes = Probe::ALL.each_ref().map(std::slice::from_ref);
    let one_by_one = perform(plan, &single_probes)?;
    Ok(match one_by_one.has_probe_violation {
        true => one_by_one.record,
        // Only the combination of probes violates the property.
        false => all_at_once.record,
    })
}

/// Runs a plan's workload alone, for `duration` of simulated time: no faults, events, change capture, checks or probes.
/// Returns the number of the clients' operations by outcome.
///
/// Benchmarks subtract its cost from that of a full run, to see what the instruments cost.
///
/// # Errors
/// [`RunError`]: the workload did not run to its end.
pub fn run_bare(plan: &Plan, duration: Duration) -> Result<BTreeMap<Outcome, u64>, RunError> {
    let (world, driver) = start(plan, Instruments::None)?;
    driver.run_bare(duration)?;
    world.return_prepared_databases();
    Ok(world.outcomes())
}

/// Runs a plan with these groups of probes. The probes of a group are sent together, the groups one after another.
fn perform(plan: &Plan, probes: &[&[Probe]]) -> Result<Performed, RunError> {
    let (world, driver) = start(plan, Instruments::All)?;
    let result = phases(&world, driver, probes);
    // The driver and with it every task is dropped now, so nothing uses the prepared databases any more. After an error
    // their state is unknown, and they are not reused.
    if result.is_ok() {
        world.return_prepared_databases();
    }
    result
}

/// Joins the world and the likes.
fn start(plan: &Plan, instruments: Instruments) -> Result<(World, Driver), RunError> {
    let system = planted::system(&plan.system)
        .ok_or_else(|| RunError::UnknownSystem(plan.system.clone()))?;
    if let Some(problem) = problem(&LIKES, plan) {
        return Err(RunError::Impossible(problem.to_string()));
    }
    let checker = invariants::checker(plan);
    let (world, deliveries) = World::new(plan, &LIKES, system, checker, instruments);
    let driver = Driver::new(world.clone(), deliveries, clients::run);
    Ok((world, driver))
}

/// Performs the phases of a run in order. The probes run only if the world came to rest: otherwise every saga that is
/// still open would look like a change by a probe.
fn phases(world: &World, mut driver: Driver, probes: &[&[Probe]]) -> Result<Performed, RunError> {
    driver.set_up()?;
    driver.inject_faults()?;
    let healed = driver.heal();
    let is_at_rest = driver.rest()?;
    let converged = is_at_rest.then(|| driver.elapsed().saturating_sub(healed));
    // The probes repeat everything, so the repeats of the run itself are counted before them.
    let barrier_counts = world.with_checker(|checker| checker.barrier_counts());
    let violations_before = violations(world);
    if converged.is_some() {
        probe(world, &mut driver, probes)?;
    }
    let has_probe_violation = violations(world) > violations_before;
    // A coordinator may have been retrying the start of a saga and succeed during the probes.
    if converged.is_some() && !driver.is_at_rest() {
        driver.rest()?;
    }
    check_readable(world)?;
    world.phase("end", false);
    Ok(Performed {
        record: driver.record(converged, barrier_counts),
        has_probe_violation,
    })
}

/// Sends these groups of probes and judges each group by the state before it.
fn probe(world: &World, driver: &mut Driver, groups: &[&[Probe]]) -> Result<(), RunError> {
    world.phase("probes", false);
    probes::unblock(world);
    driver.until_delivered()?;
    for group in groups {
        let before = world.with_checker(|checker| checker.observed().clone());
        let sent_probes = probes::send(world, group);
        driver.until_delivered()?;
        sent_probes.judge(world, &before);
    }
    Ok(())
}

/// A row that the checks cannot read is a defect of the checks, not of the system, so the run has no verdict.
fn check_readable(world: &World) -> Result<(), RunError> {
    let unreadable =
        world.with_checker(|checker| checker.observed().unreadable.iter().next().cloned());
    match unreadable {
        None => Ok(()),
        Some(row) => Err(RunError::Broken(format!(
            "the checks cannot read a row of {row}"
        ))),
    }
}

fn violations(world: &World) -> usize {
    world.with_checker(|checker| checker.violations().len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        likes::{Action, single},
        world::plan::generate,
    };

    #[test]
    fn a_violation_is_attributed_to_the_probe_that_caused_it() {
        let soft_refusal = planted::plan("soft-refusal").unwrap();
        let mut no_tombstone = single(Action::Like, false);
        no_tombstone.system = "no-tombstone".to_owned();
        for (plan, property, when_sent_together) in [
            (soft_refusal, "repeats-change-nothing", 3),
            (no_tombstone, "undo-first-holds", 1),
        ] {
            let probe_violations = |record: RunRecord| {
                let names = record.violations.into_iter().map(|found| found.property);
                names
                    .filter(|name| {
                        [
                            "repeats-change-nothing",
                            "reuse-is-refused",
                            "undo-first-holds",
                        ]
                        .contains(&name.as_str())
                    })
                    .collect::<Vec<_>>()
            };
            assert_eq!(probe_violations(run(&plan).unwrap()), [property]);
            // A changed state is attributed to every probe that was sent with it, a wrong answer to one probe alone.
            let all_at_once = perform(&plan, &[&Probe::ALL]).unwrap();
            assert_eq!(
                probe_violations(all_at_once.record).len(),
                when_sent_together
            );
        }
    }

    /// Campaigns find the run of a plan by the plan in its record.
    #[test]
    fn a_record_has_the_plan_that_was_run() {
        for plan in [single(Action::Like, true), generate(&LIKES, 3)] {
            assert_eq!(run(&plan).unwrap().plan, plan);
        }
    }

    #[test]
    fn a_plan_with_a_misspelt_field_is_refused() {
        let mut plan = single(Action::Like, false);
        plan.workload[0].what.insert("artikle".to_owned(), 1.into());
        let refused = run(&plan).unwrap_err().to_string();
        assert!(
            refused.contains("workload[0].artikle: unknown field"),
            "{refused}"
        );
    }

    #[test]
    fn a_bare_run_has_the_same_outcomes_and_does_not_affect_the_next_run() {
        for plan in [single(Action::Unlike, false), single(Action::Like, true)] {
            let record = run(&plan).unwrap();
            let duration = Duration::from_micros(record.simulated_micros);
            assert_eq!(run_bare(&plan, duration).unwrap(), record.operations);
            assert_eq!(run(&plan).unwrap().hash, record.hash);
        }
    }
}
