//! The rules hold for each saga, and each wrong variant violates the property that it should.

use likewise_barrier::BarrierState::{Done, Tomb, Undone};
use likewise_protocol::{Op, Status};

use super::{
    state::{Coordinator, Todo},
    *,
};
use crate::search::{SearchResult, Verdict, search};

/// The limit of states. No search here comes near it.
const STATES_MAX: usize = 1_000_000;

/// A pair, a pivot and a step after it, with zombies.
const PAIR_AND_PIVOT: GroupScenario = GROUP_SCENARIOS[0];
/// The whole transfer, with one coordinator at a time.
const TRANSFER: GroupScenario = GROUP_SCENARIOS[2];

fn searched(
    protocol: GroupProtocol,
    scenario: GroupScenario,
    visit: impl FnMut(usize, &State),
) -> SearchResult<State, Action> {
    search(&GroupModel::new(protocol, scenario), STATES_MAX, visit)
}

/// States that a search must reach, or it would prove nothing: in a model in which nothing happens, every property holds.
type Reached = (&'static str, fn(&State) -> bool);

/// They are about the steps of [`PAIR_AND_PIVOT`]: two checks, credit, notify.
const REACHED: [Reached; 8] = [
    ("the saga completed", |state| {
        state.status == Status::Completed
    }),
    ("both checks were done and undone", |state| {
        let [a, b, ..] = state.steps;
        state.status == Status::Compensated && a.row == Some(Undone) && b.row == Some(Undone)
    }),
    (
        "one check was done and undone, the other refused",
        |state| {
            let [a, b, ..] = state.steps;
            state.status == Status::Compensated && a.row == Some(Undone) && b.row != Some(Undone)
        },
    ),
    (
        "the client was told before the notification was sent",
        |state| state.is_told && !state.steps[3].requests.has(Op::Do),
    ),
    ("both checks were sealed and turned out done", |state| {
        let [a, b, ..] = state.steps;
        [a, b]
            .iter()
            .all(|step| step.row == Some(Done) && step.requests.has(Op::Seal))
    }),
    (
        "the pivot was done although it was sealed, and the notification was sent",
        |state| state.steps[2].requests.has(Op::Seal) && state.steps[3].requests.has(Op::Do),
    ),
    ("a late credit found the tombstone of its seal", |state| {
        let credit = state.steps[2];
        credit.row == Some(Tomb) && credit.requests.has(Op::Do) && credit.requests.has(Op::Seal)
    }),
    (
        "a zombie waits for a check that its successor undoes",
        |state| {
            let awaits = |at: &Coordinator, wanted: Op| {
                let task = at.task();
                task.is_some_and(|task| matches!(task.todo, Todo::Await { op, .. } if op == wanted))
            };
            let is_zombie = |at: &Coordinator| !at.is_current() && awaits(at, Op::Do);
            let undoes = |at: &Coordinator| at.is_current() && awaits(at, Op::Undo);
            state.coordinators.iter().any(is_zombie) && state.coordinators.iter().any(undoes)
        },
    ),
];

fn holds(scenario: GroupScenario, visit: impl FnMut(usize, &State)) -> usize {
    let searched = searched(GROUP_PROTOCOL, scenario, visit);
    if let Verdict::Broken(found) = &searched.verdict {
        let story = GroupModel::new(GROUP_PROTOCOL, scenario).story(found);
        panic!(
            "{}: {}:\n{}",
            scenario.name,
            found.property,
            story.join("\n")
        );
    }
    let is_whole = matches!(searched.verdict, Verdict::Holds);
    assert!(is_whole, "{}", scenario.name);
    searched.states
}

#[test]
fn a_pair_and_a_pivot_have_no_counter_example_and_the_saga_can_end() {
    let mut reached = [false; REACHED.len()];
    let states = holds(PAIR_AND_PIVOT, |_, state| {
        for (reached, (_, holds)) in reached.iter_mut().zip(REACHED) {
            *reached |= holds(state);
        }
    });
    assert!(states > 40_000, "{states} states");
    let missing = REACHED.iter().zip(reached).filter(|(_, reached)| !reached);
    let missing: Vec<_> = missing.map(|((name, _), _)| name).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// `cargo chaos model` also searches it with zombies.
#[test]
fn a_whole_transfer_has_no_counter_example_with_one_coordinator_at_a_time() {
    let states = holds(TRANSFER, |_, _| {});
    assert!(states > 10_000, "{states} states");
}

#[test]
fn each_wrong_variant_of_the_rules_violates_its_property() {
    for mutant in GROUP_MUTANTS {
        let scenario = GROUP_SCENARIOS[mutant.found_in];
        let Verdict::Broken(found) = searched(mutant, scenario, |_, _| {}).verdict else {
            panic!("{} has no counter-example: {}", mutant.name, scenario.name);
        };
        assert_eq!(Some(found.property), mutant.broken, "{}", mutant.name);
        assert!(properties().contains(&found.property));
    }
}

#[test]
fn the_story_of_a_counter_example_names_the_steps() {
    let [mutant, ..] = GROUP_MUTANTS;
    let Verdict::Broken(found) = searched(mutant, PAIR_AND_PIVOT, |_, _| {}).verdict else {
        panic!("{} has no counter-example", mutant.name);
    };
    let story = GroupModel::new(mutant, PAIR_AND_PIVOT).story(&found);
    let expected = [
        "check a serves do",
        "the current coordinator receives done from check a",
        "check b serves do",
        "the current coordinator receives done from check b",
        "credit serves do",
        "the current coordinator receives done from credit",
        "the current coordinator finds a deadline passed",
        "the current coordinator writes to the log",
    ];
    assert_eq!(story, expected);
}
