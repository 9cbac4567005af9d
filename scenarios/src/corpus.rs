//! The corpus as a folder: one plan a file, named by what it is.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use likewise_reports::artefacts::write_plan;
use likewise_sim::{
    corpus::{PLANS_MAX, digest},
    plan::{self, Plan},
};

use crate::exit::Misuse;

/// A folder of plans.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    /// How many plans it has.
    count: usize,
}

impl Folder {
    /// Reads a folder, which may not exist yet. Returns its plans, in the order of their names.
    ///
    /// # Errors
    /// [`Misuse`] if a plan of it cannot be used.
    pub(crate) fn read(path: &Path) -> Result<(Self, Vec<Plan>)> {
        let mut files = files(path)?;
        files.sort();
        let mut plans = Vec::new();
        for file in files.iter().take(PLANS_MAX) {
            plans.push(plan::read(file).map_err(|error| Misuse(error.to_string()))?);
        }
        let folder = Self {
            path: path.to_owned(),
            count: files.len(),
        };
        Ok((folder, plans))
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Keeps a plan. Returns whether it is new and there was room for it.
    ///
    /// # Errors
    /// The operating system's.
    pub(crate) fn keep(&mut self, plan: &Plan) -> std::io::Result<bool> {
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

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let cannot = || format!("cannot read the corpus {}", folder.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).with_context(cannot)? {
        let path = entry.with_context(cannot)?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            files.push(path);
        }
    }
    Ok(files)
}
