//! Planted bugs: deliberately wrong systems that the harness must catch.
//!
//! They show that the checks can fail: a checker that never reports a violation proves nothing. Each planted bug makes
//! one mistake that is easy to make. It replaces one part at a seam, so the product contains no trace of it, and it comes
//! with a small plan that shows the mistake. A bug that any saga can have replaces a part of the kit ([`KitParts`]), so any
//! system can be given it. A bug of likes replaces a part of likes ([`Parts`]).
//!
//! One entry is a *control*: it looks odd but is right. It must not be caught, which shows that the harness reports no
//! false violations.
//!
//! This folder holds the bugs that only likes can have, and `any_saga/` how those of any saga (`world/planted`) show in likes.

mod absolute_count_reply;
mod absolute_undo;
mod any_saga;
mod lock_by_request;
mod no_unique;
mod orphan_record;
mod read_modify_write;
mod unlike_undo_new_record;

use likewise::service::Parts;
use likewise_saga::service::KitParts;

use super::parts::LikeParts;
pub use crate::world::planted::PlantedBug;
use crate::world::{
    SystemUnderTest,
    plan::{PRODUCT, Plan},
    planted::Change,
};
use any_saga::{
    abort_without_seal, blind_seal, cancel_kills_undo, deadline_forgotten_after_restart, double_do,
    double_undo, early_gc, every_pause_is_longest, every_step_twice, health_behind_limit,
    keys_by_clock, lazy_disk, lease_never_free, log_after_send, memory_log, no_answer_timeout,
    no_lease, no_statement_timeout, no_step_timeout, no_tombstone, parked_is_forgotten,
    ready_only_pings, recovery_stops_at_bad_row, reset_is_refusal, soft_refusal, swallowed_undo,
    undo_registered_late,
};

/// Every planted bug, in the order in which `cargo chaos list` shows them.
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
        no_statement_timeout::PLANTED_BUG,
        no_step_timeout::PLANTED_BUG,
        no_answer_timeout::PLANTED_BUG,
        every_pause_is_longest::PLANTED_BUG,
        deadline_forgotten_after_restart::PLANTED_BUG,
        lease_never_free::PLANTED_BUG,
        ready_only_pings::PLANTED_BUG,
        health_behind_limit::PLANTED_BUG,
        recovery_stops_at_bad_row::PLANTED_BUG,
        every_step_twice::PLANTED_BUG,
    ]
}

/// A bug that only likes can have, and its parts.
type OwnParts = (&'static PlantedBug, fn() -> Parts);

/// Every bug that only likes can have.
const OWN_PARTS: [OwnParts; 7] = [
    (&absolute_undo::PLANTED_BUG, absolute_undo::parts),
    (&read_modify_write::PLANTED_BUG, read_modify_write::parts),
    (&orphan_record::PLANTED_BUG, orphan_record::parts),
    (&no_unique::PLANTED_BUG, no_unique::parts),
    (
        &absolute_count_reply::PLANTED_BUG,
        absolute_count_reply::parts,
    ),
    (
        &unlike_undo_new_record::PLANTED_BUG,
        unlike_undo_new_record::parts,
    ),
    (&lock_by_request::PLANTED_BUG, lock_by_request::parts),
];

/// The system that a plan names: the product, or a planted bug. `None` if no system has this name.
#[must_use]
pub fn system(name: &str) -> Option<SystemUnderTest> {
    let parts = match name == PRODUCT {
        true => Parts::default(),
        false => parts(find(name)?),
    };
    let change = find(name).map_or(Change::Kit(KitParts::default), |bug| bug.change);
    // A prepared database is opened with the product's options and has its schema. `no-unique` changes the schema.
    let has_own_options = change.synchronous().is_some();
    let has_own_schema = name == no_unique::PLANTED_BUG.name;
    Some(SystemUnderTest {
        parts: Box::new(LikeParts(parts)),
        change,
        takes_prepared_databases: !has_own_options && !has_own_schema,
    })
}

/// The parts of a planted bug.
fn parts(bug: &PlantedBug) -> Parts {
    let own = OWN_PARTS.iter().find(|(own, _)| own.name == bug.name);
    own.map_or_else(|| bug.change.kit().into(), |(_, parts)| parts())
}

/// The small plan that shows a planted bug. `None` if there is no bug of this name.
///
/// The plan is small enough to be read, and shows the bug every time. How soon random plans find the bug is another
/// question, which the detection benchmark answers.
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
    use crate::likes::LIKES;
    use crate::{
        run::run,
        search::{
            campaign::{self, Campaign, Plans},
            exhaustive,
        },
        world::plan::generate,
    };

    /// The properties that a run of the plan violates. Every fault of the plan must fire.
    fn violated(plan: &Plan) -> Vec<String> {
        let record = run(plan).unwrap();
        let name = &record.plan.name;
        assert!(
            record.injected.iter().all(|injected| *injected),
            "{name}: a fault did not fire"
        );
        let violated = record.violations.iter();
        violated
            .map(|violation| violation.property.clone())
            .collect()
    }

    /// Otherwise it would be the product.
    #[test]
    fn a_bug_of_likes_alone_has_parts_of_its_own() {
        let own = all().iter().filter(|bug| matches!(bug.change, Change::Own));
        let names: Vec<_> = own.map(|bug| bug.name).collect();
        let listed = OWN_PARTS.map(|(bug, _)| bug.name);
        assert_eq!(names.len(), listed.len());
        assert!(names.iter().all(|name| listed.contains(name)), "{names:?}");
    }

    #[test]
    fn every_planted_bug_violates_each_property_it_lists() {
        let mut missed = Vec::new();
        for bug in all().iter().filter(|bug| !bug.is_control()) {
            let found = violated(&plan(bug.name).unwrap());
            let is_missing = |property: &&&str| !found.iter().any(|found| found == *property);
            let missing: Vec<_> = bug.caught_by.iter().filter(is_missing).collect();
            if !missing.is_empty() {
                missed.push(format!(
                    "{} violates {found:?}, but not {missing:?}",
                    bug.name
                ));
            }
        }
        assert!(missed.is_empty(), "{}", missed.join("\n"));
    }

    #[test]
    fn the_product_passes_the_plan_of_every_planted_bug() {
        for bug in all() {
            let mut plan = plan(bug.name).unwrap();
            plan.system = PRODUCT.to_owned();
            assert_eq!(violated(&plan), [""; 0], "{}", bug.name);
        }
    }

    #[test]
    fn the_control_violates_nothing_on_its_plan_and_on_clean_sagas() {
        let controls: Vec<_> = all().iter().filter(|bug| bug.is_control()).collect();
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
    fn the_control_violates_nothing_in_40_swarm_runs() {
        let controls = all().iter().filter(|bug| bug.is_control());
        let plans = controls.flat_map(|control| {
            (0..40).map(|seed| Plan {
                system: control.name.to_owned(),
                ..generate(&LIKES, seed)
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
