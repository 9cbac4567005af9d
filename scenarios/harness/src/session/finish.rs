//! The end of a session: writes the report and everything rendered from it, and prints the verdict.

use std::{path::PathBuf, time::Duration};

use anyhow::{Context, Result};
use likewise_reports::{
    analysis::Ranges,
    archive::LoadedCampaign,
    terminal::{self, Brief, Note, Styling, counted, grouped},
};
use likewise_world::record::{PropertyStatus, PropertyVerdict};

use super::state::Session;
use crate::{annotations, exit::Exit, opening::open_page, paths, shell};

/// Written files that are named in the verdict: the report for programs and the one for people.
const FILES_NAMED: usize = 2;

impl Session {
    /// Writes the report, and prints the verdict.
    ///
    /// The verdict goes to standard error and the JSON to standard output, so that both can be read separately.
    ///
    /// # Errors
    /// A file or standard output cannot be written.
    pub(crate) fn finish(mut self) -> Result<Exit> {
        let wall = self.wall();
        // A campaign without runs violates nothing, and must not look like a success.
        let without_record = self.broken.len() as u64 + self.cut_off_runs;
        if self.summary.runs == 0 && without_record == 0 {
            self.note(Exit::NothingRan);
        }
        // The verdict is told even if nothing can be written any more: the runs were made, and a person waits for it.
        let written = self.write().unwrap_or_else(|error| {
            self.write_error.get_or_insert(error);
            Vec::new()
        });
        if self.json {
            let report = self.report();
            self.print_json(&report);
        }
        self.print_verdict(wall, &written);
        for annotation in annotations::of_campaign(&self.report()) {
            eprintln!("{annotation}");
        }
        if self.opens {
            open_page(&written);
        }
        match self.write_error {
            Some(error) => Err(error),
            None => Ok(self.exit),
        }
    }

    /// Writes the report and prints nothing. Returns the paths of the files.
    ///
    /// # Errors
    /// A file cannot be written.
    pub(crate) fn finish_quietly(mut self) -> Result<Vec<PathBuf>> {
        let written = self.write()?;
        if self.opens {
            open_page(&written);
        }
        self.write_error.map_or(Ok(written), Err)
    }

    /// Writes the report and what is rendered from it. Returns the paths, the report first.
    ///
    /// The report is written first. If a renderer fails, `cargo chaos report` can render it later without another
    /// run.
    fn write(&mut self) -> Result<Vec<PathBuf>> {
        self.show_examples();
        self.meta.discovery = self.discovery.counts();
        self.meta.coverage_curve = self.explored.growth.points();
        self.meta.exit = self.exit.code();
        let folder = self.archive.folder();
        let cannot_write = || format!("cannot write to {}", folder.display());
        let report = self.report();
        let path = self.archive.write_report(&report);
        let mut paths = vec![path.with_context(cannot_write)?];
        // Renders what was written, so that rendering it again later gives the same bytes.
        let campaign = LoadedCampaign::read(&folder)?;
        let rendered = self.archive.write_renderings(&campaign);
        paths.extend(rendered.with_context(cannot_write)?);
        Ok(paths)
    }

    /// Prints the verdict in a few lines. What people ask for besides comes before it, so that it is the last thing they see.
    fn print_verdict(&self, wall: Duration, written: &[PathBuf]) {
        let styling = Styling::of_stderr();
        if self.verbose {
            if self.summary.runs > 0 {
                eprint!("{}", terminal::details(&self.summary, wall, styling));
            }
            eprint!("{}", terminal::findings(&self.summary));
        }
        let report = written.iter().take(FILES_NAMED).next_back();
        let brief = Brief {
            verdict: self.verdict(),
            tone: self.exit.tone(),
            summary: &self.summary,
            wall,
            planted_bugs: self.meta.planted_bugs_caught,
            notes: self.all_notes(),
            report: report.map(|path| paths::relative(path).display().to_string()),
            replay: self.replay_of_any(),
        };
        eprint!("{}", brief.text(shell::columns(), styling));
        for line in &self.lines_to_paste {
            eprintln!("{line}");
        }
    }

    /// The verdict in one sentence, with its numbers.
    fn verdict(&self) -> String {
        let summary = &self.summary;
        let runs = counted(summary.runs, "run", "runs");
        match self.exit {
            Exit::Ok if summary.runs > 0 => format!("{} in {runs}", self.exit.verdict()),
            Exit::Violated if summary.violated_runs > 0 => {
                let is_violated = |it: &&PropertyVerdict| it.status == PropertyStatus::Violated;
                let violated = summary.properties.iter().filter(is_violated).count();
                let properties = summary.properties.len();
                let of_runs = grouped(summary.violated_runs);
                format!("VIOLATED: {violated} of {properties} properties, in {of_runs} of {runs}")
            }
            _ => self.exit.verdict().to_owned(),
        }
    }

    /// Why the verdict is what it is, and what to do; then what the command adds, and what could not be judged.
    fn all_notes(&self) -> Vec<Note> {
        let note = |title| {
            move |text: &String| Note {
                title,
                text: text.clone(),
            }
        };
        let broken = self.broken.iter().map(|(message, replay)| Note {
            title: "broken",
            text: format!("{message}; {replay}"),
        });
        let because = self.meta.inconclusive.iter().map(note("because"));
        let cures = self.cures.iter().map(note("cure"));
        let unknown = self.discovery.counts().map(|it| it.sentences());
        let unknown = unknown.into_iter().flatten().map(|text| Note {
            title: "unknown",
            text,
        });
        let unjudged = self.unjudged.iter().map(note("unjudged"));
        let notes = broken.chain(because).chain(cures);
        notes
            .chain(self.notes.iter().cloned())
            .chain(unjudged)
            .chain(unknown)
            .collect()
    }

    /// How to replay the first seed of a campaign that violated nothing. Another seed is replayed in the same way.
    fn replay_of_any(&self) -> Option<String> {
        let has_passed = matches!(self.exit, Exit::Ok | Exit::Inconclusive);
        let seeds = self.meta.seeds_run.as_ref().filter(|_| has_passed);
        let seed = seeds.and_then(Ranges::first)?;
        Some(shell::replay(self.suite, &format!("{seed} --story")))
    }
}
