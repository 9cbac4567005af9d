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
//! This folder holds the bugs that only likes can have. `any_saga.rs` says how those of any saga (`world/planted`) show in likes.

mod absolute_count_reply;
mod absolute_undo;
mod any_saga;
mod layered;
mod lock_by_action;
mod lock_by_request;
mod missing_article_is_liked;
mod no_unique;
mod orphan_record;
mod other_undo;
mod read_modify_write;
mod reads_from_cache;
mod unlike_undo_new_record;

use std::sync::LazyLock;

use likewise_world::planted::{PlantedBug, of_any_saga};

use crate::Likes;

/// Every planted bug, in the order in which `cargo chaos list` shows them: those of likes, and those of any saga.
pub(super) static ALL: LazyLock<Vec<PlantedBug>> = LazyLock::new(|| {
    let mut all = vec![
        absolute_undo::PLANTED_BUG,
        read_modify_write::PLANTED_BUG,
        orphan_record::PLANTED_BUG,
        no_unique::PLANTED_BUG,
        absolute_count_reply::PLANTED_BUG,
        unlike_undo_new_record::PLANTED_BUG,
        lock_by_request::PLANTED_BUG,
        lock_by_action::PLANTED_BUG,
        reads_from_cache::PLANTED_BUG,
        missing_article_is_liked::PLANTED_BUG,
    ];
    all.extend(of_any_saga::<Likes>(any_saga::CAUGHT_BY));
    all
});

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;
    use crate::{run, system};
    use likewise_search::{
        campaign::{self, Campaign, Plans},
        exhaustive,
    };
    use likewise_world::plan::{PRODUCT, Plan, generate};

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

    #[test]
    #[should_panic(expected = "likes-equal-records: no saga has the bug no-such-bug")]
    fn a_property_that_catches_an_unknown_bug_is_refused() {
        let also = &[("likes-equal-records", &["no-such-bug"] as &[_])];
        let own = any_saga::CAUGHT_BY;
        let _ = of_any_saga::<Likes>(likewise_world::planted::CaughtByOwn { also, ..own });
    }

    #[test]
    fn every_planted_bug_violates_each_property_it_lists() {
        let mut missed = Vec::new();
        for bug in ALL.iter().filter(|bug| !bug.is_control()) {
            let found = violated(&system().plan_of_bug(bug.name).unwrap());
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
        for bug in ALL.iter() {
            let mut plan = system().plan_of_bug(bug.name).unwrap();
            plan.system = PRODUCT.to_owned();
            assert_eq!(violated(&plan), [""; 0], "{}", bug.name);
        }
    }

    #[test]
    fn the_control_violates_nothing_on_its_plan_and_on_clean_sagas() {
        let controls: Vec<_> = ALL.iter().filter(|bug| bug.is_control()).collect();
        assert_eq!(controls.len(), 1);
        for control in controls {
            let own = system().plan_of_bug(control.name).unwrap();
            for mut plan in exhaustive::bases(system()).into_iter().chain([own]) {
                plan.system = control.name.to_owned();
                assert_eq!(violated(&plan), [""; 0], "{}", plan.name);
            }
        }
    }

    #[test]
    fn the_control_violates_nothing_in_40_swarm_runs() {
        let controls = ALL.iter().filter(|bug| bug.is_control());
        let plans = controls.flat_map(|control| {
            (0..40).map(|seed| Plan {
                system: control.name.to_owned(),
                ..generate(system(), seed)
            })
        });
        let campaign = Campaign {
            system: system(),
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
