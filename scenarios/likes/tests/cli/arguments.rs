//! The command line itself: invalid arguments and files, `list`, and the help.

use likewise_scenarios::catalogue::SCENARIOS;
use likewise_sim_likes::LIKES;
use serde_json::Value;

use crate::cli_harness::{CliHarness, chaos, execute};

/// A script must be able to tell its own mistake (2) from a violation (1). `run --system` needs seeds: the full
/// campaign includes all planted bugs.
#[test]
fn an_invalid_command_line_is_exit_2_and_writes_nothing() {
    let cli = CliHarness::new();
    for invalid in [
        &["explode"][..],
        &["run", "--seeds", "5..3"],
        &["run", "--seeds", "many"],
        &["run", "--budget", "soon"],
        &["run", "--jobs", "0"],
        &["run", "--no-shrink", "--shrink-budget", "1s"],
        &["replay"],
        &["doctor", "--seeds", "-1"],
        &["shrink"],
        &["shrink", "no-such-file.json"],
        &["shrink", "3", "--system", "perpetual-motion"],
        &["run", "--system", "double-undo"],
        &["run", "--seeds", "1", "--system", "perpetual-motion"],
    ] {
        let result = cli.run(invalid);
        assert_eq!(result.code, 2, "{invalid:?}: {}", result.stderr);
        assert!(
            result.stderr.starts_with("error: "),
            "{invalid:?}: {}",
            result.stderr
        );
        assert_eq!(result.stdout, "");
    }
    assert!(cli.is_untouched());
}

/// The plan of a seed, as JSON, after an edit.
fn edited_plan(edit: impl Fn(&mut Value)) -> String {
    let mut plan = serde_json::to_value(likewise_world::plan::generate(&LIKES, 1)).expect("JSON");
    edit(&mut plan);
    plan.to_string()
}

/// Invalid plans: the name of the file, its text, and a part of the message.
fn invalid_plans() -> [(&'static str, String, &'static str); 6] {
    let old = edited_plan(|plan| plan["version"] = 0.into());
    let more = edited_plan(|plan| plan["hope"] = 1.into());
    let nowhere = edited_plan(|plan| plan["articles"] = 0.into());
    let unknown = edited_plan(|plan| plan["system"] = "perpetual-motion".into());
    [
        ("broken.json", "{".to_owned(), "is not a plan"),
        ("empty.json", String::new(), "is not a plan"),
        ("old.json", old, "is a plan of version 0"),
        ("more.json", more, "unknown field `hope`"),
        (
            "nowhere.json",
            nowhere,
            "articles: there must be at least one",
        ),
        (
            "unknown.json",
            unknown,
            "there is no system 'perpetual-motion'",
        ),
    ]
}

/// A person has edited the plan, so the message must lead to the wrong place. Every kind of mistake is refused before
/// the first run.
#[test]
fn an_invalid_plan_is_named_and_writes_nothing() {
    let cli = CliHarness::new();
    for (name, text, message) in invalid_plans() {
        let path = cli.file(name, &text);
        let result = cli.run(&["replay", &path]);
        assert_eq!(result.code, 2, "{name}: {}", result.stderr);
        assert!(result.stderr.contains(message), "{name}: {}", result.stderr);
        assert!(result.stderr.contains(name), "{name}: {}", result.stderr);
        let messages = result.stderr.matches("error:").count();
        assert_eq!(messages, 1, "exactly one message: {}", result.stderr);
    }
    let result = cli.run(&["replay", "no/such/plan.json"]);
    assert_eq!(result.code, 2);
    let message = "cannot read the plan no/such/plan.json";
    assert!(result.stderr.contains(message), "{}", result.stderr);
    assert!(cli.is_untouched());
}

/// The lists are compared with the code, so a new fault or property cannot be left out.
#[test]
fn list_names_everything() {
    let mut command = chaos();
    command.arg("list");
    let result = execute(command);
    assert_eq!(result.code, 0);
    let scenarios = SCENARIOS.iter().map(|it| it.name);
    let faults = likewise_world::plan::FaultKind::ALL
        .iter()
        .map(|kind| kind.name());
    let properties = likewise_sim_likes::system()
        .properties()
        .into_iter()
        .map(|it| it.name);
    let bugs = likewise_sim_likes::system()
        .planted_bugs()
        .iter()
        .map(|it| it.name);
    for name in scenarios.chain(faults).chain(properties).chain(bugs) {
        assert!(result.stdout.contains(name), "{name}");
    }
}

#[test]
fn help_shows_examples_and_exit_codes() {
    let mut command = chaos();
    command.arg("--help");
    let result = execute(command);
    assert_eq!(result.code, 0);
    for part in ["Examples:", "cargo chaos replay 17", "Exit codes:"] {
        assert!(result.stdout.contains(part), "{}", result.stdout);
    }
    // The command that only the doctor runs is hidden.
    for hidden in ["twin", "recheck"] {
        assert!(!result.stdout.contains(hidden), "{}", result.stdout);
    }
}

/// A name is remembered approximately, and the list of all is long.
#[test]
fn an_unknown_name_gets_the_nearest_ones() {
    let cli = CliHarness::new();
    for (line, hint) in [
        (
            &["replay", "late-duplicat"][..],
            "there is no scenario, planted bug or file 'late-duplicat'; did you mean late-duplicate?",
        ),
        (&["replay", "tombstone"], "did you mean no-tombstone?"),
        (
            &["replay", "1", "--system", "double-und"],
            "there is no system 'double-und'; did you mean double-undo?",
        ),
        (
            &["run", "--seeds", "1", "--system", "no-leas"],
            "did you mean no-lease?",
        ),
        (
            &["planted-bugs", "early-cg"],
            "there is no planted bug 'early-cg'; did you mean early-gc?",
        ),
    ] {
        let result = cli.run(line);
        assert_eq!(result.code, 2, "{line:?}: {}", result.stderr);
        assert!(result.stderr.contains(hint), "{line:?}: {}", result.stderr);
    }
    assert!(cli.is_untouched());
}

/// The help of a command at a terminal of so many columns.
fn help(command: &str, columns: &str) -> String {
    let mut chaos = chaos();
    chaos.args([command, "--help"]).env("COLUMNS", columns);
    execute(chaos).stdout
}

#[test]
fn help_has_groups_and_wraps_at_words() {
    let narrow = help("run", "60");
    for group in [
        "What runs:",
        "How long:",
        "Shrinking of failures:",
        "Output:",
    ] {
        assert!(narrow.lines().any(|line| line == group), "{narrow}");
    }
    assert!(narrow.lines().all(|line| line.chars().count() <= 60));
    let words =
        |help: &str| -> Vec<String> { help.split_whitespace().map(str::to_owned).collect() };
    assert_eq!(words(&narrow), words(&help("run", "100")));
}

#[test]
fn completions_and_the_manual_name_commands_and_planted_bugs() {
    for shell in ["bash", "zsh", "fish"] {
        let mut command = chaos();
        command.args(["completions", shell]);
        let result = execute(command);
        assert_eq!(result.code, 0, "{}", result.stderr);
        for part in ["likewise-chaos", "planted-bugs", "double-undo"] {
            assert!(result.stdout.contains(part), "{shell}: {part}");
        }
    }
    let mut command = chaos();
    command.arg("man");
    let page = execute(command).stdout;
    assert!(page.contains(".TH likewise-chaos 1"), "{page}");
}
