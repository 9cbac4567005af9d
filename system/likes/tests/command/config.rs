//! The configuration file, `likewise config check` and `likewise config show`, with the real binary.

use std::fs;

use tempfile::TempDir;

use crate::run::{Exited, Running, run_in};

/// A folder with the configuration file `likewise.toml`.
fn folder(text: &str) -> TempDir {
    let folder = TempDir::new().expect("a folder");
    fs::write(folder.path().join("likewise.toml"), text).expect("a file");
    folder
}

/// Runs a command with `--config likewise.toml` and these variables.
fn run(folder: &TempDir, line: &str, variables: &[(&str, &str)]) -> Exited {
    let words: Vec<_> = line.split_whitespace().collect();
    let variables = [&[("LIKEWISE_CONFIG", "likewise.toml")], variables].concat();
    Running::spawn(folder.path(), &words, &variables).end()
}

/// The line of `config show` about an option, in words.
fn line_of(shown: &Exited, option: &str) -> String {
    let lines = shown
        .output
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>());
    let mut lines = lines.filter(|words| words.first() == Some(&option));
    let line = lines.next();
    line.unwrap_or_else(|| panic!("no {option} in:\n{}\n{}", shown.output, shown.errors))
        .join(" ")
}

#[test]
fn a_flag_comes_before_the_environment_and_that_before_the_file() {
    let folder = folder("pool-size = 5\nlock-timeout = \"100ms\"\npark-after = 3\n");
    let variables = [
        ("LIKEWISE_POOL_SIZE", "6"),
        ("LIKEWISE_LOCK_TIMEOUT", "200ms"),
        ("LIKEWISE_PARK_AFTER", ""),
    ];
    let shown = run(&folder, "config show --pool-size 7", &variables);
    assert_eq!(shown.code, Some(0), "{}", shown.errors);
    assert_eq!(line_of(&shown, "pool-size"), "pool-size 7 flag --pool-size");
    assert_eq!(
        line_of(&shown, "lock-timeout"),
        "lock-timeout 200ms environment LIKEWISE_LOCK_TIMEOUT"
    );
    assert_eq!(
        line_of(&shown, "park-after"),
        "park-after 3 likewise.toml:3"
    );
    assert_eq!(
        line_of(&shown, "statement-timeout"),
        "statement-timeout 2s default"
    );
    assert_eq!(line_of(&shown, "data"), "data ./likewise-data default");
    let wide: Vec<_> = shown
        .output
        .lines()
        .filter(|line| line.chars().count() > 80)
        .collect();
    assert_eq!(wide, Vec::<&str>::new());
}

#[test]
fn a_former_name_of_an_option_goes_on_working() {
    let folder = folder("pool-wait = \"900ms\"");
    let shown = run(&folder, "config show", &[]);
    assert_eq!(
        line_of(&shown, "acquire-timeout"),
        "acquire-timeout 900ms likewise.toml:1"
    );
    let shown = run(&folder, "config show", &[("LIKEWISE_POOL_WAIT", "800ms")]);
    assert_eq!(
        line_of(&shown, "acquire-timeout"),
        "acquire-timeout 800ms environment LIKEWISE_POOL_WAIT"
    );
}

#[test]
fn every_mistake_is_reported_at_once_and_nothing_is_changed() {
    let folder = folder("poolsize = 5\nlock-timeout = \"soon\"\n");
    for line in ["config check", "serve", "audit"] {
        let refused = run(
            &folder,
            line,
            &[
                ("LIKEWISE_DATA_FILE", "x"),
                ("LIKEWISE_ALERT_WEBHOOK_FILE", "nowhere"),
            ],
        );
        assert_eq!(refused.code, Some(2), "{line}: {}", refused.errors);
        for text in [
            "error: likewise.toml:1:1: unknown key 'poolsize'; did you mean 'pool-size'?\n",
            "error: likewise.toml:2:16: invalid value 'soon' for '--lock-timeout <TIME>'",
        ] {
            assert!(
                refused.errors.contains(text),
                "{line}: no '{text}' in:\n{}",
                refused.errors
            );
        }
    }
    let wrong = "step-timeout = \"20s\"\nlock-timeout = \"3s\"\narticle-db = \"sqlite:a\"\nlog-level = \"loud\"";
    fs::write(folder.path().join("likewise.toml"), wrong).expect("a file");
    let refused = run(&folder, "config check", &[]);
    assert_eq!(refused.code, Some(2));
    for text in [
        "--saga-deadline (5s)",
        "--answer-timeout (10s)",
        "--statement-timeout (2s)",
        "all three of --article-db",
        "'loud' is no level",
        "--step-timeout is from likewise.toml:1:1",
        "--log-level is from likewise.toml:4:1",
    ] {
        assert!(
            refused.errors.contains(text),
            "no '{text}' in:\n{}",
            refused.errors
        );
    }
    let left = fs::read_dir(folder.path()).expect("the folder").count();
    assert_eq!(left, 1);
}

#[test]
fn a_valid_configuration_is_told_with_what_it_does_not_use() {
    let folder =
        folder("user-url = \"http://u:1\"\nlisten = \":0\"\n[user]\nuser-db = \"sqlite:u\"\n");
    let valid = run(&folder, "config check", &[]);
    assert_eq!(valid.code, Some(0), "{}", valid.errors);
    assert!(
        valid
            .output
            .starts_with("the configuration is valid: 1 of "),
        "{}",
        valid.output
    );
    assert!(
        valid
            .output
            .contains("likewise.toml:1:1: user-url is for another process"),
        "{}",
        valid.output
    );
    let user = run(&folder, "config check user", &[]);
    assert_eq!(user.code, Some(0), "{}", user.errors);
    assert!(
        user.output.starts_with("the configuration is valid: 2 of "),
        "{}",
        user.output
    );
}

#[test]
fn secrets_come_from_files_and_are_never_shown() {
    let folder = folder(
        "alert-webhook = \"https://a.example/hook/pass-1\"\nalert-secret-file = \"s\"\nuser-db-file = \"user\"\n",
    );
    fs::write(
        folder.path().join("user"),
        "postgres://me:pass-2@db/users\n",
    )
    .expect("a file");
    fs::write(
        folder.path().join("article"),
        "postgres://me:pass-3@db/articles",
    )
    .expect("a file");
    let variables = [
        ("LIKEWISE_ARTICLE_DB_FILE", "article"),
        (
            "LIKEWISE_COORDINATOR_DB",
            "postgres://me:pass-4@db/log?password=pass-5",
        ),
    ];
    for line in ["config show", "config show --json"] {
        let shown = run(&folder, line, &variables);
        assert_eq!(shown.code, Some(0), "{}", shown.errors);
        let all = format!("{}{}", shown.output, shown.errors);
        assert!(!all.contains("pass-"), "{all}");
        for text in [
            "postgres://me@db:5432/users",
            "postgres://me@db:5432/articles",
            "postgres://me@db:5432/log",
            "https://a.example/…",
        ] {
            assert!(all.contains(text), "no '{text}' in:\n{all}");
        }
    }
    let shown = run(&folder, "config show --json", &variables);
    let json: serde_json::Value = serde_json::from_str(&shown.output).expect("JSON");
    let value = |option: &str| {
        let values = json["values"].as_array().expect("values");
        values
            .iter()
            .find(|value| value["option"] == option)
            .expect("the option")
            .clone()
    };
    assert_eq!(value("article-db")["name"], "LIKEWISE_ARTICLE_DB_FILE");
    assert_eq!(value("user-db")["line"], 3);
    assert_eq!(value("pool-size")["origin"], "default");
    let both = [
        ("LIKEWISE_USER_DB", "sqlite:u"),
        ("LIKEWISE_USER_DB_FILE", "user"),
    ];
    let refused = run(&folder, "config check", &both);
    assert_eq!(refused.code, Some(2));
    assert!(
        refused
            .errors
            .contains("give either LIKEWISE_USER_DB or LIKEWISE_USER_DB_FILE"),
        "{}",
        refused.errors
    );
}

#[test]
fn a_process_runs_with_what_its_file_says() {
    let folder = folder("listen = \"127.0.0.1:0\"\ndata = \"from-the-file\"\n");
    let running = Running::start(folder.path(), &["serve", "--config", "likewise.toml"]);
    assert!(folder.path().join("from-the-file/article.db").exists());
    running.signal("TERM");
    let taken = run_in(folder.path(), &["serve", "--config", "nowhere.toml"]);
    assert_eq!(taken.code, Some(2));
    assert!(
        taken
            .errors
            .contains("nowhere.toml: the configuration file cannot be read"),
        "{}",
        taken.errors
    );
}
