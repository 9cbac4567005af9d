//! The table of bounds is complete, and the documentation shows it.

use std::{
    collections::BTreeSet,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use axum::http::Uri;
use likewise_saga::{http::Limits, store::PoolConfig};

use super::table;
use crate::coordinator::{CoordinatorConfig, Lease};

/// The marks around the table in `docs/operations.md`.
const BEGIN: &str = "<!-- bounds: begin -->\n";
const END: &str = "<!-- bounds: end -->\n";

/// Names that are no literals, and the row that stands for them. A wait for one of several services is named after the
/// service, and the check before a saga by the product. `in_time` passes the name on.
const VARIABLES: [(&str, Option<&str>); 3] = [
    ("service", Some("a request to a service")),
    ("self.product.check", Some("the check of both services")),
    ("what", None),
];

/// Only a simulated database has this limit.
const OF_THE_SIMULATOR: &str = "the database";

/// The default configuration, with a lease.
fn rows() -> [(&'static str, Vec<likewise_saga::bound::BoundRow>); 7] {
    let config = CoordinatorConfig {
        lease: Some(Lease::new(Uri::default(), Duration::from_secs(5))),
        ..CoordinatorConfig::default()
    };
    table(&config, PoolConfig::default(), Limits::default())
}

fn as_markdown() -> String {
    let mut text = String::new();
    for (title, rows) in rows() {
        write!(
            text,
            "\n**{title}**\n\n| what | bound | from | what happens then |\n|---|---|---|---|\n"
        )
        .unwrap();
        for row in rows {
            writeln!(
                text,
                "| {} | {} | {} | {} |",
                row.name, row.limit, row.source, row.then
            )
            .unwrap();
        }
    }
    text.push('\n');
    text
}

/// The page is the snapshot: it can only show what the code uses.
#[test]
fn the_documentation_shows_the_bounds_of_the_default_configuration() {
    let page = root().join("docs/operations.md");
    let page = fs::read_to_string(page).unwrap();
    let (_, rest) = page.split_once(BEGIN).expect("a table of bounds");
    let (shown, _) = rest.split_once(END).expect("its end");
    let wanted = as_markdown();
    assert!(
        shown == wanted,
        "replace the table of docs/operations.md by:\n{wanted}"
    );
}

#[test]
fn every_named_wait_has_a_row_in_the_table_of_bounds() {
    let named: BTreeSet<&str> = rows()
        .iter()
        .flat_map(|(_, rows)| rows.iter().map(|row| row.name))
        .collect();
    let mut waits = 0;
    let mut missing = Vec::new();
    for file in sources() {
        let text = fs::read_to_string(&file).unwrap();
        let text = text.split("#[cfg(test)]").next().unwrap_or_default();
        for name in names(text) {
            waits += 1;
            let variable = VARIABLES.iter().find(|(variable, _)| *variable == name);
            let row = variable.map_or(Some(name), |(_, row)| *row);
            let missed = row.filter(|row| !named.contains(row) && *row != OF_THE_SIMULATOR);
            missing.extend(missed.map(|row| format!("{}: {row}", file.display())));
        }
    }
    assert!(waits >= 25, "only {waits} waits were found");
    assert!(missing.is_empty(), "no row for: {missing:#?}");
}

/// The names of the waits in a source text: the first argument of each call. A name that is no literal is returned as it is
/// written.
fn names(text: &str) -> Vec<&str> {
    let argument = |at: usize| {
        let rest = text[at..].trim_start();
        match rest.strip_prefix('"') {
            Some(literal) => literal.split('"').next(),
            None => rest.split([',', ')']).next(),
        }
    };
    let calls = ["Bound::new(", " until(", " in_time("].iter();
    let found = calls.flat_map(|call| {
        text.match_indices(call)
            .map(|(at, call)| (at, at + call.len()))
    });
    let called = found.filter(|(at, _)| !text[..*at].ends_with("fn"));
    called.filter_map(|(_, end)| argument(end)).collect()
}

/// The sources of the product, without those of tests and of `bound.rs`, which has no wait of its own.
fn sources() -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![
        root().join("system/saga/src"),
        root().join("system/likes/src"),
    ];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            match path.is_dir() {
                true => folders.push(path),
                false if ["tests.rs", "bound.rs"].contains(&name.as_str()) => {}
                false => files.push(path),
            }
        }
    }
    files
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
