//! `report`: renders the files of a campaign again, or those of one run.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::{Args, ValueHint};
use likewise_reports::{
    archive::{CampaignArchive, LATEST, RECORD, REPORT},
    archive::{LoadedCampaign, read_record},
};

use crate::{
    arguments::Common,
    campaign_lookup,
    exit::{Exit, UsageError},
    opening::open_page,
    paths,
    session::Session,
    suite::Suite,
};

pub(super) const EXAMPLES: &str = "\
Examples:
  cargo chaos report                                  the newest campaign: HTML, JUnit, Markdown
  cargo chaos report 20260131-120000-4711             the campaign with this name
  cargo chaos report downloaded/                      a campaign in a folder from elsewhere
  cargo chaos report latest/seeds/17/record.json      one run, as a campaign of its own

Nothing is run. The same report gives the same bytes. If a file is invalid, it is named and nothing is written.

Exit codes:
  0  rendered
  2  the file is incomplete, is not a report, or has a newer version
  70 a file cannot be written";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The name or the folder of a campaign, or the `record.json` of a run
    #[arg(value_name = "RUN-ID|FOLDER|RECORD.JSON", default_value = LATEST)]
    what: PathBuf,
    /// Look up campaign names in this folder [default: `likewise/` in cargo's target folder]
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    out: Option<PathBuf>,
    /// Open the report when it is written
    #[arg(long)]
    open: bool,
}

/// Renders, and prints the paths of the files on standard output.
pub(super) fn run(suite: &'static Suite, arguments: &Arguments) -> Result<Exit> {
    let common = Common {
        out: arguments.out.clone(),
        ..Common::default()
    };
    let written = match find_record(&arguments.what, &common.root()) {
        Some(path) => render_run(suite, &path, &common)?,
        None => render_campaign(&arguments.what, &common)?,
    };
    for path in &written {
        println!("{}", paths::relative(path).display());
    }
    if arguments.open {
        open_page(&written);
    }
    Ok(Exit::Ok)
}

/// The record that the argument names, if it names one: any JSON file but a report. It may lie in `root`.
///
/// `None` means that the argument names a campaign. Names of files are compared and not their content, so that an
/// invalid file gets the error of what it was meant to be.
fn find_record(what: &Path, root: &Path) -> Option<PathBuf> {
    let is_json = what
        .extension()
        .is_some_and(|extension| extension == "json");
    if !is_json || what.file_name().is_some_and(|name| name == REPORT) {
        return Some(what.join(RECORD)).filter(|path| path.is_file());
    }
    let mut candidates = [what.to_owned(), root.join(what), what.join(RECORD)].into_iter();
    let found = candidates.find(|path| path.is_file());
    // The error about a missing file names it as the user did.
    Some(found.unwrap_or_else(|| what.to_owned()))
}

fn render_campaign(what: &Path, common: &Common) -> Result<Vec<PathBuf>> {
    let folder = campaign_lookup::find(what, &common.root())?;
    let campaign = LoadedCampaign::read(&folder).map_err(UsageError::from)?;
    let cannot_write = || format!("cannot write to {}", folder.display());
    let archive = CampaignArchive::at(&folder).with_context(cannot_write)?;
    archive
        .write_renderings(&campaign)
        .with_context(cannot_write)
}

/// Renders one run as a campaign of its own, in a new folder next to the other campaigns.
///
/// A session is used although nothing is run: it is what turns records into a campaign with its files.
fn render_run(suite: &'static Suite, path: &Path, common: &Common) -> Result<Vec<PathBuf>> {
    let record = read_record(path).map_err(UsageError::from)?;
    let mut session = Session::start(suite, common)?;
    session.record_foreign_run(&record);
    session.finish_quietly()
}
