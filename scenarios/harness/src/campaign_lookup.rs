//! Finds the campaign that a command line names: by its name, its folder, or its report file.

use std::path::{Path, PathBuf};

use likewise_reports::archive::REPORT;
use likewise_world::did_you_mean;

use crate::exit::UsageError;

/// The folder of the campaign that `what` names. Names are looked up in `root`.
///
/// # Errors
/// [`UsageError`]: there is no such campaign.
pub(crate) fn find(what: &Path, root: &Path) -> Result<PathBuf, UsageError> {
    let is_report = what.file_name().is_some_and(|name| name == REPORT);
    // A path wins over a name of the same text.
    let candidates = [
        what.to_owned(),
        match (is_report, what.parent()) {
            (true, Some(folder)) if folder.as_os_str().is_empty() => PathBuf::from("."),
            (true, Some(folder)) => folder.to_owned(),
            _ => by_name(what, root),
        },
        by_name(what, root),
    ];
    let has_report = |folder: &PathBuf| folder.join(REPORT).is_file();
    candidates.into_iter().find(has_report).ok_or_else(|| {
        let hint = did_you_mean(&what.to_string_lossy(), campaigns(root));
        UsageError(format!(
            "there is no campaign {}{hint}: give its name in {}, its folder, or its {REPORT}",
            what.display(),
            root.display()
        ))
    })
}

/// The names of the campaigns in a folder.
fn campaigns(root: &Path) -> impl Iterator<Item = String> {
    let entries = std::fs::read_dir(root).into_iter().flatten().flatten();
    let campaigns = entries.filter(|entry| entry.path().join(REPORT).is_file());
    campaigns.map(|entry| entry.file_name().to_string_lossy().into_owned())
}

/// The campaign with this name. On systems without symbolic links, `latest` is a file that holds a name.
fn by_name(what: &Path, root: &Path) -> PathBuf {
    let path = root.join(what);
    match std::fs::read_to_string(&path) {
        Ok(id) => root.join(id.trim()),
        Err(_) => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_campaign_is_found_by_name_folder_and_file() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("monday");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join(REPORT), "{}").unwrap();
        fs::write(root.path().join("latest"), "monday\n").unwrap();
        for what in [
            Path::new("monday"),
            Path::new("latest"),
            folder.as_path(),
            folder.join(REPORT).as_path(),
        ] {
            let found = find(what, root.path()).unwrap();
            assert_eq!(
                found.canonicalize().unwrap(),
                folder.canonicalize().unwrap()
            );
        }
        let near = find(Path::new("mondey"), root.path()).unwrap_err();
        assert!(near.to_string().contains("did you mean monday?"), "{near}");
        let missing = find(Path::new("tuesday"), root.path()).unwrap_err();
        assert!(
            missing
                .to_string()
                .starts_with("there is no campaign tuesday")
        );
    }
}
