//! `reproduce`: a plan whose run shows a saga that was exported in production.

use std::{io, num::NonZeroUsize, path::PathBuf, time::Duration};

use anyhow::{Context, Result, anyhow};
use clap::{Args, ValueHint};
use likewise_reports::{
    ndjson,
    terminal::{self, Reproduced},
};
use likewise_search::{
    incident::{self, Bounds, Found, Moment, NotFound, Searched, Target, file::Incident},
    shrink::{self, Kept, NotShrunk, RUNS_MAX},
};
use likewise_world::{
    plan::{PRODUCT, Plan},
    record::{RunRecord, Violation},
};
use serde::Serialize;

use crate::{
    arguments::Common,
    exit::{Exit, UsageError},
    interrupt, paths,
    progress::Progress,
    session::Session,
    shell,
    stopwatch::Stopwatch,
    suite::Suite,
};

pub(super) const EXAMPLES: &str = "\
Examples:
  likewise saga show SAGA --export incident.json       on the machine with the incident
  cargo chaos reproduce incident.json                  searches a plan that shows the same saga
  cargo chaos reproduce incident.json --runs 20k       searches for longer
  cargo chaos reproduce incident.json --runs 20k --seed 1M   the same, with other random plans
  cargo chaos reproduce incident.json --system force-flips-status
                                                       asks whether a planted bug explains it
  cargo chaos reproduce incident.json --json           for a program

The same saga has the same kind, status, mark, end and last order, and for each step the same belief and barrier row.
Identities, times and numbers of attempts do not matter. A saga that is still open must be in that state at some moment
of the run, and stay in it for as long as one attempt takes if one had failed.

The search tries small sagas, then one fault in them, then one more fault in the runs that came nearest, then random
plans. The plan that it finds is shrunk and replayed twice; keep it as a regression.

Exit codes:
  0  a plan was found, and every property held in its run: faults explain the incident
  1  a plan was found, and its run violates a property: a defect explains it
  2  invalid command line or file
  3  no plan was found in so many runs, or the search was stopped
  5  the plan that was found does not give the same run twice";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The file of an incident, as `likewise saga show SAGA --export FILE` writes it
    #[arg(value_name = "INCIDENT.JSON", value_hint = ValueHint::FilePath)]
    file: PathBuf,
    /// Stop after this many runs
    #[arg(long, value_name = "N", default_value = "2000", value_parser = likewise_cli::count)]
    runs: u64,
    /// The first seed of the random plans
    #[arg(long, value_name = "SEED", default_value = "0", value_parser = likewise_cli::count)]
    seed: u64,
    /// Run this many plans at a time [default: one per core]
    #[arg(long, value_name = "J")]
    jobs: Option<NonZeroUsize>,
    /// Search in a system with this planted bug instead of in the product
    #[arg(long, value_name = "PLANTED-BUG", default_value = PRODUCT)]
    system: String,
    #[command(flatten)]
    common: Common,
}

/// The output for programs.
#[derive(Debug, Serialize)]
struct Line<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    is_reproduced: bool,
    incident: String,
    title: String,
    system: &'a str,
    /// The runs of the search.
    runs: u64,
    /// The event and the saga that show the incident, or come nearest.
    moment: Option<MomentLine>,
    /// In words, what differs in the nearest run.
    differences: Vec<String>,
    plan: Option<&'a Plan>,
    hash: Option<&'a str>,
    is_minimal: Option<bool>,
    violations: &'a [Violation],
    file: Option<String>,
    replay: Option<String>,
    wall_seconds: f64,
}

#[derive(Debug, Serialize)]
struct MomentLine {
    event: usize,
    at_micros: u64,
    saga: Option<usize>,
}

/// Searches a plan.
pub(super) fn run(suite: &'static Suite, arguments: &Arguments) -> Result<Exit> {
    suite.require_variant(&arguments.system)?;
    if arguments.runs == 0 {
        return Err(UsageError("--runs 0 searches nothing: give at least 1".to_owned()).into());
    }
    let read = incident::read(suite.system, &arguments.file);
    let (incident, target) = read.map_err(|error| UsageError(error.to_string()))?;
    let session = Session::start(suite, &arguments.common)?;
    let mut reproduction = Reproduction {
        suite,
        arguments,
        incident,
        target,
        session,
        watch: Stopwatch::start(),
    };
    match reproduction.search() {
        Searched::NotFound(it) => reproduction.not_found(&it),
        Searched::Found(found) => match reproduction.shrink(&found) {
            Ok(kept) => reproduction.found(&found, &kept),
            Err(reason) => {
                eprintln!("{}: {reason}", found.plan.name);
                Ok(match reason {
                    NotShrunk::NotReproducible => Exit::NotDeterministic,
                    NotShrunk::Green | NotShrunk::Broken(_) => Exit::Internal,
                })
            }
        },
    }
}

struct Reproduction<'a> {
    suite: &'static Suite,
    arguments: &'a Arguments,
    incident: Incident,
    target: Target,
    session: Session,
    watch: Stopwatch,
}

impl Reproduction<'_> {
    fn search(&self) -> Searched {
        let Arguments {
            runs, seed, jobs, ..
        } = *self.arguments;
        let mut progress = Progress::of_runs("searching", runs, self.session.is_json());
        let bounds = Bounds {
            runs_max: runs,
            seed,
            jobs,
            stop: &interrupt::STOP,
        };
        let variant = &self.arguments.system;
        let mut watch = |so_far: incident::SearchProgress| {
            let nearest = match so_far.differences {
                Some(1) => ", the nearest differs in 1 part".to_owned(),
                Some(parts) => format!(", the nearest differs in {parts} parts"),
                None => String::new(),
            };
            progress.add_run_with(format!("{}{nearest}", so_far.phase.words()));
        };
        incident::search(self.suite.system, variant, &self.target, bounds, &mut watch)
    }

    fn moment(&self, record: &RunRecord) -> Moment {
        incident::nearest_moment(self.suite.system, record, &self.target)
    }

    fn shrink(&self, found: &Found) -> Result<Kept, NotShrunk> {
        let quiet = self.session.is_json();
        let mut progress = Progress::of_runs("shrinking", RUNS_MAX, quiet);
        let is_same = |record: &RunRecord| self.moment(record).is_same();
        let system = self.suite.system;
        shrink::shrink_while(system, &found.plan, RUNS_MAX, &is_same, |so_far| {
            progress.add_run_with(format!(
                "{} runs, {} faults and {} operations left",
                so_far.runs, so_far.faults, so_far.operations
            ));
            interrupt::within(None, self.watch)
        })
    }

    fn found(&mut self, found: &Found, kept: &Kept) -> Result<Exit> {
        let mut record = kept.record.clone();
        record.plan.name = format!("incident: {}", self.target.title());
        let moment = self.moment(&record);
        let file = self.write(&record.plan, Some(&record))?;
        let replay = format!("{} --story", shell::replay_file(self.suite, &file));
        let paste = [
            ("keep", shell::keep(self.suite, &file, &record.plan.name)),
            ("replay", replay.clone()),
        ];
        let line = Line {
            runs: found.runs,
            moment: Some(MomentLine::of(&moment)),
            plan: Some(&record.plan),
            hash: Some(&record.hash),
            is_minimal: Some(kept.is_minimal),
            violations: &record.violations,
            file: Some(file.display().to_string()),
            replay: Some(replay),
            ..self.line(true)
        };
        self.print_json(&line)?;
        let reproduced = Reproduced {
            found,
            record: &record,
            moment: (moment.event, moment.at_micros, moment.saga),
            shrink_runs: kept.runs,
            is_minimal: kept.is_minimal,
        };
        eprint!(
            "{}",
            terminal::reproduced(&self.target, &reproduced, &paste)
        );
        Ok(match record.is_green() {
            true => Exit::Ok,
            false => Exit::Violated,
        })
    }

    fn not_found(&mut self, it: &NotFound) -> Result<Exit> {
        let mut line = Line {
            runs: it.runs,
            ..self.line(false)
        };
        let mut paste = Vec::new();
        let mut plan = None;
        if let Some((nearest, moment)) = &it.nearest {
            let nearest = plan.insert(nearest.clone());
            nearest.name = format!("nearest to the incident: {}", self.target.title());
            let file = self.write(nearest, None)?;
            let replay = format!("{} --story", shell::replay_file(self.suite, &file));
            let differences = moment.differences.iter();
            line.moment = Some(MomentLine::of(moment));
            line.differences = differences
                .map(|it| it.words(&self.target, moment))
                .collect();
            line.file = Some(file.display().to_string());
            line.replay = Some(replay.clone());
            paste.push(("replay", replay));
        }
        line.plan = plan.as_ref();
        let more = self.arguments.runs.saturating_mul(10);
        let (command, incident) = (self.suite.command, shell::quoted(&self.arguments.file));
        paste.push((
            "more",
            format!("{command} reproduce {incident} --runs {more}"),
        ));
        self.print_json(&line)?;
        eprint!("{}", terminal::not_reproduced(&self.target, it, &paste));
        Ok(Exit::Inconclusive)
    }

    /// Writes the plan, its run if there is one, and the incident. Returns the path of the plan.
    fn write(&self, plan: &Plan, record: Option<&RunRecord>) -> Result<PathBuf> {
        let archive = self.session.archive();
        let written = match record {
            Some(record) => archive.write_run(record),
            None => archive.write_plan(plan),
        };
        let cannot_write = || anyhow!("cannot write to {}", self.session.quoted_folder());
        let path = written.with_context(cannot_write)?;
        let incident = archive.write("incident.json", &self.incident);
        incident.with_context(cannot_write)?;
        Ok(paths::relative(&path))
    }

    fn line(&self, is_reproduced: bool) -> Line<'_> {
        let wall: Duration = self.watch.elapsed();
        Line {
            kind: "reproduction",
            is_reproduced,
            incident: self.incident.saga.id.to_string(),
            title: self.target.title(),
            system: &self.arguments.system,
            runs: 0,
            moment: None,
            differences: Vec::new(),
            plan: None,
            hash: None,
            is_minimal: None,
            violations: &[],
            file: None,
            replay: None,
            wall_seconds: wall.as_secs_f64(),
        }
    }

    fn print_json(&self, line: &Line<'_>) -> Result<()> {
        match self.session.is_json() {
            true => ndjson::write(&mut io::stdout().lock(), line)
                .context("cannot write to standard output"),
            false => Ok(()),
        }
    }
}

impl MomentLine {
    fn of(moment: &Moment) -> Self {
        Self {
            event: moment.event,
            at_micros: moment.at_micros,
            saga: moment.saga,
        }
    }
}
