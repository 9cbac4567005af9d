//! `report`: renders a campaign's files again, or those of one run.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use likewise_reports::{
    artefacts::{Artefacts, LATEST, RECORD, REPORT},
    dossier::{Dossier, read_record},
};
use likewise_scenarios::folder;

use crate::{
    arguments::Common,
    campaign_folder,
    exit::{Exit, Misuse},
    sitting::Sitting,
};

pub(super) const EXAMPLES: &str = "\
Examples:
  cargo chaos report                                  the newest campaign: HTML, JUnit, Markdown
  cargo chaos report 20260131-120000-4711             one by its name
  cargo chaos report downloaded/                      one in a folder from elsewhere
  cargo chaos report latest/seeds/17/record.json      one run, as a campaign of its own

Nothing is run. The same report gives the same bytes. What cannot be used is named, and then nothing is written.

Exit codes:
  0 rendered   2 misuse: also what is cut short, is no report, or is of a newer version   70 it could not be written";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// A campaign's name, its folder, or a run's `record.json`; the newest campaign if missing
    #[arg(value_name = "RUN-ID|FOLDER|RECORD.JSON", default_value = LATEST)]
    what: PathBuf,
    /// Where campaigns are looked for by name; `likewise/` in the target folder if missing
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

/// Renders it, and prints the paths on standard output.
pub(super) fn run(arguments: &Arguments) -> Result<Exit> {
    let common = Common {
        json: false,
        out: arguments.out.clone(),
    };
    let written = match record(&arguments.what, &common.root()) {
        Some(path) => render_run(&path, &common)?,
        None => render_campaign(&arguments.what, &common)?,
    };
    for path in written {
        println!("{}", folder::shown(&path).display());
    }
    Ok(Exit::Ok)
}

/// The run's record that is meant, if one is: a file that is no report, here or in the campaigns' folder.
fn record(what: &Path, root: &Path) -> Option<PathBuf> {
    let is_record = what
        .extension()
        .is_some_and(|extension| extension == "json")
        && what.file_name().is_some_and(|name| name != REPORT);
    let mut places = [what.to_owned(), root.join(what), what.join(RECORD)].into_iter();
    match is_record {
        // One that is not there is said to be missing under the name that was given.
        true => Some(
            places
                .find(|path| path.is_file())
                .unwrap_or_else(|| what.to_owned()),
        ),
        false => places.nth(2).filter(|path| path.is_file()),
    }
}

fn render_campaign(what: &Path, common: &Common) -> Result<Vec<PathBuf>> {
    let found = campaign_folder::find(what, &common.root())?;
    let dossier = Dossier::read(&found).map_err(Misuse::from)?;
    let cannot = || format!("cannot write to {}", found.display());
    let artefacts = Artefacts::at(&found).with_context(cannot)?;
    artefacts.write_renderings(&dossier).with_context(cannot)
}

/// One run is rendered as a campaign of its own, beside the others.
fn render_run(path: &Path, common: &Common) -> Result<Vec<PathBuf>> {
    let record = read_record(path).map_err(Misuse::from)?;
    let mut sitting = Sitting::begin(common);
    sitting.take_foreign(&record);
    sitting.close()
}
