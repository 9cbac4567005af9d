//! `specimens`: deliberately wrong systems, each on the plan that shows it, and the product on the same plan.

use anyhow::Result;
use clap::Args;
use likewise_reports::{
    ndjson::Met,
    specimen::{SpecimenResult, Way},
    story::explain,
};
use likewise_sim::{
    campaign::run_on_core,
    detection::Extent,
    plan::{PRODUCT, Plan},
    planted::{self, PlantedBug},
    record::RunRecord,
};
use serde::Serialize;

use super::{figures, measure::measure};
use crate::{arguments::Common, exit::Exit, interrupt, sitting::Sitting, stopwatch::Stopwatch};

pub(super) const EXAMPLES: &str = "\
Examples:
  cargo chaos specimens                         each is caught, or the harness is blind
  cargo chaos specimens --measure               and how many plans that takes, in three ways; this takes long
  cargo chaos replay no-tombstone --story       one of them, told";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Only these; all of them if missing
    #[arg(value_name = "SPECIMEN", value_parser = name)]
    names: Vec<String>,
    /// Also measures how many plans it takes until each is caught: prints a table
    #[arg(long)]
    measure: bool,
    /// How often each search is started
    #[arg(long, value_name = "N", default_value_t = 20, requires = "measure")]
    starts: u64,
    /// Seeds of one start at most
    #[arg(long, value_name = "N", default_value_t = 2_000, requires = "measure")]
    bound: u64,
    #[command(flatten)]
    common: Common,
}

fn name(text: &str) -> Result<String, String> {
    let is_it = |specimen: &PlantedBug| specimen.name == text;
    match planted::all().iter().any(is_it) {
        true => Ok(text.to_owned()),
        false => Err(format!(
            "there is no specimen '{text}'; `cargo chaos list` names them"
        )),
    }
}

/// What became of one specimen.
#[derive(Debug, Serialize)]
struct Judgement {
    #[serde(rename = "type")]
    kind: &'static str,
    name: &'static str,
    about: &'static str,
    /// The control is right: it must not be caught.
    control: bool,
    caught: bool,
    /// The properties it violated, the first that explains it first.
    by: Vec<String>,
    expected: &'static [&'static str],
    /// Faults in its plan.
    faults: usize,
    /// Whether the product is green on the same plan.
    product_green: bool,
    explanation: Vec<String>,
    replay: String,
}

/// Shows them, and measures them if asked to.
pub(super) fn run(arguments: &Arguments) -> Result<Exit> {
    let mut sitting = Sitting::begin(&arguments.common);
    show(&mut sitting, &arguments.names);
    if arguments.measure {
        let extent = Extent {
            starts: arguments.starts,
            seeds_max: arguments.bound,
        };
        measure(&mut sitting, &arguments.names, extent)?;
    }
    sitting.end()
}

/// Shows every specimen: one that is not caught is a violation, by the harness, and so is a control
/// that is.
pub(super) fn show_all(sitting: &mut Sitting) {
    show(sitting, &[]);
}

/// Shows those of these names; all of them, if there are no names.
fn show(sitting: &mut Sitting, names: &[String]) {
    let wanted =
        |specimen: &&PlantedBug| names.is_empty() || names.iter().any(|name| name == specimen.name);
    let (mut caught, mut spared) = (Met::default(), Met::default());
    for specimen in planted::all().iter().filter(wanted) {
        if interrupt::stopped() {
            sitting.doubt("it was stopped".to_owned());
            break;
        }
        let Some(plan) = planted::plan(specimen.name) else {
            sitting.note(Exit::Internal);
            eprintln!("specimen {} has no plan", specimen.name);
            continue;
        };
        let count = if specimen.is_control() {
            &mut spared
        } else {
            &mut caught
        };
        count.count(show_one(sitting, specimen, &plan));
    }
    eprintln!(
        "specimens   {} of {} caught, {} of {} controls spared",
        caught.met, caught.of, spared.met, spared.of
    );
    if !caught.all() || !spared.all() {
        sitting.note(Exit::Violated);
    }
    sitting.course.specimens = Some(caught);
}

/// Shows one. Returns whether it is caught, or spared if it is the control, and the product is not.
fn show_one(sitting: &mut Sitting, specimen: &'static PlantedBug, plan: &Plan) -> bool {
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
    let folder = sitting.artefacts().folder_of(plan);
    sitting
        .course
        .specimen_results
        .push(judgement.result(folder));
    judgement.is_good()
}

fn judge(sitting: &mut Sitting, specimen: &'static PlantedBug, record: &RunRecord) -> Judgement {
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
        control: specimen.is_control(),
        caught: by.iter().any(expected),
        by,
        expected: specimen.caught_by,
        faults: record.plan.faults.len(),
        product_green: false,
        explanation: match record.is_green() {
            true => Vec::new(),
            false => explain(record).to_vec(),
        },
        replay: match record.is_green() {
            true => format!("cargo chaos replay {}", specimen.name),
            false => sitting.write_violation(record),
        },
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
    /// It for the report.
    fn result(&self, folder: Option<String>) -> SpecimenResult {
        SpecimenResult {
            name: self.name.to_owned(),
            flaw: self.about.to_owned(),
            is_control: self.control,
            caught: self.caught,
            by: self.by.clone(),
            expected: self.expected.iter().map(|it| (*it).to_owned()).collect(),
            product_green: self.product_green,
            way: Way::Own,
            plans: 1,
            faults: self.faults as u64,
            explanation: self.explanation.clone(),
            replay: self.replay.clone(),
            folder,
            measured: Vec::new(),
            published: figures::of(self.name),
        }
    }

    fn is_good(&self) -> bool {
        let fares = match self.control {
            true => self.by.is_empty(),
            false => self.caught,
        };
        fares && self.product_green
    }

    fn verdict(&self) -> String {
        let by = self.by.join(", ");
        let expected = self.expected.join(" or ");
        match (self.control, self.caught, self.by.is_empty()) {
            (true, _, true) => "spared, as it should be".to_owned(),
            (true, _, false) => format!("NOT SPARED but caught by {by}, though it is right"),
            (false, true, _) => format!("caught by {by}"),
            (false, false, true) => "NOT CAUGHT".to_owned(),
            (false, false, false) => format!("NOT CAUGHT by {expected}, only by {by}"),
        }
    }

    fn say(&self) {
        let faults = match self.faults {
            1 => "1 fault".to_owned(),
            faults => format!("{faults} faults"),
        };
        eprintln!("{} ({faults}): {}", self.name, self.verdict());
        if !self.product_green {
            eprintln!("  BUT the product fails on the same plan");
        }
        eprintln!("  {}", self.about);
        for sentence in &self.explanation {
            eprintln!("  {sentence}");
        }
        eprintln!("  replay: {}", self.replay);
    }
}
