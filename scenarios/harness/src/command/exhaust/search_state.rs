//! The progress of a search over combinations, as a file: what a stopped search needs to resume.
//!
//! The file holds the report so far. A report can be read back without loss, so no other record of the runs is needed.
//!
//! Numbers mean nothing without the list of faults that they count. So the file has a hash of the sagas and their
//! faults, and a state of another list is refused.

use std::{fs, io, ops::Range, path::Path};

use anyhow::{Context, Result};
use likewise_reports::{
    analysis::{CampaignReport, FaultCombinations},
    archive::CampaignArchive,
};
use likewise_search::exhaustive::Combinations;
use serde::{Deserialize, Serialize};

use crate::{exit::UsageError, session::Explored};

/// The name of the file in the folder of the search.
const FILE: &str = "state.json";
/// The version of the file.
const VERSION: u32 = 3;

/// The progress of a search.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct SearchState {
    version: u32,
    /// The numbers of the combinations that this search covers.
    #[serde(rename = "places")]
    pub(super) numbers: Range<u64>,
    /// The next of these numbers.
    pub(super) next: u64,
    /// What is covered so far.
    pub(super) combined: FaultCombinations,
    /// The report over the runs so far.
    pub(super) report: Option<CampaignReport>,
    /// What these runs showed.
    pub(super) explored: Explored,
}

/// The part of the file that is read first, so that an old version gets a clear message.
#[derive(Deserialize)]
struct Head {
    version: u32,
}

impl SearchState {
    /// The state of a search that has not started.
    pub(super) fn new(combinations: &Combinations, numbers: Range<u64>) -> Self {
        Self {
            version: VERSION,
            next: numbers.start,
            numbers,
            combined: FaultCombinations::of(combinations),
            report: None,
            explored: Explored::default(),
        }
    }

    /// The numbers that are left.
    pub(super) fn left(&self) -> Range<u64> {
        self.next..self.numbers.end
    }

    /// Writes the file atomically: a reader sees the old state or the new one.
    pub(super) fn write(&self, to: &CampaignArchive) -> io::Result<()> {
        to.write(FILE, self).map(drop)
    }

    /// Reads the state of the search in a folder.
    ///
    /// # Errors
    /// [`UsageError`]: there is no such file, it is not a search state, or it has another version.
    pub(super) fn read(folder: &Path) -> Result<Self> {
        let path = folder.join(FILE);
        let shown = path.display();
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let reason = format!("there is no search to resume: {shown} does not exist");
                return Err(UsageError(reason).into());
            }
            other => other.with_context(|| format!("cannot read {shown}"))?,
        };
        let invalid = |error| UsageError(format!("{shown} is not the state of a search: {error}"));
        let head: Head = serde_json::from_str(&text).map_err(invalid)?;
        if head.version != VERSION {
            let reason = format!(
                "{shown} is of version {}, but this program writes version {VERSION}: start again without --resume",
                head.version
            );
            return Err(UsageError(reason).into());
        }
        Ok(serde_json::from_str(&text).map_err(invalid)?)
    }

    /// Refuses a state whose numbers mean other combinations.
    ///
    /// # Errors
    /// [`UsageError`]: the sagas or the faults have changed since the search started.
    pub(super) fn require_same(&self, combinations: &Combinations) -> Result<(), UsageError> {
        if self.combined.bases == combinations.hash() {
            return Ok(());
        }
        let reason = "the sagas or their faults have changed since this search started, so its numbers mean other pairs: start again without --resume";
        Err(UsageError(reason.to_owned()))
    }
}
