//! The log of the real binary: its formats, its filter, its lines about requests and steps, and how much it writes.

use serde_json::Value;
use tempfile::TempDir;

use crate::{
    assert_refused,
    common::client::Client,
    run::{Running, run},
    three_processes::Three,
};

/// A line a request, and a line a step.
const LINES: &str = "warn,likewise=info,likewise::access=debug,likewise::step=debug";

/// The lines of a log in JSON, all of which must be such.
fn json_lines(running: &Running) -> Vec<Value> {
    let lines = running.log_lines("");
    let parse = |line: &String| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"));
    lines.iter().map(parse).collect()
}

/// The lines with this message.
fn with_message(running: &Running, message: &str) -> Vec<Value> {
    let mut lines = json_lines(running);
    lines.retain(|line| line["message"] == message);
    lines
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_in_json_has_the_same_keys_in_every_line() {
    let folder = TempDir::new().expect("a folder");
    let options = ["--log-format", "json", "--log-level", "debug"];
    let three = Three::start(folder.path(), &options).await;
    assert_eq!(three.client.like(three.article_id, 7).await.status, 200);
    for running in [&three.article, &three.user, &three.coordinator] {
        for line in json_lines(running) {
            let keys: Vec<&String> = line.as_object().expect("an object").keys().collect();
            for key in ["time", "level", "target", "message"] {
                assert!(line[key].is_string(), "{key} in {keys:?}");
            }
            let time = line["time"].as_str().unwrap_or_default();
            assert!(time.len() == 27 && time.ends_with('Z'), "{time}");
        }
        let first = running.log_lines("").swap_remove(0);
        assert!(first.starts_with("{\"time\":"), "{first}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_like_gives_one_line_for_its_request_and_one_for_each_step_in_every_service() {
    let folder = TempDir::new().expect("a folder");
    let level = format!("{LINES},likewise::saga=debug");
    let options = ["--log-format", "json", "--log-level", &level];
    let mut three = Three::start(folder.path(), &options).await;
    let path = format!("/articles/{}/like", three.article_id);
    let request = three.client.post(&path).user(7);
    let reply = request.header("X-Request-Id", "mine-1").send().await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let saga = &reply.body["transaction_id"];

    three.coordinator.wait_for_log("answered");
    let answered = with_message(&three.coordinator, "answered");
    let line = answered
        .iter()
        .find(|line| line["request_id"] == "mine-1")
        .expect("a line of the request");
    assert_eq!(line["method"], "POST", "{line}");
    assert_eq!(line["route"], "/articles/{article_id}/like", "{line}");
    assert_eq!(
        (&line["path"], &line["status"]),
        (&path.into(), &200.into())
    );
    assert_eq!(&line["saga"], saga, "{line}");
    assert!(line["micros"].is_u64(), "{line}");

    let steps = with_message(&three.coordinator, "a step was answered");
    let ended = with_message(&three.coordinator, "a saga has ended");
    assert_eq!(ended.len(), 1, "{ended:?}");
    assert_eq!(
        (&ended[0]["saga"], &ended[0]["outcome"]),
        (saga, &"completed".into())
    );
    let of_saga: Vec<&Value> = steps.iter().filter(|line| line["saga"] == *saga).collect();
    assert_eq!(of_saga.len(), 2, "{steps:?}");
    for (line, service) in of_saga.iter().zip(["article", "user"]) {
        assert_eq!(
            (&line["service"], &line["reply"]),
            (&service.into(), &"done".into())
        );
        assert_eq!((&line["op"], &line["attempt"]), (&"do".into(), &1.into()));
    }
    for (running, service) in [(&mut three.article, "article"), (&mut three.user, "user")] {
        running.wait_for_log("a step was applied");
        let steps = with_message(running, "a step was applied");
        assert_eq!(steps.len(), 1, "{steps:?}");
        assert_eq!(&steps[0]["saga"], saga);
        assert_eq!(
            (&steps[0]["service"], &steps[0]["reply"]),
            (&service.into(), &"done".into())
        );
    }
}

/// Also without a collector.
#[tokio::test(flavor = "multi_thread")]
async fn the_trace_of_a_request_is_named_in_every_service() {
    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    let folder = TempDir::new().expect("a folder");
    let options = ["--log-format", "json", "--log-level", LINES];
    let three = Three::start(folder.path(), &options).await;
    let path = format!("/articles/{}/like", three.article_id);
    let like = |user, traceparent: String| {
        let request = three.client.post(&path).user(user);
        request.header("traceparent", traceparent).send()
    };
    // The standard asks to ignore what is no context.
    assert_eq!(like(8, format!("00-{TRACE}-x-01")).await.status, 200);
    let traced = like(7, format!("00-{TRACE}-00f067aa0ba902b7-00")).await;
    assert_eq!(traced.status, 200, "{traced:?}");
    for (running, message, count) in [
        (&three.coordinator, "answered", 1),
        (&three.coordinator, "a step was answered", 2),
        (&three.article, "a step was applied", 1),
        (&three.user, "a step was applied", 1),
    ] {
        let mut lines = with_message(running, message);
        lines.retain(|line| line["trace_id"] == TRACE);
        assert_eq!(lines.len(), count, "{message}: {lines:?}");
        let saga = &traced.body["transaction_id"];
        assert!(lines.iter().all(|line| line["saga"] == *saga), "{lines:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn by_default_a_like_gives_no_line() {
    let folder = TempDir::new().expect("a folder");
    let three = Three::start(folder.path(), &[]).await;
    let lines = || three.coordinator.log_lines("").len() + three.user.log_lines("").len();
    let before = lines();
    assert_eq!(three.client.like(three.article_id, 7).await.status, 200);
    assert_eq!(lines(), before);
}

#[test]
fn a_wrong_option_of_the_log_is_refused_and_named() {
    for (filter, texts) in [
        ("debgu", ["--log-level", "'debgu' is no level"]),
        ("likewise=loud", ["--log-level", "'likewise=loud'"]),
        ("info,wran", ["--log-level", "'wran' is no level"]),
    ] {
        assert_refused(&["serve", "--log-level", filter], &texts);
    }
    assert_refused(
        &["serve", "--log-format", "xml"],
        &["--log-format", "text, json"],
    );
    assert_refused(&["audit", "--log-format", "xml"], &["--log-format"]);
    for share in ["1.5", "-1", "half", "NaN"] {
        let option = format!("--trace-share={share}");
        assert_refused(&["serve", &option], &["--trace-share", "from 0 to 1"]);
    }
    for url in ["ftp://collector:4318", "http://collector:4318/v1/traces"] {
        let texts = ["--otlp-endpoint", "http://HOST:PORT"];
        assert_refused(&["serve", "--otlp-endpoint", url], &texts);
    }
    if cfg!(not(feature = "otlp")) {
        let arguments = ["serve", "--otlp-endpoint", "http://collector:4318"];
        assert_refused(&arguments, &["--features otlp"]);
    }
    let ended = crate::run::run_with(&["serve"], &[("RUST_LOG", "loud")]);
    assert_eq!(ended.code, Some(2), "{}", ended.errors);
    assert!(
        ended.errors.contains("RUST_LOG is 'loud'"),
        "{}",
        ended.errors
    );
}

/// The option wins over the variables.
#[test]
fn the_option_filters_the_log_whatever_the_variables_say() {
    let folder = TempDir::new().expect("a folder");
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--log-level", "info"];
    let variables = [("LIKEWISE_LOG", "off"), ("RUST_LOG", "loud")];
    let running = Running::start_with(folder.path(), &arguments, &variables);
    assert!(running.log_line("listening on").contains("INFO"));
}

#[test]
fn no_level_of_the_log_shows_a_password() {
    let url = "postgres://me:secret@127.0.0.1:1/u";
    let arguments = ["serve", "user", "--listen", "127.0.0.1:0", "--user-db", url];
    let ended = run(&[&arguments[..], &["--log-level", "trace"]].concat());
    assert_eq!(ended.code, Some(2), "{}", ended.errors);
    assert!(!ended.errors.contains("secret"), "{}", ended.errors);
}

/// Requests of this test.
const READS: usize = 2_000;

/// A broken table stands for a database that fails every statement.
#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_fails_every_request_does_not_flood_the_log() {
    let folder = TempDir::new().expect("a folder");
    let running = Running::start(folder.path(), &["serve", "--listen", "127.0.0.1:0"]);
    let client = Client::new(running.address());
    let file = folder.path().join("likewise-data/article.db");
    let database = rusqlite::Connection::open(file).expect("it opens");
    let renamed = database.execute_batch("ALTER TABLE articles RENAME TO gone");
    renamed.expect("the table is gone");
    for _ in 0..READS {
        assert_eq!(client.get("/v1/articles/1").send().await.status, 503);
    }
    let failed = running.log_lines("the database failed").len();
    assert_eq!(failed, 20, "lines of one place in a minute");
    let ended = running.signal("TERM");
    let left_out = format!("left_out={} like=\"the database failed\"", READS - failed);
    assert!(ended.errors.contains(&left_out), "{}", ended.errors);
}

/// How many lines the coordinator may log in a minute while a service is away, whatever its clients do.
const LINES_A_MINUTE: usize = 60;

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_away_under_load_does_not_flood_the_log() {
    let folder = TempDir::new().expect("a folder");
    let three = Three::start(folder.path(), &[]).await;
    assert_eq!(three.client.like(three.article_id, 1).await.status, 200);
    three.user.send("STOP");
    let like = async |user: i64| {
        for _ in 0..6 {
            let reply = three.client.like(three.article_id, user).await;
            assert_eq!(reply.status, 503, "{reply:?}");
        }
    };
    futures::future::join_all((2..34).map(like)).await;
    let lines = three.coordinator.log_lines("");
    assert!(lines.len() <= LINES_A_MINUTE, "{}: {lines:?}", lines.len());
    three.user.send("CONT");
}
