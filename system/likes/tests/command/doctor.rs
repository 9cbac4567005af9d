//! `likewise doctor`, with the real binary on SQLite.

use std::{fs, net::TcpListener, os::unix::fs::PermissionsExt};

use tempfile::TempDir;

use crate::run::{Running, run_in};

fn run(folder: &TempDir, line: &str) -> crate::run::Exited {
    let words: Vec<_> = line.split_whitespace().collect();
    run_in(folder.path(), &words)
}

#[test]
fn a_fresh_installation_is_ok_and_nothing_is_created() {
    let folder = TempDir::new().expect("a folder");
    let looked = run(&folder, "doctor --listen 127.0.0.1:0");
    assert_eq!(looked.code, Some(0), "{}{}", looked.output, looked.errors);
    assert!(looked.output.starts_with("verdict   "), "{}", looked.output);
    assert!(
        looked.output.contains("article database"),
        "{}",
        looked.output
    );
    assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 0);
}

#[test]
fn what_is_wrong_comes_first_with_what_to_do() {
    let folder = TempDir::new().expect("a folder");
    let file = |name: &str| folder.path().join(name);
    fs::write(file("tokens"), "a read 0123456789abcdef").expect("a file");
    fs::set_permissions(file("tokens"), fs::Permissions::from_mode(0o644)).expect("a mode");
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let taken = taken.local_addr().expect("its address");
    fs::write(file("secrets"), "").expect("a file");
    fs::set_permissions(file("secrets"), fs::Permissions::from_mode(0o600)).expect("a mode");
    let line = format!(
        "doctor coordinator --coordinator-db sqlite:nowhere/c.db --article-url http://{taken} --user-url http://127.0.0.1:1 \
         --admin-listen 127.0.0.1:0 --admin-token-file tokens --ticket-key-file missing --listen 127.0.0.1:0 \
         --alert-webhook https://no-such-host.invalid/secret --alert-secret-file secrets"
    );
    let looked = run(&folder, &line);
    assert_eq!(looked.code, Some(1), "{}{}", looked.output, looked.errors);
    for text in [
        "WRONG     coordinator database: cannot open sqlite:nowhere/c.db",
        "WRONG     user service: http://127.0.0.1:1/: no reply",
        "check --user-url",
        "WRONG     article service",
        "WRONG     ticket key: missing",
        "WRONG     alert webhook: no-such-host.invalid",
        "warning   admin tokens: tokens: other users may read",
        "chmod 600 tokens",
        "ok        alert secrets",
    ] {
        assert!(
            looked.output.contains(text),
            "no '{text}' in:\n{}",
            looked.output
        );
    }
    assert!(!looked.output.contains("/secret"), "{}", looked.output);
    let wide: Vec<_> = looked
        .output
        .lines()
        .filter(|line| line.chars().count() > 80)
        .collect();
    assert_eq!(wide, Vec::<&str>::new());
    let invalid = run(&folder, "doctor --lock-timeout 9s");
    assert_eq!(invalid.code, Some(2), "{}", invalid.errors);
}

#[test]
fn a_running_service_is_found_ready_and_its_port_in_use() {
    let folder = TempDir::new().expect("a folder");
    let running = Running::start(folder.path(), &["serve", "--listen", "127.0.0.1:0"]);
    let address = running.address();
    let line = format!(
        "doctor coordinator --coordinator-db sqlite:c.db --article-url http://{address} --user-url http://{address} --listen {address} --json"
    );
    let looked = run(&folder, &line);
    assert_eq!(looked.code, Some(0), "{}{}", looked.output, looked.errors);
    let json: serde_json::Value = serde_json::from_str(&looked.output).expect("JSON");
    assert_eq!(json["verdict"], "warning");
    let state = |item: &str| {
        let findings = json["findings"].as_array().expect("findings");
        let found = findings.iter().find(|finding| finding["item"] == item);
        found.unwrap_or_else(|| panic!("no {item} in {json:#}"))["state"].clone()
    };
    assert_eq!(state("article service"), "ok");
    assert_eq!(state("port"), "warning");
    assert_eq!(
        state("coordinator database"),
        "warning",
        "it lacks all migrations"
    );
}
