//! Annotations for GitHub Actions: a failure as an error at a line of a file, which GitHub shows beside the change.
//!
//! A violation of the product has no line: the search knows what broke and not where. A planted bug has one, the line with its name.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use likewise_reports::analysis::{CampaignReport, Finding};

/// The variable that GitHub Actions sets.
const VARIABLE: &str = "GITHUB_ACTIONS";
/// Annotations at most. GitHub shows ten of a step.
const ANNOTATIONS_MAX: usize = 10;
/// Folders without sources of the project.
const SKIPPED: [&str; 2] = ["target", "node_modules"];

/// The annotations of a campaign, if GitHub Actions runs it: each finding, and each planted bug that was not as expected.
pub(crate) fn of_campaign(report: &CampaignReport) -> Vec<String> {
    match env::var(VARIABLE).is_ok_and(|it| it == "true") {
        true => all(report, &env::current_dir().unwrap_or_default()),
        false => Vec::new(),
    }
}

fn all(report: &CampaignReport, root: &Path) -> Vec<String> {
    let summary = report.summary();
    let bug = report.meta.system.as_deref();
    let findings = summary.findings.iter().map(|it| of_finding(it, bug, root));
    let escaped = report
        .meta
        .planted_bugs
        .iter()
        .filter(|it| !it.is_as_expected());
    let escaped = escaped.map(|it| {
        let what = match it.is_control {
            true => "the control was caught, although it is right",
            false => "the planted bug was not caught",
        };
        let message = format!("{}: {what}", it.name);
        annotation(place(&it.name, root), "planted bug", &message)
    });
    findings.chain(escaped).take(ANNOTATIONS_MAX).collect()
}

fn of_finding(finding: &Finding, bug: Option<&str>, root: &Path) -> String {
    let mut message = finding.explanation.join(" ");
    if let Some(replay) = &finding.replay {
        message = format!("{message}\n{replay}");
    }
    let place = bug.and_then(|bug| place(bug, root));
    annotation(place, &finding.property, &message)
}

/// `::error file=…,line=…,title=…::message`
fn annotation(place: Option<(PathBuf, usize)>, title: &str, message: &str) -> String {
    let place = place.map_or_else(String::new, |(file, line)| {
        format!("file={},line={line},", property(&file.to_string_lossy()))
    });
    format!(
        "::error {place}title={}::{}",
        property(title),
        data(message)
    )
}

/// The line of the sources that names a planted bug, relative to the root.
fn place(bug: &str, root: &Path) -> Option<(PathBuf, usize)> {
    place_in(root, &format!("name: \"{bug}\",")).map(|(file, line)| {
        let relative = file.strip_prefix(root).map(Path::to_owned);
        (relative.unwrap_or(file), line)
    })
}

fn place_in(folder: &Path, wanted: &str) -> Option<(PathBuf, usize)> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    // The file system has no order, and the same line should be found each time.
    paths.sort();
    paths.iter().find_map(|path| match path.is_dir() {
        true if is_skipped(path) => None,
        true => place_in(path, wanted),
        false => line_of(path, wanted).map(|line| (path.clone(), line)),
    })
}

fn is_skipped(folder: &Path) -> bool {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with('.') || SKIPPED.contains(&name.as_ref())
}

/// The number of the line, from 1, if the file is a source and has it.
fn line_of(file: &Path, wanted: &str) -> Option<usize> {
    let is_source = file.extension().is_some_and(|it| it == "rs");
    let text = is_source.then(|| fs::read_to_string(file).ok()).flatten()?;
    text.lines()
        .position(|line| line.trim() == wanted)
        .map(|it| it + 1)
}

/// A text as the message of a command of GitHub Actions.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// A text as a property of a command of GitHub Actions.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_planted_bug_is_annotated_at_its_line() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("sim/planted");
        fs::create_dir_all(&folder).unwrap();
        fs::create_dir_all(root.path().join("target")).unwrap();
        let source = "\n// The bug.\n    name: \"double-undo\",\n";
        fs::write(folder.join("double_undo.rs"), source).unwrap();
        fs::write(root.path().join("target/copy.rs"), source).unwrap();
        let found = annotation(place("double-undo", root.path()), "a, b", "100 %\nreplay");
        let expected =
            "::error file=sim/planted/double_undo.rs,line=3,title=a%2C b::100 %25%0Areplay";
        assert_eq!(found, expected);
        assert_eq!(place("single-undo", root.path()), None);
    }

    #[test]
    fn a_violation_of_the_product_has_no_line() {
        assert_eq!(annotation(None, "kept", "text"), "::error title=kept::text");
    }
}
