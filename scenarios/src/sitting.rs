//! One sitting of a command: its runs are counted, written and printed as they come, and judged at the end.

mod again;
mod ending;
mod shown;
mod shrinking;

use std::{
    collections::VecDeque,
    io,
    ops::ControlFlow,
    path::{Path, PathBuf},
    time::Duration,
};

use likewise_reports::{
    Summary,
    artefacts::{Artefacts, run_folder},
    dossier::Role,
    floor::Floor,
    growth::Growth,
    ndjson::{self, Course, RunLine, SummaryLine},
    replay_argument,
    report::Novelty,
    witnesses::Examples,
};
use likewise_scenarios::folder;
use likewise_sim::{
    campaign::{Campaign, EndReason, Finished, Plans},
    coverage::Coverage,
    fingerprint::Failure,
    likes::invariants::PROPERTIES,
    plan::Plan,
    record::RunRecord,
};
use serde::{Deserialize, Serialize};

use crate::{
    arguments::Common,
    exit::Exit,
    interrupt,
    progress::Progress,
    provenance,
    stopwatch::{Stopwatch, run_id},
};

/// Violating runs that are written with all their events; of more, the plan is enough to have them again.
const RUNS_WRITTEN_MAX: u64 = 20;

/// What was seen so far, for a sitting that goes on with this one.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Explored {
    coverage: Coverage,
    novelty: Novelty,
    growth: Growth,
}

/// What a command has done so far.
pub(crate) struct Sitting {
    json: bool,
    artefacts: Artefacts,
    began: Stopwatch,
    /// Wall time of the sittings that this one goes on with.
    before: Duration,
    /// Over all runs of the product.
    pub(crate) summary: Summary,
    /// What else the command has to say.
    pub(crate) course: Course,
    explored: Explored,
    examples: Examples,
    /// A few plans and their hashes, to run again.
    again: VecDeque<(Plan, String)>,
    keeps_news: bool,
    news: Vec<Plan>,
    broken: Vec<(String, String)>,
    /// The first plan of each way of failing, which may be shrunk.
    failures: Vec<(Failure, Plan)>,
    /// Lines for the verdict.
    said: Vec<String>,
    /// What there were too few runs for.
    unjudged: Vec<String>,
    exit: Exit,
    /// The first error of writing: runs go on, the command does not end well.
    failed: Option<anyhow::Error>,
}

impl Sitting {
    /// Begins; nothing is written yet.
    pub(crate) fn begin(common: &Common) -> Self {
        Self::named(common, &run_id())
    }

    /// The same, in the folder of this name.
    pub(crate) fn named(common: &Common, id: &str) -> Self {
        interrupt::listen();
        Self {
            json: common.json,
            artefacts: Artefacts::new(&common.root(), id),
            began: Stopwatch::start(),
            before: Duration::ZERO,
            summary: Summary::over(PROPERTIES.iter().map(|property| property.name)),
            course: Course {
                provenance: Some(provenance::here()),
                ..Course::default()
            },
            explored: Explored::default(),
            examples: Examples::default(),
            again: VecDeque::new(),
            keeps_news: false,
            news: Vec::new(),
            broken: Vec::new(),
            failures: Vec::new(),
            said: Vec::new(),
            unjudged: Vec::new(),
            exit: Exit::Ok,
            failed: None,
        }
    }

    /// Goes on where this report ends: what was violated or broken then still is.
    pub(crate) fn go_on(&mut self, report: &SummaryLine, explored: Explored) {
        let mut course = report.course.clone();
        course.inconclusive.clear();
        self.explored = explored;
        self.stand_for(report.summary(), course, report.wall());
    }

    /// Takes the place of runs that were done elsewhere.
    pub(crate) fn stand_for(&mut self, summary: Summary, course: Course, wall: Duration) {
        self.summary = summary;
        self.before = wall;
        let here = self.course.provenance.take();
        self.course = course;
        self.course.provenance = self.course.provenance.take().or(here);
        if !self.course.inconclusive.is_empty() {
            self.note(Exit::Inconclusive);
        }
        if self.summary.violated_runs > 0 {
            self.note(Exit::Violated);
        }
        if self.course.broken_runs > 0 {
            self.note(Exit::Internal);
        }
    }

    /// The report as far as it goes.
    pub(crate) fn so_far(&self) -> SummaryLine {
        let wall = self.before + self.elapsed();
        SummaryLine::of(&self.summary, wall, self.course.clone())
    }

    /// What was seen so far.
    pub(crate) fn explored(&self) -> Explored {
        self.explored.clone()
    }

    /// Whether programs read standard output.
    pub(crate) fn is_for_programs(&self) -> bool {
        self.json
    }

    /// Where the files go.
    pub(crate) fn artefacts(&self) -> &Artefacts {
        &self.artefacts
    }

    /// The folder of the files, as a shell takes it.
    pub(crate) fn shown_folder(&self) -> String {
        folder::quoted(&folder::shown(&self.artefacts.folder()))
    }

    /// Wall time since the beginning.
    pub(crate) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// Notes how something ended; what says more stays.
    pub(crate) fn note(&mut self, exit: Exit) {
        self.exit = self.exit.or(exit);
    }

    /// Notes why the command will say nothing for certain.
    pub(crate) fn doubt(&mut self, why: String) {
        self.note(Exit::Inconclusive);
        self.course.inconclusive.push(why);
    }

    /// Adds a line to the verdict.
    pub(crate) fn say(&mut self, line: String) {
        self.said.push(line);
    }

    /// Runs plans, and takes their records in. `each` sees every record first.
    pub(crate) fn campaign(
        &mut self,
        campaign: &Campaign<'_>,
        progress: &mut Progress,
        mut each: impl FnMut(&RunRecord),
    ) -> Finished {
        let finished = likewise_sim::campaign::run_each(campaign, |done| {
            match done.result {
                Ok(record) => {
                    each(&record);
                    self.take(&record, done.wall);
                }
                Err(broken) => self.take_broken(&broken.plan, &broken.message),
            }
            progress.step(self.summary.violated_runs);
            match self.explored.novelty.is_plateau() {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        });
        if finished.ended == EndReason::Stopped {
            self.doubt("it was stopped".to_owned());
        }
        finished
    }

    /// Takes the record of a run of the product in.
    pub(crate) fn take(&mut self, record: &RunRecord, wall: Duration) {
        let replay = self.take_quietly(record, wall);
        if self.json {
            self.line(&RunLine::of(record, wall, replay.as_deref()));
        }
    }

    /// The same, and prints nothing. Returns the command that replays it.
    pub(crate) fn take_quietly(&mut self, record: &RunRecord, wall: Duration) -> Option<String> {
        let replay = match record.is_green() {
            true => replay_argument(&record.plan).map(|seed| command(&seed)),
            false => Some(self.write_violation(record)),
        };
        if let Some(finding) = self.summary.add(record, wall) {
            finding.replay.clone_from(&replay);
            self.suspect(record);
            self.show(Role::Failure, record);
        }
        if let (false, Some(replay)) = (record.is_green(), &replay) {
            let folder = self.is_shown(record).then(|| run_folder(&record.plan));
            self.summary.ledger.place(record, folder, replay.clone());
        }
        self.look(record);
        if !record.is_green() {
            self.note(Exit::Violated);
        }
        replay
    }

    /// Takes the record of the one run that was asked for in: it is shown, however it went.
    pub(crate) fn take_replayed(&mut self, record: &RunRecord, wall: Duration) {
        self.show(Role::Replayed, record);
        self.take(record, wall);
    }

    /// Takes a record in that was made elsewhere: where it comes from is not known.
    pub(crate) fn take_foreign(&mut self, record: &RunRecord) {
        self.course.provenance = None;
        self.show(Role::Replayed, record);
        self.take_quietly(record, Duration::ZERO);
    }

    /// Looks for what no run showed before.
    fn look(&mut self, record: &RunRecord) {
        let explored = &mut self.explored;
        match explored.coverage.add(record) {
            true => {
                explored.novelty.runs_without_news = 0;
                self.news
                    .extend(self.keeps_news.then(|| record.plan.clone()));
            }
            false => explored.novelty.runs_without_news += 1,
        }
        let seen = explored.coverage.counts();
        explored.novelty.seen = seen;
        explored.growth.note(self.summary.runs, seen);
        self.examples.look(record);
        self.keep_for_later(record);
    }

    /// Keeps the plans of runs that show something new, until they are taken.
    pub(crate) fn keep_news(&mut self) {
        self.keeps_news = true;
    }

    /// Takes the plans of runs that showed something new.
    pub(crate) fn take_news(&mut self) -> Vec<Plan> {
        std::mem::take(&mut self.news)
    }

    /// So many runs in a row that show nothing new end every campaign of this sitting.
    pub(crate) fn end_at_plateau(&mut self, runs: u64) {
        self.explored.novelty.plateau_runs = Some(runs);
    }

    /// What was seen, and how long nothing new was.
    pub(crate) fn novelty(&self) -> Novelty {
        self.explored.novelty
    }

    /// Takes a run in that has no record.
    pub(crate) fn take_broken(&mut self, plan: &Plan, message: &str) {
        self.note(Exit::Internal);
        self.course.broken_runs += 1;
        let written = self.artefacts.write_plan(plan);
        let replay = self.replay(plan, written);
        self.broken
            .push((format!("{}: {message}", plan.name), replay));
    }

    /// Writes a run that matters. Returns the command that replays it.
    pub(crate) fn write_violation(&mut self, record: &RunRecord) -> String {
        let written = match self.summary.violated_runs < RUNS_WRITTEN_MAX {
            true => self.artefacts.write_run(record),
            false => self.artefacts.write_plan(&record.plan),
        };
        self.replay(&record.plan, written)
    }

    fn replay(&mut self, plan: &Plan, written: io::Result<PathBuf>) -> String {
        let path = self.require_written(written);
        match (replay_argument(plan), path) {
            (Some(seed), _) => command(&seed),
            (None, Some(path)) => replay_command(&folder::shown(&path)),
            (None, None) => "none, its plan could not be written".to_owned(),
        }
    }

    /// Keeps the first error of writing: runs go on, the command does not end well.
    pub(crate) fn require_written<T>(&mut self, written: io::Result<T>) -> Option<T> {
        let folder = self.artefacts.folder();
        let keep = |error| {
            let cannot = format!("cannot write to {}", folder.display());
            self.failed
                .get_or_insert(anyhow::Error::new(error).context(cannot));
        };
        written.map_err(keep).ok()
    }

    /// Prints an object for programs.
    pub(crate) fn line(&mut self, object: &impl Serialize) {
        let mut stdout = io::stdout().lock();
        if let Err(error) = ndjson::write(&mut stdout, object) {
            self.failed.get_or_insert(
                anyhow::Error::new(error).context("cannot write to standard output"),
            );
        }
    }

    /// Holds the coverage floor against what was run.
    pub(crate) fn require_coverage(&mut self) {
        let floor = Floor::of(&self.summary);
        for why in floor.missing() {
            self.doubt(why);
        }
        self.unjudged = floor.unjudged();
    }
}

/// A campaign over these plans, as the command line says.
pub(crate) fn campaign(
    plans: Plans,
    jobs: Option<std::num::NonZeroUsize>,
    budget: Option<Duration>,
) -> Campaign<'static> {
    Campaign {
        plans,
        jobs,
        budget,
        stop: &interrupt::STOP,
    }
}

/// The command that replays the plan in a file.
pub(crate) fn replay_command(plan: &Path) -> String {
    command(&folder::quoted(plan))
}

/// The command that replays a seed or a plan.
fn command(argument: &str) -> String {
    format!("cargo chaos replay {argument}")
}
