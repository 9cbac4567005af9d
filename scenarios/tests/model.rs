//! `cargo chaos model` on the command line: exit codes, machine output, and a story.

mod desk;

use desk::{Ran, chaos, ran};

/// `model` with these arguments; it writes nothing, so it takes no `--out`.
fn model(arguments: &[&str]) -> Ran {
    let mut command = chaos();
    command.arg("model").args(arguments);
    ran(command)
}

#[test]
fn the_model_tells_what_a_part_of_the_protocol_is_for() {
    let found = model(&["--only", "abort-without-seal", "--json"]);
    assert_eq!(found.code, 0, "{}", found.stderr);
    let search = &found.objects()[0];
    assert_eq!(search["property"], "acknowledged-like-stays");
    let story = search["story"].as_array().expect("a list").len();
    let says = format!("acknowledged-like-stays is violated in {story} actions");
    assert!(found.stderr.contains(&says), "{}", found.stderr);
    assert_eq!(found.summary()["exit"], 0);
}

#[test]
fn a_search_that_is_cut_short_is_inconclusive_and_says_what_it_missed() {
    let cut = model(&["--only", "protocol", "--states", "1000", "--json"]);
    assert_eq!(cut.code, 3, "{}", cut.stderr);
    assert_eq!(cut.objects()[0]["verdict"], "too-large");
    let missed = cut.summary()["landmarks_missed"].clone();
    assert_ne!(missed.as_array().expect("a list").len(), 0);
}

#[test]
fn the_model_knows_what_it_can_search() {
    for wrong in [&["--only", "perpetual-motion"][..], &["--states", "0"]] {
        let ran = model(wrong);
        assert_eq!(ran.code, 2, "{wrong:?}: {}", ran.stderr);
        assert!(ran.stderr.starts_with("error: "), "{}", ran.stderr);
        assert_eq!(ran.stdout, "");
    }
}
