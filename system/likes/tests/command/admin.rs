//! R26: the admin listener of a real process. Its credentials are the tokens of a file.

use std::{fs, net::SocketAddr};

use tempfile::TempDir;
use tokio::{io::AsyncReadExt, net::TcpStream};

use crate::{
    assert_refused,
    common::{client::Client, scrape::Scrape},
    run::{Running, run},
};

const READ: &str = "read-5f2b0c8ad1e94f77";
const OPERATE: &str = "operate-9a1c44e07bd85f10";

fn token_file(folder: &TempDir, text: &str) -> String {
    let file = folder.path().join("tokens");
    fs::write(&file, text).expect("a file");
    file.display().to_string()
}

/// A process with an admin listener, and its tokens.
pub fn start(folder: &TempDir, more: &[&str]) -> Running {
    let text = format!("# tokens\n\nprometheus read {READ}\nann operate {OPERATE}\n");
    let file = token_file(folder, &text);
    let admin = ["--admin-listen", "127.0.0.1:0", "--admin-token-file", &file];
    let serve = ["serve", "--listen", "127.0.0.1:0"];
    Running::start(folder.path(), &[&serve[..], &admin[..], more].concat())
}

pub fn bearer() -> String {
    format!("Bearer {READ}")
}

#[tokio::test(flavor = "multi_thread")]
async fn r26_the_admin_listener_answers_known_tokens_alone_and_is_not_the_public_one() {
    let folder = TempDir::new().expect("a folder");
    let running = start(&folder, &[]);
    let admin = Client::new(running.admin_address());
    for wrong in [None, Some("Bearer wrong-5f2b0c8ad1e94f77"), Some("Bearer")] {
        let request = admin.get("/problems");
        let request = match wrong {
            Some(value) => request.header("Authorization", value),
            None => request,
        };
        let refused = request.send().await;
        assert_eq!(refused.status, 401, "{refused:?}");
        let challenge = refused.headers["www-authenticate"].to_str().unwrap();
        assert!(challenge.starts_with("Bearer"), "{challenge}");
        assert_eq!(refused.body["type"], "/problems#unauthorized");
        assert!(refused.headers.contains_key("x-request-id"), "{refused:?}");
    }
    for token in [READ, OPERATE] {
        let value = format!("Bearer {token}");
        let page = admin.get("/problems").header("Authorization", value);
        let page = page.send().await;
        assert_eq!(page.status, 200, "{page:?}");
        assert!(page.text.contains("id=\"unauthorized\""), "{page:?}");
    }
    // Neither listener has the routes of the other.
    let public = admin.get("/v1/articles").header("Authorization", bearer());
    assert_eq!(public.send().await.status, 404);
    let client = Client::new(running.address());
    let hidden = client.get("/metrics").header("Authorization", bearer());
    assert_eq!(hidden.send().await.status, 404);

    let mut idle = silent_connection(running.admin_address()).await;
    let ended = running.signal("TERM");
    assert_eq!(ended.code, Some(0), "{}", ended.errors);
    assert_eq!(idle.read(&mut [0]).await.expect("an end"), 0, "closed");
    for token in [READ, OPERATE] {
        assert!(!ended.errors.contains(token), "{}", ended.errors);
    }
}

#[allow(
    clippy::disallowed_methods,
    reason = "sends less than any HTTP client would"
)]
async fn silent_connection(address: SocketAddr) -> TcpStream {
    TcpStream::connect(address).await.expect("a connection")
}

/// R13, for those who watch all sagas and not one.
#[tokio::test(flavor = "multi_thread")]
async fn r13_a_process_shows_its_metrics_as_open_metrics_text() {
    let folder = TempDir::new().expect("a folder");
    let running = start(&folder, &[]);
    let client = Client::new(running.address());
    let article = client.article("An article").await;
    assert_eq!(client.like(article, 7).await.status, 200);
    let admin = Client::new(running.admin_address());
    let refused = admin.get("/metrics").send().await;
    assert_eq!(refused.status, 401, "{refused:?}");
    let shown = admin.get("/metrics").header("Authorization", bearer());
    let shown = shown.send().await;
    assert_eq!(shown.status, 200, "{shown:?}");
    let content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert_eq!(shown.headers["content-type"], content_type);
    assert!(!shown.text.contains(READ), "{}", shown.text);
    let scrape = Scrape::parse(&shown.text);
    let version = [("version", env!("CARGO_PKG_VERSION"))];
    assert_eq!(scrape.value("likewise_build_info", &version), 1.0);
    let started = scrape.value("process_start_time_seconds", &[]);
    let age = now() - started;
    assert!((0.0..600.0).contains(&age), "{age}");
    assert_eq!(scrape.sum("likewise_sagas_started_total", &[]), 1.0);
    let requests = "likewise_http_requests_total";
    assert_eq!(scrape.sum(requests, &[("listener", "public")]), 2.0);
    let unauthorized = [
        ("listener", "admin"),
        ("route", "/metrics"),
        ("status", "4xx"),
    ];
    assert_eq!(scrape.sum(requests, &unauthorized), 1.0);
}

/// Seconds since 1970.
fn now() -> f64 {
    let now = likewise_saga::env::real::env().clock.now();
    now.0 as f64 / 1e6
}

#[test]
fn an_admin_listener_without_a_right_token_file_is_refused_at_the_start() {
    assert_refused(
        &["serve", "--admin-listen", "127.0.0.1:0"],
        &["--admin-token-file"],
    );
    assert_refused(
        &["serve", "--admin-token-file", "tokens"],
        &["--admin-listen"],
    );
    assert_refused(
        &[
            "serve",
            "user",
            "--user-db",
            "sqlite:u.db",
            "--admin-token-file",
            "tokens",
        ],
        &["--admin-listen"],
    );
    let folder = TempDir::new().expect("a folder");
    let missing = folder.path().join("missing").display().to_string();
    let refused = |file: &str, texts: &[&str]| {
        let admin = ["--admin-listen", "127.0.0.1:0", "--admin-token-file", file];
        assert_refused(&[&["serve"], &admin[..]].concat(), texts);
        let article = ["serve", "article", "--article-db", "sqlite:a.db"];
        assert_refused(&[&article[..], &admin[..]].concat(), texts);
    };
    refused(&missing, &[&missing, "--admin-token-file"]);
    let file = token_file(&folder, &format!("ann read {READ}\nbob admin {OPERATE}\n"));
    refused(&file, &[&file, "line 2", "`read` or `operate`"]);
    let admin = [
        "serve",
        "--admin-listen",
        "127.0.0.1:0",
        "--admin-token-file",
    ];
    let ended = run(&[&admin[..], &[&file]].concat());
    assert!(!ended.errors.contains(OPERATE), "{}", ended.errors);
    refused(&token_file(&folder, "# nobody\n"), &["has no token"]);
}

/// `likewise saga` has the same variable, and an operator exports it.
#[test]
fn a_token_file_of_the_environment_without_an_admin_listener_is_ignored() {
    let folder = TempDir::new().expect("a folder");
    let variables = [("LIKEWISE_ADMIN_TOKEN_FILE", "no-such-file")];
    let serve = ["serve", "--listen", "127.0.0.1:0"];
    drop(Running::start_with(folder.path(), &serve, &variables));
}

#[test]
fn an_admin_address_in_use_is_refused_with_its_option() {
    let folder = TempDir::new().expect("a folder");
    let running = start(&folder, &[]);
    let (address, tokens) = (
        running.admin_address().to_string(),
        folder.path().join("tokens"),
    );
    let tokens = tokens.display().to_string();
    assert_refused(
        &[
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--admin-listen",
            &address,
            "--admin-token-file",
            &tokens,
        ],
        &["--admin-listen", &address],
    );
}
