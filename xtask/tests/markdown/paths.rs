//! Every path that Markdown names exists, because a stale map misleads a reader.
//!
//! The rules are deliberately simple. A relative link must lead to something. A code span counts as a path if it contains a `/` and
//! starts with a name that exists or with one of the project's folders: `system/src/lib.rs` is checked, `/v1/steps` and `Ok/Fail`
//! are not. A code span that is only the name of a source file, such as `decide.rs`, must be the name of some file. Fenced blocks are
//! skipped, because they show commands and their output.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::documents::{files, is_skipped, lines_without_fences, markdown_files, root};

/// The project's folders. A path into one is checked even after the folder itself has been renamed or removed.
const TOP_FOLDERS: [&str; 13] = [
    "system",
    "sim",
    "reports",
    "scenarios",
    "benches",
    "testkit",
    "xtask",
    "docs",
    "deploy",
    "schemas",
    "examples",
    ".github",
    ".ci",
];

/// Endings of source files. Other file names, such as `report.json`, may belong to output.
const SOURCE_ENDINGS: [&str; 3] = [".rs", ".sql", ".mjs"];

/// A code span with one of these is a pattern, a command, an address or a placeholder, not a path.
const NOT_IN_PATHS: [char; 16] = [
    '*', '?', '<', '>', '{', '}', '[', ']', '(', ')', '$', '…', '=', '"', '\'', '|',
];

#[test]
fn every_path_named_in_markdown_exists() {
    let repository = Repository::at(&root());
    let findings: Vec<_> = markdown_files(&repository.root)
        .iter()
        .map(|file| repository.check(file))
        .collect();
    let named: usize = findings.iter().map(|finding| finding.named).sum();
    let missing: Vec<_> = findings
        .into_iter()
        .flat_map(|finding| finding.missing)
        .collect();
    assert!(
        named > 0,
        "no Markdown file names a path: this test checks nothing"
    );
    assert!(
        missing.is_empty(),
        "Markdown names paths that do not exist:\n  {}",
        missing.join("\n  ")
    );
}

/// The paths that one file names: how many, and which do not exist.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    named: usize,
    missing: Vec<String>,
}

/// The repository's folder, and the names of all its files.
struct Repository {
    root: PathBuf,
    file_names: BTreeSet<String>,
}

impl Repository {
    fn at(root: &Path) -> Self {
        let names = files(root);
        let names = names.iter().filter_map(|file| file.file_name());
        Self {
            root: root.to_owned(),
            file_names: names
                .map(|name| name.to_string_lossy().into_owned())
                .collect(),
        }
    }

    fn check(&self, file: &Path) -> Finding {
        let text = fs::read_to_string(file).expect("Markdown is readable UTF-8");
        let folder = file.parent().expect("a file is in a folder");
        let named = named_paths(&text, &self.root, folder);
        let missing = named
            .iter()
            .filter(|path| !self.exists(path, folder))
            .map(|path| format!("{}: {path}", position(&self.root, file, &text, path)));
        Finding {
            named: named.len(),
            missing: missing.collect(),
        }
    }

    fn exists(&self, path: &str, folder: &Path) -> bool {
        let is_relative = [folder, &self.root]
            .iter()
            .any(|base| base.join(path).exists());
        is_relative || self.file_names.contains(path)
    }
}

/// The file and the first line that contains the path.
fn position(root: &Path, file: &Path, text: &str, path: &str) -> String {
    let line = text
        .lines()
        .position(|line| line.contains(path))
        .map_or(1, |index| index + 1);
    format!(
        "{}:{line}",
        file.strip_prefix(root).unwrap_or(file).display()
    )
}

/// The paths that a text names, without line numbers and anchors.
fn named_paths(text: &str, root: &Path, here: &Path) -> Vec<String> {
    let mut paths = Vec::new();
    for paragraph in lines_without_fences(text).join("\n").split("\n\n") {
        let (spans, prose) = split_code_spans(paragraph);
        let spans = spans
            .iter()
            .map(|span| bare(span))
            .filter(|span| is_path(span, root, here));
        let links = link_targets(&prose);
        let links = links
            .iter()
            .filter(|target| is_relative(target))
            .map(|target| bare(target));
        paths.extend(
            spans
                .chain(links)
                .filter(|path| !path.is_empty())
                .map(str::to_owned),
        );
    }
    paths
}

/// The contents of the code spans, and the prose around them.
fn split_code_spans(paragraph: &str) -> (Vec<&str>, String) {
    let (mut spans, mut prose, mut rest) = (Vec::new(), String::new(), paragraph);
    while let Some(start) = rest.find('`') {
        let opening = &rest[start..];
        let ticks = &opening[..opening.len() - opening.trim_start_matches('`').len()];
        let inside = &opening[ticks.len()..];
        prose.push_str(&rest[..start]);
        rest = match inside.split_once(ticks) {
            Some((span, after)) => {
                spans.push(span.trim());
                after
            }
            None => inside,
        };
    }
    (spans, prose + rest)
}

/// The targets of inline links and images, and of reference definitions.
fn link_targets(prose: &str) -> Vec<&str> {
    let inline = prose
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split([')', ' ', '\n']).next());
    let definitions = prose
        .lines()
        .filter(|line| line.starts_with('['))
        .filter_map(|line| line.split_once("]: "));
    inline
        .chain(definitions.filter_map(|(_, target)| target.split_whitespace().next()))
        .collect()
}

fn is_relative(target: &str) -> bool {
    !target.starts_with(['/', '#', '<'])
        && !target.contains("://")
        && !target.starts_with("mailto:")
}

/// Whether a code span counts as a path of the repository.
fn is_path(span: &str, root: &Path, here: &Path) -> bool {
    let is_plain = !span.contains(NOT_IN_PATHS)
        && !span.contains(char::is_whitespace)
        && !span.contains("...");
    let Some((first, _)) = span.split_once('/') else {
        let is_source = |ending: &&str| span.len() > ending.len() && span.ends_with(*ending);
        return is_plain && SOURCE_ENDINGS.iter().any(is_source);
    };
    let is_known =
        TOP_FOLDERS.contains(&first) || root.join(first).exists() || here.join(first).exists();
    let is_project_folder = TOP_FOLDERS.contains(&first) || !is_skipped(first);
    is_plain && is_known && !first.is_empty() && is_project_folder
}

/// The path alone: no leading `./`, no `#anchor`, no `:line`.
fn bare(path: &str) -> &str {
    let path = path.strip_prefix("./").unwrap_or(path);
    let path = path.split_once('#').map_or(path, |(path, _)| path);
    path.split_once(':').map_or(path, |(path, _)| path)
}

/// A small repository that is deleted at the end.
struct Sample(PathBuf);

impl Sample {
    fn new(name: &str) -> Self {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("markdown-{name}"));
        fs::create_dir_all(root.join("system/src")).expect("a sample repository");
        fs::write(root.join("system/src/decide.rs"), "").expect("a sample source");
        Self(root)
    }

    fn check(&self, file: &str, text: &str) -> Finding {
        let file = self.0.join(file);
        fs::write(&file, text).expect("a sample Markdown file");
        Repository::at(&self.0).check(&file)
    }
}

impl Drop for Sample {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).expect("the sample is deleted");
    }
}

#[test]
fn a_good_sample_passes_and_its_paths_are_found() {
    let text = "
# Map
The rules are in `system/src/decide.rs:12`, see [them](./system/src/decide.rs#L3), `decide.rs` or [the folder][f].
Not paths: `/v1/steps`, `Ok/Fail`, `system/*/x.rs`, `cargo run system/x`, `target/report.html`, `[a](system/b)`,
[a site](https://example.org/system/none), [below](#map), `system/<name>/x`, `.rs`, `report.json`.

```text
system/in-a-fence.rs
```

[f]: system/
";
    let finding = Sample::new("good").check("README.md", text);
    assert_eq!(
        finding,
        Finding {
            named: 4,
            missing: vec![]
        }
    );
}

#[test]
fn a_bad_sample_is_caught_with_file_and_line() {
    let text = "
Missing: `system/src/gone.rs:7` and, in a span over
two lines, nothing; but ``sim/`` and `gone.sql` too.

- a [dead link](docs/none.md#top), ![picture](none.png)
- and [by reference][r]

[r]: elsewhere.md
";
    let finding = Sample::new("bad").check("README.md", text);
    let expected = [
        "README.md:2: system/src/gone.rs",
        "README.md:3: sim/",
        "README.md:3: gone.sql",
        "README.md:5: docs/none.md",
        "README.md:5: none.png",
        "README.md:8: elsewhere.md",
    ];
    assert_eq!(
        finding,
        Finding {
            named: 6,
            missing: expected.map(str::to_owned).to_vec()
        }
    );
}

#[test]
fn a_folder_may_name_its_own_files_and_those_of_the_repository() {
    let text =
        "Its own `src/decide.rs`, from the root `system/src/decide.rs`, but not `src/gone.rs`.";
    let finding = Sample::new("folder").check("system/README.md", text);
    assert_eq!(
        finding,
        Finding {
            named: 3,
            missing: vec!["system/README.md:1: src/gone.rs".to_owned()]
        }
    );
}
