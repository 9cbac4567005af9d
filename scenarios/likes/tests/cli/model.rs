//! `cargo chaos model` on the command line: exit codes, output for programs, and the story of a violation.

use crate::cli_harness::{CommandResult, chaos, execute};

/// Runs `model` with these arguments. It writes no files and so has no `--out`.
fn model(arguments: &[&str]) -> CommandResult {
    let mut command = chaos();
    command.arg("model").args(arguments);
    execute(command)
}

/// The model must be able to fail, or its verdict on the product means nothing.
#[test]
fn a_mutant_of_the_protocol_violates_the_expected_property() {
    let found = model(&["--only", "abort-without-seal", "--json"]);
    assert_eq!(found.code, 0, "{}", found.stderr);
    let search = &found.objects()[0];
    assert_eq!(search["property"], "acknowledged-like-stays");
    let story = search["story"].as_array().expect("a list").len();
    let message = format!("acknowledged-like-stays is violated in {story} actions");
    assert!(found.stderr.contains(&message), "{}", found.stderr);
    assert_eq!(found.summary()["exit"], 0);
}

/// The named states show a reader how far the search came.
#[test]
fn a_search_that_is_cut_short_is_inconclusive_and_lists_what_it_did_not_reach() {
    let stopped = model(&["--only", "protocol", "--states", "1000", "--json"]);
    assert_eq!(stopped.code, 3, "{}", stopped.stderr);
    assert_eq!(stopped.objects()[0]["verdict"], "too-large");
    let not_reached = stopped.summary()["landmarks_missed"].clone();
    assert_ne!(not_reached.as_array().expect("a list").len(), 0);
}

#[test]
fn an_unknown_protocol_or_no_states_is_exit_2() {
    for invalid in [&["--only", "perpetual-motion"][..], &["--states", "0"]] {
        let result = model(invalid);
        assert_eq!(result.code, 2, "{invalid:?}: {}", result.stderr);
        assert!(result.stderr.starts_with("error: "), "{}", result.stderr);
        assert_eq!(result.stdout, "");
    }
}
