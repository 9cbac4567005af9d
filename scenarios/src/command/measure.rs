//! `specimens --measure`: how many plans it takes until each specimen is caught, by three ways of choosing them.

use anyhow::Result;
use likewise_reports::specimen::Search;
use likewise_sim::{
    detection::{Extent, PlansNeeded, SearchMethod, by_seeds, caught, exhaustive, singles},
    plan::Plan,
    planted::{self, PlantedBug},
};
use serde::Serialize;

use crate::{
    interrupt::{self, STOP},
    sitting::Sitting,
};

/// One specimen, searched for in one way.
#[derive(Debug, Serialize)]
struct Measurement {
    #[serde(rename = "type")]
    kind: &'static str,
    specimen: &'static str,
    way: &'static str,
    /// Plans of one start at most.
    plans_max: u64,
    /// Plans that catch it, of an exhaustive search.
    #[serde(skip_serializing_if = "Option::is_none")]
    catching: Option<usize>,
    starts: u64,
    starts_caught: usize,
    quartiles: [Option<u64>; 3],
    /// The plans each start needed; nothing for a start that did not catch it.
    needed: Vec<Option<u64>>,
}

/// Measures the specimens of these names; all of them, if there are no names. Prints a Markdown table.
pub(super) fn measure(sitting: &mut Sitting, names: &[String], extent: Extent) -> Result<()> {
    let singles = singles()?;
    let quiet = sitting.is_for_programs();
    if !quiet {
        println!("{}", heading(&singles, extent));
    }
    let wanted = |specimen: &&PlantedBug| {
        let is_named = names.iter().any(|name| name == specimen.name);
        !specimen.is_control() && (names.is_empty() || is_named)
    };
    for specimen in planted::all().iter().filter(wanted) {
        let measurements = measurements(specimen, &singles, extent);
        // What was cut short says nothing.
        if interrupt::stopped() {
            sitting.doubt("it was stopped".to_owned());
            return Ok(());
        }
        let mut results = sitting.course.specimen_results.iter_mut();
        if let Some(result) = results.find(|result| result.name == specimen.name) {
            result.measured = measurements.iter().map(Measurement::search).collect();
        }
        match quiet {
            true => measurements.iter().for_each(|one| sitting.line(one)),
            false => println!("{}", row(&measurements)),
        }
    }
    Ok(())
}

fn measurements(
    specimen: &'static PlantedBug,
    singles: &[Plan],
    extent: Extent,
) -> [Measurement; 3] {
    SearchMethod::ALL.map(|way| {
        let name = specimen.name;
        if way != SearchMethod::Exhaustive {
            let needed = by_seeds(name, way, extent, &STOP);
            return measurement(specimen, way, extent.seeds_max, None, &needed);
        }
        let caught = caught(name, singles, &STOP);
        let catching = caught.iter().filter(|caught| **caught).count();
        let needed = exhaustive(&caught, extent.starts);
        measurement(specimen, way, singles.len() as u64, Some(catching), &needed)
    })
}

fn measurement(
    specimen: &PlantedBug,
    way: SearchMethod,
    plans_max: u64,
    catching: Option<usize>,
    needed: &PlansNeeded,
) -> Measurement {
    Measurement {
        kind: "measurement",
        specimen: specimen.name,
        way: way.name(),
        plans_max,
        catching,
        starts: needed.starts().len() as u64,
        starts_caught: needed.caught(),
        quartiles: [1, 2, 3].map(|quarters| needed.quartile(quarters)),
        needed: needed.starts().to_vec(),
    }
}

fn heading(singles: &[Plan], extent: Extent) -> String {
    let (singles, seeds) = (singles.len(), extent.seeds_max);
    format!(
        "| specimen | faults | singles that catch it, of {singles} | exhaustive | swarm, of {seeds} | fixed profile, of {seeds} |\n\
         |---|---|---|---|---|---|"
    )
}

fn row(measurements: &[Measurement; 3]) -> String {
    let [exhaustive, swarm, fixed] = measurements;
    let faults = planted::plan(exhaustive.specimen).map_or(0, |plan| plan.faults.len());
    format!(
        "| `{}` | {faults} | {} | {} | {} | {} |",
        exhaustive.specimen,
        exhaustive.catching.unwrap_or_default(),
        exhaustive.cell(),
        swarm.cell(),
        fixed.cell(),
    )
}

impl Measurement {
    /// It for the report.
    fn search(&self) -> Search {
        Search {
            way: self.way.to_owned(),
            starts: self.starts,
            caught: self.starts_caught as u64,
            quartiles: self.quartiles,
        }
    }

    /// The median and the quartiles, and how many starts did not catch it.
    fn cell(&self) -> String {
        if self.starts_caught == 0 {
            return "never".to_owned();
        }
        let [low, median, high] = self.quartiles.map(|needed| match needed {
            Some(needed) => needed.to_string(),
            None => "∞".to_owned(),
        });
        let missed = match self.starts - self.starts_caught as u64 {
            0 => String::new(),
            missed => format!(", {missed} of {} never", self.starts),
        };
        format!("{median} ({low}–{high}){missed}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(starts: &[Option<u64>]) -> String {
        let needed = PlansNeeded::of(starts.to_vec());
        let specimen = &planted::all()[0];
        measurement(specimen, SearchMethod::Swarm, 9, None, &needed).cell()
    }

    #[test]
    fn a_cell_says_the_median_and_how_many_starts_did_not_catch_it() {
        let all = [Some(1), Some(3), Some(5), Some(7)];
        assert_eq!(cell(&all), "3 (1–5)");
        assert_eq!(
            cell(&[Some(1), Some(3), None, None]),
            "3 (1–∞), 2 of 4 never"
        );
        assert_eq!(cell(&[None, None]), "never");
    }
}
