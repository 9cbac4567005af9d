//! Tests the report's page in headless Chromium, where there is one or one can be had.
//!
//! ```text
//!  likewise-pages ──► target/browser/pages/*.html ──► node reports/browser/run.mjs
//!  npm install ──► target/browser/node_modules (playwright-core, axe-core)
//! ```
//!
//! A machine without a browser, or without a network to get one from, is no reason to fail: it is said, loudly, that the
//! page was not tested.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::remedy::{CHROMIUM, NODE, Remedy, Wanted, in_path};

/// What drives the browser, and finds what keeps people out.
const MODULES: [&str; 2] = ["playwright-core", "axe-core"];
/// What Chromium is called.
const CHROMIUMS: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];
/// Names a browser that is somewhere else; the tests read it too.
const CHROMIUM_VARIABLE: &str = "LIKEWISE_CHROMIUM";

/// What makes the pages, with the settings of `cargo chaos`: unoptimised, the large one takes a minute.
const PAGES: &str = "run --quiet --release --locked --bin likewise-pages --";

/// What to do besides testing.
#[derive(Debug, Default)]
pub struct Wishes {
    /// Only tests whose names contain this.
    pub only: Option<String>,
    /// Pictures of the pages go into this folder.
    pub pictures: Option<PathBuf>,
}

/// Makes the pages and tests them.
///
/// # Errors
/// A test failed, or the pages could not be made. A missing browser is none.
pub fn run(repository: &Path, wishes: &Wishes) -> Result<()> {
    let folder = target(repository).join("browser");
    let ready = find_or_install().and_then(|()| install_modules(repository, &folder));
    if let Err(why) = ready {
        let causes: Vec<_> = why.chain().map(ToString::to_string).collect();
        println!(
            "\n!!! LEFT OUT: the report's page was not tested in a browser\n    because: {}",
            causes.join("\n    because: ")
        );
        return Ok(());
    }
    let pages = folder.join("pages");
    make_pages(repository, &pages)?;
    test(repository, &folder, &pages, wishes)
}

fn find_or_install() -> Result<()> {
    ensure(&NODE, || in_path("node") && in_path("npm"))?;
    ensure(&CHROMIUM, || chromium().is_some())
}

/// Installs what is not there, and nothing else.
fn ensure(wanted: &Wanted, is_there: impl Fn() -> bool) -> Result<()> {
    if is_there() {
        return Ok(());
    }
    Remedy::for_this_machine(wanted).apply(wanted)?;
    match is_there() {
        true => Ok(()),
        false => bail!("{} was installed, but is still not in PATH", wanted.name),
    }
}

/// The browser that is named, or the first in PATH.
fn chromium() -> Option<PathBuf> {
    if let Some(named) = env::var_os(CHROMIUM_VARIABLE) {
        return Some(named.into());
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = env::split_paths(&path).collect();
    let places = CHROMIUMS
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    places.into_iter().find(|place| place.is_file())
}

/// Once for each version that `package.json` names; nothing is fetched if they are there.
fn install_modules(repository: &Path, folder: &Path) -> Result<()> {
    let wanted = fs::read_to_string(repository.join("reports/browser/package.json"))?;
    let copy = folder.join("package.json");
    let is_current = fs::read_to_string(&copy).is_ok_and(|known| known == wanted);
    let has = |module: &&str| folder.join("node_modules").join(module).is_dir();
    if is_current && MODULES.iter().all(has) {
        return Ok(());
    }
    fs::create_dir_all(folder)?;
    fs::write(&copy, wanted)?;
    let mut npm = Command::new("npm");
    npm.args([
        "install",
        "--no-audit",
        "--no-fund",
        "--no-package-lock",
        "--ignore-scripts",
        "--loglevel=error",
    ]);
    let status = npm.current_dir(folder).stdin(Stdio::null()).status();
    match status.context("starting npm")?.success() {
        true => Ok(()),
        false => bail!("npm could not install {}", MODULES.join(" and ")),
    }
}

fn make_pages(repository: &Path, pages: &Path) -> Result<()> {
    let mut cargo = crate::cargo::command();
    cargo
        .args(PAGES.split_whitespace())
        .arg(pages)
        .current_dir(repository)
        .stdin(Stdio::null());
    let status = cargo.status().context("starting cargo")?;
    match status.success() {
        true => Ok(()),
        false => bail!("the pages could not be made: cargo ended with {status}"),
    }
}

fn test(repository: &Path, folder: &Path, pages: &Path, wishes: &Wishes) -> Result<()> {
    let mut node = Command::new("node");
    node.arg(repository.join("reports/browser/run.mjs"))
        .arg(pages);
    if let Some(only) = &wishes.only {
        node.arg("--only").arg(only);
    }
    if let Some(pictures) = &wishes.pictures {
        fs::create_dir_all(pictures)?;
        node.arg("--pictures").arg(pictures);
    }
    node.env("LIKEWISE_NODE_MODULES", folder.join("node_modules"));
    if let Some(chromium) = chromium() {
        node.env(CHROMIUM_VARIABLE, chromium);
    }
    let status = node
        .stdin(Stdio::null())
        .status()
        .context("starting node")?;
    match status.success() {
        true => Ok(()),
        false => bail!("the page's tests failed: node ended with {status}"),
    }
}

/// Cargo's target folder, wherever that is.
fn target(repository: &Path) -> PathBuf {
    let named = env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    named.map_or_else(|| repository.join("target"), |named| repository.join(named))
}
