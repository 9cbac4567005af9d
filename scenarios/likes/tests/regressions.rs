//! Runs every plan in `regressions/`. A regression is a plan and not a seed, because a change of the plan generator gives
//! every seed another plan.
//!
//! The product must pass all of them. A plan that names a planted bug must also still catch that bug.
//!
//! To add a regression, copy its plan into the folder: `cargo chaos shrink` prints the command.

use likewise_sim_likes::LIKES;
use std::{fs, path::PathBuf};

use likewise_reports::{analysis::Why, archive::plain_name, story::explain};
use likewise_scenarios::check;
use likewise_sim_likes::{run, system};
use likewise_world::{
    plan::{self, PRODUCT, Plan},
    record::RunRecord,
};

/// The regressions with their files, in the order of the file names.
fn regressions() -> Vec<(PathBuf, Plan)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/regressions");
    let files = fs::read_dir(folder).expect("the folder exists");
    let mut paths: Vec<PathBuf> = files.map(|file| file.expect("readable").path()).collect();
    paths.sort();
    let read = |path: PathBuf| {
        let plan = plan::read(&LIKES, &path).unwrap_or_else(|error| panic!("{error}"));
        (path, plan)
    };
    paths.into_iter().map(read).collect()
}

fn on_the_product(plan: &Plan) -> Plan {
    Plan {
        system: PRODUCT.to_owned(),
        ..plan.clone()
    }
}

/// Also those of planted bugs: a plan that the product fails says nothing about the bug.
#[test]
fn the_product_passes_every_regression() {
    for (_, plan) in regressions() {
        let _ = check(&on_the_product(&plan));
    }
}

/// They guard the checks, as the others guard the product.
#[test]
fn regressions_with_a_planted_bug_still_catch_it() {
    let with_planted_bug = regressions()
        .into_iter()
        .filter(|(_, plan)| plan.system != PRODUCT);
    let mut caught = 0;
    for (path, plan) in with_planted_bug {
        let record = run(&plan).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let explanation = explain(&record).join("\n");
        let path = path.display();
        assert!(
            violates_the_property_in_its_name(&record),
            "{path}\n{explanation}"
        );
        caught += 1;
    }
    assert!(caught >= 2, "too few regressions with a planted bug");
}

/// The name of a shrunk plan starts with the property that it violates.
fn violates_the_property_in_its_name(record: &RunRecord) -> bool {
    let mut violations = record.violations.iter();
    violations.any(|violation| record.plan.name.starts_with(&violation.property))
}

/// A failing test prints the plan's name. It must lead to the file.
#[test]
fn each_file_is_named_after_its_plan() {
    for (path, plan) in regressions() {
        let stem = path
            .file_stem()
            .expect("a file")
            .to_string_lossy()
            .into_owned();
        assert_eq!(stem, plain_name(&plan.name), "{}", path.display());
    }
}

/// Whatever is wrong, a reader gets every answer, and no notation of the program.
#[test]
fn the_failure_of_every_planted_bug_is_answered_in_plain_words() {
    let mut wrong = Vec::new();
    for bug in system()
        .planted_bugs()
        .iter()
        .filter(|bug| !bug.is_control())
    {
        let plan = system().plan_of_bug(bug.name).expect("it has a plan");
        let record = run(&plan).expect("it runs");
        let Some(why) = Why::of(&record) else {
            wrong.push(format!("{}: no answer", bug.name));
            continue;
        };
        if !why
            .reason
            .starts_with("This system has a planted mistake: ")
        {
            wrong.push(format!("{}: {}", bug.name, why.reason));
        }
        for (name, answer) in why.answers() {
            let has_identity = record
                .saga_ids
                .iter()
                .any(|id| answer.contains(id.as_str()));
            let notation = ["Some(", "Host(", "{", "[", "\": ", ".."];
            let has_notation = notation.iter().any(|it| answer.contains(it));
            if has_identity || has_notation || answer.len() < 20 || !answer.ends_with('.') {
                wrong.push(format!("{}: {name}: {answer}", bug.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
