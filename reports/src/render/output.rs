//! Writes the rendered files of a run and of a campaign into the archive.

use std::{
    io,
    path::{Path, PathBuf},
};

use likewise_world::{plan::Plan, record::RunRecord};

use super::{html, junit, markdown, pages, story};
use crate::archive::{
    CampaignArchive, CampaignIndex, IndexEntry, LoadedCampaign,
    layout::{INDEX, INDEX_ENTRY, MINIMAL, NEAREST, PLAN},
    writer::{write_atomically, write_plan, write_run_files},
};

impl CampaignArchive {
    /// Writes all files of a run. Returns the path of its plan.
    ///
    /// # Errors
    /// The operating system's.
    pub fn write_run(&self, record: &RunRecord) -> io::Result<PathBuf> {
        self.write_run_at(&self.names().run_folder(&record.plan), record)
    }

    /// Writes all files of a run into this folder of the campaign's. Returns the path of its plan.
    ///
    /// # Errors
    /// The operating system's.
    pub fn write_run_at(&self, folder: &str, record: &RunRecord) -> io::Result<PathBuf> {
        let folder = self.folder().join(folder);
        write_run_with_story(&folder, record)?;
        Ok(folder.join(PLAN))
    }

    /// Writes the result of shrinking into the folder of the plan that was shrunk: the minimal plan with its run, and
    /// the nearest plan that passes with its run, if there is one. Returns the path of the minimal plan.
    ///
    /// # Errors
    /// The operating system's.
    pub fn write_shrunk(
        &self,
        before: &Plan,
        minimal: &RunRecord,
        nearest: Option<&RunRecord>,
    ) -> io::Result<PathBuf> {
        let original = self.write_plan(before)?;
        let path = original.with_file_name("min-plan.json");
        write_plan(&path, &minimal.plan)?;
        write_run_with_story(&original.with_file_name(MINIMAL), minimal)?;
        if let Some(nearest) = nearest {
            write_plan(&original.with_file_name("nearest.json"), &nearest.plan)?;
            write_run_with_story(&original.with_file_name(NEAREST), nearest)?;
        }
        Ok(path)
    }

    /// Renders a campaign into every file that people open. Returns their paths.
    ///
    /// Everything is rendered before the first file is written. If a renderer fails, the folder has no half of a
    /// report.
    ///
    /// # Errors
    /// The operating system's.
    pub fn write_renderings(&self, campaign: &LoadedCampaign) -> io::Result<Vec<PathBuf>> {
        let html = html::render(campaign).map_err(io::Error::other)?;
        let junit = junit::render(campaign).map_err(io::Error::other)?;
        let files = [
            ("report.html", html),
            ("junit.xml", junit),
            ("summary.md", markdown::render(campaign)),
        ];
        let write = |(name, text): (&str, String)| self.write_text(name, &text);
        let paths = files.into_iter().map(write).collect::<io::Result<_>>()?;
        self.write(INDEX_ENTRY, &IndexEntry::of(campaign))?;
        self.write_index()?;
        Ok(paths)
    }

    /// Writes the index page over the newest campaigns.
    ///
    /// The page is replaced as a whole. Two campaigns that end at the same time each write a complete page, and the
    /// later one wins.
    fn write_index(&self) -> io::Result<()> {
        let index = CampaignIndex::read(self.root())?;
        let page = pages::index(&index.entries, index.has_older).map_err(io::Error::other)?;
        write_atomically(&self.root().join(INDEX), page.as_bytes())
    }
}

fn write_run_with_story(folder: &Path, record: &RunRecord) -> io::Result<()> {
    write_run_files(folder, record, &story::render(record))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::{
        analysis::CampaignMeta,
        archive::{RunNames, RunRole, campaign_index::CAMPAIGNS_MAX},
        samples::{campaign, records},
    };

    fn archive(root: &Path, id: &str) -> CampaignArchive {
        CampaignArchive::new(root, id, RunNames::without_seeds())
    }

    #[test]
    fn a_failing_run_leaves_its_plan_events_history_and_story() {
        let root = tempfile::tempdir().unwrap();
        let archive = archive(root.path(), "first");
        let record = records::red();
        let path = archive.write_run(&record).unwrap();
        let written = fs::read_to_string(&path).unwrap();
        assert_eq!(serde_json::from_str::<Plan>(&written).unwrap(), record.plan);
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

    /// The folder is not the campaign's own. Whatever else is in it must not break the page.
    #[test]
    fn the_index_is_bounded_and_skips_other_folders() {
        let root = tempfile::tempdir().unwrap();
        let runs = [(RunRole::Failure, records::red())];
        let campaign = campaign::of(&runs, CampaignMeta::default());
        let entry = IndexEntry::of(&campaign);
        for number in 0..CAMPAIGNS_MAX + 5 {
            let archive = archive(root.path(), &format!("{number:04}"));
            archive.write(INDEX_ENTRY, &entry).unwrap();
        }
        for other in ["corpus", "half", "wrong\"name"] {
            fs::create_dir(root.path().join(other)).unwrap();
        }
        fs::write(root.path().join("half").join(INDEX_ENTRY), "{").unwrap();
        let archive = archive(root.path(), "9999");
        let paths = archive.write_renderings(&campaign).unwrap();
        assert!(paths.iter().all(|path| path.exists()), "{paths:?}");
        let index = fs::read_to_string(root.path().join("index.html")).unwrap();
        assert_eq!(index.matches("/report.html").count(), CAMPAIGNS_MAX);
        assert!(index.contains("./9999/report.html") && !index.contains("./0000/"));
        assert!(index.contains("Older campaigns are not listed"));
    }
}
