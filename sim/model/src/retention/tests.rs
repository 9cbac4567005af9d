//! The rules of retention hold, and each mutant violates the property that it should.

use likewise_protocol::Status;

use super::*;
use crate::search::{SearchResult, Verdict, search};

/// The limit of states. No search here comes near it.
const STATES_MAX: usize = 1_000_000;

fn searched(
    protocol: RetentionProtocol,
    scenario: Scenario,
    visit: impl FnMut(usize, &RetentionState),
) -> SearchResult<RetentionState, RetentionAction> {
    search(&RetentionModel::new(protocol, scenario), STATES_MAX, visit)
}

/// States that a search must reach, or it would prove nothing.
type Reached = (&'static str, fn(&RetentionState) -> bool);

const REACHED: [Reached; 5] = [
    ("both rows of a completed saga are deleted", |state| {
        is_deleted(state, Status::Completed)
    }),
    ("both rows of a compensated saga are deleted", |state| {
        is_deleted(state, Status::Compensated)
    }),
    (
        "a transaction is slow while its service has the watermark",
        |state| state.slow.is_some_and(|(step, _)| state.stored[step]),
    ),
    ("an undo is slow", |state| {
        state.slow.is_some_and(|(_, op)| op == Op::Undo)
    }),
    (
        "a zombie drives the saga after its rows are deleted",
        |state| {
            is_deleted(state, Status::Completed)
                && state
                    .saga
                    .coordinators
                    .iter()
                    .any(|it| it.driver(0).is_some())
        },
    ),
];

fn is_deleted(state: &RetentionState, status: Status) -> bool {
    let saga = state.saga.sagas[0];
    let is_it = saga.row.is_some_and(|row| row.status == status);
    is_it && state.stored == [true; 2] && saga.steps.iter().all(|step| step.row.is_none())
}

#[test]
fn no_late_request_acts_below_the_watermark() {
    for scenario in RETENTION_SCENARIOS {
        let mut reached = [false; REACHED.len()];
        let searched = searched(RETENTION_PROTOCOL, scenario, |_, state| {
            for (is_reached, (_, holds)) in reached.iter_mut().zip(REACHED) {
                *is_reached = *is_reached || holds(state);
            }
        });
        if let Verdict::Broken(found) = &searched.verdict {
            let story = RetentionModel::new(RETENTION_PROTOCOL, scenario).story(found);
            panic!("{}:\n{}", found.property, story.join("\n"));
        }
        assert!(matches!(searched.verdict, Verdict::Holds));
        assert!(searched.states > 5_000, "{} states", searched.states);
        let missing = REACHED
            .iter()
            .zip(reached)
            .filter(|(_, is_reached)| !is_reached);
        let missing: Vec<_> = missing.map(|((name, _), _)| name).collect();
        assert_eq!(missing, Vec::<&&str>::new(), "{}", scenario.name);
    }
}

#[test]
fn each_mutant_violates_its_property() {
    for mutant in RETENTION_MUTANTS {
        for scenario in RETENTION_SCENARIOS {
            let searched = searched(mutant, scenario, |_, _| {});
            let Verdict::Broken(found) = searched.verdict else {
                panic!("{} has no counter-example: {}", mutant.name, scenario.name);
            };
            let story = RetentionModel::new(mutant, scenario).story(&found);
            let (expected, story) = (mutant.broken, story.join("\n"));
            assert_eq!(Some(found.property), expected, "{}:\n{story}", mutant.name);
        }
    }
}

#[test]
fn the_story_of_a_counter_example_has_one_line_for_each_action() {
    let mutant = RETENTION_MUTANTS[3];
    let model = RetentionModel::new(mutant, RETENTION_SCENARIOS[0]);
    let Verdict::Broken(found) = search(&model, STATES_MAX, |_, _| {}).verdict else {
        panic!("{} has no counter-example", mutant.name);
    };
    let story = model.story(&found);
    assert_eq!(story.len(), found.path.len());
    let last = story.last().unwrap();
    assert!(last.contains("commits"), "{story:#?}");
}
