//! `compare`: what changed between two campaigns.

use std::{
    io,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use clap::Args;
use likewise_reports::{
    analysis::CampaignReport,
    analysis::Comparison,
    archive::read_report,
    archive::{CampaignArchive, REPORT, RunNames, plain_name},
    markdown, ndjson, pages, terminal,
};

use crate::{
    arguments::Common,
    campaign_lookup,
    exit::{Exit, UsageError},
    opening::open_page,
    paths,
};

/// The folder of comparisons, next to the campaigns.
const COMPARISONS: &str = "comparisons";

pub(super) const EXAMPLES: &str = "\
Examples:
  cargo chaos compare 20260131-120000-4711 latest
      compares yesterday's campaign with the newest one
  cargo chaos compare main/report.json branch/report.json --json
      compares two reports, with output for a program
  cargo chaos compare before/ after/ --out reports
      writes compare.html, compare.md and compare.json below reports/

A campaign is worse if it violates a property that the other did not violate, if a run fails in a new way, or if a
planted bug is no longer caught. The number of covered cells is shown and not judged, because campaigns differ in
their seeds and lengths.

Exit codes:
  0  nothing is worse
  1  a property is violated that was not, or a run fails in a new way
  2  invalid command line, or a file that is not a report
  6  a planted bug is no longer caught, and nothing else is worse
  70 a file cannot be written";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The campaign before: its name, its folder or its `report.json`
    #[arg(value_name = "BEFORE")]
    before: PathBuf,
    /// The campaign after
    #[arg(value_name = "AFTER")]
    after: PathBuf,
    #[command(flatten)]
    common: Common,
}

/// Prints the comparison on standard output, and writes it to files for browsers and CI.
pub(super) fn run(arguments: &Arguments) -> Result<Exit> {
    let root = arguments.common.root();
    let (before, old) = read(&arguments.before, &root)?;
    let (after, new) = read(&arguments.after, &root)?;
    let comparison = Comparison::of((&before, &old), (&after, &new));
    let written =
        write(&comparison, &root).with_context(|| format!("cannot write to {}", root.display()))?;
    match arguments.common.json {
        true => ndjson::write(&mut io::stdout().lock(), &comparison)
            .context("cannot write to standard output")?,
        false => print!("{}", terminal::comparison(&comparison)),
    }
    for path in &written {
        eprintln!("written     {}", paths::relative(path).display());
    }
    if arguments.common.open {
        open_page(&written);
    }
    Ok(match (comparison.violates_more(), comparison.is_worse()) {
        (true, _) => Exit::Violated,
        (false, true) => Exit::BugEscaped,
        (false, false) => Exit::Ok,
    })
}

/// The name of a campaign, and its report.
///
/// The name is that of the real folder: `latest` is a link and would say nothing in a file that is read later.
fn read(what: &Path, root: &Path) -> Result<(String, CampaignReport)> {
    let folder = campaign_lookup::find(what, root)?;
    let report = read_report(&folder.join(REPORT)).map_err(UsageError::from)?;
    let name = folder.canonicalize().ok();
    let name = name.as_deref().and_then(Path::file_name);
    let name = name.map_or_else(
        || what.display().to_string(),
        |name| name.to_string_lossy().into_owned(),
    );
    Ok((name, report))
}

/// Both names become part of a folder's name, so characters that are not plain are replaced.
fn write(comparison: &Comparison, root: &Path) -> io::Result<Vec<PathBuf>> {
    let page = pages::comparison(comparison).map_err(io::Error::other)?;
    let (before, after) = (
        plain_name(&comparison.before.name),
        plain_name(&comparison.after.name),
    );
    let id = format!("{before}-to-{after}");
    let archive = CampaignArchive::new(&root.join(COMPARISONS), &id, RunNames::without_seeds());
    Ok(vec![
        archive.write_text("compare.html", &page)?,
        archive.write_text("compare.md", &markdown::comparison(comparison))?,
        archive.write("compare.json", comparison)?,
    ])
}
