//! `cargo xtask openapi`: renews the API document and the page of problems.
//!
//! The code that makes them is compiled for the tests only (`system/likes/src/api_docs/`). So the command runs these tests, and tells
//! them to write the files instead of comparing them.

use anyhow::{Context, Result, ensure};

use crate::repository;

/// The tests of the whole workspace, because they share their build with the other stages.
const TESTS: &str = "test --quiet --locked --workspace --lib -- api_docs::";
/// Tells the tests to write.
const RENEW: &str = "LIKEWISE_RENEW";

/// Writes `schemas/openapi.json` and `docs/problems.md`.
///
/// # Errors
/// The code does not compile, or a route is not documented.
pub(crate) fn renew() -> Result<()> {
    let mut cargo = repository::cargo();
    cargo.args(TESTS.split_whitespace()).env(RENEW, "1");
    let status = cargo.status().context("starting cargo")?;
    ensure!(
        status.success(),
        "the document could not be made ({status})"
    );
    println!("schemas/openapi.json and docs/problems.md are current");
    Ok(())
}
