//! One sitting of a command: its runs are counted, written and printed as they come, and judged at the end.

use std::{
    collections::VecDeque,
    io,
    ops::ControlFlow,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result};
use likewise_reports::{
    Summary,
    artefacts::{Artefacts, minimal_folder, nearest_folder, run_folder},
    dossier::{Dossier, Reference, Role},
    floor::Floor,
    growth::Growth,
    minimal::Minimal,
    ndjson::{self, Course, Met, RunLine, SummaryLine},
    replay_argument,
    report::Novelty,
    terminal::{self, Ink},
    witnesses::{Examples, exercised},
};
use likewise_scenarios::folder;
use likewise_sim::{
    campaign::{Campaign, Ended, Finished, Plans, run_on_core},
    check::PROPERTIES,
    coverage::Coverage,
    fingerprint::{Failure, fingerprint},
    plan::Plan,
    record::RunRecord,
    shrink::{NotShrunk, Shrunk},
};
use serde::Serialize;

use crate::{
    arguments::{Common, Shrinking},
    command::shrink,
    exit::Exit,
    interrupt,
    progress::Progress,
    provenance,
    stopwatch::{Stopwatch, run_id},
};

/// Violating runs that are written with all their events; of more, the plan is enough to have them again.
const RUNS_WRITTEN_MAX: u64 = 20;

/// Runs that are shown in the report, for each reason.
const SHOWN_MAX: usize = 20;

/// Of the files, those that are named: the report for programs and the one for people.
const WRITTEN_TOLD: usize = 2;

/// Runs that are run again at the end, if there are so many.
const RUN_AGAIN_MAX: usize = 4;

/// Ways of failing whose first plans are shrunk.
const SHRUNK_MAX: usize = 3;
/// Runs of each of these shrinkings, and how long it may take: nobody asked for it, everybody waits for it.
const SHRINK_RUNS_MAX: u64 = 500;
const SHRINK_BUDGET: Duration = Duration::from_secs(20);

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
    coverage: Coverage,
    novelty: Novelty,
    growth: Growth,
    examples: Examples,
    /// A few plans and their hashes, to run again.
    again: VecDeque<(Plan, String)>,
    /// Whether it goes on where another ended: what that one saw is not known any more.
    is_continued: bool,
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
            coverage: Coverage::default(),
            novelty: Novelty::default(),
            growth: Growth::default(),
            examples: Examples::default(),
            again: VecDeque::new(),
            is_continued: false,
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
    pub(crate) fn go_on(&mut self, report: &SummaryLine) {
        let mut course = report.course.clone();
        course.inconclusive.clear();
        self.is_continued = true;
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
            match self.novelty.is_plateau() {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        });
        if finished.ended == Ended::Stopped {
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

    /// Takes over the runs that another campaign shows, as far as they add something.
    pub(crate) fn adopt(&mut self, dossier: &Dossier) {
        for shown in &dossier.runs {
            let is_known = self.course.shown.iter().any(|it| it.folder == shown.folder);
            let adds = shown.role != Role::Example || self.is_news(&shown.record);
            if is_known || !adds || self.is_full(shown.role) {
                continue;
            }
            let written = self.artefacts.write_run_at(&shown.folder, &shown.record);
            if self.require_written(written).is_some() {
                let (finding, folder) = (shown.finding.clone(), shown.folder.clone());
                self.refer(shown.role, finding, folder, &shown.record);
            }
        }
    }

    /// Whether a run puts a property to the test of which there is no example yet.
    fn is_news(&self, record: &RunRecord) -> bool {
        let lacks = |name: &str| {
            let known = self.course.witnesses.get(name);
            known.is_none_or(|it| it.example.is_none())
        };
        record.is_green() && exercised(record).any(lacks)
    }

    fn is_full(&self, role: Role) -> bool {
        let shown = self.course.shown.iter().filter(|it| it.role == role);
        shown.count() >= SHOWN_MAX
    }

    /// Writes a run and names it in the report, unless it is there already or there are enough.
    fn show(&mut self, role: Role, record: &RunRecord) {
        if self.is_shown(record) || self.is_full(role) {
            return;
        }
        let written = self.artefacts.write_run(record);
        if self.require_written(written).is_some() {
            self.refer(role, fingerprint(record), run_folder(&record.plan), record);
        }
    }

    fn is_shown(&self, record: &RunRecord) -> bool {
        let folder = run_folder(&record.plan);
        self.course.shown.iter().any(|it| it.folder == folder)
    }

    /// Names a run that is written in the report, and the properties that it shows.
    fn refer(&mut self, role: Role, finding: Option<String>, folder: String, record: &RunRecord) {
        for violation in &record.violations {
            let witnesses = self.course.witnesses.entry(violation.property.clone());
            let counter_example = &mut witnesses.or_default().counter_example;
            counter_example.get_or_insert_with(|| folder.clone());
        }
        if record.is_green() && role != Role::Nearest {
            for name in exercised(record) {
                let witnesses = self.course.witnesses.entry(name.to_owned());
                let example = &mut witnesses.or_default().example;
                example.get_or_insert_with(|| folder.clone());
            }
        }
        self.course.shown.push(Reference {
            role,
            finding,
            folder,
        });
    }

    /// Shows a few runs in which everything held, so that every property has an example.
    fn show_examples(&mut self) {
        for record in self.examples.chosen() {
            let has_none = self.course.shown.iter().all(|it| it.role != Role::Example);
            if has_none || self.is_news(&record) {
                self.show(Role::Example, &record);
            }
        }
    }

    /// Runs a few plans of the campaign again: the same plan must give the same run, whatever ran in between.
    pub(crate) fn run_some_again(&mut self) {
        let mut same = Met::default();
        for (plan, hash) in std::mem::take(&mut self.again) {
            if interrupt::stopped() {
                break;
            }
            let is_same = run_on_core(0, &plan).is_ok_and(|record| record.hash == hash);
            if !is_same {
                let written = self.artefacts.write_plan(&plan);
                let replay = self.replay(&plan, written);
                eprintln!(
                    "{} ran differently the second time\n  replay: {replay}",
                    plan.name
                );
                self.note(Exit::NotDeterministic);
            }
            same.count(is_same);
        }
        self.course.deterministic = (same.of > 0).then_some(same);
    }

    /// Keeps plans to run again: fewer, the longer the campaign takes, so that they are spread over it.
    fn keep_for_later(&mut self, record: &RunRecord) {
        if self.summary.runs.is_power_of_two() {
            self.again
                .push_back((record.plan.clone(), record.hash.clone()));
            if self.again.len() > RUN_AGAIN_MAX {
                self.again.pop_front();
            }
        }
    }

    /// Keeps the plan of the first run of a finding, if nothing has failed in this way before.
    fn suspect(&mut self, record: &RunRecord) {
        let known = |failure: &Failure| self.failures.iter().any(|(known, _)| known == failure);
        if let Some(failure) = Failure::of(record).filter(|failure| !known(failure))
            && self.failures.len() < SHRUNK_MAX
        {
            self.failures.push((failure, record.plan.clone()));
        }
    }

    /// Shrinks what failed, so that the report shows the smallest plans and not the first.
    pub(crate) fn shrink_failures(&mut self, shrinking: &Shrinking) {
        for (_, plan) in std::mem::take(&mut self.failures) {
            if shrinking.no_shrink || interrupt::stopped() {
                break;
            }
            let shrunk = shrink::shrunk(&plan, SHRINK_RUNS_MAX, Some(SHRINK_BUDGET), self.json);
            match shrunk {
                Ok(shrunk) => {
                    self.take_minimal(&plan, &shrunk);
                }
                Err(NotShrunk::NotReproducible) => {
                    eprintln!("{}: {}", plan.name, NotShrunk::NotReproducible);
                    self.note(Exit::NotDeterministic);
                }
                Err(why) => eprintln!("{} was not shrunk: {why}", plan.name),
            }
        }
    }

    /// Takes in what the first plan of a finding was shrunk to. Returns it, if it could be written.
    pub(crate) fn take_minimal(&mut self, plan: &Plan, shrunk: &Shrunk) -> Option<Minimal> {
        let nearest = shrink::nearest_run(shrunk);
        let written = shrink::written(&self.artefacts, plan, shrunk, nearest.as_ref());
        let minimal = self.require_written(written)?;
        let mut findings = self.summary.findings.iter_mut();
        let finding = findings.find(|finding| finding.name == plan.name)?;
        finding.minimal = Some(minimal.clone());
        let title = Some(finding.fingerprint.clone());
        self.refer(
            Role::Minimal,
            title.clone(),
            minimal_folder(plan),
            &shrunk.record,
        );
        if let Some(nearest) = &nearest {
            self.refer(Role::Nearest, title, nearest_folder(plan), nearest);
        }
        Some(minimal)
    }

    /// Looks for what no run showed before.
    fn look(&mut self, record: &RunRecord) {
        match self.coverage.add(record) {
            true => {
                self.novelty.runs_without_news = 0;
                self.news
                    .extend(self.keeps_news.then(|| record.plan.clone()));
            }
            false => self.novelty.runs_without_news += 1,
        }
        self.novelty.seen = self.coverage.seen();
        self.growth.note(self.summary.runs, self.novelty.seen);
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
        self.novelty.plateau_runs = Some(runs);
    }

    /// What was seen, and how long nothing new was.
    pub(crate) fn novelty(&self) -> Novelty {
        self.novelty
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

    /// Judges: prints the verdict and the failures, writes the report.
    ///
    /// # Errors
    /// Something could not be written.
    pub(crate) fn end(mut self) -> Result<Exit> {
        let wall = self.before + self.elapsed();
        if self.summary.runs == 0 && self.broken.is_empty() {
            self.note(Exit::NothingRan);
        }
        let written = self.write()?;
        if self.json {
            let line = self.so_far();
            ndjson::write(&mut io::stdout().lock(), &line)
                .context("cannot write to standard output")?;
        }
        self.tell(wall, &written);
        match self.failed {
            Some(error) => Err(error),
            None => Ok(self.exit),
        }
    }

    /// Writes the report, and leaves telling to others.
    ///
    /// # Errors
    /// Something could not be written.
    pub(crate) fn close(mut self) -> Result<Vec<PathBuf>> {
        let written = self.write()?;
        self.failed.map_or(Ok(written), Err)
    }

    /// Writes the report and everything that is made from it. Returns their paths, the report's first.
    ///
    /// # Errors
    /// Something could not be written.
    fn write(&mut self) -> Result<Vec<PathBuf>> {
        self.show_examples();
        if !self.is_continued {
            self.course.growth = self.growth.points();
        }
        self.course.exit = self.exit.code();
        let folder = self.artefacts.folder();
        let cannot = || format!("cannot write to {}", folder.display());
        let line = self.so_far();
        let mut paths = vec![self.artefacts.write_report(&line).with_context(cannot)?];
        // What is rendered is what was written: rendering it again later gives the same.
        let dossier = Dossier::read(&folder)?;
        let rendered = self.artefacts.write_renderings(&dossier);
        paths.extend(rendered.with_context(cannot)?);
        Ok(paths)
    }

    fn tell(&self, wall: Duration, written: &[PathBuf]) {
        if self.summary.runs > 0 {
            eprint!(
                "{}",
                terminal::verdict(&self.summary, wall, Ink::of_stderr())
            );
        }
        for path in written.iter().take(WRITTEN_TOLD) {
            eprintln!("written     {}", folder::shown(path).display());
        }
        eprintln!("verdict     {}", self.exit.verdict());
        for line in &self.said {
            eprintln!("{line}");
        }
        for what in &self.unjudged {
            eprintln!("coverage    {what}");
        }
        for why in &self.course.inconclusive {
            eprintln!("inconclusive: {why}");
        }
        eprint!("{}", terminal::findings(&self.summary));
        for (what, replay) in &self.broken {
            eprintln!("broken: {what}\n  replay: {replay}");
        }
        let is_calm = matches!(self.exit, Exit::Ok | Exit::Inconclusive);
        if is_calm && self.summary.seeds > 0 {
            eprintln!("replay any of its seeds: cargo chaos replay SEED --story");
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

#[cfg(test)]
mod tests {
    use super::*;
    use likewise_sim::plan::{Action, single};

    fn sitting(folder: &Path) -> Sitting {
        Sitting::begin(&Common {
            json: false,
            out: Some(folder.to_owned()),
        })
    }

    #[test]
    fn a_plan_that_runs_differently_the_second_time_is_exit_5() {
        let folder = tempfile::tempdir().unwrap();
        let mut sitting = sitting(folder.path());
        let mut record = run_on_core(0, &single(Action::Like, false)).unwrap();
        sitting.take(&record, Duration::ZERO);
        record.hash = "another".to_owned();
        sitting.take(&record, Duration::ZERO);
        sitting.run_some_again();
        let met = Met { met: 1, of: 2 };
        assert_eq!(sitting.course.deterministic, Some(met));
        assert_eq!(sitting.exit, Exit::NotDeterministic);
    }

    #[test]
    fn few_plans_of_many_are_run_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut sitting = sitting(folder.path());
        let record = run_on_core(0, &single(Action::Like, false)).unwrap();
        for _ in 0..100 {
            sitting.take(&record, Duration::ZERO);
        }
        assert_eq!(sitting.again.len(), RUN_AGAIN_MAX);
    }
}
