//! The true protocol holds; without any of the things it rests on, it does not.

use super::{reachability::ReachedAssertions, *};

/// Far more than any search here needs.
const STATES_MAX: usize = 1_000_000;

fn searched(
    protocol: Protocol,
    scenario: Scenario,
    seen: &mut ReachedAssertions,
) -> Searched<State, Action> {
    let model = Model::new(protocol, scenario);
    search::search(&model, STATES_MAX, |_, state| seen.look(state))
}

/// The whole of one scenario, with no bound reached; `cargo chaos model` searches all four.
#[test]
fn the_protocol_has_no_counter_example_and_every_saga_can_end() {
    let mut seen = ReachedAssertions::default();
    let scenario = SCENARIOS[0];
    let searched = searched(TRUE_PROTOCOL, scenario, &mut seen);
    if let Verdict::Broken(found) = &searched.verdict {
        let story = Model::new(TRUE_PROTOCOL, scenario).tell_story(found);
        panic!("{}:\n{}", found.property, story.join("\n"));
    }
    assert!(matches!(searched.verdict, Verdict::Holds));
    assert!(searched.states > 50_000, "{} states", searched.states);
    assert_eq!(seen.missing(), Vec::<&str>::new());
}

#[test]
fn each_mutant_is_found_by_the_property_that_should_in_every_scenario() {
    for mutant in MUTANTS {
        let Some(property) = mutant.broken else {
            continue;
        };
        for scenario in SCENARIOS {
            let searched = searched(mutant, scenario, &mut ReachedAssertions::default());
            let Verdict::Broken(found) = searched.verdict else {
                panic!("{} was not found: {}", mutant.name, scenario.name);
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
fn a_counter_example_is_told_line_by_line() {
    let model = Model::new(MUTANTS[1], SCENARIOS[0]);
    let Verdict::Broken(found) = search::search(&model, STATES_MAX, |_, _| {}).verdict else {
        panic!("a soft refusal was not found");
    };
    let story = [
        "a coordinator starts under epoch 1",
        "epoch 1 commits saga 1 (like) as running; sends do count of saga 1; “do count of saga 1” is answered “refused”",
        "epoch 1 hears “refused” to do count of saga 1; wants to log it as compensated",
        "epoch 1 logs saga 1 as compensated",
        "the article service gets “do count of saga 1”: row done, likes 0 → 1; replies “done”",
    ];
    assert_eq!(model.tell_story(&found), story);
}
