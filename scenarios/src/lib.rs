//! What people run: scenarios as tests, and the campaigns of `cargo chaos`.
//!
//! A scenario's test hands its plan to [`check`]. A run that violates a property panics with three sentences and
//! one line that replays it; `LIKEWISE_SEED` and `LIKEWISE_PLAN` replace the plan by another.

pub mod folder;

use std::{env, path::Path, thread};

use likewise_reports::{artefacts::Artefacts, story::explain};
use likewise_sim::{
    plan::{self, Plan, generate},
    record::RunRecord,
    run::run,
};

/// Replaces the plan of every scenario that runs by this seed's.
pub const SEED_VARIABLE: &str = "LIKEWISE_SEED";
/// Replaces the plan of every scenario that runs by the one in this file.
pub const PLAN_VARIABLE: &str = "LIKEWISE_PLAN";

/// Whether the environment replaces every plan: then only the properties are checked, not the story.
#[must_use]
pub fn is_replaced() -> bool {
    env::var_os(PLAN_VARIABLE).is_some() || env::var_os(SEED_VARIABLE).is_some()
}

/// Runs a scenario's plan, or the one that the environment names instead.
///
/// # Panics
/// If a property is violated, if the run breaks, or if the environment names a plan that cannot be used; the
/// message says what and how to replay it.
#[must_use]
pub fn check(plan: &Plan) -> RunRecord {
    let plan = instead().unwrap_or_else(|| plan.clone());
    let record = run(&plan).unwrap_or_else(|error| {
        panic!("{}: {error}\nreplay: {}", plan.name, replay(&plan));
    });
    if !record.is_green() {
        let told = explain(&record).join("\n");
        panic!("{}\n{told}\nreplay: {}", plan.name, written(&record));
    }
    record
}

/// The plan that the environment names; a file beats a seed.
fn instead() -> Option<Plan> {
    if let Some(path) = env::var_os(PLAN_VARIABLE) {
        let plan = plan::read(Path::new(&path));
        return Some(plan.unwrap_or_else(|error| panic!("{PLAN_VARIABLE}: {error}")));
    }
    let seed = env::var(SEED_VARIABLE).ok()?;
    let seed = seed
        .parse()
        .unwrap_or_else(|error| panic!("{SEED_VARIABLE}={seed} is not a seed: {error}"));
    Some(generate(seed))
}

fn written(record: &RunRecord) -> String {
    let artefacts = Artefacts::new(&folder::artefacts(), "tests");
    match artefacts.write_run(record) {
        Ok(path) => replay_line(&path),
        Err(error) => format!("none, its plan cannot be written: {error}"),
    }
}

fn replay(plan: &Plan) -> String {
    let artefacts = Artefacts::new(&folder::artefacts(), "tests");
    match artefacts.write_plan(plan) {
        Ok(path) => replay_line(&path),
        Err(error) => format!("none, its plan cannot be written: {error}"),
    }
}

fn replay_line(path: &Path) -> String {
    let thread = thread::current();
    // The test harness names its threads after the tests.
    let test = thread.name().unwrap_or_default();
    let path = path.display();
    format!("{PLAN_VARIABLE}={path} cargo test -p likewise-scenarios {test}")
}
