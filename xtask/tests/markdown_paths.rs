//! Every path that the repository's Markdown names must exist: a map that has gone stale misleads more than none.
//!
//! The heuristics are deliberately simple. A relative link must lead somewhere. A code span is taken for a path if it
//! has a `/` and begins with something that is there, or with one of the project's rooms: `system/src/lib.rs` is
//! looked up, `/v1/steps` and `Ok/Fail` are not. Fenced blocks are skipped: they show commands and their output.

use std::fs;
use std::path::{Path, PathBuf};

/// The project's rooms: a path into one is checked even after the room itself has been renamed or removed.
const ROOMS: [&str; 6] = ["system", "sim", "reports", "scenarios", "benches", "xtask"];

/// Folders that hold nothing the project says about itself.
const SKIPPED_FOLDERS: [&str; 2] = ["target", "node_modules"];

/// A code span with one of these is a pattern, a command, an address or a placeholder, not a path.
const NOT_IN_PATHS: [char; 16] = [
    '*', '?', '<', '>', '{', '}', '[', ']', '(', ')', '$', '…', '=', '"', '\'', '|',
];

#[test]
fn every_path_named_in_markdown_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()
        .expect("the repository's root");
    let findings: Vec<_> = markdown_files(&root)
        .iter()
        .map(|file| check(&root, file))
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

/// What one file names.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    named: usize,
    missing: Vec<String>,
}

fn check(root: &Path, file: &Path) -> Finding {
    let text = fs::read_to_string(file).expect("Markdown is readable UTF-8");
    let here = file.parent().expect("a file is in a folder");
    let named = named_paths(&text, root, here);
    let lost = named
        .iter()
        .filter(|path| ![here, root].iter().any(|base| base.join(path).exists()));
    let missing = lost
        .map(|path| format!("{}: {path}", place(root, file, &text, path)))
        .collect();
    Finding {
        named: named.len(),
        missing,
    }
}

/// The file and the first line that has the path.
fn place(root: &Path, file: &Path, text: &str, path: &str) -> String {
    let line = text
        .lines()
        .position(|line| line.contains(path))
        .map_or(1, |index| index + 1);
    format!(
        "{}:{line}",
        file.strip_prefix(root).unwrap_or(file).display()
    )
}

/// All Markdown files below `folder`, hidden and generated folders excepted.
fn markdown_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a readable folder") {
        let entry = entry.expect("a readable entry");
        let (name, path) = (
            entry.file_name().to_string_lossy().into_owned(),
            entry.path(),
        );
        let kind = entry.file_type().expect("a file type");
        let skipped = name.starts_with('.') || SKIPPED_FOLDERS.contains(&name.as_str());
        if kind.is_dir() && !skipped {
            files.extend(markdown_files(&path));
        } else if kind.is_file() && path.extension().is_some_and(|extension| extension == "md") {
            files.push(path);
        }
    }
    files
}

/// The paths that a text names, without line numbers and anchors.
fn named_paths(text: &str, root: &Path, here: &Path) -> Vec<String> {
    let mut paths = Vec::new();
    for paragraph in without_fences(text).split("\n\n") {
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

/// The text without its fenced blocks; lines of blanks become empty, so that they part paragraphs.
fn without_fences(text: &str) -> String {
    let mut fence = None;
    let mut kept = String::new();
    for line in text.lines().map(str::trim) {
        let mark = ["```", "~~~"]
            .into_iter()
            .find(|mark| line.starts_with(mark));
        match (fence, mark) {
            (None, Some(mark)) => fence = Some(mark),
            (Some(open), Some(mark)) if open == mark => fence = None,
            (None, None) => kept.push_str(line),
            (Some(_), _) => {}
        }
        kept.push('\n');
    }
    kept
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

/// Whether a code span is meant as a path of the repository.
fn is_path(span: &str, root: &Path, here: &Path) -> bool {
    let Some((first, _)) = span.split_once('/') else {
        return false;
    };
    let plain = !span.contains(NOT_IN_PATHS)
        && !span.contains(char::is_whitespace)
        && !span.contains("...");
    let known = ROOMS.contains(&first) || root.join(first).exists() || here.join(first).exists();
    plain && known && !first.is_empty() && !SKIPPED_FOLDERS.contains(&first)
}

/// The path alone: no leading `./`, no `#anchor`, no `:line`.
fn bare(path: &str) -> &str {
    let path = path.strip_prefix("./").unwrap_or(path);
    let path = path.split_once('#').map_or(path, |(path, _)| path);
    path.split_once(':').map_or(path, |(path, _)| path)
}

/// A repository in miniature, deleted at the end.
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
        check(&self.0, &file)
    }
}

impl Drop for Sample {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).expect("the sample goes");
    }
}

#[test]
fn a_good_sample_passes_and_its_paths_are_seen() {
    let text = "
# Map
The rules are in `system/src/decide.rs:12`, see [them](./system/src/decide.rs#L3) or [the room][room].
Not paths: `/v1/steps`, `Ok/Fail`, `system/*/x.rs`, `cargo run system/x`, `target/report.html`, `[a](system/b)`,
[a site](https://example.org/system/none), [below](#map), `system/<name>/x`.

```text
system/in-a-fence.rs
```

[room]: system/
";
    let finding = Sample::new("good").check("README.md", text);
    assert_eq!(
        finding,
        Finding {
            named: 3,
            missing: vec![]
        }
    );
}

#[test]
fn a_bad_sample_is_caught_with_file_and_line() {
    let text = "
Lost: `system/src/gone.rs:7` and, in a span over
two lines, nothing; but ``sim/`` too.

- a [dead link](docs/none.md#top), ![picture](none.png)
- and [by reference][r]

[r]: elsewhere.md
";
    let finding = Sample::new("bad").check("README.md", text);
    let expected = [
        "README.md:2: system/src/gone.rs",
        "README.md:3: sim/",
        "README.md:5: docs/none.md",
        "README.md:5: none.png",
        "README.md:8: elsewhere.md",
    ];
    assert_eq!(
        finding,
        Finding {
            named: 5,
            missing: expected.map(str::to_owned).to_vec()
        }
    );
}

#[test]
fn a_room_may_name_its_own_files_and_those_of_the_repository() {
    let text = "Here `src/decide.rs`, from above `system/src/decide.rs`, but not `src/gone.rs`.";
    let finding = Sample::new("room").check("system/README.md", text);
    assert_eq!(
        finding,
        Finding {
            named: 3,
            missing: vec!["system/README.md:1: src/gone.rs".to_owned()]
        }
    );
}
