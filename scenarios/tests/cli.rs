//! The command line's contract: exit codes, machine output, messages, and that a failure can be pasted to replay it.

mod desk;

use std::{path::Path, process::Command};

use likewise_sim::plan::{Action, Operation};
use serde_json::Value;

use desk::{Desk, chaos, ran};

#[test]
fn what_is_not_understood_is_misuse_and_touches_nothing() {
    let desk = Desk::new();
    for wrong in [
        &["explode"][..],
        &["run", "--seeds", "5..3"],
        &["run", "--seeds", "many"],
        &["run", "--budget", "soon"],
        &["run", "--jobs", "0"],
        &["replay"],
        &["doctor", "--seeds", "-1"],
        &["shrink"],
        &["shrink", "no-such-file.json"],
        &["shrink", "3", "--system", "perpetual-motion"],
        &["run", "--system", "double-undo"],
        &["run", "--seeds", "1", "--system", "perpetual-motion"],
    ] {
        let ran = desk.chaos(wrong);
        assert_eq!(ran.code, 2, "{wrong:?}: {}", ran.stderr);
        assert!(
            ran.stderr.starts_with("error: "),
            "{wrong:?}: {}",
            ran.stderr
        );
        assert_eq!(ran.stdout, "");
    }
    assert!(desk.is_untouched());
}

#[test]
fn a_plan_that_cannot_be_used_is_named_and_touches_nothing() {
    let desk = Desk::new();
    let plan = |edit: &dyn Fn(&mut Value)| {
        let mut plan = serde_json::to_value(likewise_sim::plan::generate(1)).expect("JSON");
        edit(&mut plan);
        plan.to_string()
    };
    let cases = [
        ("broken.json", "{".to_owned(), "is not a plan"),
        ("empty.json", String::new(), "is not a plan"),
        (
            "old.json",
            plan(&|plan| plan["version"] = 0.into()),
            "is a plan of version 0",
        ),
        (
            "more.json",
            plan(&|plan| plan["hope"] = 1.into()),
            // With the place in the file.
            "unknown field `hope`",
        ),
        (
            "nowhere.json",
            plan(&|plan| plan["articles"] = 0.into()),
            "articles: there must be at least one",
        ),
        (
            "unknown.json",
            plan(&|plan| plan["system"] = "perpetual-motion".into()),
            "there is no system 'perpetual-motion'",
        ),
    ];
    for (name, text, says) in cases {
        let path = desk.file(name, &text);
        let ran = desk.chaos(&["replay", &path]);
        assert_eq!(ran.code, 2, "{name}: {}", ran.stderr);
        assert!(ran.stderr.contains(says), "{name}: {}", ran.stderr);
        assert!(ran.stderr.contains(name), "{name}: {}", ran.stderr);
        let messages = ran.stderr.matches("error:").count();
        assert_eq!(messages, 1, "one clear message: {}", ran.stderr);
    }
    let ran = desk.chaos(&["replay", "no/such/plan.json"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr
            .contains("cannot read the plan no/such/plan.json")
    );
    assert!(desk.is_untouched());
}

#[test]
fn a_campaign_for_programs_is_one_object_a_run_and_a_summary() {
    let desk = Desk::new();
    let ran = desk.chaos(&["run", "--seeds", "3..5", "--jobs", "2", "--json"]);
    let objects = ran.objects();
    let seeds: Vec<_> = objects.iter().map(|object| &object["seed"]).collect();
    assert_eq!(seeds[..2], [3, 4], "in the order of the seeds");
    for run in &objects[..2] {
        assert_eq!(run["type"], "run");
        assert_eq!(run["verdict"], "green", "{}", ran.stderr);
        assert_eq!(run["violations"], Value::Array(Vec::new()));
        assert_eq!(run["hash"].as_str().map(str::len), Some(32));
        for field in [
            "name",
            "sagas",
            "faults",
            "simulated_seconds",
            "wall_seconds",
        ] {
            assert!(!run[field].is_null(), "{field}");
        }
    }
    let summary = ran.summary();
    assert_eq!(summary["seeds"], 2);
    assert_eq!(summary["violations"], 0);
    assert_eq!(summary["exit"], ran.code);
    assert!(summary["sagas"]["completed"].is_u64());
    assert!(summary["faults"].is_object());
    assert!(summary["simulated_seconds"].as_f64() > Some(0.0));
    assert!(summary["wall_seconds"].as_f64() > Some(0.0));
}

#[test]
fn a_campaign_too_small_to_judge_says_so_and_is_not_failed() {
    let desk = Desk::new();
    let ran = desk.chaos(&["run", "--seeds", "2", "--json"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("too small to judge"), "{}", ran.stderr);
    let summary = ran.summary();
    assert_eq!(summary["floor"]["too_small"], true);
    let struck = |place: &&Value| place["struck"].as_u64() > Some(0);
    let matrix = summary["matrix"].as_array().expect("a list");
    assert!(matrix.iter().filter(struck).count() > 0);
    assert!(summary["converged_micros"][0][1].as_u64() > Some(0));
}

#[test]
fn a_campaign_without_runs_says_so() {
    let desk = Desk::new();
    let ran = desk.chaos(&["run", "--seeds", "7..7", "--json"]);
    assert_eq!(ran.code, 4);
    assert_eq!(ran.summary()["runs"], 0);
    assert!(ran.stderr.contains("nothing ran"), "{}", ran.stderr);
}

#[test]
fn a_seed_replays_to_the_same_hash() {
    let desk = Desk::new();
    let hash = |arguments: &[&str]| desk.chaos(arguments).objects()[0]["hash"].clone();
    let campaign = hash(&["run", "--seeds", "6..7", "--json"]);
    assert_eq!(hash(&["replay", "6", "--json"]), campaign);
}

#[test]
fn a_violation_is_told_written_and_can_be_replayed() {
    let desk = Desk::new();
    let first = desk.chaos(&["replay", "double-undo", "--json"]);
    assert_eq!(first.code, 1, "{}", first.stderr);
    assert!(first.stderr.contains("violated: "), "{}", first.stderr);
    let plan = first.replays();
    assert!(Path::new(&plan).ends_with("plan.json"), "{plan}");
    for file in ["events.jsonl", "history.jsonl", "story.txt"] {
        assert!(Path::new(&plan).with_file_name(file).exists(), "{file}");
    }
    assert!(desk.path("out/latest").join("report.json").exists() || cfg!(not(unix)));
    let again = desk.chaos(&["replay", &plan, "--json"]);
    assert_eq!(again.code, 1);
    assert_eq!(again.objects()[0]["hash"], first.objects()[0]["hash"]);
}

#[test]
fn a_story_is_told_on_request() {
    let desk = Desk::new();
    let ran = desk.chaos(&["replay", "happy-path", "--story"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("likes 0 → 1"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("faults struck"), "{}", ran.stdout);
}

#[test]
fn every_specimen_is_caught_and_the_product_is_not() {
    let desk = Desk::new();
    let ran = desk.chaos(&["specimens", "--json"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let objects = ran.objects();
    let specimens: Vec<_> = objects.iter().filter(|o| o["type"] == "specimen").collect();
    assert_eq!(specimens.len(), likewise_sim::planted::all().len());
    for specimen in specimens {
        let caught = specimen["control"] == false;
        assert_eq!(specimen["caught"], caught, "{specimen}");
        assert_eq!(specimen["product_green"], true, "{specimen}");
        let sentences = specimen["explanation"].as_array().map(Vec::len);
        assert_eq!(sentences, Some(if caught { 3 } else { 0 }), "{specimen}");
    }
    assert_eq!(ran.summary()["violations"], 0, "a specimen's are expected");
}

#[test]
fn the_doctor_finds_a_plan_the_same_in_every_way() {
    let desk = Desk::new();
    let ran = desk.chaos(&["doctor", "--seeds", "1", "--json"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let deterministic = &ran.summary()["deterministic"];
    // Three clean sagas, one of every kind of fault, a double click and a zombie, and the seed.
    assert_eq!(deterministic["met"], 33);
    assert_eq!(deterministic["of"], 33);
    // It ends with exit 3 otherwise.
    assert!(ran.stderr.contains("31 of 31 kinds"), "{}", ran.stderr);
}

#[test]
fn a_plan_that_fails_is_shrunk_explained_and_can_be_kept() {
    let desk = Desk::new();
    let mut plan = likewise_sim::planted::plan("reset-is-refusal").expect("there is one");
    for user in 2..6 {
        plan = plan.with_operation(Operation::new(user, Action::Like, 1, 5_000));
    }
    let path = desk.file("noisy.json", &serde_json::to_string(&plan).expect("JSON"));
    let ran = desk.chaos(&["shrink", &path, "--json"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let shrunk = &ran.objects()[0];
    assert_eq!(shrunk["type"], "shrunk");
    assert_eq!(shrunk["before"]["operations"], 5);
    assert_eq!(shrunk["after"]["operations"], 1);
    assert_eq!(shrunk["is_minimal"], true);
    assert_eq!(shrunk["explanation"].as_array().map(Vec::len), Some(3));
    assert!(shrunk["nearest"].is_string(), "{shrunk}");
    let keep = shrunk["keep"].as_str().expect("a command");
    assert!(
        keep.contains("scenarios/regressions/compensated-is-none-done-in-"),
        "{keep}"
    );
    let small = ran.replays();
    assert!(Path::new(&small).with_file_name("nearest.json").exists());
    assert_eq!(desk.chaos(&["replay", &small]).code, 1);
    let nearest = Path::new(&small).with_file_name("nearest.json");
    assert_eq!(
        desk.chaos(&["replay", &nearest.display().to_string()]).code,
        0
    );
}

#[test]
fn a_plan_that_passes_is_not_shrunk() {
    let desk = Desk::new();
    let ran = desk.chaos(&["shrink", "happy-path"]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert!(ran.stderr.contains("nothing to shrink"), "{}", ran.stderr);
    assert!(desk.is_untouched());
}

#[test]
fn a_shrinking_without_a_budget_left_says_that_it_was_cut_short() {
    let desk = Desk::new();
    let ran = desk.chaos(&["shrink", "reset-is-refusal", "--budget", "0s"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("cut short"), "{}", ran.stderr);
}

#[test]
fn what_fails_in_a_campaign_is_shrunk_before_it_is_shown() {
    let desk = Desk::new();
    let campaign = ["run", "--seeds", "6", "--system", "double-undo", "--json"];
    let ran = desk.chaos(&campaign);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let findings = ran.summary()["findings"].clone();
    let minimal = &findings[0]["minimal"];
    assert_eq!(minimal["after"]["operations"], 1, "{minimal}");
    assert!(ran.stderr.contains("shrunk from"), "{}", ran.stderr);
    assert_eq!(desk.chaos(&["replay", &ran.replays()]).code, 1);
    let whole = desk.chaos(&[&campaign[..], &["--no-shrink"]].concat());
    assert_eq!(whole.code, 1);
    assert!(whole.summary()["findings"][0]["minimal"].is_null());
    assert!(!whole.stderr.contains("shrunk from"), "{}", whole.stderr);
}

#[test]
fn a_tour_that_is_cut_short_is_inconclusive() {
    let desk = Desk::new();
    let ran = desk.chaos(&["run", "--budget", "1ms", "--json"]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    let summary = ran.summary();
    assert_ne!(summary["inconclusive"], Value::Array(Vec::new()));
    assert!(
        ran.stderr.contains("cuts are not covered"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_report_that_cannot_be_written_is_an_error_of_its_own() {
    let desk = Desk::new();
    desk.file("out", "a file where the folder should be");
    let ran = desk.chaos(&["replay", "happy-path"]);
    assert_eq!(ran.code, 70, "{}", ran.stderr);
    assert!(ran.stderr.contains("cannot write to"), "{}", ran.stderr);
}

#[test]
fn a_run_that_breaks_is_the_harnesss_fault_and_keeps_its_plan() {
    let desk = Desk::new();
    let mut plan = likewise_sim::plan::generate(1);
    // The set-up cannot end in time when every packet takes an hour.
    plan.timing.tick_millis = 3_600_000;
    plan.timing.latency_max_millis = 3_600_000;
    let text = serde_json::to_string(&plan).expect("JSON");
    let path = desk.file("slow.json", &text);
    let ran = desk.chaos(&["replay", &path, "--json"]);
    assert_eq!(ran.code, 70, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("broken: swarm seed 1"),
        "{}",
        ran.stderr
    );
    assert_eq!(ran.summary()["broken_runs"], 1);
    let kept = likewise_sim::plan::read(Path::new(&ran.replays()));
    assert_eq!(kept.expect("it can be replayed"), plan);
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_campaign_with_what_there_is() {
    use std::io::{BufRead, BufReader};
    use std::process::Stdio;

    let desk = Desk::new();
    let mut command = chaos();
    command.args(["run", "--seeds", "1000000", "--json", "--out"]);
    command.arg(desk.path("out")).stderr(Stdio::null());
    let mut child = command.stdout(Stdio::piped()).spawn().expect("it runs");
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    lines.next().expect("a run").expect("text");
    let id = child.id().to_string();
    let mut kill = Command::new("kill");
    assert!(kill.args(["-INT", &id]).status().expect("kill").success());
    let last = lines.map_while(Result::ok).last().expect("a summary");
    let summary: Value = serde_json::from_str(&last).expect("an object");
    assert_eq!(summary["type"], "summary");
    assert_eq!(child.wait().expect("it ends").code(), Some(3));
}

#[test]
fn the_catalogue_names_everything() {
    let mut command = chaos();
    command.arg("list");
    let ran = ran(command);
    assert_eq!(ran.code, 0);
    let scenarios = likewise_sim::catalogue::all().iter().map(|s| s.name);
    let faults = likewise_sim::plan::FaultKind::ALL
        .iter()
        .map(|kind| kind.name());
    let properties = likewise_sim::likes::invariants::PROPERTIES
        .iter()
        .map(|p| p.name);
    let specimens = likewise_sim::planted::all().iter().map(|s| s.name);
    for name in scenarios.chain(faults).chain(properties).chain(specimens) {
        assert!(ran.stdout.contains(name), "{name}");
    }
}

#[test]
fn help_shows_examples_and_exit_codes() {
    let mut command = chaos();
    command.arg("--help");
    let ran = ran(command);
    assert_eq!(ran.code, 0);
    for part in ["Examples:", "cargo chaos replay 17", "Exit codes:"] {
        assert!(ran.stdout.contains(part), "{}", ran.stdout);
    }
    assert!(!ran.stdout.contains("twin"), "{}", ran.stdout);
}
