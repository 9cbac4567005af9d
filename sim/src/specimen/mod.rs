//! Specimens: deliberately wrong systems that the harness must catch.
//!
//! Each makes one mistake that is easy to make, by replacing a part of the product at a seam;
//! the product carries no trace of them. Each comes with the small plan that shows it. One of them,
//! the control, is odd but right: it shows that the harness does not cry wolf.

mod abort_without_seal;
mod absolute_count_reply;
mod absolute_undo;
mod blind_seal;
mod cancel_kills_undo;
mod double_do;
mod double_undo;
mod early_gc;
mod every_step_twice;
mod keys_by_clock;
mod lazy_disk;
mod lock_by_request;
mod log_after_send;
mod memory_log;
mod no_lease;
mod no_tombstone;
mod no_unique;
mod orphan_record;
mod parked_is_forgotten;
mod read_modify_write;
mod reset_is_refusal;
mod soft_refusal;
mod swallowed_undo;
mod twisted_log;
mod undo_registered_late;
mod unlike_undo_new_record;

pub(crate) use abort_without_seal::AbortWithoutSeal;
use likewise::service::Parts;
use likewise_barrier::BarrierState;
use likewise_saga::{
    protocol::StepRequest,
    store::{Sql, StoreError, Tx},
};
use sqlx::sqlite::SqliteSynchronous;

use crate::plan::{PRODUCT, Plan};

/// A deliberately wrong system.
pub struct Specimen {
    /// Its name; also what a plan calls the system.
    pub name: &'static str,
    /// What is wrong with it, in one sentence.
    pub about: &'static str,
    /// The properties that catch it; none, if it is the control, which must not be caught.
    pub caught_by: &'static [&'static str],
    parts: fn() -> Parts,
    plan: fn() -> Plan,
}

impl Specimen {
    /// Whether it is right, though it looks odd: then it must not be caught.
    #[must_use]
    pub fn is_control(&self) -> bool {
        self.caught_by.is_empty()
    }
}

/// All of them.
#[must_use]
pub fn all() -> &'static [Specimen] {
    &[
        absolute_undo::SPECIMEN,
        read_modify_write::SPECIMEN,
        undo_registered_late::SPECIMEN,
        orphan_record::SPECIMEN,
        memory_log::SPECIMEN,
        swallowed_undo::SPECIMEN,
        no_unique::SPECIMEN,
        double_undo::SPECIMEN,
        no_tombstone::SPECIMEN,
        soft_refusal::SPECIMEN,
        abort_without_seal::SPECIMEN,
        no_lease::SPECIMEN,
        log_after_send::SPECIMEN,
        absolute_count_reply::SPECIMEN,
        early_gc::SPECIMEN,
        reset_is_refusal::SPECIMEN,
        lazy_disk::SPECIMEN,
        cancel_kills_undo::SPECIMEN,
        double_do::SPECIMEN,
        blind_seal::SPECIMEN,
        unlike_undo_new_record::SPECIMEN,
        lock_by_request::SPECIMEN,
        keys_by_clock::SPECIMEN,
        parked_is_forgotten::SPECIMEN,
        every_step_twice::SPECIMEN,
    ]
}

/// The parts of the system of this name.
#[must_use]
pub fn parts(system: &str) -> Option<Parts> {
    if system == PRODUCT {
        return Some(Parts::default());
    }
    find(system).map(|specimen| (specimen.parts)())
}

/// How a system's SQLite files are opened.
#[must_use]
pub fn synchronous(system: &str) -> SqliteSynchronous {
    lazy_disk::synchronous(system)
}

/// Whether a system's SQLite files are opened as the product's are, and keep their schema.
pub(crate) fn opens_as_usual(system: &str) -> bool {
    ![lazy_disk::SPECIMEN.name, no_unique::SPECIMEN.name].contains(&system)
}

/// The small plan that shows what is wrong.
#[must_use]
pub fn plan(name: &str) -> Option<Plan> {
    let specimen = find(name)?;
    let mut plan = (specimen.plan)();
    plan.name = format!("specimen {name}");
    plan.system = name.to_owned();
    Some(plan)
}

static FIND_BARRIER: Sql = Sql {
    name: "find-barrier",
    sqlite: "SELECT state FROM barrier WHERE saga = $1 AND step = $2",
    postgres: "SELECT state FROM barrier WHERE saga = $1::uuid AND step = $2",
};

/// The state of a step's row, for specimens that look before they act.
async fn barrier_state(
    tx: &mut Tx<'_>,
    request: &StepRequest,
) -> Result<Option<BarrierState>, StoreError> {
    let step = i64::try_from(request.step).unwrap_or(i64::MAX);
    let args = [request.saga.to_string().into(), step.into()];
    match tx.rows(&FIND_BARRIER, args).await?.first() {
        Some(row) => Ok(BarrierState::of_code(row.int(0)?)),
        None => Ok(None),
    }
}

fn find(name: &str) -> Option<&'static Specimen> {
    all().iter().find(|specimen| specimen.name == name)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;
    use crate::{
        campaign::{self, Campaign, Plans},
        exhaust,
        plan::generate,
        run::run,
    };

    /// The properties that a specimen violates on its plan, on which every fault must strike.
    fn violated(plan: &Plan) -> Vec<String> {
        let record = run(plan).unwrap();
        let name = &record.plan.name;
        assert!(
            record.struck.iter().all(|struck| *struck),
            "{name}: a fault did not strike"
        );
        let violated = record.violations.iter();
        violated
            .map(|violation| violation.property.clone())
            .collect()
    }

    #[test]
    fn every_specimen_is_caught_by_the_properties_that_should() {
        let mut missed = Vec::new();
        for specimen in all().iter().filter(|specimen| !specimen.is_control()) {
            let by = violated(&plan(specimen.name).unwrap());
            let not_by = |property: &&&str| !by.iter().any(|by| by == *property);
            let not_by: Vec<_> = specimen.caught_by.iter().filter(not_by).collect();
            if !not_by.is_empty() {
                missed.push(format!(
                    "{} is caught by {by:?}, not by {not_by:?}",
                    specimen.name
                ));
            }
        }
        assert!(missed.is_empty(), "{}", missed.join("\n"));
    }

    #[test]
    fn the_product_passes_where_the_specimens_fail() {
        for specimen in all() {
            let mut plan = plan(specimen.name).unwrap();
            plan.system = PRODUCT.to_owned();
            assert_eq!(violated(&plan), [""; 0], "{}", specimen.name);
        }
    }

    #[test]
    fn the_control_is_spared_on_its_plan_and_on_clean_sagas() {
        let controls: Vec<_> = all().iter().filter(|it| it.is_control()).collect();
        assert_eq!(controls.len(), 1);
        for control in controls {
            let own = plan(control.name).unwrap();
            for mut plan in exhaust::bases().into_iter().chain([own]) {
                plan.system = control.name.to_owned();
                assert_eq!(violated(&plan), [""; 0], "{}", plan.name);
            }
        }
    }

    #[test]
    fn the_control_is_spared_by_the_swarm() {
        let controls = all().iter().filter(|specimen| specimen.is_control());
        let plans = controls.flat_map(|control| {
            (0..40).map(|seed| Plan {
                system: control.name.to_owned(),
                ..generate(seed)
            })
        });
        let campaign = Campaign {
            plans: Plans::List(plans.collect()),
            jobs: None,
            budget: None,
            stop: &AtomicBool::new(false),
        };
        let finished = campaign::run(&campaign, |record, _| {
            assert!(
                record.is_green(),
                "{}: {:?}",
                record.plan.name,
                record.violations
            );
        });
        assert_eq!(finished.runs, 40);
    }
}
