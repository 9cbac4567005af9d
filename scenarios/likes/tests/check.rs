//! `check`: the message of a failing scenario test, and the command that replays it.

use std::{
    env,
    panic::catch_unwind,
    process::{Command, Output},
};

use likewise_harness::{PLAN_VARIABLE, SEED_VARIABLE};
use likewise_scenarios::check;
use likewise_sim_likes::system;
use likewise_sim_likes::{Action, single};

/// The tests below run this test in a process of its own, with a variable set.
#[test]
fn one_like() {
    let record = check(&single(Action::Like, false));
    println!("this was {}", record.plan.name);
}

fn one_like_with(variable: &str, value: &str) -> Output {
    let program = env::current_exe().expect("a test knows where it is");
    let mut command = Command::new(program);
    command.args(["--exact", "one_like", "--nocapture"]);
    command.env_remove(SEED_VARIABLE).env_remove(PLAN_VARIABLE);
    command.env(variable, value).output().expect("it runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Any scenario test can be run with another plan, so a person needs to learn one command only.
#[test]
fn a_seed_replaces_the_plan() {
    let output = one_like_with(SEED_VARIABLE, "5");
    assert!(output.status.success());
    assert!(text(&output.stdout).contains("this was swarm seed 5"));
}

/// A typo in the variable must not run the ordinary plan and pass.
#[test]
fn an_invalid_plan_fails_the_test() {
    let output = one_like_with(PLAN_VARIABLE, "no/such/plan.json");
    assert!(!output.status.success());
    assert!(text(&output.stderr).contains("cannot read the plan no/such/plan.json"));
}

/// The command is executed here. A command that is only printed would soon be wrong.
#[test]
fn a_violation_panics_with_a_replay_command() {
    let plan = system()
        .plan_of_bug("double-undo")
        .expect("there is such a planted bug");
    let panic = catch_unwind(|| check(&plan)).expect_err("it is caught");
    let message = panic.downcast_ref::<String>().expect("text");
    let replay = message.lines().last().expect("a last line");
    let prefix = format!("replay: {PLAN_VARIABLE}=");
    let rest = replay
        .strip_prefix(&prefix)
        .unwrap_or_else(|| panic!("{message}"));
    let (path, command) = rest.split_once(' ').expect("a path and a command");
    assert_eq!(
        command,
        "cargo test -p likewise-scenarios a_violation_panics_with_a_replay_command"
    );
    let output = one_like_with(PLAN_VARIABLE, path);
    assert!(
        !output.status.success(),
        "the plan that was written fails again"
    );
    assert!(text(&output.stderr).contains("was violated at"));
}
