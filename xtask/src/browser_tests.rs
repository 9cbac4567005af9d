//! `cargo xtask browser`: tests the report's page in headless Chromium, if a browser is installed or can be installed.
//!
//! ```text
//!  likewise-pages ──► target/browser/pages/*.html ──► node reports/browser/run.mjs
//!  npm install ──► target/browser/node_modules (playwright-core, axe-core)
//!  likewise ──► node examples/live-status/test.mjs: a page of another origin follows a like
//!          └──► node reports/browser/console.mjs: the console, with sagas that are stuck
//! ```
//!
//! A machine without a browser, or without a network to get one, is no reason to fail. The command then prints clearly that
//! the page was not tested.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use likewise_testkit::installer::{self, is_in_path};
use likewise_testkit::packages::{CHROMIUM, NODE, Package};

use crate::repository;

/// The modules that drive the browser and check accessibility.
const MODULES: [&str; 2] = ["playwright-core", "axe-core"];
/// The names of Chromium's program.
const CHROMIUM_PROGRAMS: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];
/// The variable with the path of another browser. The tests read it as well.
const CHROMIUM_VARIABLE: &str = "LIKEWISE_CHROMIUM";

/// Builds the program that makes the pages. It is one of the programs that the tests build.
const BUILD: &str = "test --quiet --workspace --locked --no-run";
/// Makes the pages.
const PROGRAM: &str = "likewise-pages";

/// The test of the page that follows a like, relative to the repository's root.
const LIVE_STATUS: &str = "examples/live-status/test.mjs";

/// The test of the console, relative to the repository's root.
const CONSOLE: &str = "reports/browser/console.mjs";

/// What to run.
#[derive(Debug)]
pub(crate) struct Options {
    /// Only tests whose names contain this. `console` stands for all tests of the console.
    pub(crate) only: Option<String>,
    /// The folder for pictures of the pages.
    pub(crate) pictures: Option<PathBuf>,
    /// How often the tests run. A test that fails in one of them fails the command.
    pub(crate) repeat: u32,
}

/// Makes the pages and tests them.
///
/// # Errors
/// A test failed, or the pages could not be made. A missing browser is not an error.
pub(crate) fn run(options: &Options) -> Result<()> {
    let folder = repository::target().join("browser");
    let prepared = find_or_install().and_then(|()| install_modules(&folder));
    if let Err(error) = prepared {
        let causes: Vec<_> = error.chain().map(ToString::to_string).collect();
        println!(
            "\n!!! LEFT OUT: the report's page was not tested in a browser\n    because: {}",
            causes.join("\n    because: ")
        );
        return Ok(());
    }
    let pages = folder.join("pages");
    make_pages(&pages)?;
    for round in 1..=options.repeat {
        if options.repeat > 1 {
            println!("\n==> round {round} of {}", options.repeat);
        }
        let is_console = options.only.as_deref().map(|only| only == "console");
        if is_console != Some(true) {
            run_tests(&folder, &pages, options)?;
        }
        if is_console != Some(false) {
            test_console(&folder, options)?;
        }
        if options
            .only
            .as_ref()
            .is_none_or(|only| LIVE_STATUS.contains(only.as_str()))
        {
            test_live_status(&folder)?;
        }
    }
    Ok(())
}

/// Node and the browser are looked for separately, because many machines have one of them.
fn find_or_install() -> Result<()> {
    ensure_installed(&NODE, || is_in_path("node") && is_in_path("npm"))?;
    ensure_installed(&CHROMIUM, || chromium().is_some())
}

fn ensure_installed(package: &Package, is_installed: impl Fn() -> bool) -> Result<()> {
    if is_installed() {
        return Ok(());
    }
    installer::install(package)?;
    ensure!(
        is_installed(),
        "{} was installed, but is still not in PATH",
        package.name
    );
    Ok(())
}

/// The browser that the variable names, or the first one in PATH.
fn chromium() -> Option<PathBuf> {
    if let Some(named) = env::var_os(CHROMIUM_VARIABLE) {
        return Some(named.into());
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = env::split_paths(&path).collect();
    let mut candidates = CHROMIUM_PROGRAMS
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    candidates.find(|candidate| candidate.is_file())
}

/// Installs the modules in the versions that `package.json` names. Downloads nothing if they are installed already.
///
/// A copy of `package.json` shows which versions are installed. Scripts of the modules do not run: one of them would
/// download a browser of its own.
fn install_modules(folder: &Path) -> Result<()> {
    let wanted = fs::read_to_string(repository::root().join("reports/browser/package.json"))?;
    let copy = folder.join("package.json");
    let is_current = fs::read_to_string(&copy).is_ok_and(|installed| installed == wanted);
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

fn make_pages(pages: &Path) -> Result<()> {
    repository::run_cargo(BUILD, &[])?;
    let status = repository::built_program(PROGRAM).arg(pages).status();
    let status = status.with_context(|| format!("starting {PROGRAM}"))?;
    ensure!(
        status.success(),
        "the pages could not be made: {PROGRAM} ended with {status}"
    );
    Ok(())
}

/// The page of the example follows a like of real processes.
fn test_live_status(folder: &Path) -> Result<()> {
    let program = repository::built_program("likewise");
    let mut node = Command::new("node");
    node.arg(repository::root().join(LIVE_STATUS))
        .arg(program.get_program());
    run_node(node, folder)
}

/// The console of real processes.
fn test_console(folder: &Path, options: &Options) -> Result<()> {
    let program = repository::built_program("likewise");
    let mut node = Command::new("node");
    node.arg(repository::root().join(CONSOLE))
        .arg(program.get_program());
    add_pictures(&mut node, options)?;
    run_node(node, folder)
}

fn run_tests(folder: &Path, pages: &Path, options: &Options) -> Result<()> {
    let mut node = Command::new("node");
    node.arg(repository::root().join("reports/browser/run.mjs"))
        .arg(pages);
    if let Some(only) = &options.only {
        node.arg("--only").arg(only);
    }
    add_pictures(&mut node, options)?;
    run_node(node, folder)
}

fn add_pictures(node: &mut Command, options: &Options) -> Result<()> {
    if let Some(pictures) = &options.pictures {
        fs::create_dir_all(pictures)?;
        node.arg("--pictures").arg(pictures);
    }
    Ok(())
}

fn run_node(mut node: Command, folder: &Path) -> Result<()> {
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
