//! Records every event of a fixed set of plans, to compare two versions of the code.
//!
//! ```text
//! cargo run --release --package likewise-scenarios --example record_events -- before
//! # change the code
//! cargo run --release --package likewise-scenarios --example record_events -- after
//! diff --recursive before after
//! ```
//!
//! A change that must not change behaviour gives equal folders. The plans are the first hundred seeds, all regressions,
//! all scenarios of the catalogue and all planted bugs. Each file holds one JSON object per line: the events, the
//! violations, the properties, and on the last line the hash of the run.

use likewise_sim_likes::LIKES;
use likewise_sim_likes::system;
use std::{
    env, fs,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use likewise_scenarios::catalogue;
use likewise_sim_likes::run;
use likewise_world::{
    plan::{self, Plan, generate},
    record::RunRecord,
};
use serde_json::to_writer;

/// Seeds that are recorded, from 0.
const SEEDS: u64 = 100;

/// An error is shown to the user as text, whatever its type.
type Error = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let mut arguments = env::args_os().skip(1);
    let (Some(folder), None) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: record_events FOLDER");
        return ExitCode::from(2);
    };
    match record_all(Path::new(&folder)) {
        Ok(count) => {
            println!("{count} runs recorded in {}", Path::new(&folder).display());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Records every plan in a file of its own. Returns the number of plans.
fn record_all(folder: &Path) -> Result<usize, Error> {
    fs::create_dir_all(folder)
        .map_err(|error| format!("cannot create {}: {error}", folder.display()))?;
    let plans = plans()?;
    for (name, plan) in &plans {
        match run(plan) {
            Ok(record) => write_run(&folder.join(format!("{name}.jsonl")), &record)?,
            // A plan that cannot be run is part of the comparison, too.
            Err(error) => fs::write(folder.join(format!("{name}.error")), error.to_string())?,
        }
    }
    Ok(plans.len())
}

/// All plans, each with the name of its file.
fn plans() -> Result<Vec<(String, Plan)>, Error> {
    let mut plans: Vec<_> = (0..SEEDS)
        .map(|seed| (format!("seed-{seed:03}"), generate(&LIKES, seed)))
        .collect();
    plans.extend(regressions()?);
    for scenario in catalogue::SCENARIOS {
        plans.push((format!("scenario-{}", scenario.name), scenario.plan()));
    }
    for bug in system().planted_bugs() {
        if let Some(plan) = system().plan_of_bug(bug.name) {
            plans.push((format!("planted-{}", bug.name), plan));
        }
    }
    Ok(plans)
}

fn regressions() -> Result<Vec<(String, Plan)>, Error> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("regressions");
    let entries = fs::read_dir(folder)?;
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<_>>()?;
    files.sort();
    let mut plans = Vec::new();
    for file in files {
        let stem = file.file_stem().unwrap_or_default().to_string_lossy();
        plans.push((format!("regression-{stem}"), plan::read(&LIKES, &file)?));
    }
    Ok(plans)
}

fn write_run(path: &Path, record: &RunRecord) -> Result<(), Error> {
    let mut file = BufWriter::new(fs::File::create(path)?);
    for event in &record.events {
        to_writer(&mut file, event)?;
        writeln!(file)?;
    }
    for violation in &record.violations {
        to_writer(&mut file, violation)?;
        writeln!(file)?;
    }
    for property in &record.properties {
        to_writer(&mut file, property)?;
        writeln!(file)?;
    }
    writeln!(file, "{}", record.hash)?;
    // Dropping a `BufWriter` ignores errors.
    file.flush()?;
    Ok(())
}
