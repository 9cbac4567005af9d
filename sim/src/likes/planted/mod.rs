//! Specimens: deliberately wrong systems that the harness must catch.
//!
//! Each makes one mistake that is easy to make, by replacing a part of the product at a seam;
//! the product carries no trace of them. Each comes with the small plan that shows it. One of them,
//! the control, is odd but right: it shows that the harness does not cry wolf.

mod absolute_count_reply;
mod absolute_undo;
mod lock_by_request;
mod no_unique;
mod orphan_record;
mod read_modify_write;
mod unlike_undo_new_record;

use likewise::service::Parts;

pub use crate::world::planted::PlantedBug;
use crate::world::{
    SystemUnderTest,
    plan::{PRODUCT, Plan},
    planted::{
        abort_without_seal, blind_seal, cancel_kills_undo, double_do, double_undo, early_gc,
        every_step_twice, keys_by_clock, lazy_disk, log_after_send, memory_log, no_lease,
        no_tombstone, parked_is_forgotten, reset_is_refusal, soft_refusal, swallowed_undo,
        undo_registered_late,
    },
};

/// All of them.
#[must_use]
pub fn all() -> &'static [PlantedBug] {
    &[
        absolute_undo::PLANTED_BUG,
        read_modify_write::PLANTED_BUG,
        undo_registered_late::PLANTED_BUG,
        orphan_record::PLANTED_BUG,
        memory_log::PLANTED_BUG,
        swallowed_undo::PLANTED_BUG,
        no_unique::PLANTED_BUG,
        double_undo::PLANTED_BUG,
        no_tombstone::PLANTED_BUG,
        soft_refusal::PLANTED_BUG,
        abort_without_seal::PLANTED_BUG,
        no_lease::PLANTED_BUG,
        log_after_send::PLANTED_BUG,
        absolute_count_reply::PLANTED_BUG,
        early_gc::PLANTED_BUG,
        reset_is_refusal::PLANTED_BUG,
        lazy_disk::PLANTED_BUG,
        cancel_kills_undo::PLANTED_BUG,
        double_do::PLANTED_BUG,
        blind_seal::PLANTED_BUG,
        unlike_undo_new_record::PLANTED_BUG,
        lock_by_request::PLANTED_BUG,
        keys_by_clock::PLANTED_BUG,
        parked_is_forgotten::PLANTED_BUG,
        every_step_twice::PLANTED_BUG,
    ]
}

/// The system of this name: the product, or a planted bug.
#[must_use]
pub fn system(name: &str) -> Option<SystemUnderTest> {
    let parts = match name == PRODUCT {
        true => Parts::default(),
        false => (find(name)?.parts)(),
    };
    // These two differ in how a database is opened, or in its schema.
    let has_own_database =
        [lazy_disk::PLANTED_BUG.name, no_unique::PLANTED_BUG.name].contains(&name);
    Some(SystemUnderTest {
        parts,
        synchronous: lazy_disk::synchronous(name),
        takes_prepared_databases: !has_own_database,
    })
}

/// The small plan that shows what is wrong.
#[must_use]
pub fn plan(name: &str) -> Option<Plan> {
    let bug = find(name)?;
    let mut plan = (bug.plan)();
    plan.name = format!("planted bug {name}");
    plan.system = name.to_owned();
    Some(plan)
}

fn find(name: &str) -> Option<&'static PlantedBug> {
    all().iter().find(|bug| bug.name == name)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;
    use crate::{
        run::run,
        search::{
            campaign::{self, Campaign, Plans},
            exhaustive,
        },
        world::plan::generate,
    };

    /// The properties that a planted bug violates on its plan, on which every fault must strike.
    fn violated(plan: &Plan) -> Vec<String> {
        let record = run(plan).unwrap();
        let name = &record.plan.name;
        assert!(
            record.injected.iter().all(|fired| *fired),
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
        for bug in all().iter().filter(|bug| !bug.is_control()) {
            let by = violated(&plan(bug.name).unwrap());
            let not_by = |property: &&&str| !by.iter().any(|by| by == *property);
            let not_by: Vec<_> = bug.caught_by.iter().filter(not_by).collect();
            if !not_by.is_empty() {
                missed.push(format!(
                    "{} is caught by {by:?}, not by {not_by:?}",
                    bug.name
                ));
            }
        }
        assert!(missed.is_empty(), "{}", missed.join("\n"));
    }

    #[test]
    fn the_product_passes_where_the_specimens_fail() {
        for bug in all() {
            let mut plan = plan(bug.name).unwrap();
            plan.system = PRODUCT.to_owned();
            assert_eq!(violated(&plan), [""; 0], "{}", bug.name);
        }
    }

    #[test]
    fn the_control_is_spared_on_its_plan_and_on_clean_sagas() {
        let controls: Vec<_> = all().iter().filter(|it| it.is_control()).collect();
        assert_eq!(controls.len(), 1);
        for control in controls {
            let own = plan(control.name).unwrap();
            for mut plan in exhaustive::bases().into_iter().chain([own]) {
                plan.system = control.name.to_owned();
                assert_eq!(violated(&plan), [""; 0], "{}", plan.name);
            }
        }
    }

    #[test]
    fn the_control_is_spared_by_the_swarm() {
        let controls = all().iter().filter(|bug| bug.is_control());
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
