//! The files of a campaign: a summary, and for every failing run all that explains it.
//!
//! ```text
//!  target/likewise/
//!    latest -> 20260131-120000-4711
//!    index.html                      an index over the newest campaigns
//!    20260131-120000-4711/
//!      report.html                   all of it, to look at
//!      report.json                   the summary, and which runs belong to it
//!      junit.xml                     a case for each run and property
//!      summary.md                    for a step of a CI job
//!      card.json                     what the index says of it
//!      seeds/17/plan.json            replays it
//!               record.json          the run's record, but for its events
//!               events.jsonl         everything that happened
//!               history.jsonl        what the users saw of it
//!               story.txt            the same, told
//!               min-plan.json        what it was shrunk to
//!               minimal/             all that explains the minimal plan's run: the same files
//!               nearest.json         the nearest plan that passes
//!               nearest/             and all of its run
//! ```
//!
//! A folder holds one run, so that a minimal plan's and a nearest plan's are folders like any other.
//! [`Dossier`] reads them back.
//!
//! Every file is written beside its place and renamed into it: a reader finds a whole file or none. Nothing is
//! created before there is something to write.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    io,
    path::{Path, PathBuf},
};

use likewise_sim::{
    plan::{self, Plan},
    record::{Event, EventKind, RunRecord},
};
use serde::Serialize;

use crate::{
    card::Card, dossier::Dossier, html, junit, markdown, pages, story, summary::replay_argument,
};

/// The link, or where there are none the file, that names the newest campaign.
pub const LATEST: &str = "latest";
/// The report, in a campaign's folder.
pub const REPORT: &str = "report.json";
/// The record without its events, in a run's folder.
pub const RECORD: &str = "record.json";
/// Its events, one a line.
pub const EVENTS: &str = "events.jsonl";
/// What the index says of a campaign, in its folder.
const CARD: &str = "card.json";
/// Campaigns in the index at most: all of them are read each time.
const INDEXED_MAX: usize = 200;
/// Where the runs are, in a campaign's folder.
const RUNS: &str = "seeds";
/// The minimal plan's run, in the folder of the run that was shrunk.
const MINIMAL: &str = "minimal";
/// The run of the nearest plan that passes, likewise.
const NEAREST: &str = "nearest";

/// Where the files of one campaign go.
#[derive(Debug, Clone)]
pub struct Artefacts {
    root: PathBuf,
    id: String,
}

impl Artefacts {
    /// Into the folder `id` inside `root`; creates nothing yet.
    #[must_use]
    pub fn new(root: &Path, id: &str) -> Self {
        Self {
            root: root.to_owned(),
            id: id.to_owned(),
        }
    }

    /// The campaign's folder.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        self.root.join(&self.id)
    }

    /// Writes the summary, and points `latest` here. Returns the summary's path.
    ///
    /// # Errors
    /// The operating system's.
    pub fn write_report(&self, report: &impl Serialize) -> io::Result<PathBuf> {
        let path = self.write(REPORT, report)?;
        self.point_latest_here()?;
        Ok(path)
    }

    /// The campaign in a folder that is there, or behind a link to one.
    ///
    /// # Errors
    /// The operating system's; `InvalidInput`, if it is the root of all folders.
    pub fn at(folder: &Path) -> io::Result<Self> {
        let folder = folder.canonicalize()?;
        match (folder.parent(), folder.file_name()) {
            (Some(root), Some(id)) => Ok(Self::new(root, &id.to_string_lossy())),
            _ => Err(io::ErrorKind::InvalidInput.into()),
        }
    }

    /// Writes a text under a name into the campaign's folder. Returns its path.
    ///
    /// # Errors
    /// The operating system's.
    pub fn write_text(&self, name: &str, text: &str) -> io::Result<PathBuf> {
        let path = self.folder().join(name);
        write_whole(&path, text.as_bytes())?;
        Ok(path)
    }

    /// Writes something under a name into the campaign's folder. Returns its path.
    ///
    /// # Errors
    /// The operating system's.
    pub fn write(&self, name: &str, what: &impl Serialize) -> io::Result<PathBuf> {
        let path = self.folder().join(name);
        let mut text = serde_json::to_vec_pretty(what)?;
        text.push(b'\n');
        write_whole(&path, &text)?;
        Ok(path)
    }

    /// Writes all that explains a run. Returns the path of its plan.
    ///
    /// # Errors
    /// The operating system's.
    pub fn write_run(&self, record: &RunRecord) -> io::Result<PathBuf> {
        self.write_run_at(&run_folder(&record.plan), record)
    }

    /// The same, into this folder of the campaign's. Returns the path of its plan.
    ///
    /// # Errors
    /// The operating system's.
    pub fn write_run_at(&self, folder: &str, record: &RunRecord) -> io::Result<PathBuf> {
        let folder = self.folder().join(folder);
        write_run_into(&folder, record)?;
        Ok(folder.join("plan.json"))
    }

    /// Where the files of a run are, if all that explains it was written.
    #[must_use]
    pub fn folder_of(&self, plan: &Plan) -> Option<String> {
        let folder = run_folder(plan);
        let record = self.folder().join(&folder).join(RECORD);
        record.exists().then_some(folder)
    }

    /// Renders a dossier into every file that people open. Returns their paths.
    ///
    /// # Errors
    /// The operating system's.
    pub fn write_renderings(&self, dossier: &Dossier) -> io::Result<Vec<PathBuf>> {
        let files = [
            (
                "report.html",
                html::render(dossier).map_err(io::Error::other)?,
            ),
            (
                "junit.xml",
                junit::render(dossier).map_err(io::Error::other)?,
            ),
            ("summary.md", markdown::render(dossier)),
        ];
        let write = |(name, text): (&str, String)| self.write_text(name, &text);
        let card = Card::of(dossier);
        let paths = files.into_iter().map(write).collect::<io::Result<_>>()?;
        self.write(CARD, &card)?;
        self.write_index()?;
        Ok(paths)
    }

    /// Writes the index over the newest campaigns beside this one.
    fn write_index(&self) -> io::Result<()> {
        let mut ids: Vec<String> = fs::read_dir(&self.root)?
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|id| id != LATEST && is_plain(id))
            .collect();
        // The names begin with the time.
        ids.sort_unstable_by(|one, other| other.cmp(one));
        let all = ids.into_iter().filter_map(|id| {
            let card = Card::read(&self.root.join(&id).join(CARD))?;
            Some((id, card))
        });
        let mut cards: Vec<(String, Card)> = all.take(INDEXED_MAX + 1).collect();
        let has_more = cards.len() > INDEXED_MAX;
        cards.truncate(INDEXED_MAX);
        let page = pages::index(&cards, has_more).map_err(io::Error::other)?;
        write_whole(&self.root.join("index.html"), page.as_bytes())
    }

    /// Writes all that explains what a plan was shrunk to, in the folder of that plan: the minimal plan's run and that
    /// of the nearest plan that passes, if there is one. Returns the path of the minimal plan.
    ///
    /// # Errors
    /// The operating system's.
    pub fn write_shrunk(
        &self,
        before: &Plan,
        minimal: &RunRecord,
        nearest: Option<&RunRecord>,
    ) -> io::Result<PathBuf> {
        let whole = self.write_plan(before)?;
        let path = whole.with_file_name("min-plan.json");
        write_plan(&path, &minimal.plan)?;
        write_run_into(&whole.with_file_name(MINIMAL), minimal)?;
        if let Some(nearest) = nearest {
            write_plan(&whole.with_file_name("nearest.json"), &nearest.plan)?;
            write_run_into(&whole.with_file_name(NEAREST), nearest)?;
        }
        Ok(path)
    }

    /// Writes a plan alone, for a run that has no record. Returns its path.
    ///
    /// # Errors
    /// The operating system's.
    pub fn write_plan(&self, plan: &Plan) -> io::Result<PathBuf> {
        let path = self.folder().join(run_folder(plan)).join("plan.json");
        write_plan(&path, plan)?;
        Ok(path)
    }

    /// Writes events under a name, one a line: for comparing. Returns their path.
    ///
    /// # Errors
    /// The operating system's.
    pub fn write_events(&self, plan: &Plan, name: &str, events: &[Event]) -> io::Result<PathBuf> {
        let folder = self.folder().join(run_folder(plan));
        let path = folder.join(format!("{name}.jsonl"));
        write_whole(&path, &lines(events)?)?;
        Ok(path)
    }

    #[cfg(unix)]
    fn point_latest_here(&self) -> io::Result<()> {
        let link = self.root.join(LATEST);
        // Two campaigns may end at once: each makes its own link, the later rename wins.
        let beside = self.root.join(format!(".{LATEST}-{}", self.id));
        match fs::remove_file(&beside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        std::os::unix::fs::symlink(&self.id, &beside)?;
        fs::rename(beside, link)
    }

    #[cfg(not(unix))]
    fn point_latest_here(&self) -> io::Result<()> {
        write_whole(&self.root.join(LATEST), self.id.as_bytes())
    }
}

fn write_run_into(folder: &Path, record: &RunRecord) -> io::Result<()> {
    write_plan(&folder.join("plan.json"), &record.plan)?;
    write_whole(&folder.join(EVENTS), &lines(&record.events)?)?;
    let history = record.events.iter().filter(is_of_a_user);
    write_whole(&folder.join("history.jsonl"), &lines(history)?)?;
    write_whole(&folder.join("story.txt"), story::tell(record).as_bytes())?;
    // The last of them: a record that is there has its events beside it.
    let text = serde_json::to_vec(&record.without_events())?;
    write_whole(&folder.join(RECORD), &text)
}

fn is_of_a_user(event: &&Event) -> bool {
    matches!(
        event.kind,
        EventKind::Invoked { .. } | EventKind::Returned { .. }
    )
}

/// Where a plan's run is, seen from the campaign's folder: `seeds/17`.
#[must_use]
pub fn run_folder(plan: &Plan) -> String {
    format!("{RUNS}/{}", folder_name(plan))
}

/// Where the run of what a plan was shrunk to is.
#[must_use]
pub fn minimal_folder(plan: &Plan) -> String {
    format!("{}/{MINIMAL}", run_folder(plan))
}

/// Where the run of the nearest plan that passes is.
#[must_use]
pub fn nearest_folder(plan: &Plan) -> String {
    format!("{}/{NEAREST}", run_folder(plan))
}

/// The seed; else the name in characters that every file system takes, and a mark that tells plans of one name
/// apart.
fn folder_name(plan: &Plan) -> String {
    replay_argument(plan).unwrap_or_else(|| {
        let mut hasher = DefaultHasher::new();
        format!("{plan:?}").hash(&mut hasher);
        format!("{}-{:08x}", plain(&plan.name), hasher.finish() >> 32)
    })
}

/// A name in characters that every file system takes.
#[must_use]
pub fn plain(name: &str) -> String {
    let mut plain = String::new();
    for character in name.chars().take(120) {
        match character {
            c if c.is_ascii_alphanumeric() => plain.push(c.to_ascii_lowercase()),
            _ if plain.is_empty() || plain.ends_with('-') => {}
            _ => plain.push('-'),
        }
    }
    match plain.trim_end_matches('-') {
        "" => "unnamed".to_owned(),
        trimmed => trimmed.to_owned(),
    }
}

/// Whether a name can stand in a link as it is.
fn is_plain(name: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    !name.starts_with('.') && name.chars().all(is_plain)
}

fn lines<'a>(events: impl IntoIterator<Item = &'a Event>) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    for event in events {
        serde_json::to_writer(&mut text, event)?;
        text.push(b'\n');
    }
    Ok(text)
}

/// Writes a plan to a file, whole or not at all.
///
/// # Errors
/// The operating system's.
pub fn write_plan(path: &Path, plan: &Plan) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let beside = beside(path);
    plan::write(&beside, plan)?;
    fs::rename(beside, path)
}

fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let beside = beside(path);
    fs::write(&beside, bytes)?;
    fs::rename(beside, path)
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".partial");
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{dossier::Role, report::Course, samples};

    #[test]
    fn a_failing_run_leaves_its_plan_events_history_and_story() {
        let root = tempfile::tempdir().unwrap();
        let artefacts = Artefacts::new(root.path(), "first");
        let record = samples::red();
        let path = artefacts.write_run(&record).unwrap();
        assert_eq!(plan::read(&path).unwrap(), record.plan);
        let shown = path.display().to_string();
        assert!(shown.contains("first/seeds/double-undo-"), "{shown}");
        let count = |file: &str| {
            let text = fs::read_to_string(path.with_file_name(file)).unwrap();
            text.lines().count()
        };
        assert_eq!(count("events.jsonl"), record.events.len());
        assert_eq!(count("history.jsonl"), 1);
        assert!(count("story.txt") > 5);
    }

    #[test]
    fn latest_leads_to_the_newest_report() {
        let root = tempfile::tempdir().unwrap();
        for id in ["first", "second"] {
            Artefacts::new(root.path(), id).write_report(&id).unwrap();
        }
        #[cfg(unix)]
        {
            let text = fs::read_to_string(root.path().join("latest/report.json")).unwrap();
            assert_eq!(text, "\"second\"\n");
        }
        let left: Vec<_> = fs::read_dir(root.path()).unwrap().collect();
        assert_eq!(left.len(), 3, "nothing half-written is left: {left:?}");
    }

    #[test]
    fn nothing_is_created_before_there_is_something_to_write() {
        let root = tempfile::tempdir().unwrap();
        let _ = Artefacts::new(&root.path().join("out"), "first");
        assert!(!root.path().join("out").exists());
    }

    #[test]
    fn the_index_is_bounded_and_passes_over_what_is_no_campaign() {
        let root = tempfile::tempdir().unwrap();
        let dossier = samples::dossier(&[(Role::Failure, samples::red())], Course::default());
        let card = Card::of(&dossier);
        for number in 0..INDEXED_MAX + 5 {
            let artefacts = Artefacts::new(root.path(), &format!("{number:04}"));
            artefacts.write(CARD, &card).unwrap();
        }
        for other in ["corpus", "half", "wrong\"name"] {
            fs::create_dir(root.path().join(other)).unwrap();
        }
        fs::write(root.path().join("half").join(CARD), "{").unwrap();
        let artefacts = Artefacts::new(root.path(), "9999");
        let paths = artefacts.write_renderings(&dossier).unwrap();
        assert!(paths.iter().all(|path| path.exists()), "{paths:?}");
        let index = fs::read_to_string(root.path().join("index.html")).unwrap();
        assert_eq!(index.matches("/report.html").count(), INDEXED_MAX);
        assert!(index.contains("./9999/report.html") && !index.contains("./0000/"));
        assert!(index.contains("Older campaigns are not listed"));
    }

    #[test]
    fn plans_of_one_name_have_folders_of_their_own() {
        let plan = samples::red().plan;
        let mut edited = plan.clone();
        edited.noise += 1;
        assert_ne!(folder_name(&plan), folder_name(&edited));
        assert_eq!(folder_name(&plan::generate(17)), "17");
    }

    #[test]
    fn any_name_is_a_folder() {
        assert_eq!(plain("one like, reply #1 of do"), "one-like-reply-1-of-do");
        assert_eq!(plain("../../etc"), "etc");
        assert_eq!(plain("→"), "unnamed");
    }
}
