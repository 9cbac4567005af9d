//! Every plan in `scenarios/regressions/`. One that once failed the product must pass; one that shows a specimen's
//! mistake must still catch it, and pass the product.
//!
//! To add one is to add its file: `cargo chaos shrink` ends with the command that copies it there.

use std::{fs, path::PathBuf};

use likewise_reports::{artefacts::plain, story::explain};
use likewise_scenarios::check;
use likewise_sim::{
    plan::{self, PRODUCT, Plan},
    record::RunRecord,
    run::run,
};

/// The regressions with their files, in the order of their names.
fn regressions() -> Vec<(PathBuf, Plan)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/regressions");
    let files = fs::read_dir(folder).expect("the folder is there");
    let mut paths: Vec<PathBuf> = files.map(|file| file.expect("readable").path()).collect();
    paths.sort();
    let read = |path: PathBuf| {
        let plan = plan::read(&path).unwrap_or_else(|error| panic!("{error}"));
        (path, plan)
    };
    paths.into_iter().map(read).collect()
}

fn over_the_product(plan: &Plan) -> Plan {
    Plan {
        system: PRODUCT.to_owned(),
        ..plan.clone()
    }
}

#[test]
fn what_once_failed_passes() {
    for (_, plan) in regressions() {
        let _ = check(&over_the_product(&plan));
    }
}

#[test]
fn what_shows_a_specimens_mistake_still_catches_it() {
    let specimens = regressions()
        .into_iter()
        .filter(|(_, plan)| plan.system != PRODUCT);
    let mut caught = 0;
    for (path, plan) in specimens {
        let record = run(&plan).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let told = explain(&record).join("\n");
        assert!(shows_its_name(&record), "{}\n{told}", path.display());
        caught += 1;
    }
    assert!(caught >= 2, "without any this says nothing");
}

/// A plan is called after the property that it breaks.
fn shows_its_name(record: &RunRecord) -> bool {
    let mut violations = record.violations.iter();
    violations.any(|violation| record.plan.name.starts_with(&violation.property))
}

#[test]
fn each_file_is_named_after_what_its_plan_shows() {
    for (path, plan) in regressions() {
        let stem = path
            .file_stem()
            .expect("a file")
            .to_string_lossy()
            .into_owned();
        assert_eq!(stem, plain(&plan.name), "{}", path.display());
    }
}
