//! `planted-bugs`: deliberately wrong systems, each on the plan that shows its bug, and the product on the same plan.
//!
//! The harness is only worth something if it catches bugs. A planted bug that is not caught therefore fails the command,
//! and so does a control that is caught: a control looks odd and is right. The exit tells that from a violation of the
//! product, which is somebody else's to mend.

mod benchmark;
mod verdict;

use std::io::{self, Write};

use anyhow::{Context, Result};
use clap::Args;
use likewise_reports::analysis::Ratio;
use likewise_search::{campaign::run_on_core, detection::Extent};
use likewise_world::{
    did_you_mean,
    plan::{PRODUCT, Plan},
    planted::PlantedBug,
};

use crate::{
    arguments::Common,
    detection::{Detection, page},
    exit::{Exit, UsageError},
    interrupt,
    session::Session,
    shell,
    stopwatch::Stopwatch,
    suite::Suite,
};
use benchmark::run_benchmark;
use verdict::BugVerdict;

pub(super) const EXAMPLES: &str = "\
Examples:
  cargo chaos planted-bugs                      checks that every planted bug is caught
  cargo chaos planted-bugs double-undo          checks one of them
  cargo chaos replay no-tombstone --story       tells the run of one of them
  cargo chaos planted-bugs --measure            also measures how many plans it takes to catch each; takes hours
  cargo chaos planted-bugs --page > docs/planted-bugs.md

--measure searches for each planted bug in three ways. If it measures all of them, it writes the figures and the page
made from them to the folder of the campaign, and prints the commands that publish both.

Exit codes:
  0  every planted bug was caught, no control was, and the product passed
  1  the product violated a property
  2  invalid command line
  3  it was stopped
  6  a planted bug was not caught, or a control was caught
  70 the harness itself failed";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Check only these planted bugs [default: all]
    #[arg(value_name = "PLANTED-BUG")]
    names: Vec<String>,
    /// Also measure how many plans it takes to catch each planted bug, and print a table
    #[arg(long)]
    measure: bool,
    /// Start each search this many times
    #[arg(long, value_name = "N", default_value_t = 20, requires = "measure")]
    starts: u64,
    /// Try at most this many seeds per start
    #[arg(long, value_name = "N", default_value_t = 2_000, requires = "measure")]
    bound: u64,
    /// Print the page about the planted bugs, made from the published figures, and run nothing
    #[arg(long, conflicts_with_all = ["names", "measure", "json", "out"])]
    page: bool,
    #[command(flatten)]
    common: Common,
}

/// Refuses the name of a planted bug that does not exist.
fn require_known(suite: &Suite, name: &str) -> Result<(), UsageError> {
    match suite.system.planted_bug(name) {
        Some(_) => Ok(()),
        None => {
            let names = suite.system.planted_bugs().iter().map(|it| it.name);
            let hint = did_you_mean(name, names);
            Err(UsageError(format!(
                "there is no planted bug '{name}'{hint}; `{} list` names them",
                suite.command
            )))
        }
    }
}

/// Checks planted bugs, and measures them if the arguments ask for it.
pub(super) fn run(suite: &'static Suite, arguments: &Arguments) -> Result<Exit> {
    if arguments.page {
        return print_page(suite);
    }
    for name in &arguments.names {
        require_known(suite, name)?;
    }
    let mut session = Session::start(suite, &arguments.common)?;
    session.list_parts();
    check(&mut session, &arguments.names)?;
    if arguments.measure {
        let extent = Extent {
            starts: arguments.starts,
            seeds_max: arguments.bound,
        };
        run_benchmark(suite, &mut session, &arguments.names, extent)?;
    }
    session.finish()
}

fn print_page(suite: &Suite) -> Result<Exit> {
    let page = page(suite)?;
    io::stdout()
        .write_all(page.as_bytes())
        .context("cannot write to standard output")?;
    Ok(Exit::Ok)
}

/// Checks every planted bug.
///
/// # Errors
/// The published figures are invalid.
pub(super) fn check_all(session: &mut Session) -> Result<()> {
    check(session, &[])
}

/// Checks the planted bugs with these names, or all of them if there are no names.
fn check(session: &mut Session, names: &[String]) -> Result<()> {
    let figures = Detection::published_by(session.suite())?;
    let (mut caught, mut clean) = (Ratio::default(), Ratio::default());
    for bug in session.suite().planted_bugs(names) {
        if interrupt::stopped() {
            session.note_inconclusive("it was stopped".to_owned());
            break;
        }
        let Some(plan) = session.system().plan_of_bug(bug.name) else {
            session.note(Exit::Internal);
            eprintln!("the planted bug {} has no plan", bug.name);
            continue;
        };
        let is_expected = check_one(session, bug, &plan, figures.as_ref());
        match bug.is_control() {
            true => clean.count(is_expected),
            false => caught.count(is_expected),
        }
    }
    if !clean.all() {
        let (met, of) = (clean.met, clean.of);
        session.add_note(
            "controls",
            format!("{met} of {of} were not caught, as is right"),
        );
    }
    session.meta.planted_bugs_caught = Some(caught);
    Ok(())
}

/// Checks one planted bug, and notes whether it escaped. Returns whether it is caught, or not caught if it is a control, and the
/// product passes the same plan.
fn check_one(
    session: &mut Session,
    bug: &'static PlantedBug,
    plan: &Plan,
    figures: Option<&Detection>,
) -> bool {
    let record = match run_on_core(0, session.system(), plan) {
        Ok(record) => record,
        Err(message) => {
            session.record_broken_run(plan, &message);
            return false;
        }
    };
    let product_green = product_is_green(session, plan);
    let replay = match record.is_green() {
        true => shell::replay(session.suite(), bug.name),
        false => session.write_violation(&record),
    };
    let verdict = BugVerdict::of(bug, &record, product_green, replay);
    if session.is_json() {
        session.print_json(&verdict);
    }
    // Of dozens that were caught, a campaign tells the number. One that was not needs its whole story.
    if session.lists_parts() || !verdict.is_expected() || !product_green {
        verdict.print();
    }
    let folder = session.archive().folder_of(plan);
    let result = verdict.result(folder, figures.and_then(|it| it.published(bug.name)));
    session.meta.planted_bugs.push(result);
    if !verdict.is_expected() {
        session.note(Exit::BugEscaped);
    }
    verdict.is_expected() && product_green
}

/// Runs the product on the plan of a planted bug. If the product fails, too, the harness has not seen the bug but
/// something of its own.
fn product_is_green(session: &mut Session, plan: &Plan) -> bool {
    let product = Plan {
        system: PRODUCT.to_owned(),
        name: format!("{} in the product", plan.name),
        ..plan.clone()
    };
    let watch = Stopwatch::start();
    match run_on_core(0, session.system(), &product) {
        Ok(record) => {
            session.record_run(&record, watch.elapsed());
            record.is_green()
        }
        Err(message) => {
            session.record_broken_run(&product, &message);
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The exit of a session that checks a planted bug on a plan without faults.
    fn exit_on_clean_plan(name: &str) -> Exit {
        let folder = tempfile::tempdir().unwrap();
        let common = Common {
            out: Some(folder.path().to_owned()),
            ..Common::default()
        };
        let mut session = Session::start(Suite::empty(), &common).unwrap();
        let bug = session.system().planted_bug(name);
        let plan = Plan {
            system: name.to_owned(),
            ..Suite::clean_plan()
        };
        check_one(&mut session, bug.unwrap(), &plan, None);
        session.finish().unwrap()
    }

    /// A script must tell a fault of the product from a harness that sees too little.
    #[test]
    fn a_planted_bug_that_escapes_is_exit_6() {
        assert_eq!(exit_on_clean_plan("lease-never-free"), Exit::BugEscaped);
        assert_eq!(exit_on_clean_plan("every-step-twice"), Exit::Ok);
    }
}
