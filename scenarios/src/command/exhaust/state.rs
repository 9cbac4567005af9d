//! How far a search over combinations is: what it needs to go on after it was stopped.

use std::{fs, io, ops::Range, path::Path};

use anyhow::{Context, Result};
use likewise_reports::{
    artefacts::Artefacts,
    report::{Combined, SummaryLine},
};
use likewise_sim::exhaustive::Combinations;
use serde::{Deserialize, Serialize};

use crate::{exit::Misuse, sitting::Explored};

/// The name of the file in the search's folder.
const FILE: &str = "state.json";
/// The version of the file.
const VERSION: u32 = 3;

/// A search that can be gone on with.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct State {
    version: u32,
    /// The numbers of the combinations it is to run.
    pub(super) places: Range<u64>,
    /// The next of them.
    pub(super) next: u64,
    /// What was covered so far.
    pub(super) combined: Combined,
    /// The runs so far.
    pub(super) report: Option<SummaryLine>,
    /// What they showed.
    pub(super) explored: Explored,
}

/// What is looked at before the rest is read.
#[derive(Deserialize)]
struct Head {
    version: u32,
}

impl State {
    /// Of a search that begins.
    pub(super) fn new(combinations: &Combinations, places: Range<u64>) -> Self {
        Self {
            version: VERSION,
            next: places.start,
            places,
            combined: Combined::of(combinations),
            report: None,
            explored: Explored::default(),
        }
    }

    /// What is still to be run.
    pub(super) fn left(&self) -> Range<u64> {
        self.next..self.places.end
    }

    /// Writes it, whole or not at all.
    pub(super) fn write(&self, to: &Artefacts) -> io::Result<()> {
        to.write(FILE, self).map(drop)
    }

    /// Reads the state of the search in a folder.
    pub(super) fn read(folder: &Path) -> Result<Self> {
        let path = folder.join(FILE);
        let shown = path.display();
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let why = format!("there is nothing to go on with: {shown} does not exist");
                return Err(Misuse(why).into());
            }
            other => other.with_context(|| format!("cannot read {shown}"))?,
        };
        let not_a_state = |error| Misuse(format!("{shown} is not the state of a search: {error}"));
        let head: Head = serde_json::from_str(&text).map_err(not_a_state)?;
        if head.version != VERSION {
            let why = format!(
                "{shown} is of version {}, this program writes version {VERSION}: begin again without --resume",
                head.version
            );
            return Err(Misuse(why).into());
        }
        Ok(serde_json::from_str(&text).map_err(not_a_state)?)
    }

    /// Whether it is about these sagas and faults.
    pub(super) fn require(&self, combinations: &Combinations) -> Result<()> {
        if self.combined.bases == combinations.hash() {
            return Ok(());
        }
        let why = "the sagas or their faults have changed since this search began, so its numbers mean other pairs: begin again without --resume";
        Err(Misuse(why.to_owned()).into())
    }
}
