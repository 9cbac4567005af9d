//! How a sitting ends: the report and what is rendered from it are written, and the verdict is told.

use std::{io, path::PathBuf, time::Duration};

use anyhow::{Context, Result};
use likewise_reports::{
    dossier::Dossier,
    ndjson,
    terminal::{self, Ink},
};
use likewise_scenarios::folder;

use super::Sitting;
use crate::exit::Exit;

/// Of the files, those that are named: the report for programs and the one for people.
const WRITTEN_TOLD: usize = 2;

impl Sitting {
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
        self.course.growth = self.explored.growth.points();
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
}
