//! The end of a session: writes the report and everything rendered from it, and prints the verdict.

use std::{io, path::PathBuf, time::Duration};

use anyhow::{Context, Result};
use likewise_reports::{
    archive::LoadedCampaign,
    ndjson,
    terminal::{self, Styling},
};

use super::state::Session;
use crate::{exit::Exit, paths, shell};

/// Written files that are named in the verdict: the report for programs and the one for people.
const FILES_NAMED: usize = 2;

impl Session {
    /// Writes the report, and prints the verdict and the failures.
    ///
    /// Verdict and failures go to standard error and the JSON to standard output, so that both can be read
    /// separately.
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
        let written = self.write()?;
        if self.json {
            ndjson::write(&mut io::stdout().lock(), &self.report())
                .context("cannot write to standard output")?;
        }
        self.print_verdict(wall, &written);
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
        self.write_error.map_or(Ok(written), Err)
    }

    /// Writes the report and what is rendered from it. Returns the paths, the report first.
    ///
    /// The report is written first. If a renderer fails, `cargo chaos report` can render it later without another
    /// run.
    fn write(&mut self) -> Result<Vec<PathBuf>> {
        self.show_examples();
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

    fn print_verdict(&self, wall: Duration, written: &[PathBuf]) {
        if self.summary.runs > 0 {
            let ink = Styling::of_stderr();
            eprint!("{}", terminal::verdict(&self.summary, wall, ink));
        }
        for path in written.iter().take(FILES_NAMED) {
            eprintln!("written     {}", paths::relative(path).display());
        }
        eprintln!("verdict     {}", self.exit.verdict());
        for line in &self.verdict_lines {
            eprintln!("{line}");
        }
        for what in &self.unjudged {
            eprintln!("coverage    {what}");
        }
        for reason in &self.meta.inconclusive {
            eprintln!("inconclusive: {reason}");
        }
        for cure in &self.cures {
            eprintln!("  {cure}");
        }
        self.print_failures();
    }

    /// Prints the failures last, so that the last line of a failing campaign replays one of them.
    fn print_failures(&self) {
        eprint!("{}", terminal::findings(&self.summary));
        for (message, replay) in &self.broken {
            eprintln!("broken: {message}\n  replay: {replay}");
        }
        let has_passed = matches!(self.exit, Exit::Ok | Exit::Inconclusive);
        if has_passed && self.summary.seeds > 0 {
            let replay = shell::replay(self.suite, "SEED --story");
            eprintln!("to replay one of the seeds: {replay}");
        }
    }
}
