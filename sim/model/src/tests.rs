//! The protocol holds, and each mutant violates the property that it should.

use super::{reachability::ReachedAssertions, *};

/// The limit of states. No search here comes near it.
const STATES_MAX: usize = 1_000_000;

fn searched(
    protocol: Protocol,
    scenario: Scenario,
    reached: &mut ReachedAssertions,
) -> SearchResult<State, Action> {
    let model = Model::new(protocol, scenario);
    search::search(&model, STATES_MAX, |_, state| reached.visit(state))
}

/// Searches one scenario completely. `cargo chaos model` searches all four.
#[test]
fn the_protocol_has_no_counter_example_and_every_saga_can_end() {
    let mut reached = ReachedAssertions::default();
    let scenario = SCENARIOS[0];
    let searched = searched(TRUE_PROTOCOL, scenario, &mut reached);
    if let Verdict::Broken(found) = &searched.verdict {
        let story = Model::new(TRUE_PROTOCOL, scenario).story(found);
        panic!("{}:\n{}", found.property, story.join("\n"));
    }
    assert!(matches!(searched.verdict, Verdict::Holds));
    assert!(searched.states > 50_000, "{} states", searched.states);
    assert_eq!(reached.missing(), Vec::<&str>::new());
}

#[test]
fn each_mutant_violates_its_property_in_every_scenario() {
    for mutant in MUTANTS {
        let Some(property) = mutant.broken else {
            continue;
        };
        for scenario in SCENARIOS {
            let searched = searched(mutant, scenario, &mut ReachedAssertions::default());
            let Verdict::Broken(found) = searched.verdict else {
                panic!("{} has no counter-example: {}", mutant.name, scenario.name);
            };
            assert_eq!(
                found.property, property,
                "{}: {}",
                mutant.name, scenario.name
            );
            assert!(properties().contains(&property));
        }
    }
}

#[test]
fn the_story_of_a_counter_example_has_one_line_for_each_action() {
    let model = Model::new(MUTANTS[1], SCENARIOS[0]);
    let Verdict::Broken(found) = search::search(&model, STATES_MAX, |_, _| {}).verdict else {
        panic!("soft-refusal has no counter-example");
    };
    let story = [
        "a coordinator starts under epoch 1",
        "epoch 1 commits saga 1 (like) as running; sends do count of saga 1; “do count of saga 1” is answered “refused”",
        "epoch 1 receives “refused” to do count of saga 1; will log it as compensated",
        "epoch 1 logs saga 1 as compensated",
        "the article service gets “do count of saga 1”: row done, likes 0 → 1; replies “done”",
    ];
    assert_eq!(model.story(&found), story);
}
