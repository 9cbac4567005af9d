//! `compare`: what changed between two campaigns.

use std::{
    io,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use clap::Args;
use likewise_reports::{
    artefacts::{Artefacts, REPORT, plain},
    compare::{Comparison, markdown, told},
    dossier::read_report,
    ndjson, pages,
    report::SummaryLine,
};
use likewise_scenarios::folder;

use crate::{
    arguments::Common,
    campaign_folder,
    exit::{Exit, Misuse},
};

/// Where comparisons are, beside the campaigns.
const COMPARISONS: &str = "comparisons";

pub(super) const EXAMPLES: &str = "\
Examples:
  cargo chaos compare 20260131-120000-4711 latest     yesterday's campaign and the newest
  cargo chaos compare main/report.json branch/report.json --json
  cargo chaos compare before/ after/ --out reports    also writes compare.html, compare.md and compare.json there

Worse is: a property is violated that was not, a run fails in a way that none did, a specimen is not caught any more.
More or fewer cells of the matrix are shown and not judged: campaigns differ in their seeds and lengths.

Exit codes:
  0 nothing is worse   1 something is   2 misuse: also what is no report   70 it could not be written";

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

/// Compares them: standard output has the result, files have it for browsers and CI.
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
        false => print!("{}", told(&comparison)),
    }
    for path in written {
        eprintln!("written     {}", folder::shown(&path).display());
    }
    Ok(match comparison.is_worse() {
        true => Exit::Violated,
        false => Exit::Ok,
    })
}

/// A campaign's name and its report.
fn read(what: &Path, root: &Path) -> Result<(String, SummaryLine)> {
    let found = campaign_folder::find(what, root)?;
    let report = read_report(&found.join(REPORT)).map_err(Misuse::from)?;
    let name = found.canonicalize().ok();
    let name = name.as_deref().and_then(Path::file_name);
    let name = name.map_or_else(
        || what.display().to_string(),
        |name| name.to_string_lossy().into_owned(),
    );
    Ok((name, report))
}

fn write(comparison: &Comparison, root: &Path) -> io::Result<Vec<PathBuf>> {
    let page = pages::compare(comparison).map_err(io::Error::other)?;
    let (before, after) = (
        plain(&comparison.before.name),
        plain(&comparison.after.name),
    );
    let artefacts = Artefacts::new(&root.join(COMPARISONS), &format!("{before}-to-{after}"));
    Ok(vec![
        artefacts.write_text("compare.html", &page)?,
        artefacts.write_text("compare.md", &markdown(comparison))?,
        artefacts.write("compare.json", comparison)?,
    ])
}
