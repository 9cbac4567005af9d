//! One run of a plan: its phases, from the set-up to the probes.
//!
//! ```text
//!  set-up ─► faults ─► healed ─► at rest ─► probes ─► end
//! ```
//!
//! The clients work while the plan's faults are injected. Healing ends every active fault and starts every process that
//! is down. At rest no saga is open, so the final invariants can be judged; then the probes repeat everything once.
//!
//! A run is a pure function of its system and its plan.

use std::{collections::BTreeMap, time::Duration};

use super::{
    Driver, Instruments, RunError, System, World,
    plan::{Plan, problem},
    probes::{self, Probe},
    record::{Outcome, RunRecord},
};

/// A finished run.
struct Performed {
    record: RunRecord,
    /// Whether a probe violated a property.
    has_probe_violation: bool,
}

/// Runs a plan of a system on this thread.
///
/// If a probe violates a property, the plan runs again with one probe at a time, so that the record attributes the
/// violation to the right probe. A run without such a violation needs one pass.
///
/// # Errors
/// [`RunError`]: there is no record. That says nothing about the system under test.
pub fn run(system: &'static dyn System, plan: &Plan) -> Result<RunRecord, RunError> {
    let all_at_once = perform(system, plan, &[&Probe::ALL])?;
    if !all_at_once.has_probe_violation {
        return Ok(all_at_once.record);
    }
    let single_probes = Probe::ALL.each_ref().map(std::slice::from_ref);
    let one_by_one = perform(system, plan, &single_probes)?;
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
pub fn run_bare(
    system: &'static dyn System,
    plan: &Plan,
    duration: Duration,
) -> Result<BTreeMap<Outcome, u64>, RunError> {
    let (world, driver) = start(system, plan, Instruments::None)?;
    driver.run_bare(duration)?;
    world.return_prepared_databases();
    Ok(world.outcomes())
}

/// Runs a plan with these groups of probes. The probes of a group are sent together, the groups one after another.
fn perform(
    system: &'static dyn System,
    plan: &Plan,
    probes: &[&[Probe]],
) -> Result<Performed, RunError> {
    let (world, driver) = start(system, plan, Instruments::All)?;
    let result = phases(&world, driver, probes);
    // The driver and with it every task is dropped now, so nothing uses the prepared databases any more. After an error
    // their state is unknown, and they are not reused.
    if result.is_ok() {
        world.return_prepared_databases();
    }
    result
}

/// A world in which this system is about to start.
fn start(
    system: &'static dyn System,
    plan: &Plan,
    instruments: Instruments,
) -> Result<(World, Driver), RunError> {
    let variant = system
        .variant(&plan.system)
        .ok_or_else(|| RunError::UnknownSystem(plan.system.clone()))?;
    if let Some(problem) = problem(system, plan) {
        return Err(RunError::Impossible(problem.to_string()));
    }
    let (world, deliveries) = World::new(plan, system, variant, instruments);
    let driver = Driver::new(world.clone(), deliveries);
    Ok((world, driver))
}

/// Performs the phases of a run in order. The probes run only if the world came to rest: otherwise every saga that is
/// still open would look like a change by a probe.
fn phases(world: &World, mut driver: Driver, probes: &[&[Probe]]) -> Result<Performed, RunError> {
    driver.set_up()?;
    driver.inject_faults()?;
    let healed = driver.heal();
    let rested = driver.rest()?;
    let converged = rested.map(|rested| rested.saturating_sub(healed));
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
    world.require_redrawn()?;
    Ok(Performed {
        record: driver.record(converged, barrier_counts),
        has_probe_violation,
    })
}

/// Sends these groups of probes and judges each group by the state before it.
fn probe(world: &World, driver: &mut Driver, groups: &[&[Probe]]) -> Result<(), RunError> {
    world.phase("probes", false);
    probes::end_refusals(world);
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
