//! Finds the campaign that a command line means: by its name, its folder, or one of its files.

use std::path::{Path, PathBuf};

use likewise_reports::artefacts::REPORT;

use crate::exit::Misuse;

/// The folder of the campaign that is meant. `root` is where campaigns are looked for by name.
///
/// # Errors
/// [`Misuse`]: there is none.
pub(crate) fn find(what: &Path, root: &Path) -> Result<PathBuf, Misuse> {
    let is_report = what.file_name().is_some_and(|name| name == REPORT);
    let candidates = [
        what.to_owned(),
        match (is_report, what.parent()) {
            (true, Some(folder)) if folder.as_os_str().is_empty() => PathBuf::from("."),
            (true, Some(folder)) => folder.to_owned(),
            _ => named(what, root),
        },
        named(what, root),
    ];
    let holds_report = |folder: &PathBuf| folder.join(REPORT).is_file();
    candidates.into_iter().find(holds_report).ok_or_else(|| {
        Misuse(format!(
            "there is no campaign {}: name one in {}, its folder or its {REPORT}",
            what.display(),
            root.display()
        ))
    })
}

/// The campaign of this name. Where there are no links, `latest` is a file that names one.
fn named(what: &Path, root: &Path) -> PathBuf {
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
        let missing = find(Path::new("tuesday"), root.path()).unwrap_err();
        assert!(
            missing
                .to_string()
                .starts_with("there is no campaign tuesday")
        );
    }
}
