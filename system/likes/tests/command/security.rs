//! R26: the secret between services, on real processes. Users and operators are in `identity.rs`.

use std::{fs, path::Path, time::Duration};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    common::client::{Client, Reply},
    run::{Running, run},
    three_processes::Three,
};

const OLD: &str = "planted-service-secret-old-0123456789";
const NEW: &str = "planted-service-secret-new-9876543210";
/// The number of polls for a condition, 20 ms apart.
const POLLS_MAX: u32 = 500;

/// The internal routes, each with a body that changes nothing.
fn internal_routes() -> [(&'static str, Value); 4] {
    [
        ("/v1/steps", json!([])),
        ("/v1/lookups", json!([])),
        ("/v1/watermarks", json!({})),
        ("/v1/barrier-rows", json!([])),
    ]
}

async fn post(client: &Client, path: &str, body: &Value, secrets: &[&str]) -> Reply {
    let request = client.post(path).json(body);
    let with = secrets.iter().fold(request, |request, secret| {
        request.header("Likewise-Service-Secret", *secret)
    });
    with.send().await
}

/// Every thing that a process of these wrote to its log.
fn logs(three: &Three) -> String {
    let all = [&three.article, &three.user, &three.coordinator];
    all.map(|running| running.log_lines("").join("\n"))
        .join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn r26_an_internal_route_needs_the_secret_of_the_services() {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("secrets");
    fs::write(&file, format!("# newest first\n{NEW}\n{OLD}\n")).unwrap();
    let options = [
        "--service-secret-file",
        file.to_str().unwrap(),
        "--log-level",
        "trace",
    ];
    let three = Three::start(folder.path(), &options).await;
    let user = Client::new(three.user.address());
    for (path, body) in internal_routes() {
        for refused in [
            &[] as &[&str],
            &["planted-wrong-secret"],
            &[""],
            &[NEW, NEW],
        ] {
            let reply = post(&user, path, &body, refused).await;
            assert_eq!(reply.status, 401, "{path} {refused:?}: {reply:?}");
            assert_eq!(reply.body["type"], "/problems#unauthorized");
            let challenge = reply.headers["www-authenticate"].to_str().unwrap();
            assert!(
                challenge.starts_with("Likewise-Service-Secret"),
                "{challenge}"
            );
            assert!(!reply.text.contains("planted"), "{}", reply.text);
        }
        for right in [NEW, OLD] {
            let reply = post(&user, path, &body, &[right]).await;
            assert_eq!(reply.status, 422, "{path}: {reply:?}");
        }
    }
    let liked = three.client.like(three.article_id, 7).await;
    assert_eq!(liked.status, 200, "{liked:?}");
    let refusals = three.user.log_lines("has no service secret");
    assert_eq!(refusals.len(), 1, "once for each peer: {refusals:?}");
    let logs = logs(&three);
    assert!(!logs.contains("planted"), "a secret is in a log:\n{logs}");
}

#[tokio::test(flavor = "multi_thread")]
async fn r26_a_peer_that_guesses_secrets_is_delayed() {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("secrets");
    fs::write(&file, NEW).unwrap();
    let line =
        "serve user --listen 127.0.0.1:0 --user-db sqlite:user.db --service-secret-file secrets";
    let user = Running::start(folder.path(), &line.split(' ').collect::<Vec<_>>());
    let client = Client::new(user.address());
    let mut last = None;
    for guess in 0..12 {
        let guess = format!("guess-{guess}");
        last = Some(post(&client, "/v1/steps", &json!([]), &[&guess]).await);
    }
    let last = last.unwrap();
    assert_eq!(last.status, 429, "{last:?}");
    assert_eq!(last.body["type"], "/problems#too-many-attempts");
    assert!(last.headers.contains_key("retry-after"), "{last:?}");
    // A right one is not compared, either: otherwise a guess would be as good as before.
    let right = post(&client, "/v1/steps", &json!([]), &[NEW]).await;
    assert_eq!(right.status, 429, "{right:?}");
    let likes = client.get("/v1/users/7/likes").send().await;
    assert_eq!(likes.status, 200, "the public routes stay open: {likes:?}");
}

/// Starts the three services, each with a secret file of its own in the folder.
async fn with_own_files(folder: &Path, secrets: &str) -> Three {
    for name in ["article", "user", "coordinator"] {
        fs::write(folder.join(name), secrets).unwrap();
    }
    Three::start_each(folder, |name| {
        vec!["--service-secret-file".to_owned(), name.to_owned()]
    })
    .await
}

async fn wait_for_like(three: &Three, user: i64) -> Reply {
    for _ in 0..POLLS_MAX {
        let reply = three.client.like(three.article_id, user).await;
        if reply.status == 200 {
            return reply;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("no like succeeds");
}

#[tokio::test(flavor = "multi_thread")]
async fn r26_a_secret_is_replaced_without_a_restart_and_without_a_failed_like() {
    let folder = TempDir::new().expect("a folder");
    let mut three = with_own_files(folder.path(), OLD).await;
    assert_eq!(three.client.like(three.article_id, 1).await.status, 200);
    let mut user = 1;
    // Behind the old one everywhere, then in front everywhere, then alone.
    let stages = [
        format!("{OLD}\n{NEW}\n"),
        format!("{NEW}\n{OLD}\n"),
        NEW.to_owned(),
    ];
    for (stage, secrets) in (1_usize..).zip(stages) {
        for name in ["user", "article", "coordinator"] {
            fs::write(folder.path().join(name), &secrets).unwrap();
            let running = match name {
                "user" => &mut three.user,
                "article" => &mut three.article,
                _ => &mut three.coordinator,
            };
            running.wait_for_log_lines("the service secrets were replaced", stage);
            user += 1;
            let liked = three.client.like(three.article_id, user).await;
            assert_eq!(liked.status, 200, "{name}: {liked:?}");
        }
    }
    let old = post(
        &Client::new(three.user.address()),
        "/v1/steps",
        &json!([]),
        &[OLD],
    )
    .await;
    assert_eq!(old.status, 401, "the old secret is no longer one: {old:?}");
    assert!(!logs(&three).contains("planted"));
}

/// A refused secret is no refused step: nothing is undone, and everything goes on when the secrets fit again.
#[tokio::test(flavor = "multi_thread")]
async fn r26_a_coordinator_with_another_secret_does_nothing_and_says_why() {
    let folder = TempDir::new().expect("a folder");
    let mut three = with_own_files(folder.path(), OLD).await;
    assert_eq!(three.client.like(three.article_id, 1).await.status, 200);
    fs::write(folder.path().join("user"), NEW).unwrap();
    three.user.wait_for_log("the service secrets were replaced");
    let refused = three.client.like(three.article_id, 2).await;
    assert_eq!(refused.status, 503, "{refused:?}");
    let why = "the user service refuses the secret";
    assert!(refused.text.contains(why), "{refused:?}");
    // A content that is refused changes nothing.
    fs::write(folder.path().join("coordinator"), "short").unwrap();
    three.coordinator.wait_for_log("32 to 512 characters");
    fs::write(folder.path().join("user"), format!("{NEW}\n{OLD}")).unwrap();
    wait_for_like(&three, 3).await;
    let likes = Client::new(three.article.address())
        .likes(three.article_id)
        .await;
    assert_eq!(likes, 2);
    assert!(!logs(&three).contains("planted"));
}

#[test]
fn r26_a_secret_file_that_is_refused_is_a_clear_message() {
    let folder = TempDir::new().expect("a folder");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let missing = folder.path().join("missing");
    for (file, why) in [
        (
            file("short", "planted"),
            "line 1: a secret has 32 to 512 characters",
        ),
        (file("empty", "# none"), "the file has no secret"),
        (
            file("twice", &format!("{OLD}\n{OLD}")),
            "line 2: line 1 has the same secret",
        ),
        (missing.to_str().unwrap().to_owned(), "No such file"),
    ] {
        let ended = run(&[
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--service-secret-file",
            &file,
        ]);
        assert_eq!(ended.code, Some(2), "{}", ended.errors);
        let message = format!("--service-secret-file {file}: ");
        assert!(ended.errors.contains(&message), "{}", ended.errors);
        assert!(ended.errors.contains(why), "{}", ended.errors);
        assert!(!ended.errors.contains("planted"), "{}", ended.errors);
    }
}
