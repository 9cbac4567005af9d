//! Writes a campaign's files.
//!
//! Each file is written under a temporary name and renamed, so a reader sees a whole file or none. Nothing is created
//! before there is something to write: a command that fails early leaves no empty folders.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use likewise_world::{
    plan::{self, Plan},
    record::{Event, EventKind, RunRecord},
};
use serde::Serialize;

use super::{
    layout::{EVENTS, LATEST, PLAN, RECORD, REPORT},
    run_names::RunNames,
};

/// The folder of one campaign, open for writing.
#[derive(Debug, Clone)]
pub struct CampaignArchive {
    root: PathBuf,
    id: String,
    names: RunNames,
}

impl CampaignArchive {
    /// The campaign `id` in the folder `root`, whose runs have these names. Creates nothing yet.
    #[must_use]
    pub fn new(root: &Path, id: &str, names: RunNames) -> Self {
        Self {
            root: root.to_owned(),
            id: id.to_owned(),
            names,
        }
    }

    /// The campaign in an existing folder, or behind a link to one. It gets no more runs.
    ///
    /// # Errors
    /// The operating system's; `InvalidInput` if the folder is the root of the file system.
    pub fn at(folder: &Path) -> io::Result<Self> {
        let folder = folder.canonicalize()?;
        match (folder.parent(), folder.file_name()) {
            (Some(root), Some(id)) => Ok(Self::new(
                root,
                &id.to_string_lossy(),
                RunNames::without_seeds(),
            )),
            _ => Err(io::ErrorKind::InvalidInput.into()),
        }
    }

    /// The campaign's folder.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        self.root.join(&self.id)
    }

    /// The names of its runs.
    #[must_use]
    pub const fn names(&self) -> &RunNames {
        &self.names
    }

    /// The folder of all campaigns.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Writes the report and makes `latest` point to this campaign. Returns the report's path.
    ///
    /// # Errors
    /// The operating system's.
    pub fn write_report(&self, report: &impl Serialize) -> io::Result<PathBuf> {
        let path = self.write(REPORT, report)?;
        self.update_latest()?;
        Ok(path)
    }

    /// Writes a text file into the campaign's folder. Returns its path.
    ///
    /// # Errors
    /// The operating system's.
    pub fn write_text(&self, name: &str, text: &str) -> io::Result<PathBuf> {
        let path = self.folder().join(name);
        write_atomically(&path, text.as_bytes())?;
        Ok(path)
    }

    /// Writes a value as JSON into the campaign's folder. Returns the file's path.
    ///
    /// # Errors
    /// The operating system's.
    pub fn write(&self, name: &str, value: &impl Serialize) -> io::Result<PathBuf> {
        let path = self.folder().join(name);
        let mut text = serde_json::to_vec_pretty(value)?;
        text.push(b'\n');
        write_atomically(&path, &text)?;
        Ok(path)
    }

    /// The folder of a plan's run, relative to the campaign's, if the run's record was written.
    #[must_use]
    pub fn folder_of(&self, plan: &Plan) -> Option<String> {
        let folder = self.names.run_folder(plan);
        let record = self.folder().join(&folder).join(RECORD);
        record.exists().then_some(folder)
    }

    /// Writes a plan without a record. Returns its path.
    ///
    /// # Errors
    /// The operating system's.
    pub fn write_plan(&self, plan: &Plan) -> io::Result<PathBuf> {
        let path = self.folder_for(plan).join(PLAN);
        write_plan(&path, plan)?;
        Ok(path)
    }

    /// Writes events to a file of this name, one a line, so that two runs can be compared. Returns its path.
    ///
    /// # Errors
    /// The operating system's.
    pub fn write_events(&self, plan: &Plan, name: &str, events: &[Event]) -> io::Result<PathBuf> {
        let path = self.folder_for(plan).join(format!("{name}.jsonl"));
        write_atomically(&path, &lines(events)?)?;
        Ok(path)
    }

    fn folder_for(&self, plan: &Plan) -> PathBuf {
        self.folder().join(self.names.run_folder(plan))
    }

    #[cfg(unix)]
    fn update_latest(&self) -> io::Result<()> {
        let link = self.root.join(LATEST);
        // Two campaigns may end at the same time. Each makes its own link, and the later rename wins.
        let own = self.root.join(format!(".{LATEST}-{}", self.id));
        match fs::remove_file(&own) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        std::os::unix::fs::symlink(&self.id, &own)?;
        fs::rename(own, link)
    }

    #[cfg(not(unix))]
    fn update_latest(&self) -> io::Result<()> {
        write_atomically(&self.root.join(LATEST), self.id.as_bytes())
    }
}

/// Writes all files of a run into its folder. The story is rendered by the caller.
pub(crate) fn write_run_files(folder: &Path, record: &RunRecord, story: &str) -> io::Result<()> {
    write_plan(&folder.join(PLAN), &record.plan)?;
    write_atomically(&folder.join(EVENTS), &lines(&record.events)?)?;
    let history = record.events.iter().filter(is_of_client);
    write_atomically(&folder.join("history.jsonl"), &lines(history)?)?;
    write_atomically(&folder.join("story.txt"), story.as_bytes())?;
    // The record comes last: where there is one, its events are complete.
    let text = serde_json::to_vec(&record.without_events())?;
    write_atomically(&folder.join(RECORD), &text)
}

fn is_of_client(event: &&Event) -> bool {
    matches!(
        event.kind,
        EventKind::Invoked { .. } | EventKind::Returned { .. }
    )
}

fn lines<'a>(events: impl IntoIterator<Item = &'a Event>) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    for event in events {
        serde_json::to_writer(&mut text, event)?;
        text.push(b'\n');
    }
    Ok(text)
}

/// Writes a plan to a file, completely or not at all.
///
/// # Errors
/// The operating system's.
pub fn write_plan(path: &Path, plan: &Plan) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let partial = partial(path);
    plan::write(&partial, plan)?;
    fs::rename(partial, path)
}

/// Writes a file completely or not at all, and creates its folder if necessary.
pub(crate) fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let partial = partial(path);
    fs::write(&partial, bytes)?;
    fs::rename(partial, path)
}

fn partial(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".partial");
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latest_points_to_the_newest_report() {
        let root = tempfile::tempdir().unwrap();
        for id in ["first", "second"] {
            CampaignArchive::new(root.path(), id, RunNames::without_seeds())
                .write_report(&id)
                .unwrap();
        }
        #[cfg(unix)]
        {
            let text = fs::read_to_string(root.path().join("latest/report.json")).unwrap();
            assert_eq!(text, "\"second\"\n");
        }
        let left: Vec<_> = fs::read_dir(root.path()).unwrap().collect();
        assert_eq!(left.len(), 3, "no partial file is left: {left:?}");
    }

    #[test]
    fn nothing_is_created_before_there_is_something_to_write() {
        let root = tempfile::tempdir().unwrap();
        let _ = CampaignArchive::new(&root.path().join("out"), "first", RunNames::without_seeds());
        assert!(!root.path().join("out").exists());
    }
}
