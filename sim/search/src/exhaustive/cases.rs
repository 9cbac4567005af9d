//! Single faults: every fault of every family at every injection point of a clean run.

use super::{client, clock, database, disk, message, network, process};
use likewise_world::{
    RunError, System,
    plan::{Fault, InjectionPoint, Plan},
    run::run,
};

/// One fault at one injection point.
#[derive(Debug, Clone)]
pub struct Case {
    /// Where the fault is injected.
    pub point: InjectionPoint,
    /// The clean plan with this one fault.
    pub plan: Plan,
}

/// Every single fault at every injection point of a plan's clean run.
///
/// The points are those of a run without faults. Compensations are among them, because one of the sagas is refused.
///
/// # Errors
/// [`RunError`] of the clean run.
pub fn cases(system: &'static dyn System, base: &Plan) -> Result<Vec<Case>, RunError> {
    cases_with(system, base, faults_at)
}

/// The faults that `faults_at` lists, at every injection point of a plan's run.
///
/// # Errors
/// [`RunError`] of the run of the plan itself.
pub(super) fn cases_with(
    system: &'static dyn System,
    base: &Plan,
    faults_at: impl Fn(&InjectionPoint) -> Vec<Fault>,
) -> Result<Vec<Case>, RunError> {
    let clean = run(system, base)?;
    let mut cases = Vec::new();
    for point in clean.injection_points {
        for fault in faults_at(&point) {
            let mut plan = base.clone().with_fault(point.clone(), fault);
            plan.name = format!("{}: {fault} at {point}", base.name);
            cases.push(Case {
                point: point.clone(),
                plan,
            });
        }
    }
    Ok(cases)
}

/// The faults of every family that can be injected at a point.
///
/// The order of the families is part of the numbering of combinations: a search that was stopped can be resumed only
/// while it stays the same.
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
