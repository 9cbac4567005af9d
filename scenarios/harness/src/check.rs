//! `check`: runs the plan of a scenario test, and says how to replay it if it fails.
//!
//! Two environment variables replace the plan of every scenario test that runs, so that a failing plan can be debugged
//! with the code of a test around it. A plan that a test replaced is checked for the properties only, because the story
//! of the scenario no longer applies.

use std::{env, io, path::Path, path::PathBuf, thread};

use likewise_reports::{
    archive::{CampaignArchive, RunNames},
    story::explain,
};
use likewise_world::{
    System, contradictions,
    plan::{self, Plan, generate},
    record::RunRecord,
    run::run,
};

use crate::paths;

/// The environment variable that replaces every plan by the plan of a seed.
pub const SEED_VARIABLE: &str = "LIKEWISE_SEED";
/// The environment variable that replaces every plan by the plan in a file. It wins over [`SEED_VARIABLE`].
pub const PLAN_VARIABLE: &str = "LIKEWISE_PLAN";

/// The folder of failing plans, next to the folders of campaigns.
const FOLDER: &str = "tests";

/// Whether the environment replaces every plan. If so, a test checks only the properties and not the story.
#[must_use]
pub fn is_plan_replaced() -> bool {
    env::var_os(PLAN_VARIABLE).is_some() || env::var_os(SEED_VARIABLE).is_some()
}

/// Runs the plan of a scenario of a system, or the plan that the environment names instead.
///
/// # Panics
/// If the system contradicts itself, if a property is violated, if the run breaks, or if the environment names an invalid plan. The message gives the
/// reason, and its last line is a command that replays the run.
#[must_use]
pub fn check(system: &'static dyn System, plan: &Plan) -> RunRecord {
    if let Some(found) = contradictions(system).first() {
        panic!("the system `{}` contradicts itself: {found}", system.name());
    }
    let plan = plan_from_environment(system).unwrap_or_else(|| plan.clone());
    let archive = CampaignArchive::new(&paths::archive_root(), FOLDER, RunNames::of_system(system));
    let record = run(system, &plan).unwrap_or_else(|error| {
        let replay = replay_command(archive.write_plan(&plan));
        panic!("{}: {error}\nreplay: {replay}", plan.name);
    });
    if !record.is_green() {
        let explanation = explain(&record).join("\n");
        let replay = replay_command(archive.write_run(&record));
        panic!("{}\n{explanation}\nreplay: {replay}", plan.name);
    }
    record
}

fn plan_from_environment(system: &dyn System) -> Option<Plan> {
    if let Some(path) = env::var_os(PLAN_VARIABLE) {
        let plan = plan::read(system, Path::new(&path));
        return Some(plan.unwrap_or_else(|error| panic!("{PLAN_VARIABLE}: {error}")));
    }
    let seed = env::var(SEED_VARIABLE).ok()?;
    let seed = seed
        .parse()
        .unwrap_or_else(|error| panic!("{SEED_VARIABLE}={seed} is not a seed: {error}"));
    Some(generate(system, seed))
}

/// The command that runs the failed test again, given the file that its plan was written to.
fn replay_command(written: io::Result<PathBuf>) -> String {
    let path = match written {
        Ok(path) => path,
        Err(error) => return format!("not possible: the plan cannot be written: {error}"),
    };
    let thread = thread::current();
    // The test runner names each thread after its test.
    let test = thread.name().unwrap_or_default();
    // Cargo sets this variable for the tests that it starts.
    let package = match env::var("CARGO_PKG_NAME") {
        Ok(package) => format!(" -p {package}"),
        Err(_) => String::new(),
    };
    let path = path.display();
    format!("{PLAN_VARIABLE}={path} cargo test{package} {test}")
}
