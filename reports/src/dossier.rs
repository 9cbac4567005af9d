//! A campaign's report and the runs that explain it: what every renderer takes, and what is read back from the files.
//!
//! ```text
//!  campaign ──► report.json + seeds/*/{record.json,events.jsonl} ──► Dossier ──► HTML, JUnit, Markdown, terminal
//! ```
//!
//! Files may come from elsewhere. What is cut short, what is not ours and what is newer than this program is refused
//! with the file's name, and nothing is read outside the campaign's folder.

use std::{
    fs, io,
    path::{Component, Path, PathBuf},
};

use likewise_sim::record::{Event, EventKind, RECORD_VERSION, RunRecord};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    artefacts::{EVENTS, RECORD, REPORT},
    report::{KIND, REPORT_VERSION, SummaryLine},
};

/// The oldest report that is still read: what later versions added is empty in it.
const REPORT_VERSION_MIN: u32 = 2;
/// Runs of one report that are read at most; a campaign shows fewer.
const RUNS_MAX: usize = 200;

/// A campaign's report and the runs that explain it.
#[derive(Debug, Clone)]
pub struct Dossier {
    /// What all runs came to.
    pub report: SummaryLine,
    /// Runs that are shown, in the order of the report.
    pub runs: Vec<Shown>,
}

/// A run that is shown, and why.
#[derive(Debug, Clone)]
pub struct Shown {
    /// Why.
    pub role: Role,
    /// The fingerprint of the finding it belongs to.
    pub finding: Option<String>,
    /// Its folder, seen from the campaign's: `seeds/17`. Also what a deep link calls it.
    pub folder: String,
    /// It, with all its events.
    pub record: RunRecord,
}

/// Where a run that is shown is, and why it is: what the report says of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reference {
    /// Why.
    pub role: Role,
    /// The fingerprint of the finding it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finding: Option<String>,
    /// Its folder, seen from the campaign's: `seeds/17`.
    pub folder: String,
}

/// Why a run is shown.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The first of a finding.
    Failure,
    /// What that was shrunk to.
    Minimal,
    /// The smallest change to the minimal plan that passes.
    Nearest,
    /// A run that is as it should be, and puts properties to the test.
    Example,
    /// The run that was asked for.
    Replayed,
}

/// Why there is no dossier.
#[derive(Debug, thiserror::Error)]
pub enum DossierError {
    /// A file is missing or cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is something else, or only the beginning of one.
    #[error("{} is not a {what}: {why}", path.display())]
    Foreign {
        /// Which.
        path: PathBuf,
        /// What it should be.
        what: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// A file was written by a newer program, or by one that is too old.
    #[error("{} is a {what} of version {version}, this program reads version {known}: render it with the program that wrote it", path.display())]
    OtherVersion {
        /// Which.
        path: PathBuf,
        /// What it is.
        what: &'static str,
        /// Its version.
        version: u64,
        /// Ours.
        known: u32,
    },
    /// Events are missing at the end.
    #[error("{} is cut short: it has no end", path.display())]
    CutShort {
        /// Which.
        path: PathBuf,
    },
}

impl Dossier {
    /// Reads the report in a campaign's folder and the runs it names.
    ///
    /// # Errors
    /// [`DossierError`]; nothing is read but by half.
    pub fn read(folder: &Path) -> Result<Self, DossierError> {
        let path = folder.join(REPORT);
        let report = read_report(&path)?;
        let references = &report.course.shown;
        if references.len() > RUNS_MAX {
            let why = format!("it names {} runs", references.len());
            return Err(foreign(&path, "report", why));
        }
        let read = |reference: &Reference| {
            if !is_inside(&reference.folder) {
                let why = format!("it names a run outside its folder: {:?}", reference.folder);
                return Err(foreign(&path, "report", why));
            }
            Ok(Shown {
                role: reference.role,
                finding: reference.finding.clone(),
                folder: reference.folder.clone(),
                record: read_record(&folder.join(&reference.folder).join(RECORD))?,
            })
        };
        let runs = references.iter().map(read).collect::<Result<_, _>>()?;
        Ok(Self { report, runs })
    }

    /// The run in this folder, if it is shown.
    #[must_use]
    pub fn run(&self, folder: &str) -> Option<&Shown> {
        self.runs.iter().find(|run| run.folder == folder)
    }
}

/// Reads a campaign's report.
///
/// # Errors
/// [`DossierError`].
pub fn read_report(path: &Path) -> Result<SummaryLine, DossierError> {
    let text = read(path)?;
    let known = REPORT_VERSION_MIN..=REPORT_VERSION;
    let head: ReportHead = parsed(path, "report", &text)?;
    if head.kind != KIND {
        let why = format!("it is marked as {:?}", head.kind);
        return Err(foreign(path, "report", why));
    }
    require_version(path, "report", head.version, &known)?;
    parsed(path, "report", &text)
}

/// Reads a run's record, and the events beside it if it has none in itself.
///
/// # Errors
/// [`DossierError`].
pub fn read_record(path: &Path) -> Result<RunRecord, DossierError> {
    let text = read(path)?;
    let head: RecordHead = parsed(path, "run record", &text)?;
    let known = RECORD_VERSION..=RECORD_VERSION;
    require_version(path, "run record", head.version, &known)?;
    let mut record: RunRecord = parsed(path, "run record", &text)?;
    let beside = path.with_file_name(EVENTS);
    let events_in = match record.events.is_empty() {
        true => {
            record.events = read_events(&beside)?;
            &beside
        }
        false => path,
    };
    match has_end(&record.events) && fits(&record) {
        true => Ok(record),
        false => Err(DossierError::CutShort {
            path: events_in.to_owned(),
        }),
    }
}

fn read_events(path: &Path) -> Result<Vec<Event>, DossierError> {
    let text = read(path)?;
    let parse = |(place, line): (usize, &str)| {
        serde_json::from_str(line).map_err(|error| {
            let why = format!("line {}: {error}", place + 1);
            foreign(path, "list of events", why)
        })
    };
    text.lines().enumerate().map(parse).collect()
}

/// Every run ends with a phase of that name.
fn has_end(events: &[Event]) -> bool {
    let is_end = |event: &Event| matches!(&event.kind, EventKind::Phase { name } if name == "end");
    events.iter().any(is_end)
}

/// Whether the events are there that the record points at.
fn fits(record: &RunRecord) -> bool {
    let events = record.events.len();
    // What is judged at rest points behind the last event.
    let violations = record.violations.iter().all(|it| it.event <= events);
    violations && record.injections.iter().all(|strike| strike.event < events)
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
) -> Result<(), DossierError> {
    let is_known = u32::try_from(version).is_ok_and(|version| known.contains(&version));
    match is_known {
        true => Ok(()),
        false => Err(DossierError::OtherVersion {
            path: path.to_owned(),
            what,
            version,
            known: *known.end(),
        }),
    }
}

fn read(path: &Path) -> Result<String, DossierError> {
    fs::read_to_string(path).map_err(|source| DossierError::Unreadable {
        path: path.to_owned(),
        source,
    })
}

fn parsed<T: DeserializeOwned>(
    path: &Path,
    what: &'static str,
    text: &str,
) -> Result<T, DossierError> {
    serde_json::from_str(text).map_err(|error| foreign(path, what, error.to_string()))
}

fn foreign(path: &Path, what: &'static str, why: String) -> DossierError {
    DossierError::Foreign {
        path: path.to_owned(),
        what,
        why,
    }
}

/// Whether a folder's name leads only downwards.
fn is_inside(folder: &str) -> bool {
    let path = Path::new(folder);
    let is_plain = |part: Component<'_>| matches!(part, Component::Normal(_));
    !folder.is_empty() && path.components().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{artefacts::Artefacts, report::Course, samples, summary::Summary};
    use std::time::Duration;

    /// A campaign of a green and a red run, written.
    fn written(root: &Path) -> PathBuf {
        let artefacts = Artefacts::new(root, "campaign");
        let mut summary = Summary::default();
        let mut course = Course::default();
        for (record, role) in [
            (samples::red(), Role::Failure),
            (samples::green(), Role::Example),
        ] {
            summary.add(&record, Duration::from_millis(3));
            artefacts.write_run(&record).unwrap();
            course.shown.push(Reference {
                role,
                finding: likewise_sim::fingerprint::fingerprint(&record),
                folder: crate::artefacts::run_folder(&record.plan),
            });
        }
        let line = SummaryLine::of(&summary, Duration::from_millis(5), course);
        artefacts.write_report(&line).unwrap();
        artefacts.folder()
    }

    /// What reading says after this change to a file of the campaign.
    fn said(file: &str, change: impl Fn(String) -> String) -> String {
        let root = tempfile::tempdir().unwrap();
        let folder = written(root.path());
        let references = read_report(&folder.join(REPORT)).unwrap().course.shown;
        let path = folder.join(file.replace("RUN", &references[0].folder));
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, change(text)).unwrap();
        Dossier::read(&folder).unwrap_err().to_string()
    }

    #[test]
    fn what_a_campaign_wrote_is_read_back_whole() {
        let root = tempfile::tempdir().unwrap();
        let dossier = Dossier::read(&written(root.path())).unwrap();
        let [failure, example] = &dossier.runs[..] else {
            panic!("{dossier:?}")
        };
        assert_eq!((failure.role, example.role), (Role::Failure, Role::Example));
        let json = |record: &RunRecord| serde_json::to_string(record).unwrap();
        assert_eq!(json(&failure.record), json(&samples::red()));
        assert_eq!(json(&example.record), json(&samples::green()));
        assert_eq!(dossier.report.summary().runs, 2);
        assert!(dossier.run(&example.folder).is_some());
    }

    #[test]
    fn a_truncated_file_is_refused_by_its_name() {
        let half = |text: String| text[..text.len() / 2].to_owned();
        assert!(said("report.json", half).contains("report.json is not a report: EOF"));
        assert!(said("RUN/record.json", half).contains("record.json is not a run record: EOF"));
        assert!(said("RUN/events.jsonl", half).contains("events.jsonl is not a list of events"));
        let first = |text: String| text.lines().take(3).map(|l| format!("{l}\n")).collect();
        assert!(said("RUN/events.jsonl", first).contains("events.jsonl is cut short"));
    }

    #[test]
    fn a_foreign_file_is_refused() {
        let other = |_| r#"{"name": "package", "version": 1}"#.to_owned();
        let said_of_report = said("report.json", other);
        assert!(
            said_of_report.contains("is not a report: missing field `type`"),
            "{said_of_report}"
        );
        assert!(said("RUN/record.json", other).contains("a run record of version 1"));
        let shrunk = |text: String| text.replace("\"summary\"", "\"shrunk\"");
        assert!(said("report.json", shrunk).contains("marked as \"shrunk\""));
    }

    #[test]
    fn a_newer_file_is_refused_with_both_versions() {
        let newer = |text: String| text.replacen("\"version\": 3", "\"version\": 99", 1);
        assert_eq!(REPORT_VERSION, 3, "or the test changes nothing");
        let report = said("report.json", newer);
        assert!(report.contains("a report of version 99, this program reads version 3"));
        let newer = |text: String| text.replacen("\"version\":3", "\"version\":4", 1);
        assert!(said("RUN/record.json", newer).contains("a run record of version 4"));
    }

    #[test]
    fn a_report_of_the_version_before_is_still_read() {
        let root = tempfile::tempdir().unwrap();
        let path = written(root.path()).join(REPORT);
        let text = fs::read_to_string(&path).unwrap();
        let mut report: serde_json::Value = serde_json::from_str(&text).unwrap();
        report["version"] = 2.into();
        let fields = report.as_object_mut().unwrap();
        for new in ["windows", "ledger", "shown"] {
            fields.remove(new).unwrap();
        }
        fs::write(&path, report.to_string()).unwrap();
        let dossier = Dossier::read(path.parent().unwrap()).unwrap();
        assert!(dossier.runs.is_empty());
        assert_eq!(dossier.report.summary().runs, 2);
    }

    #[test]
    fn a_report_leads_nowhere_outside_its_folder() {
        let away = |text: String| text.replacen("seeds/", "../../etc/", 1);
        assert!(said("report.json", away).contains("a run outside its folder"));
        for folder in ["", "/etc", "seeds/../..", "."] {
            assert!(!is_inside(folder), "{folder:?}");
        }
        assert!(is_inside("seeds/17/minimal"));
    }
}
