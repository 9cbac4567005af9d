//! `specimens`: deliberately wrong systems, each on the plan that shows it, and the product on the same plan.

use anyhow::Result;
use clap::Args;
use likewise_reports::{ndjson::Met, story::explain};
use likewise_sim::{
    campaign::run_on_core,
    plan::{PRODUCT, Plan},
    record::RunRecord,
    specimen::{self, Specimen},
};
use serde::Serialize;

use crate::{arguments::Common, exit::Exit, interrupt, sitting::Sitting, stopwatch::Stopwatch};

pub(super) const EXAMPLES: &str = "\
Examples:
  cargo chaos specimens                         each is caught, or the harness is blind
  cargo chaos replay no-tombstone --story       one of them, told";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    common: Common,
}

/// What became of one specimen.
#[derive(Debug, Serialize)]
struct Judgement {
    #[serde(rename = "type")]
    kind: &'static str,
    name: &'static str,
    about: &'static str,
    caught: bool,
    /// The properties it violated, the first that explains it first.
    by: Vec<String>,
    expected: &'static [&'static str],
    /// Whether the product is green on the same plan.
    product_green: bool,
    explanation: Vec<String>,
    replay: String,
}

/// Shows all of them.
pub(super) fn run(arguments: &Arguments) -> Result<Exit> {
    let mut sitting = Sitting::begin(&arguments.common);
    show_all(&mut sitting);
    sitting.end()
}

/// Shows every specimen: one that is not caught is a violation, by the harness.
pub(super) fn show_all(sitting: &mut Sitting) {
    let mut caught = Met::default();
    for specimen in specimen::all() {
        if interrupt::stopped() {
            sitting.doubt("it was stopped".to_owned());
            break;
        }
        let Some(plan) = specimen::plan(specimen.name) else {
            sitting.note(Exit::Internal);
            eprintln!("specimen {} has no plan", specimen.name);
            continue;
        };
        caught.count(show(sitting, specimen, &plan));
    }
    eprintln!("specimens   {} of {} caught", caught.met, caught.of);
    if !caught.all() {
        sitting.note(Exit::Violated);
    }
    sitting.course.specimens = Some(caught);
}

/// Shows one. Returns whether it is caught, and the product is not.
fn show(sitting: &mut Sitting, specimen: &'static Specimen, plan: &Plan) -> bool {
    let record = match run_on_core(0, plan) {
        Ok(record) => record,
        Err(message) => {
            sitting.take_broken(plan, &message);
            return false;
        }
    };
    let judgement = Judgement {
        product_green: product_is_green(sitting, plan),
        ..judge(sitting, specimen, &record)
    };
    if sitting.is_for_programs() {
        sitting.line(&judgement);
    }
    judgement.say();
    judgement.is_good()
}

fn judge(sitting: &mut Sitting, specimen: &'static Specimen, record: &RunRecord) -> Judgement {
    let mut by: Vec<String> = Vec::new();
    for violation in &record.violations {
        if !by.contains(&violation.property) {
            by.push(violation.property.clone());
        }
    }
    let expected = |property: &String| specimen.caught_by.contains(&property.as_str());
    Judgement {
        kind: "specimen",
        name: specimen.name,
        about: specimen.about,
        caught: by.iter().any(expected),
        by,
        expected: specimen.caught_by,
        product_green: false,
        explanation: explain(record).to_vec(),
        replay: sitting.write_violation(record),
    }
}

/// Runs the product on the specimen's plan: what it catches must not be the harness's own doing.
fn product_is_green(sitting: &mut Sitting, plan: &Plan) -> bool {
    let product = Plan {
        system: PRODUCT.to_owned(),
        name: format!("{} in the product", plan.name),
        ..plan.clone()
    };
    let watch = Stopwatch::start();
    match run_on_core(0, &product) {
        Ok(record) => {
            sitting.take(&record, watch.elapsed());
            record.is_green()
        }
        Err(message) => {
            sitting.take_broken(&product, &message);
            false
        }
    }
}

impl Judgement {
    fn is_good(&self) -> bool {
        self.caught && self.product_green
    }

    fn say(&self) {
        let verdict = match (self.caught, self.product_green) {
            (true, true) => format!("caught by {}", self.by.join(", ")),
            (true, false) => "caught, but the product fails on the same plan".to_owned(),
            (false, _) if self.by.is_empty() => "NOT CAUGHT".to_owned(),
            (false, _) => format!(
                "NOT CAUGHT by {}, only by {}",
                self.expected.join(" or "),
                self.by.join(", ")
            ),
        };
        eprintln!("{}: {verdict}", self.name);
        eprintln!("  {}", self.about);
        for sentence in &self.explanation {
            eprintln!("  {sentence}");
        }
        eprintln!("  replay: {}", self.replay);
    }
}
