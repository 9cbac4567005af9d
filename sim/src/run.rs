//! One run of a plan, with all that is looked at, or with nothing but its workload.

use std::{collections::BTreeMap, time::Duration};

use crate::{
    driver::{Driver, Ran},
    plan::Plan,
    probe::Probe,
    record::{Outcome, RunRecord},
    specimen,
    world::{Instruments, World},
};

/// A run could not be carried out: says nothing about the system under test.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The plan names a system that does not exist.
    #[error("there is no system '{0}'; `cargo chaos list` names them")]
    UnknownSystem(String),
    /// Something broke that no fault explains: a panic, or a service that did not start.
    #[error("the run broke: {0}")]
    Broken(String),
    /// A phase did not end within its bound.
    #[error("the run was cut: {0}")]
    Endless(&'static str),
}

/// Carries out a plan, on this thread. If its probes find something, it is carried out again with one probe at a
/// time, which tells what it was that they found.
///
/// # Errors
/// [`RunError`].
pub fn run(plan: &Plan) -> Result<RunRecord, RunError> {
    let together = carry_out(plan, &[&Probe::ALL])?;
    if !together.probes_found {
        return Ok(together.record);
    }
    let each = Probe::ALL.each_ref().map(std::slice::from_ref);
    let apart = carry_out(plan, &each)?;
    Ok(match apart.probes_found {
        true => apart.record,
        // Only together do they show it.
        false => together.record,
    })
}

/// Carries out a plan, with these probes one after another.
fn carry_out(plan: &Plan, probes: &[&[Probe]]) -> Result<Ran, RunError> {
    let parts = specimen::parts(&plan.system)
        .ok_or_else(|| RunError::UnknownSystem(plan.system.clone()))?;
    let (world, errands) = World::new(plan, parts, Instruments::All);
    let result = Driver::new(world.clone(), errands).run(probes);
    // The driver is gone, and with it every task.
    if result.is_ok() {
        world.give_back();
    }
    result
}

/// Carries out a plan's workload and nothing else: no faults, no events, no copies of rows, no checks, no probes. What
/// a run with all of them costs is measured against it, so it is to last as long, in simulated time. Returns how the
/// users' operations ended.
///
/// # Errors
/// [`RunError`].
pub fn run_bare(plan: &Plan, lasts: Duration) -> Result<BTreeMap<Outcome, u64>, RunError> {
    let parts = specimen::parts(&plan.system)
        .ok_or_else(|| RunError::UnknownSystem(plan.system.clone()))?;
    let (world, errands) = World::new(plan, parts, Instruments::None);
    Driver::new(world.clone(), errands).run_bare(lasts)?;
    world.give_back();
    Ok(world.outcomes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Action, single};

    #[test]
    fn what_a_probe_finds_is_its_own() {
        let soft_refusal = specimen::plan("soft-refusal").unwrap();
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
            let ran = carry_out(&plan, &[&Probe::ALL]).unwrap();
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
