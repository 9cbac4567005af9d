//! Definitions that make sense, and those that do not.

use std::time::Duration;

use super::*;
use crate::{Document, RetryPolicy};

fn step(name: &'static str) -> StepDefinition {
    StepDefinition::new(name, "service", Document::default())
}

fn tried(name: &'static str, retry: RetryPolicy) -> StepDefinition {
    step(name).retry(retry)
}

fn refusal(builder: DefinitionBuilder) -> String {
    builder.build().unwrap_err().to_string()
}

const SECOND: Option<Duration> = Some(Duration::from_secs(1));
const MINUTE: Option<Duration> = Some(Duration::from_secs(60));

#[test]
fn a_definition_has_its_groups_and_its_pivot() {
    let transfer = Definition::builder()
        .step(step("debit"))
        .parallel([step("fraud_check"), step("limit_check")])
        .pivot(step("credit"))
        .step(step("notify"))
        .build()
        .unwrap();
    let shape = transfer.shape();
    assert_eq!(shape.steps(), 5);
    let groups = (0..5).map(|step| shape.group(step));
    let expected = [0..1, 1..3, 1..3, 3..4, 4..5];
    assert_eq!(groups.collect::<Vec<_>>(), expected);
    assert_eq!(shape.until_pivot(), 0..4);
}

/// A saga of single steps keeps the rules that it had before there were groups.
#[test]
fn single_steps_without_a_pivot_are_a_sequence() {
    let like = Definition::builder().step(step("a")).step(step("b"));
    assert_eq!(like.build().unwrap().shape(), Shape::sequence(2));
}

#[test]
fn a_group_without_steps_is_refused() {
    assert_eq!(
        refusal(Definition::builder()),
        "the saga has no steps: add at least one"
    );
    assert_eq!(
        refusal(Definition::builder().parallel([]).step(step("debit"))),
        "the first group has no steps: leave it out, or add steps to it"
    );
    assert_eq!(
        refusal(Definition::builder().step(step("debit")).parallel([])),
        "the group after step `debit` has no steps: leave it out, or add steps to it"
    );
}

#[test]
fn steps_without_a_name_or_with_the_same_name_are_refused() {
    assert_eq!(
        refusal(Definition::builder().step(step("debit")).step(step(""))),
        "step 1 has no name: give it one"
    );
    let nowhere = StepDefinition {
        service: "",
        ..step("debit")
    };
    assert_eq!(
        refusal(Definition::builder().step(nowhere)),
        "step 0 has no service: give it one"
    );
    let twice = Definition::builder().parallel([step("check"), step("check")]);
    assert_eq!(
        refusal(twice),
        "two steps are named `check`: rename one, because log lines and errors tell steps apart by name"
    );
}

#[test]
fn a_second_pivot_is_refused() {
    let twice = Definition::builder()
        .pivot(step("credit"))
        .pivot(step("notify"));
    assert_eq!(
        refusal(twice),
        "`notify` cannot be a pivot, because `credit` is: a saga has one point of no return. Make `notify` an \
         ordinary step: after the pivot, every step only goes forward"
    );
}

/// Past its deadline it would have to be sealed, and a sealed step after the pivot could never be done.
#[test]
fn a_step_after_the_pivot_has_no_deadline() {
    let limited = RetryPolicy {
        deadline: MINUTE,
        ..RetryPolicy::default()
    };
    let before = Definition::builder().step(tried("debit", limited));
    let pivot = before.clone().pivot(tried("credit", limited));
    pivot.build().unwrap();
    let after = before.pivot(step("credit")).step(tried("notify", limited));
    assert_eq!(
        refusal(after),
        "step `notify` has a deadline, but comes after the pivot `credit`: it is tried until it is done. Remove \
         the deadline, or move the step before the pivot"
    );
}

#[test]
fn a_retry_policy_that_cannot_be_followed_is_refused() {
    let zero = Some(Duration::ZERO);
    let none = RetryPolicy::default();
    #[rustfmt::skip]
    let cases = [
        (RetryPolicy { attempt_timeout: zero, ..none }, "its attempt time-out is zero"),
        (RetryPolicy { pause_min: zero, ..none }, "its shortest pause is zero"),
        (RetryPolicy { pause_min: MINUTE, pause_max: SECOND, ..none }, "its shortest pause is longer than its longest"),
        (RetryPolicy { deadline: zero, ..none }, "its deadline is zero"),
    ];
    for (retry, defect) in cases {
        let text = refusal(Definition::builder().step(tried("debit", retry)));
        let expected =
            format!("step `debit` cannot be tried, because {defect}: change or remove that value");
        assert_eq!(text, expected);
    }
    let usable = RetryPolicy {
        attempt_timeout: SECOND,
        pause_min: SECOND,
        pause_max: SECOND,
        deadline: MINUTE,
    };
    let usable = Definition::builder().step(tried("debit", usable));
    usable.build().unwrap();
}

#[test]
fn more_steps_than_a_saga_may_have_are_refused() {
    let names: Vec<&'static str> = (0..=STEPS_MAX)
        .map(|number| &*format!("step_{number}").leak())
        .collect();
    let build = |count: usize| {
        let steps = names[..count].iter().map(|name| step(name));
        Definition::builder().parallel(steps).build()
    };
    assert_eq!(build(STEPS_MAX).unwrap().shape().steps(), STEPS_MAX);
    assert_eq!(
        build(STEPS_MAX + 1).unwrap_err().to_string(),
        "step `step_32` is one too many: a saga has at most 32 steps. Let one step do more, or start a second saga"
    );
}

/// The first problem is the one to mend first: others may follow from it.
#[test]
fn the_first_problem_is_reported() {
    let both = Definition::builder()
        .parallel([])
        .pivot(step("a"))
        .pivot(step("a"));
    assert!(refusal(both).starts_with("the first group"));
}
