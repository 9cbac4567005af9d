//! A campaign that was read back from its files: what every renderer takes.
//!
//! ```text
//!  campaign ──► report.json + seeds/*/{record.json,events.jsonl} ──► LoadedCampaign ──► HTML, JUnit, Markdown
//! ```

use std::path::{Component, Path};

use likewise_world::record::RunRecord;

use super::{
    layout::{RECORD, REPORT},
    reader::{ArchiveError, invalid, read_record, read_report},
};
use crate::analysis::{CampaignReport, RunReference, RunRole};

/// Runs of one report that are read at most. A campaign shows fewer.
const RUNS_MAX: usize = 200;

/// A campaign's report and the runs that it shows.
#[derive(Debug, Clone)]
pub struct LoadedCampaign {
    /// The report.
    pub report: CampaignReport,
    /// The runs that it shows, in the order of the report.
    pub runs: Vec<LoadedRun>,
}

/// A run that a report shows.
#[derive(Debug, Clone)]
pub struct LoadedRun {
    /// Why the run is shown.
    pub role: RunRole,
    /// The fingerprint of the finding that it belongs to.
    pub finding: Option<String>,
    /// The run's folder, relative to the campaign's: `seeds/17`. Links into the HTML report name the run by it.
    pub folder: String,
    /// The record with all its events.
    pub record: RunRecord,
}

impl LoadedCampaign {
    /// Reads the report in a campaign's folder and the runs that it names.
    ///
    /// # Errors
    /// [`ArchiveError`] if any of the files cannot be used: a campaign is read completely or not at all.
    pub fn read(folder: &Path) -> Result<Self, ArchiveError> {
        let path = folder.join(REPORT);
        let report = read_report(&path)?;
        let references = &report.meta.shown;
        if references.len() > RUNS_MAX {
            let why = format!("it names {} runs", references.len());
            return Err(invalid(&path, "report", why));
        }
        let read = |reference: &RunReference| {
            if !is_inside(&reference.folder) {
                let why = format!("it names a run outside its folder: {:?}", reference.folder);
                return Err(invalid(&path, "report", why));
            }
            Ok(LoadedRun {
                role: reference.role,
                finding: reference.finding.clone(),
                folder: reference.folder.clone(),
                record: read_record(&folder.join(&reference.folder).join(RECORD))?,
            })
        };
        let runs = references.iter().map(read).collect::<Result<_, _>>()?;
        Ok(Self { report, runs })
    }

    /// The run in this folder, if the report shows it.
    #[must_use]
    pub fn run(&self, folder: &str) -> Option<&LoadedRun> {
        self.runs.iter().find(|run| run.folder == folder)
    }
}

/// Whether a folder's name leads only downwards. A report from elsewhere must not make the program read other files.
fn is_inside(folder: &str) -> bool {
    let path = Path::new(folder);
    let is_normal = |part: Component<'_>| matches!(part, Component::Normal(_));
    !folder.is_empty() && path.components().all(is_normal)
}

#[cfg(test)]
mod tests {
    use std::{fs, path::PathBuf};

    use super::*;
    use crate::{
        analysis::{CampaignMeta, REPORT_VERSION},
        archive::{
            RunNames,
            writer::{CampaignArchive, write_run_files},
        },
        samples::{campaign, records},
    };

    /// Writes a campaign with a red and a green run. Returns its folder.
    fn written(root: &Path) -> PathBuf {
        let runs = [
            (RunRole::Failure, records::red()),
            (RunRole::Example, records::green()),
        ];
        let archive = CampaignArchive::new(root, "campaign", RunNames::without_seeds());
        let campaign = campaign::of(&runs, CampaignMeta::default());
        for run in &campaign.runs {
            let folder = archive.folder().join(&run.folder);
            write_run_files(&folder, &run.record, "").unwrap();
        }
        archive.write_report(&campaign.report).unwrap();
        archive.folder()
    }

    /// The error of reading a campaign after this change to one of its files.
    fn error_after(file: &str, change: impl Fn(String) -> String) -> String {
        let root = tempfile::tempdir().unwrap();
        let folder = written(root.path());
        let references = read_report(&folder.join(REPORT)).unwrap().meta.shown;
        let path = folder.join(file.replace("RUN", &references[0].folder));
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, change(text)).unwrap();
        LoadedCampaign::read(&folder).unwrap_err().to_string()
    }

    #[test]
    fn a_written_campaign_is_read_back_completely() {
        let root = tempfile::tempdir().unwrap();
        let campaign = LoadedCampaign::read(&written(root.path())).unwrap();
        let [failure, example] = &campaign.runs[..] else {
            panic!("{campaign:?}")
        };
        assert_eq!(
            (failure.role, example.role),
            (RunRole::Failure, RunRole::Example)
        );
        let json = |record: &RunRecord| serde_json::to_string(record).unwrap();
        assert_eq!(json(&failure.record), json(&records::red()));
        assert_eq!(json(&example.record), json(&records::green()));
        assert_eq!(campaign.report.summary().runs, 2);
        assert!(campaign.run(&example.folder).is_some());
    }

    #[test]
    fn a_truncated_file_is_refused_by_its_name() {
        let half = |text: String| text[..text.len() / 2].to_owned();
        assert!(error_after("report.json", half).contains("report.json is not a report: EOF"));
        assert!(
            error_after("RUN/record.json", half).contains("record.json is not a run record: EOF")
        );
        assert!(
            error_after("RUN/events.jsonl", half).contains("events.jsonl is not a list of events")
        );
        let first = |text: String| text.lines().take(3).map(|l| format!("{l}\n")).collect();
        assert!(error_after("RUN/events.jsonl", first).contains("events.jsonl is truncated"));
    }

    #[test]
    fn a_file_of_another_kind_is_refused() {
        let other = |_| r#"{"name": "package", "version": 1}"#.to_owned();
        let error = error_after("report.json", other);
        assert!(
            error.contains("is not a report: missing field `type`"),
            "{error}"
        );
        assert!(error_after("RUN/record.json", other).contains("a run record of version 1"));
        let shrunk = |text: String| text.replace("\"summary\"", "\"shrunk\"");
        assert!(error_after("report.json", shrunk).contains("marked as \"shrunk\""));
    }

    #[test]
    fn a_newer_file_is_refused_with_both_versions() {
        let newer = |text: String| text.replacen("\"version\": 4", "\"version\": 99", 1);
        assert_eq!(REPORT_VERSION, 4, "or the test changes nothing");
        let report = error_after("report.json", newer);
        assert!(report.contains("a report of version 99, this program reads version 4"));
        let newer = |text: String| text.replacen("\"version\":3", "\"version\":4", 1);
        assert!(error_after("RUN/record.json", newer).contains("a run record of version 4"));
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
        let campaign = LoadedCampaign::read(path.parent().unwrap()).unwrap();
        assert!(campaign.runs.is_empty());
        assert_eq!(campaign.report.summary().runs, 2);
    }

    #[test]
    fn a_report_cannot_name_a_run_outside_its_folder() {
        let outside = |text: String| text.replace("seeds/", "../../etc/");
        assert!(error_after("report.json", outside).contains("a run outside its folder"));
        for folder in ["", "/etc", "seeds/../..", "."] {
            assert!(!is_inside(folder), "{folder:?}");
        }
        assert!(is_inside("seeds/17/minimal"));
    }
}
