//! R16: `likewise saga`, as an operator and as a script use it.

use std::{fs, time::Duration};

use serde_json::Value;
use tempfile::TempDir;

use crate::{
    admin,
    common::client::Client,
    run::{Exited, Running, run_with},
    saga_api::{Acts, Api, SAGA, TOKEN},
};

/// A folder with a token file.
fn token_file(text: &str) -> (TempDir, String) {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("token");
    fs::write(&file, text).expect("a file");
    let file = file.display().to_string();
    (folder, file)
}

/// Runs `likewise saga` against these APIs.
fn saga(apis: &[&Api], arguments: &[&str]) -> Exited {
    let (_folder, file) = token_file(&format!("# tokens\nann operate {TOKEN}\n"));
    let urls: Vec<String> = apis.iter().map(|api| api.url()).collect();
    let variables = [
        ("LIKEWISE_ADMIN", &*urls.join(",")),
        ("LIKEWISE_ADMIN_TOKEN_FILE", &*file),
    ];
    run_with(&[&["saga"], arguments].concat(), &variables)
}

#[track_caller]
fn assert_ended(ended: &Exited, code: i32, parts: &[&str]) {
    let all = format!("{}{}", ended.output, ended.errors);
    assert_eq!(ended.code, Some(code), "{all}");
    let words = all.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in parts {
        assert!(words.contains(part), "no '{part}' in:\n{all}");
    }
    assert!(!all.contains(TOKEN), "{all}");
    let wide = ended.output.lines().any(|line| line.chars().count() > 80);
    assert!(!wide || ended.output.starts_with('{'), "{all}");
}

#[tokio::test(flavor = "multi_thread")]
async fn r16_a_list_has_the_cause_below_each_saga_and_takes_filters() {
    let api = Api::leader(Acts::Done).await;
    let list = [
        "list",
        "--cause",
        "no_reply",
        "--service",
        "a user/1",
        "--older-than",
        "10m",
        "--limit",
        "1",
    ];
    let ended = saga(&[&api], &list);
    let parts = [
        SAGA,
        "12m 34s",
        "running, parked",
        "The user service has not answered",
        "--after",
    ];
    assert_ended(&ended, 0, &parts);
    let query = "GET /admin/v1/sagas?cause=no_reply&older_than=600&service=a%20user%2F1&limit=1";
    assert_eq!(api.requests(), [query]);
}

#[tokio::test(flavor = "multi_thread")]
async fn r16_a_saga_is_shown_with_its_cause_first_and_both_truths() {
    let api = Api::leader(Acts::Done).await;
    let ended = saga(&[&api], &["show", SAGA]);
    let parts = [
        "LOG BELIEVES SERVICE HAS",
        "count",
        "not read:",
        "verdict in doubt",
        "not resume: it is not paused",
    ];
    assert_ended(&ended, 0, &parts);
    assert!(
        ended
            .output
            .starts_with("The user service has not answered"),
        "{}",
        ended.output
    );
    let json = saga(&[&api], &["show", SAGA, "--json"]);
    let body: Value = serde_json::from_str(&json.output).expect("JSON");
    assert_eq!(
        (json.code, &body["steps"][1]["verdict"]),
        (Some(0), &"in_doubt".into())
    );
    let other = SAGA.replace("01", "02");
    assert_ended(
        &saga(&[&api], &["show", &other]),
        1,
        &["no such transaction"],
    );
    assert_ended(&saga(&[&api], &["show", "7"]), 2, &["invalid value '7'"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn r27_a_saga_is_exported_into_a_new_file_and_no_file_is_replaced() {
    let api = Api::leader(Acts::Done).await;
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("incident.json");
    let file = path.display().to_string();
    let export = ["show", SAGA, "--export", &file];
    assert_ended(&saga(&[&api], &export), 0, &[]);
    let written = fs::read_to_string(&path).expect("a file");
    let incident: Value = serde_json::from_str(&written).expect("JSON");
    assert_eq!(incident["type"], "incident");
    let query = format!("GET /admin/v1/sagas/{SAGA}?export");
    assert_eq!(api.requests(), [query]);
    fs::write(&path, "another incident").expect("a file");
    let again = saga(&[&api], &export);
    assert_ended(&again, 2, &["exists and is kept: name another file"]);
    let kept = fs::read_to_string(&path).expect("a file");
    assert_eq!(kept, "another incident");
    let printed = saga(&[&api], &["show", SAGA, "--export", "-"]);
    assert_eq!(printed.output, written);
    let nowhere = folder.path().join("none/x.json").display().to_string();
    let nowhere = saga(&[&api], &["show", SAGA, "--export", &nowhere]);
    assert_ended(&nowhere, 2, &["cannot write to"]);
    api.set_status("completed");
    let old = folder.path().join("old.json");
    let refused = saga(
        &[&api],
        &["show", SAGA, "--export", &old.display().to_string()],
    );
    assert_ended(&refused, 1, &["too old to export sagas"]);
    assert!(!old.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn r16_an_action_shows_what_it_would_do_and_sends_the_reason_with_the_version_that_was_shown()
{
    let api = Api::leader(Acts::Done).await;
    let abort = ["abort", SAGA, "--reason", "user service is gone"];
    let dry = saga(&[&api], &[&abort[..], &["--dry-run"]].concat());
    let parts = [
        "SENDS STEP SERVICE seal 1 record user undo 0 count article",
        "end compensated: no effect",
    ];
    assert_ended(&dry, 0, &parts);
    assert_eq!(api.requests().len(), 2, "{:?}", api.requests());

    let done = saga(&[&api], &[&abort[..], &["--yes"]].concat());
    assert_ended(&done, 0, &["abort is ordered: entry 12 of the audit."]);
    let requests = api.requests();
    let body = r#"{"reason":"user service is gone"}"#;
    assert_eq!(
        requests[3],
        format!("POST /admin/v1/sagas/{SAGA}/abort?dry_run=true {body}")
    );
    assert_eq!(
        requests[4],
        format!("POST /admin/v1/sagas/{SAGA}/abort {body}")
    );
    let force = saga(
        &[&api],
        &["force", SAGA, "--reason", "it must be", "--yes", "--json"],
    );
    let body: Value = serde_json::from_str(&force.output).expect("JSON alone on standard output");
    assert_eq!((force.code, &body["audit"]), (Some(0), &12.into()));
    assert!(
        api.requests()[7].contains("/force-complete "),
        "{:?}",
        api.requests()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn r16_an_action_that_nobody_can_confirm_sends_nothing() {
    let api = Api::leader(Acts::Done).await;
    let ended = saga(&[&api], &["retry", SAGA, "--reason", "x"]);
    assert_ended(&ended, 2, &["not a terminal", "--yes", "Nothing was sent."]);
    assert_ended(&saga(&[&api], &["retry", SAGA, "--yes"]), 2, &["--reason"]);
    assert_ended(
        &saga(&[&api], &["retry", SAGA, "--yes", "--reason", " "]),
        2,
        &["say why"],
    );
    assert_eq!(api.requests(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn r16_a_service_is_paused_and_resumed_with_a_reason() {
    let api = Api::leader(Acts::Done).await;
    let service = ["--service", "user", "--reason", "maintenance", "--yes"];
    let paused = saga(&[&api], &[&["pause"], &service[..]].concat());
    assert_ended(&paused, 0, &["Nothing is sent to this service", "entry 13"]);
    let resumed = saga(&[&api], &[&["resume"], &service[..]].concat());
    assert_ended(
        &resumed,
        0,
        &["What was held up is sent again.", "entry 13"],
    );
    let body = r#"{"name":"user","reason":"maintenance","scope":"service"}"#;
    let sent = |method| {
        let paths = ["/admin/v1/pauses?dry_run=true", "/admin/v1/pauses"];
        paths.map(|path| format!("{method} {path} {body}"))
    };
    let expected = [sent("POST"), sent("DELETE")].concat();
    assert_eq!(api.requests(), expected);
    let both = ["pause", SAGA, "--kind", "like", "--reason", "x", "--yes"];
    assert_ended(&saga(&[&api], &both), 2, &["cannot be used with"]);
    assert_ended(
        &saga(&[&api], &["pause", "--reason", "x", "--yes"]),
        2,
        &["SAGA"],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn r16_a_saga_that_changes_before_the_action_is_left_alone_and_the_change_is_shown() {
    let api = Api::leader(Acts::ChangesBefore).await;
    let ended = saga(&[&api], &["abort", SAGA, "--reason", "x", "--yes"]);
    let parts = [
        "status: running, parked -> compensating, parked",
        "Nothing was done.",
        "run the command again",
    ];
    assert_ended(&ended, 1, &parts);
}

#[tokio::test(flavor = "multi_thread")]
async fn r16_an_impossible_action_is_not_sent() {
    let api = Api::leader(Acts::Impossible).await;
    let ended = saga(&[&api], &["abort", SAGA, "--reason", "x", "--yes"]);
    assert_ended(
        &ended,
        1,
        &["abort is not possible: The saga is past its pivot."],
    );
    assert_eq!(api.requests().len(), 2, "the dry run is the last one");
}

#[tokio::test(flavor = "multi_thread")]
async fn r16_the_leader_is_found_among_the_addresses() {
    let (standby, leader) = (Api::standby().await, Api::leader(Acts::Done).await);
    let ended = saga(
        &[&standby, &leader],
        &["abort", SAGA, "--reason", "x", "--yes"],
    );
    assert_ended(&ended, 0, &["entry 12"]);
    assert_eq!(standby.requests(), Vec::<String>::new());
    // Without the leader, a standby shows what the log says, and no order is sent.
    let ended = saga(&[&standby], &["abort", SAGA, "--reason", "x", "--yes"]);
    assert_ended(&ended, 3, &["http://one:8080 leads", "--admin"]);
    let other = Api::standby().await;
    let ended = saga(&[&standby, &other], &["list"]);
    assert_ended(&ended, 0, &[SAGA, "note: no leader answers"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn r16_an_action_without_an_answer_is_in_doubt_and_not_repeated() {
    let (breaks, other) = (
        Api::leader(Acts::Breaks).await,
        Api::leader(Acts::Done).await,
    );
    let ended = saga(
        &[&breaks, &other],
        &["abort", SAGA, "--reason", "x", "--yes"],
    );
    assert_ended(
        &ended,
        3,
        &[
            "It is not known whether the action was done",
            "likewise saga audit",
        ],
    );
    assert_eq!(other.requests(), Vec::<String>::new());
}

/// The fake above answers what no real coordinator does; this one shows that both have the same shapes.
#[tokio::test(flavor = "multi_thread")]
async fn r16_a_saga_of_a_real_process_is_seen_aborted_and_audited() {
    let folder = TempDir::new().expect("a folder");
    let running = admin::start(
        &folder,
        &[
            "--answer-timeout",
            "1s",
            "--acquire-timeout",
            "500ms",
            "--statement-timeout",
            "500ms",
            "--saga-deadline",
            "1h",
        ],
    );
    let client = Client::new(running.address());
    let article = client.article("An article").await;
    let file = folder.path().join("tokens").display().to_string();
    let admin = running.admin_address().to_string();
    let saga = |arguments: &[&str]| {
        let connection = ["--admin", &admin, "--token-file", &file, "--as", "ann"];
        run_with(&[&["saga"], arguments, &connection[..]].concat(), &[])
    };
    // Somebody locks the database of the user service: the record is not written.
    let database = folder.path().join("likewise-data/user.db");
    let holder = rusqlite::Connection::open(database).expect("it opens");
    holder.execute_batch("BEGIN IMMEDIATE").expect("the lock");
    let reply = client.like(article, 7).await;
    let id = reply.body["transaction_id"]
        .as_str()
        .expect("its id")
        .to_owned();

    assert_ended(
        &saga(&["list", "--service", "user"]),
        0,
        &[&id, "like", "running"],
    );
    let parts = [
        "what like 7:1",
        "count article done",
        "record user unknown",
        "no row in doubt",
    ];
    assert_ended(&saga(&["show", &id]), 0, &parts);
    // What there is not cannot be paused, and the answer says what there is.
    for (of, name, known) in [
        ("--service", "nosuch", "article, user"),
        ("--kind", "nosuch", "like"),
    ] {
        for how in ["--dry-run", "--yes"] {
            let ended = saga(&["pause", of, name, "--reason", "x", how]);
            assert_ended(&ended, 2, &["must be one of", known]);
        }
    }
    let reason = ["--reason", "the database is locked"];
    let abort = [&["abort", &id][..], &reason].concat();
    let dry = saga(&[&abort[..], &["--dry-run"]].concat());
    let parts = [
        "seal 1 record user undo 0 count article",
        "end compensated",
        "may still happen",
    ];
    assert_ended(&dry, 0, &parts);
    assert_ended(
        &saga(&[&abort[..], &["--yes"]].concat()),
        0,
        &["entry 1 of the audit"],
    );
    assert_ended(
        &saga(&[&abort[..], &["--yes"]].concat()),
        1,
        &["abort is not possible", "ordered already"],
    );
    holder.execute_batch("ROLLBACK").expect("no lock");
    let ended = wait_for("It has ended.", || saga(&["show", &id]));
    // An action that the database kept waiting may be done before the seal. The saga is then committed.
    let outcome = match ended.output.contains("every step is done") {
        true => "outcome every step is done",
        false => "outcome an operator aborted it",
    };
    assert_ended(
        &ended,
        0,
        &[
            "It has ended.",
            outcome,
            "verdict agree",
            "possible none it has ended",
        ],
    );
    let parts = [
        "ann abort saga",
        "the database is locked",
        "directive: none -> abort",
    ];
    let audit = saga(&["audit", "--saga", &id]);
    assert_ended(&audit, 0, &parts);
    let of_saga = format!("saga {id}");
    assert!(audit.output.contains(&of_saga), "{}", audit.output);
    let newest = saga(&["audit", "--limit", "1"]);
    assert_ended(&newest, 0, &["settled", "Older: repeat"]);
    let oldest = saga(&["audit", "--limit", "1", "--after", "0"]);
    assert_ended(&oldest, 0, &["1 ", "ann abort", "More: repeat"]);
}

/// Runs a command until its output has the text.
#[allow(clippy::disallowed_methods, reason = "waits for another process")]
fn wait_for(text: &str, command: impl Fn() -> Exited) -> Exited {
    for _ in 0..200 {
        let ended = command();
        if ended.output.contains(text) {
            return ended;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("'{text}' never comes: {}", command().output);
}

#[tokio::test(flavor = "multi_thread")]
async fn r26_a_token_comes_from_a_file_and_a_wrong_one_is_refused() {
    let api = Api::leader(Acts::Done).await;
    let url = api.url();
    let list = |text: &str, more: &[&str]| {
        let (_folder, file) = token_file(text);
        let list = ["saga", "list", "--admin", &url, "--token-file", &file];
        run_with(&[&list[..], more].concat(), &[])
    };
    assert_ended(
        &list("wrong-5f2b0c8ad1e94f77", &[]),
        1,
        &["`Authorization`", "401"],
    );
    let two = format!("ann operate {TOKEN}\nbob read read-5f2b0c8ad1e94f77");
    assert_ended(&list(&two, &[]), 2, &["2 tokens", "--as NAME"]);
    assert_ended(&list(&two, &["--as", "ann"]), 0, &[SAGA]);
    let none = run_with(&["saga", "list", "--admin", &url], &[]);
    assert_ended(&none, 2, &["needs a token", "--token-file"]);
    let missing = run_with(&["saga", "list", "--token-file", "/nowhere"], &[]);
    assert_ended(&missing, 2, &["/nowhere"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn r16_an_api_that_cannot_be_reached_is_exit_code_3() {
    let api = Api::leader(Acts::Done).await;
    let (_folder, file) = token_file(TOKEN);
    // Nothing listens on port 1.
    let list = [
        "saga",
        "list",
        "--token-file",
        &file,
        "--admin",
        "127.0.0.1:1",
    ];
    assert_ended(&run_with(&list, &[]), 3, &["http://127.0.0.1:1", "refused"]);
    let url = api.url();
    let both = [&list[..], &["--admin", &url]].concat();
    assert_ended(&run_with(&both, &[]), 0, &[SAGA]);
}

#[tokio::test(flavor = "multi_thread")]
async fn r16_the_list_is_followed_until_ctrl_c() {
    let api = Api::leader(Acts::Done).await;
    let (folder, file) = token_file(TOKEN);
    let url = api.url();
    let watch = [
        "saga",
        "watch",
        "--every",
        "20ms",
        "--admin",
        &url,
        "--token-file",
        &file,
    ];
    let mut running = Running::spawn(folder.path(), &watch, &[]);
    running.wait_for_output("running, parked");
    // Several looks, which find the same.
    tokio::time::sleep(Duration::from_millis(300)).await;
    api.set_status("compensating");
    running.wait_for_output("compensating, parked");
    let ended = running.signal("INT");
    assert_ended(&ended, 0, &[]);
    assert_eq!(
        ended.output.matches(SAGA).count(),
        2,
        "only changes are printed"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn r16_the_audit_says_who_did_what_and_why() {
    let api = Api::leader(Acts::Done).await;
    let ended = saga(&[&api], &["audit", "--saga", SAGA]);
    let parts = [
        "12 2026-11-30 20:13:00Z ann abort saga 019ac0de",
        "user service is gone",
        "directive: none -> abort",
    ];
    assert_ended(&ended, 0, &parts);
    assert_eq!(
        api.requests(),
        [format!(
            "GET /admin/v1/audit?saga={SAGA}&newest=true&limit=50"
        )]
    );
}
