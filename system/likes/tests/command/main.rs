//! The command line of the real binary: exit codes, messages, signals, and files on disk.

#[path = "../common/mod.rs"]
mod common;

mod admin;
mod alerts;
mod api_docs;
mod audit;
mod config;
mod connections;
mod dependencies;
mod doctor;
mod gateway;
mod identity;
mod logs;
mod migrate;
mod reload;
mod run;
mod saga;
mod saga_api;
mod security;
mod small_volume;
mod stop;
mod three_processes;
mod ticket_key;
mod two_processes;

use std::{fs, path::Path};

use common::files::files;
use run::{Running, run, run_in};
use tempfile::TempDir;

/// Asserts exit code 2, these texts in the message, and an empty folder.
///
/// A process that refuses its command line must not have created a database for it.
#[track_caller]
fn assert_refused(arguments: &[&str], texts: &[&str]) {
    let folder = TempDir::new().expect("a folder");
    let ended = run_in(folder.path(), arguments);
    assert_eq!(ended.code, Some(2), "{arguments:?}: {}", ended.errors);
    for text in texts {
        assert!(
            ended.errors.contains(text),
            "no '{text}' in:\n{}",
            ended.errors
        );
    }
    assert!(!ended.errors.contains("panicked"), "{}", ended.errors);
    let left = fs::read_dir(folder.path()).expect("the folder").count();
    assert_eq!(left, 0, "{arguments:?} left something on disk");
}

#[test]
fn help_has_examples_and_version_has_a_number() {
    let help = run(&["serve", "--help"]);
    assert_eq!(help.code, Some(0));
    for text in [
        "Examples:",
        "--saga-deadline",
        "[env: LIKEWISE_LISTEN",
        "Exit codes:",
    ] {
        assert!(
            help.output.contains(text),
            "no '{text}' in:\n{}",
            help.output
        );
    }
    let version = run(&["--version"]);
    assert_eq!(
        (version.code, version.output.trim()),
        (Some(0), concat!("likewise ", env!("CARGO_PKG_VERSION")))
    );
}

#[test]
fn an_invalid_command_line_is_refused_and_leaves_no_files() {
    assert_refused(&[], &["Usage"]);
    assert_refused(&["fly"], &["unrecognized subcommand 'fly'"]);
    assert_refused(&["serve", "--colour"], &["--colour"]);
    assert_refused(&["serve", "--listen", "here"], &["--listen", "invalid"]);
    assert_refused(&["serve", "article"], &["--article-db"]);
    assert_refused(
        &["serve", "user", "--user-db", "mysql://me:secret@db/x"],
        &["sqlite:PATH"],
    );
    assert_refused(&["serve", "--pool-size", "0"], &["--pool-size"]);
    assert_refused(&["serve", "--saga-deadline", "soon"], &["--saga-deadline"]);
    assert_refused(
        &["serve", "--step-timeout", "9s"],
        &["--saga-deadline (5s)"],
    );
    assert_refused(
        &["serve", "--article-db", "sqlite:a.db"],
        &["--user-db", "--data"],
    );
    let coordinator = ["serve", "coordinator", "--coordinator-db", "sqlite:c.db"];
    let urls = [
        "--article-url",
        "ftp://localhost:1",
        "--user-url",
        "http://localhost:2",
    ];
    assert_refused(
        &[&coordinator[..], &urls[..]].concat(),
        &["http://HOST:PORT"],
    );
}

/// Error messages end up in logs and tickets.
#[test]
fn a_password_is_not_repeated() {
    let ended = run(&["serve", "user", "--user-db", "mysql://me:secret@db/x"]);
    assert!(!ended.errors.contains("secret"), "{}", ended.errors);
}

/// A filter that is ignored would show too little when it is needed.
#[test]
fn an_invalid_log_filter_is_refused() {
    let ended = run::run_with(&["serve"], &[("LIKEWISE_LOG", "likewise=loud")]);
    assert_eq!(ended.code, Some(2), "{}", ended.errors);
    assert!(ended.errors.contains("LIKEWISE_LOG"), "{}", ended.errors);
}

/// The URL is shown without its password.
#[test]
fn databases_that_cannot_be_opened_are_named() {
    assert_refused(
        &[
            "serve",
            "article",
            "--listen",
            "127.0.0.1:0",
            "--article-db",
            "sqlite:missing/a.db",
        ],
        &["sqlite:missing/a.db", "Check that the folder exists"],
    );
    assert_refused(
        &[
            "serve",
            "user",
            "--listen",
            "127.0.0.1:0",
            "--user-db",
            "postgres://me:secret@127.0.0.1:1/u",
        ],
        &[
            "postgres://me@127.0.0.1:1/u",
            "refused",
            "Check that the server runs",
        ],
    );
}

/// The refusal comes before anything is written.
#[test]
fn a_file_that_is_not_a_database_is_refused_and_unchanged() {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("a.db");
    fs::write(&file, "not a database, but a letter".repeat(50)).expect("a file");
    let before = fs::read(&file).expect("the file");
    let url = format!("sqlite:{}", file.display());
    let ended = run(&[
        "serve",
        "article",
        "--listen",
        "127.0.0.1:0",
        "--article-db",
        &url,
    ]);
    assert_eq!(ended.code, Some(2), "{}", ended.errors);
    assert!(ended.errors.contains("not a database"), "{}", ended.errors);
    assert!(before == fs::read(&file).expect("the file"));
}

/// After a clean stop and after a kill, for each of the three databases.
#[tokio::test(flavor = "multi_thread")]
async fn a_newer_database_is_refused_and_nothing_changes() {
    for (name, killed) in [("article", false), ("user", true), ("coordinator", true)] {
        let folder = TempDir::new().expect("a folder");
        let data = folder.path().join("likewise-data");
        let arguments = ["serve", "--listen", "127.0.0.1:0"];
        let running = Running::start(folder.path(), &arguments);
        match killed {
            true => drop(running),
            false => drop(running.signal("TERM")),
        }
        make_newer(&data.join(name).with_extension("db"));
        if killed {
            // The write-ahead log that a kill leaves next to another database stays unchanged, too.
            fs::write(data.join("article.db-wal"), "left by a kill").expect("a file");
        }
        let before = files(&data);
        let ended = run_in(folder.path(), &arguments);
        assert_eq!(ended.code, Some(2), "{}", ended.errors);
        assert!(
            ended.errors.contains("newer version of Likewise"),
            "{}",
            ended.errors
        );
        let names = |files: &[(String, Vec<u8>)]| {
            files.iter().map(|file| file.0.clone()).collect::<Vec<_>>()
        };
        let after = files(&data);
        assert_eq!(names(&before), names(&after), "{name}");
        assert!(before == after, "{name}: a file changed");
    }
}

fn make_newer(file: &Path) {
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                 VALUES (1000, 'from tomorrow', true, 'x', 0)";
    let database = rusqlite::Connection::open(file).expect("it opens");
    database.execute_batch(newer).expect("it is newer");
}

#[test]
fn r22_a_coordinator_with_a_lease_releases_the_log_when_it_is_stopped() {
    let folder = TempDir::new().expect("a folder");
    let coordinator = |advertise| {
        let mut arguments = vec!["serve", "coordinator", "--listen", "127.0.0.1:0"];
        arguments.extend([
            "--coordinator-db",
            "sqlite:c.db",
            "--article-url",
            "http://a:1",
        ]);
        arguments.extend(["--user-url", "http://u:2", "--advertise", advertise]);
        arguments.extend(["--lease", "10m"]);
        let mut running = Running::start(folder.path(), &arguments);
        running.wait_for_log("took over the saga log");
        running
    };
    let ended = coordinator("http://one:1").signal("TERM");
    assert_eq!(ended.code, Some(0), "{}", ended.errors);
    assert!(
        ended.errors.contains("released the saga log"),
        "{}",
        ended.errors
    );
    // The next coordinator does not wait for the lease of ten minutes.
    let next = coordinator("http://two:2");
    assert!(next.log_line("took over the saga log").contains("epoch=2"));
}

/// Port 0 takes a free port, so the log is where a script finds the address.
#[test]
fn it_logs_its_address_and_data_folder_and_stops_on_a_signal() {
    for signal in ["TERM", "INT"] {
        let folder = TempDir::new().expect("a folder");
        let running = Running::start(folder.path(), &["serve", "--listen", "127.0.0.1:0"]);
        let line = running.log_line("listening on http://127.0.0.1:");
        assert!(line.contains("likewise-data"), "{line}");
        let ended = running.signal(signal);
        assert_eq!(ended.code, Some(0), "{}", ended.errors);
        assert!(
            ended.errors.contains(&format!("SIG{signal}")),
            "{}",
            ended.errors
        );
        let files = fs::read_dir(folder.path().join("likewise-data")).expect("the data");
        assert!(files.count() >= 3);
    }
}

#[test]
fn options_can_be_environment_variables() {
    let folder = TempDir::new().expect("a folder");
    let variables = [
        ("LIKEWISE_LISTEN", "127.0.0.1:0"),
        ("LIKEWISE_DATA", "elsewhere"),
    ];
    let running = Running::start_with(folder.path(), &["serve"], &variables);
    assert!(running.log_line("listening on").contains("elsewhere"));
    assert!(folder.path().join("elsewhere/user.db").exists());
}

/// A second process that is started by mistake must not take over the saga log of the first.
#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_on_the_same_address_is_refused_before_any_database_is_opened() {
    let folder = TempDir::new().expect("a folder");
    let first = Running::start(folder.path(), &["serve", "--listen", "127.0.0.1:0"]);
    let address = first.address();
    let second = run_in(folder.path(), &["serve", "--listen", &address.to_string()]);
    assert_eq!(second.code, Some(2), "{}", second.errors);
    assert!(second.errors.contains("--listen"), "{}", second.errors);
    assert!(
        !second.errors.contains("took over the saga log"),
        "{}",
        second.errors
    );
    let client = common::client::Client::new(address);
    let article = client.article("An article").await;
    assert_eq!(client.like(article, 7).await.status, 200);
}
