//! The state of a session, and the notes that decide its exit code.

use std::{collections::VecDeque, io, time::Duration};

use anyhow::Result;
use likewise_reports::{
    Summary,
    analysis::{CampaignMeta, CampaignReport},
    analysis::{DiscoveryCounter, Examples},
    archive::{CampaignArchive, RunNames},
    terminal::Note,
};
use likewise_world::{System, plan::Plan};

use super::{explored::Explored, shrinking::Failing};
use crate::{
    arguments::Common,
    exit::Exit,
    interrupt, paths, provenance, shell,
    stopwatch::{Stopwatch, run_id},
    suite::Suite,
};

/// Everything one command has run so far.
pub(crate) struct Session {
    pub(super) suite: &'static Suite,
    pub(super) json: bool,
    pub(super) verbose: bool,
    lists_parts: bool,
    /// Whether the report is opened at the end.
    pub(super) opens: bool,
    pub(super) archive: CampaignArchive,
    started: Stopwatch,
    /// The wall time of the earlier sessions that this one continues.
    earlier_wall: Duration,
    /// What the runs of the product showed.
    pub(crate) summary: Summary,
    /// What the report says apart from that.
    pub(crate) meta: CampaignMeta,
    pub(super) explored: Explored,
    /// Whether plans that show something new are kept in `new_plans`.
    pub(super) keeps_new_plans: bool,
    pub(super) new_plans: Vec<Plan>,
    pub(super) examples: Examples,
    /// What plain seeds showed.
    pub(super) discovery: DiscoveryCounter,
    /// Whether the runs are those of plain seeds.
    pub(super) is_over_seeds: bool,
    /// A few plans with the hashes of their runs, for the determinism recheck.
    pub(super) recheck: VecDeque<(Plan, String)>,
    /// Runs without a record: the message, and the command that replays the plan.
    pub(super) broken: Vec<(String, String)>,
    /// Runs that reached their own limit, and so have no record.
    pub(super) cut_off_runs: u64,
    /// A few plans of each cause, to be shrunk.
    pub(super) failing: Vec<Failing>,
    /// What the command adds to the verdict.
    pub(super) notes: Vec<Note>,
    /// Lines below the verdict, to be pasted into a shell.
    pub(super) lines_to_paste: Vec<String>,
    /// Parts of the coverage gate for which there were too few runs.
    pub(super) unjudged: Vec<String>,
    /// For each property that was never exercised, what exercises it.
    pub(super) cures: Vec<String>,
    pub(super) exit: Exit,
    /// The first error of writing.
    pub(super) write_error: Option<anyhow::Error>,
}

impl Session {
    /// Starts a session in a new folder. Nothing is written yet.
    ///
    /// # Errors
    /// The folder of the campaigns cannot be written to. It is better to know that before the first run than after the last.
    pub(crate) fn start(suite: &'static Suite, common: &Common) -> Result<Self> {
        Self::start_in(suite, common, &run_id())
    }

    /// Starts a session in the folder with this name.
    ///
    /// # Errors
    /// As for [`start`](Self::start).
    pub(crate) fn start_in(suite: &'static Suite, common: &Common, id: &str) -> Result<Self> {
        common.require_writable()?;
        interrupt::listen();
        let properties = suite.system.properties().into_iter();
        Ok(Self {
            suite,
            json: common.json,
            verbose: common.verbose,
            lists_parts: false,
            opens: common.open,
            archive: CampaignArchive::new(&common.root(), id, RunNames::of_system(suite.system)),
            started: Stopwatch::start(),
            earlier_wall: Duration::ZERO,
            summary: Summary::over(properties.map(|property| property.name)),
            meta: CampaignMeta {
                provenance: Some(provenance::current(suite)),
                ..CampaignMeta::default()
            },
            explored: Explored::default(),
            keeps_new_plans: false,
            new_plans: Vec::new(),
            examples: Examples::default(),
            discovery: DiscoveryCounter::default(),
            is_over_seeds: false,
            recheck: VecDeque::new(),
            broken: Vec::new(),
            cut_off_runs: 0,
            failing: Vec::new(),
            notes: Vec::new(),
            lines_to_paste: Vec::new(),
            unjudged: Vec::new(),
            cures: Vec::new(),
            exit: Exit::Ok,
            write_error: None,
        })
    }

    /// Continues an earlier session from its report. Violations and broken runs of that session still count.
    ///
    /// The same folder is used again, so the result replaces the partial one.
    pub(crate) fn resume(&mut self, report: &CampaignReport, explored: Explored) {
        let mut meta = report.meta.clone();
        // The earlier session was inconclusive because it was stopped. This session finishes its work.
        meta.inconclusive.clear();
        self.explored = explored;
        self.adopt_results(report.summary(), meta, report.wall());
    }

    /// Starts from the results of runs that were done elsewhere.
    pub(crate) fn adopt_results(&mut self, summary: Summary, meta: CampaignMeta, wall: Duration) {
        self.summary = summary;
        self.earlier_wall = wall;
        let own = self.meta.provenance.take();
        self.meta = meta;
        self.meta.provenance = self.meta.provenance.take().or(own);
        if !self.meta.inconclusive.is_empty() {
            self.note(Exit::Inconclusive);
        }
        if self.summary.violated_runs > 0 {
            self.note(Exit::Violated);
        }
        if self
            .meta
            .planted_bugs_caught
            .is_some_and(|caught| !caught.all())
        {
            self.note(Exit::BugEscaped);
        }
        if self.meta.broken_runs > 0 {
            self.note(Exit::Internal);
        }
    }

    /// The report so far.
    pub(crate) fn report(&self) -> CampaignReport {
        CampaignReport::of(&self.summary, self.wall(), self.meta.clone())
    }

    /// Whether programs read standard output.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// Whether the command prints a line for each part: each base saga, each planted bug.
    pub(crate) fn lists_parts(&self) -> bool {
        self.verbose || self.lists_parts
    }

    /// Prints a line for each part from now on: for a command that is about nothing else.
    pub(crate) fn list_parts(&mut self) {
        self.lists_parts = true;
    }

    /// The scenarios that this session runs.
    pub(crate) fn system(&self) -> &'static dyn System {
        self.suite.system
    }

    /// The package of scenarios.
    pub(crate) fn suite(&self) -> &'static Suite {
        self.suite
    }

    /// Where the files of this session are written.
    pub(crate) fn archive(&self) -> &CampaignArchive {
        &self.archive
    }

    /// The folder of this session, quoted for a shell.
    pub(crate) fn quoted_folder(&self) -> String {
        shell::quoted(&paths::relative(&self.archive.folder()))
    }

    /// The wall time since the start of this session.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// The wall time of this session and of the sessions that it continues.
    pub(super) fn wall(&self) -> Duration {
        self.earlier_wall + self.elapsed()
    }

    /// Notes how a part of the command ended. The most severe exit decides.
    ///
    /// Call it as soon as something is known. Nothing that is noted later can make the exit code milder.
    pub(crate) fn note(&mut self, exit: Exit) {
        self.exit = self.exit.or(exit);
    }

    /// Notes why the result of the command is inconclusive.
    pub(crate) fn note_inconclusive(&mut self, reason: String) {
        self.note(Exit::Inconclusive);
        self.meta.inconclusive.push(reason);
    }

    /// Adds a sentence to the verdict, below a title of one word.
    pub(crate) fn add_note(&mut self, title: &'static str, text: String) {
        self.notes.push(Note { title, text });
    }

    /// Adds a line below the verdict that people paste into a shell.
    pub(crate) fn add_line_to_paste(&mut self, line: String) {
        self.lines_to_paste.push(line);
    }

    /// Unwraps the result of writing a file. An error is kept until the command ends.
    ///
    /// `None` means that the file does not exist. The caller goes on without it.
    pub(crate) fn require_written<T>(&mut self, written: io::Result<T>) -> Option<T> {
        match written {
            Ok(value) => Some(value),
            Err(error) => {
                let context = format!("cannot write to {}", self.archive.folder().display());
                self.keep_write_error(error, context);
                None
            }
        }
    }

    pub(super) fn keep_write_error(&mut self, error: io::Error, context: String) {
        self.write_error
            .get_or_insert_with(|| anyhow::Error::new(error).context(context));
    }
}
