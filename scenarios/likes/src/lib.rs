//! The like saga under test: the catalogue of scenarios, and the files that belong to it.
//!
//! The commands of `cargo chaos` are in `likewise-harness`. This package puts them together with likes: `main.rs` hands
//! the [`SUITE`] over, `tests/` run the catalogue and the regressions, and `examples/` show how to use the simulator
//! from code.
//!
//! To add a scenario, add an entry to `catalogue.rs` and a test of the same name to `tests/stories.rs`. To add a
//! regression, copy its plan to `regressions/`: `cargo chaos shrink` prints the command.

pub mod catalogue;

use likewise_harness::{DetectionFiles, Suite};
use likewise_sim_likes::LIKES;
use likewise_world::{plan::Plan, record::RunRecord};

/// Everything that the commands need to know about this package.
pub static SUITE: Suite = Suite {
    command: "cargo chaos",
    system: &LIKES,
    scenarios: catalogue::SCENARIOS,
    regressions: "scenarios/likes/regressions",
    detection: Some(DetectionFiles {
        data: include_str!("../detection.json"),
        data_path: "scenarios/likes/detection.json",
        template: include_str!("../planted-bugs.template.md"),
        page_path: "docs/planted-bugs.md",
    }),
};

/// Runs the plan of a scenario, or the plan that the environment names instead. See [`likewise_harness::check`].
///
/// # Panics
/// If a property is violated, if the run breaks, or if the environment names an invalid plan.
#[must_use]
pub fn check(plan: &Plan) -> RunRecord {
    likewise_harness::check(&LIKES, plan)
}
