//! Every line of the second table of `docs/security.md` names a test, and the test exists.

use std::{collections::BTreeSet, fs};

use crate::documents::{files, root};

const HEADING: &str = "## What a wrong credential gets";

/// The names of the tests in the last column; an error with the line that names none.
fn tests_named(text: &str) -> Result<BTreeSet<&str>, &str> {
    let (_, rest) = text.split_once(HEADING).ok_or("there is no table")?;
    let rest = rest.split("\n## ").next().unwrap_or_default();
    let rows = rest.lines().filter(|line| line.starts_with('|')).skip(2);
    let name = |row| {
        let row: &str = row;
        let cell = row
            .trim_end_matches('|')
            .rsplit('|')
            .next()
            .unwrap_or_default()
            .trim();
        let name = cell
            .strip_prefix('`')
            .and_then(|cell| cell.strip_suffix('`'));
        name.filter(|name| !name.contains('`')).ok_or(row)
    };
    rows.map(name).collect()
}

#[test]
fn r26_every_answer_to_a_wrong_credential_has_a_test_that_exists() {
    let root = root();
    let text = fs::read_to_string(root.join("docs/security.md")).expect("the page");
    let named = tests_named(&text).unwrap_or_else(|row| panic!("no test: {row}"));
    assert!(named.len() >= 15, "{named:?}");
    let sources = files(&root.join("system")).into_iter();
    let sources = sources.filter(|file| file.extension().is_some_and(|it| it == "rs"));
    let sources: Vec<String> = sources
        .map(|file| fs::read_to_string(file).expect("a source"))
        .collect();
    let exists = |name: &&&str| {
        sources
            .iter()
            .any(|text| text.contains(&format!("fn {name}(")))
    };
    let missing: Vec<_> = named.iter().filter(|name| !exists(name)).collect();
    assert!(missing.is_empty(), "these tests do not exist: {missing:?}");
}

#[test]
fn a_line_without_a_test_is_named() {
    let table = |row| format!("{HEADING}\n\n| input | answer | test |\n|---|---|---|\n{row}\n");
    let good = table("| a | 401 | `a_test` |");
    assert_eq!(tests_named(&good), Ok(BTreeSet::from(["a_test"])));
    let bad = table("| a | 401 | none |");
    assert_eq!(tests_named(&bad), Err("| a | 401 | none |"));
}
