//! A corpus on disk: one plan per file, named after the hash of the plan.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use likewise_reports::archive::write_plan;
use likewise_search::corpus::{PLANS_MAX, digest};
use likewise_world::{
    System,
    plan::{self, Plan},
};

use crate::exit::UsageError;

/// A folder of plans.
#[derive(Debug)]
pub(crate) struct CorpusFolder {
    path: PathBuf,
    /// The number of plans in it.
    count: usize,
}

impl CorpusFolder {
    /// Opens a folder and returns its plans in the order of their file names. A missing folder is an empty corpus.
    ///
    /// # Errors
    /// [`UsageError`] if a file in it is not a valid plan.
    pub(crate) fn open(system: &dyn System, path: &Path) -> Result<(Self, Vec<Plan>)> {
        let mut files = plan_files(path)?;
        files.sort();
        let mut plans = Vec::new();
        for file in files.iter().take(PLANS_MAX) {
            plans.push(plan::read(system, file).map_err(|error| UsageError(error.to_string()))?);
        }
        let folder = Self {
            path: path.to_owned(),
            count: files.len(),
        };
        Ok((folder, plans))
    }

    /// The path of the folder.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Stores a plan. Returns whether the plan is new and the corpus had room for it.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(crate) fn store(&mut self, plan: &Plan) -> io::Result<bool> {
        let path = self.path.join(format!("{}.json", digest(plan)));
        if self.count >= PLANS_MAX || path.exists() {
            return Ok(false);
        }
        fs::create_dir_all(&self.path)?;
        write_plan(&path, plan)?;
        self.count += 1;
        Ok(true)
    }
}

fn plan_files(folder: &Path) -> Result<Vec<PathBuf>> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let cannot_read = || format!("cannot read the corpus {}", folder.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).with_context(cannot_read)? {
        let path = entry.with_context(cannot_read)?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            files.push(path);
        }
    }
    Ok(files)
}
