//! One run of a plan: here the world meets the system that it runs, the likes.
//!
//! ```text
//!  set-up ─► faults (clients work, faults fire) ─► healed ─► at rest ─► probes ─► end
//! ```

use std::{collections::BTreeMap, time::Duration};

pub use crate::world::RunError;
use crate::{
    likes::{
        clients, invariants, planted,
        probes::{self, Probe},
    },
    world::{
        Driver, Instruments, World,
        plan::Plan,
        record::{Outcome, RunRecord},
    },
};

/// A run, and whether its probes found something.
struct Performed {
    record: RunRecord,
    probes_found: bool,
}

/// Runs a plan on this thread. If the probes find something, the plan is run again with one probe at a time, which
/// tells which of them found it.
///
/// # Errors
/// [`RunError`]: there is no record, which says nothing about the system under test.
pub fn run(plan: &Plan) -> Result<RunRecord, RunError> {
    let together = perform(plan, &[&Probe::ALL])?;
    if !together.probes_found {
        return Ok(together.record);
    }
    let each = Probe::ALL.each_ref().map(std::slice::from_ref);
    let apart = perform(plan, &each)?;
    Ok(match apart.probes_found {
        true => apart.record,
        // Only all of them together show it.
        false => together.record,
    })
}

/// Runs a plan's workload and nothing else: no faults, no events, no captured changes, no checks, no probes. Benchmarks
/// compare a full run with it, so it lasts as long as they say, in simulated time. Returns the clients' operations by
/// outcome.
///
/// # Errors
/// [`RunError`]: there is no result.
pub fn run_bare(plan: &Plan, lasts: Duration) -> Result<BTreeMap<Outcome, u64>, RunError> {
    let (world, driver) = start(plan, Instruments::None)?;
    driver.run_bare(lasts)?;
    world.return_prepared_databases();
    Ok(world.outcomes())
}

/// Runs a plan with these groups of probes, one group after another.
fn perform(plan: &Plan, probes: &[&[Probe]]) -> Result<Performed, RunError> {
    let (world, driver) = start(plan, Instruments::All)?;
    let result = phases(&world, driver, probes);
    // The driver is dropped, and every task with it: nothing uses the prepared databases any more.
    if result.is_ok() {
        world.return_prepared_databases();
    }
    result
}

/// Puts the world and the likes together.
fn start(plan: &Plan, instruments: Instruments) -> Result<(World, Driver), RunError> {
    let system = planted::system(&plan.system)
        .ok_or_else(|| RunError::UnknownSystem(plan.system.clone()))?;
    let checker = invariants::checker(plan);
    let (world, deliveries) = World::new(plan, system, checker, instruments);
    let driver = Driver::new(world.clone(), deliveries, clients::run);
    Ok((world, driver))
}

/// Every phase of a run, in order.
fn phases(world: &World, mut driver: Driver, probes: &[&[Probe]]) -> Result<Performed, RunError> {
    driver.set_up()?;
    driver.inject_faults()?;
    let healed = driver.heal();
    let rested = driver.rest()?;
    let converged = rested.then(|| driver.elapsed().saturating_sub(healed));
    // The probes repeat everything, so what the run itself repeated is counted before them.
    let barrier_counts = world.with_checker(|checker| checker.barrier_counts());
    let found_before = violations(world);
    if converged.is_some() {
        probe(world, &mut driver, probes)?;
    }
    let probes_found = violations(world) > found_before;
    // A coordinator that was still trying to begin a saga may have succeeded during the probes.
    if converged.is_some() && !driver.is_at_rest() {
        driver.rest()?;
    }
    check_readable(world)?;
    world.phase("end", false);
    Ok(Performed {
        record: driver.record(converged, barrier_counts),
        probes_found,
    })
}

/// Sends every request once more, in ways that must not change anything.
fn probe(world: &World, driver: &mut Driver, groups: &[&[Probe]]) -> Result<(), RunError> {
    world.phase("probes", false);
    probes::unblock(world);
    driver.until_delivered()?;
    for group in groups {
        let before = world.with_checker(|checker| checker.observed().clone());
        let sent = probes::send(world, group);
        driver.until_delivered()?;
        sent.judge(world, &before);
    }
    Ok(())
}

/// A row that the checks cannot read is a defect of the checks, so the run has no verdict.
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
    use crate::world::plan::{Action, single};

    #[test]
    fn what_a_probe_finds_is_its_own() {
        let soft_refusal = planted::plan("soft-refusal").unwrap();
        let mut no_tombstone = single(Action::Like, false);
        no_tombstone.system = "no-tombstone".to_owned();
        for (plan, property, together) in [
            (soft_refusal, "repeats-change-nothing", 3),
            (no_tombstone, "undo-first-holds", 1),
        ] {
            let blamed = |record: RunRecord| {
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
            assert_eq!(blamed(run(&plan).unwrap()), [property]);
            // What changes is blamed on each of those that came together; what is answered, on its own.
            let ran = perform(&plan, &[&Probe::ALL]).unwrap();
            assert_eq!(blamed(ran.record).len(), together);
        }
    }

    #[test]
    fn a_bare_run_does_the_same_work_and_leaves_nothing_behind() {
        for plan in [single(Action::Unlike, false), single(Action::Like, true)] {
            let record = run(&plan).unwrap();
            let lasts = Duration::from_micros(record.simulated_micros);
            assert_eq!(run_bare(&plan, lasts).unwrap(), record.operations);
            assert_eq!(run(&plan).unwrap().hash, record.hash);
        }
    }
}
