//! Reads a campaign's files back, and refuses what is not complete, not ours or of another version.
//!
//! The files may come from elsewhere. So the kind and the version are checked before anything else, events must be
//! complete, and every error names the file.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use likewise_world::record::{Event, EventKind, RECORD_VERSION, RunRecord};
use serde::{Deserialize, de::DeserializeOwned};

use super::layout::EVENTS;
use crate::analysis::{CampaignReport, REPORT_KIND, REPORT_VERSION, narrative::phases};

/// The oldest version of a report that can be read. The fields that later versions added are empty in it.
const REPORT_VERSION_MIN: u32 = 2;

/// Why a campaign's files cannot be used. Every variant names the file.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The file is missing or cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The operating system's error.
        source: io::Error,
    },
    /// The file is of another kind, or only the beginning of one.
    #[error("{} is not a {what}: {why}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What it should be.
        what: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// The file was written by a newer program, or by one that is too old. Render it with the program that wrote it.
    #[error("{} is a {what} of version {version}, this program reads version {known}: render it with the program that wrote it", path.display())]
    UnsupportedVersion {
        /// The file.
        path: PathBuf,
        /// What it is.
        what: &'static str,
        /// Its version.
        version: u64,
        /// The newest version that can be read.
        known: u32,
    },
    /// Events are missing at the end of the file.
    #[error("{} is truncated: it has no end", path.display())]
    Truncated {
        /// The file.
        path: PathBuf,
    },
}

/// Reads a campaign's report.
///
/// # Errors
/// [`ArchiveError`].
pub fn read_report(path: &Path) -> Result<CampaignReport, ArchiveError> {
    let text = read(path)?;
    let known = REPORT_VERSION_MIN..=REPORT_VERSION;
    let head: ReportHead = parsed(path, "report", &text)?;
    if head.kind != REPORT_KIND {
        let why = format!("it is marked as {:?}", head.kind);
        return Err(invalid(path, "report", why));
    }
    require_version(path, "report", head.version, &known)?;
    parsed(path, "report", &text)
}

/// Reads a run's record. If the record has no events, reads them from the file of events in the same folder.
///
/// # Errors
/// [`ArchiveError`].
pub fn read_record(path: &Path) -> Result<RunRecord, ArchiveError> {
    let text = read(path)?;
    let head: RecordHead = parsed(path, "run record", &text)?;
    let known = RECORD_VERSION..=RECORD_VERSION;
    require_version(path, "run record", head.version, &known)?;
    let mut record: RunRecord = parsed(path, "run record", &text)?;
    let separate = path.with_file_name(EVENTS);
    let events_path = match record.events.is_empty() {
        true => {
            record.events = read_events(&separate)?;
            &separate
        }
        false => path,
    };
    match has_end(&record.events) && has_referenced_events(&record) {
        true => Ok(record),
        false => Err(ArchiveError::Truncated {
            path: events_path.to_owned(),
        }),
    }
}

fn read_events(path: &Path) -> Result<Vec<Event>, ArchiveError> {
    let text = read(path)?;
    let parse = |(index, line): (usize, &str)| {
        serde_json::from_str(line).map_err(|error| {
            let why = format!("line {}: {error}", index + 1);
            invalid(path, "list of events", why)
        })
    };
    text.lines().enumerate().map(parse).collect()
}

/// Every complete run ends with this phase.
fn has_end(events: &[Event]) -> bool {
    let is_end =
        |event: &Event| matches!(&event.kind, EventKind::Phase { name } if name == phases::END);
    events.iter().any(is_end)
}

/// Whether the events that the record refers to are there.
fn has_referenced_events(record: &RunRecord) -> bool {
    let events = record.events.len();
    // A violation found after the run refers to the position after the last event.
    let violations = record.violations.iter().all(|it| it.event <= events);
    violations
        && record
            .injections
            .iter()
            .all(|injection| injection.event < events)
}

#[derive(Deserialize)]
struct ReportHead {
    #[serde(rename = "type")]
    kind: String,
    version: u64,
}

#[derive(Deserialize)]
struct RecordHead {
    version: u64,
}

fn require_version(
    path: &Path,
    what: &'static str,
    version: u64,
    known: &std::ops::RangeInclusive<u32>,
) -> Result<(), ArchiveError> {
    let is_known = u32::try_from(version).is_ok_and(|version| known.contains(&version));
    match is_known {
        true => Ok(()),
        false => Err(ArchiveError::UnsupportedVersion {
            path: path.to_owned(),
            what,
            version,
            known: *known.end(),
        }),
    }
}

fn read(path: &Path) -> Result<String, ArchiveError> {
    fs::read_to_string(path).map_err(|source| ArchiveError::Unreadable {
        path: path.to_owned(),
        source,
    })
}

fn parsed<T: DeserializeOwned>(
    path: &Path,
    what: &'static str,
    text: &str,
) -> Result<T, ArchiveError> {
    serde_json::from_str(text).map_err(|error| invalid(path, what, error.to_string()))
}

pub(super) fn invalid(path: &Path, what: &'static str, why: String) -> ArchiveError {
    ArchiveError::Invalid {
        path: path.to_owned(),
        what,
        why,
    }
}
