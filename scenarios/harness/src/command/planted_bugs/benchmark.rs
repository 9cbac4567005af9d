//! The detection benchmark, `planted-bugs --measure`: how many plans it takes to catch each planted bug, for three
//! ways to choose them.

use std::{io, path::PathBuf};

use anyhow::Result;
use likewise_reports::analysis::DetectionFigures;
use likewise_search::detection::{
    Extent, PlansNeeded, SearchMethod, by_seeds, caught, exhaustive, singles,
};
use likewise_world::{System, plan::Plan, planted::PlantedBug};
use serde::Serialize;

use crate::{
    detection::{self, BugDetection, Detection, SearchResult},
    interrupt::{self, STOP},
    paths,
    session::Session,
    shell,
    stopwatch::today,
    suite::Suite,
};

/// One planted bug, searched for in one way.
#[derive(Debug, Serialize)]
struct Measurement {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(rename = "specimen")]
    planted_bug: &'static str,
    way: &'static str,
    /// Plans of one start at most.
    plans_max: u64,
    /// For the exhaustive search: the plans that catch the planted bug.
    #[serde(skip_serializing_if = "Option::is_none")]
    catching: Option<usize>,
    starts: u64,
    starts_caught: usize,
    quartiles: [Option<u64>; 3],
    /// The plans that each start needed. A start that did not catch the planted bug has none.
    needed: Vec<Option<u64>>,
}

/// Measures the planted bugs with these names, or all of them if there are no names. Prints a Markdown table.
///
/// # Errors
/// A base saga of the exhaustive search cannot be run.
pub(super) fn run_benchmark(
    suite: &Suite,
    session: &mut Session,
    names: &[String],
    extent: Extent,
) -> Result<()> {
    let singles = singles(suite.system)?;
    let single_faults = singles.len() as u64;
    if !session.is_json() {
        println!("{}", detection::heading(single_faults, extent.seeds_max));
    }
    let Some(planted_bugs) = measure_all(session, names, &singles, extent) else {
        session.note_inconclusive("it was stopped".to_owned());
        return Ok(());
    };
    if names.is_empty() {
        let detection = Detection {
            version: detection::VERSION,
            measured_on: today(),
            starts: extent.starts,
            seeds_max: extent.seeds_max,
            single_faults,
            planted_bugs,
        };
        let written = write(session, suite, &detection);
        session.require_written(written);
    }
    Ok(())
}

/// Measures the planted bugs one by one. Returns nothing if it was stopped, because the figures of the last one are then
/// incomplete.
fn measure_all(
    session: &mut Session,
    names: &[String],
    singles: &[Plan],
    extent: Extent,
) -> Option<Vec<BugDetection>> {
    let mut results = Vec::new();
    for bug in session
        .suite()
        .planted_bugs(names)
        .filter(|bug| !bug.is_control())
    {
        let measurements = measure(session.system(), bug, singles, extent);
        if interrupt::stopped() {
            return None;
        }
        let result = result(session.system(), bug, &measurements);
        match session.is_json() {
            true => measurements.iter().for_each(|it| session.print_json(it)),
            false => println!("{}", detection::row(&result, extent.starts)),
        }
        add_to_report(session, &measurements);
        results.push(result);
    }
    Some(results)
}

/// Writes the figures and the page, and says how to publish them, if the suite publishes any. A page with some of the planted bugs would not be
/// the page, so this needs the figures of all of them.
fn write(session: &mut Session, suite: &Suite, detection: &Detection) -> io::Result<()> {
    let archive = session.archive();
    let data = archive.write("detection.json", detection)?;
    let Some(files) = &suite.detection else {
        return Ok(());
    };
    let page = detection::fill(suite, files.template, detection);
    let page = archive.write_text("planted-bugs.md", &page)?;
    let copy = |from: PathBuf, to: &str| {
        let from = shell::quoted(&paths::relative(&from));
        format!("cp {from} {to}")
    };
    session.add_note(
        "figures",
        "to publish them, paste the last two lines".to_owned(),
    );
    session.add_line_to_paste(copy(data, files.data_path));
    session.add_line_to_paste(copy(page, files.page_path));
    Ok(())
}

fn measure(
    system: &'static dyn System,
    bug: &'static PlantedBug,
    singles: &[Plan],
    extent: Extent,
) -> [Measurement; 3] {
    SearchMethod::ALL.map(|way| {
        if way != SearchMethod::Exhaustive {
            let needed = by_seeds(system, bug.name, way, extent, &STOP);
            return measurement(bug, way, extent.seeds_max, None, &needed);
        }
        let caught = caught(system, bug.name, singles, &STOP);
        let catching = caught.iter().filter(|caught| **caught).count();
        let needed = exhaustive(&caught, extent.starts);
        measurement(bug, way, singles.len() as u64, Some(catching), &needed)
    })
}

fn measurement(
    bug: &PlantedBug,
    way: SearchMethod,
    plans_max: u64,
    catching: Option<usize>,
    needed: &PlansNeeded,
) -> Measurement {
    Measurement {
        kind: "measurement",
        planted_bug: bug.name,
        way: way.name(),
        plans_max,
        catching,
        starts: needed.starts().len() as u64,
        starts_caught: needed.caught(),
        quartiles: [1, 2, 3].map(|quarters| needed.quartile(quarters)),
        needed: needed.starts().to_vec(),
    }
}

/// The measurements of one planted bug, in the order of [`SearchMethod::ALL`], as they are published.
fn result(system: &dyn System, bug: &PlantedBug, measurements: &[Measurement; 3]) -> BugDetection {
    let [exhaustive, swarm, fixed] = measurements;
    let plan = system.plan_of_bug(bug.name);
    let faults = plan.map_or(0, |plan| plan.faults.len());
    BugDetection {
        name: bug.name.to_owned(),
        faults: faults as u64,
        catching_single_faults: exhaustive.catching.unwrap_or_default() as u64,
        exhaustive: exhaustive.result(),
        swarm: swarm.result(),
        fixed: fixed.result(),
    }
}

fn add_to_report(session: &mut Session, measurements: &[Measurement; 3]) {
    let name = measurements[0].planted_bug;
    let mut results = session.meta.planted_bugs.iter_mut();
    if let Some(result) = results.find(|result| result.name == name) {
        result.measured = measurements.iter().map(Measurement::search).collect();
    }
}

impl Measurement {
    fn result(&self) -> SearchResult {
        SearchResult {
            caught: self.starts_caught as u64,
            quartiles: self.quartiles,
        }
    }

    /// The entry of the report.
    fn search(&self) -> DetectionFigures {
        DetectionFigures {
            search: self.way.to_owned(),
            starts: self.starts,
            caught: self.starts_caught as u64,
            quartiles: self.quartiles,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    use crate::arguments::Common;

    #[test]
    fn the_figures_and_the_page_are_written_to_the_campaign() {
        let folder = tempfile::tempdir().unwrap();
        let common = Common {
            out: Some(folder.path().to_owned()),
            ..Common::default()
        };
        let mut session = Session::start(Suite::empty(), &common).unwrap();
        let needed = PlansNeeded::of(vec![Some(1), Some(3), None, None]);
        let bug = &session.system().planted_bugs()[0];
        let measurements = SearchMethod::ALL.map(|way| measurement(bug, way, 9, None, &needed));
        let detection = Detection {
            version: detection::VERSION,
            measured_on: today(),
            starts: 4,
            seeds_max: 9,
            single_faults: 9,
            planted_bugs: vec![result(session.system(), bug, &measurements)],
        };
        write(&mut session, Suite::empty(), &detection).unwrap();
        let written = session.archive().folder().join("detection.json");
        let written = Detection::parse(&fs::read_to_string(written).unwrap()).unwrap();
        assert_eq!(written, detection);
        assert_eq!(written.planted_bugs[0].swarm.caught, 2);
        assert!(session.archive().folder().join("planted-bugs.md").exists());
    }
}
