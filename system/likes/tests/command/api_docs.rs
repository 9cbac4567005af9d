//! R11: the API documentation of a running process, and what every answer of a process has.

use serde_json::Value;
use tempfile::TempDir;

use crate::{
    common::client::Client,
    run::{Running, run},
};

const PUBLISHED: &str = include_str!("../../../../schemas/openapi.json");

fn start(folder: &TempDir, options: &[&str]) -> (Running, Client) {
    let arguments = [
        &["serve", "--listen", "127.0.0.1:0", "--data", "data"],
        options,
    ]
    .concat();
    let running = Running::start(folder.path(), &arguments);
    let client = Client::new(running.address());
    (running, client)
}

#[tokio::test(flavor = "multi_thread")]
async fn r11_the_documentation_is_served_and_loads_nothing_from_elsewhere() {
    let folder = TempDir::new().expect("a folder");
    let (_running, client) = start(&folder, &[]);
    let document = client.get("/openapi.json").send().await;
    assert_eq!(document.status, 200);
    assert_eq!(document.headers["content-type"], "application/json");
    assert_eq!(
        document.body,
        serde_json::from_str::<Value>(PUBLISHED).unwrap()
    );
    let page = client.get("/docs").send().await;
    assert_eq!(page.headers["content-type"], "text/html; charset=utf-8");
    let mut files = 0;
    for part in page
        .text
        .split(['"'])
        .filter(|part| part.starts_with("/docs/"))
    {
        let file = client.get(part).send().await;
        assert_eq!(file.status, 200, "{part}");
        assert!(!file.text.is_empty(), "{part}");
        files += 1;
    }
    assert_eq!(files, 3, "{}", page.text);
    assert!(!page.text.contains("://"), "{}", page.text);
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(
        policy.starts_with("default-src 'none'; script-src 'self';"),
        "{policy}"
    );
    assert_eq!(client.post("/docs").send().await.status, 405);
}

/// The type of a problem is a path with an anchor. Both must exist.
#[tokio::test(flavor = "multi_thread")]
async fn the_type_of_a_problem_leads_to_its_explanation() {
    let folder = TempDir::new().expect("a folder");
    let (_running, client) = start(&folder, &[]);
    let problem = client.get("/v1/articles/1").send().await;
    let kind = problem.body["type"].as_str().expect("a type");
    let (path, anchor) = kind.split_once('#').expect("an anchor");
    let page = client.get(path).send().await;
    assert_eq!(page.status, 200);
    assert!(
        page.text.contains(&format!("id=\"{anchor}\"")),
        "{}",
        page.text
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_of_a_process_has_a_date_and_the_id_of_its_request() {
    let folder = TempDir::new().expect("a folder");
    let (running, client) = start(&folder, &[]);
    for path in ["/livez", "/v1/articles/1", "/nothing", "/docs"] {
        let reply = client
            .get(path)
            .header("X-Request-Id", "mine-7")
            .send()
            .await;
        assert_eq!(reply.headers["x-request-id"], "mine-7", "{path}");
        let date = reply.headers["date"].to_str().unwrap();
        assert!(date.ends_with(" GMT") && date.len() == 29, "{date}");
    }
    let refused = client
        .get("/livez")
        .header("X-Request-Id", "two words")
        .send()
        .await;
    assert_eq!(refused.status, 422, "{refused:?}");
    assert_eq!(refused.body["errors"][0]["name"], "X-Request-Id");
    drop(running);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_names_each_request_by_its_id() {
    let folder = TempDir::new().expect("a folder");
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--data", "data"];
    let variables = [("LIKEWISE_LOG", "likewise=debug")];
    let mut running = Running::start_with(folder.path(), &arguments, &variables);
    let client = Client::new(running.address());
    client
        .get("/v1/articles/7")
        .header("X-Request-Id", "look-here")
        .send()
        .await;
    running.wait_for_log("answered");
    let lines = running.log_lines("look-here");
    assert!(
        lines
            .iter()
            .any(|line| line.contains("/v1/articles/7") && line.contains("404")),
        "{lines:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_a_configured_origin_may_use_the_api() {
    let folder = TempDir::new().expect("a folder");
    let (_running, client) = start(&folder, &["--cors-origin", "https://shop.example"]);
    let preflight = client
        .request(http::Method::OPTIONS, "/v1/articles/1/likes/me")
        .header("Origin", "https://shop.example")
        .header("Access-Control-Request-Method", "PUT")
        .header(
            "Access-Control-Request-Headers",
            "x-user-id,idempotency-key",
        )
        .send()
        .await;
    assert_eq!(preflight.status, 200, "{preflight:?}");
    assert_eq!(
        preflight.headers["access-control-allow-origin"],
        "https://shop.example"
    );
    let read = client
        .get("/v1/articles")
        .header("Origin", "https://shop.example")
        .send()
        .await;
    assert_eq!(
        read.headers["access-control-allow-origin"],
        "https://shop.example"
    );
    let other = client
        .get("/v1/articles")
        .header("Origin", "https://other.example")
        .send()
        .await;
    assert!(
        !other.headers.contains_key("access-control-allow-origin"),
        "{other:?}"
    );
}

#[test]
fn an_origin_that_no_browser_sends_is_refused() {
    let refused = run(&["serve", "--cors-origin", "https://shop.example/"]);
    assert_eq!(refused.code, Some(2), "{}", refused.errors);
    assert!(
        refused.errors.contains("is no origin"),
        "{}",
        refused.errors
    );
}
