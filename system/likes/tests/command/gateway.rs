//! The gateway configuration in `deploy/nginx/`: three processes behind one address.

use std::{
    fs,
    net::{SocketAddr, TcpListener},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::json;
use tempfile::TempDir;

use crate::{
    common::{
        client::Client,
        event_stream::{EventStream, changes},
    },
    run::Running,
};

const CONFIGURATION: &str = include_str!("../../../../deploy/nginx/likewise.conf");

/// What a system's own configuration has around the file. The folders for temporary files are relative.
const AROUND: &str = "\
daemon off;
pid nginx.pid;
error_log stderr;
events {}
http {
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    include likewise.conf;
}
";

/// nginx. Dropping it ends it.
struct Nginx(Child);

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts nginx with the configuration, in front of these processes.
fn start_nginx(folder: &Path, listen: SocketAddr, services: [SocketAddr; 3]) -> Nginx {
    let mut text = CONFIGURATION.replace("127.0.0.1:8000", &listen.to_string());
    for (usual, service) in ["127.0.0.1:8080", "127.0.0.1:8081", "127.0.0.1:8082"]
        .iter()
        .zip(services)
    {
        assert!(text.contains(usual), "{usual}");
        text = text.replace(usual, &service.to_string());
    }
    fs::write(folder.join("likewise.conf"), text).unwrap();
    // One process: the workers of a master would outlive it if it is killed.
    let around = format!("master_process off;\n{AROUND}");
    fs::write(folder.join("nginx.conf"), around).unwrap();
    let mut command = Command::new("nginx");
    command
        .args(["-p"])
        .arg(folder)
        .args(["-c", "nginx.conf"])
        .stdin(Stdio::null());
    Nginx(command.spawn().expect("nginx starts"))
}

fn service(folder: &Path, name: &str, more: &[&str]) -> Running {
    let database = format!("--{name}-db");
    let file = format!("sqlite:{name}.db");
    let arguments = [
        &["serve", name, "--listen", "127.0.0.1:0", &database, &file],
        more,
    ]
    .concat();
    Running::start(folder, &arguments)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gateway_puts_three_processes_behind_one_address() {
    if Command::new("nginx").arg("-v").output().is_err() {
        println!("left out: nginx is not installed (Debian: apt-get install nginx-light)");
        return;
    }
    let folder = TempDir::new().expect("a folder");
    let article = service(folder.path(), "article", &[]);
    let user = service(folder.path(), "user", &[]);
    let urls = [&article, &user].map(|service| format!("http://{}", service.address()));
    let coordinator = service(
        folder.path(),
        "coordinator",
        &[
            "--article-url",
            &urls[0],
            "--user-url",
            &urls[1],
            "--answer-timeout",
            "2s",
            "--acquire-timeout",
            "500ms",
            "--statement-timeout",
            "1s",
            "--saga-deadline",
            "2s",
        ],
    );
    let listen = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let services = [&coordinator, &article, &user].map(Running::address);
    let _nginx = start_nginx(folder.path(), listen, services);
    let client = Client::new(listen);
    for _ in 0..200 {
        match client.get("/readyz").try_send().await {
            Ok(ready) if ready.status == 200 => break,
            _ => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }

    // One answer of each service, for each of its routes.
    let id = client.article("Hello").await;
    assert_eq!(client.like(id, 7).await.status, 200);
    let me = format!("/v1/articles/{id}/likes/me");
    assert_eq!(client.membership(id, 7).await.status, 200);
    assert_eq!(client.put(&me).user(8).send().await.status, 200);
    assert_eq!(client.unlike(id, 8).await.status, 200);
    assert_eq!(client.likes(id).await, 1);
    assert_eq!(
        client
            .post(&format!("/v1/articles/{id}/like"))
            .user(9)
            .send()
            .await
            .status,
        200
    );
    for (path, status) in [
        ("/v1/articles", 200),
        ("/v1/articles?limit=1", 200),
        ("/v1/users/7/likes", 200),
        ("/v1/transactions", 200),
        ("/v1/coordinator", 200),
        ("/livez", 200),
        ("/openapi.json", 200),
        ("/docs", 200),
        ("/problems", 200),
        ("/v1/nothing", 404),
        ("/v1/steps", 404),
        ("/v1/lookups", 404),
    ] {
        assert_eq!(client.get(path).send().await.status, status, "{path}");
    }
    assert_eq!(
        client
            .post("/v1/steps")
            .json(&json!([]))
            .send()
            .await
            .status,
        404
    );
    assert_eq!(client.put("/v1/users/5/block").send().await.status, 204);

    // A stream passes, also its end, and a browser that comes back is told to stop.
    let transactions = client.get("/v1/transactions?status=done").send().await;
    let done = transactions.body["items"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let shown = client.get(&format!("/v1/transactions/{done}")).send().await;
    let events = shown.body["events"].as_str().unwrap();
    let mut stream = EventStream::open(listen, events, None).await;
    assert_eq!(
        (stream.status.as_u16(), &stream.headers["content-type"]),
        (200, &"text/event-stream".parse().unwrap())
    );
    assert_eq!(changes(&stream.rest().await), ["started", "completed"]);
    let last = stream.last_event_id.as_deref();
    let again = EventStream::open(listen, events, last).await;
    assert_eq!(again.status, 204);

    // The gateway names a request that its client does not name.
    let named = client
        .get("/v1/articles")
        .header("X-Request-Id", "mine")
        .send()
        .await;
    assert_eq!(named.headers["x-request-id"], "mine");
    let made = client.get("/v1/articles").send().await;
    assert_eq!(made.headers["x-request-id"].len(), 32, "{made:?}");

    // A large body reaches the service, and a service that is away is a problem.
    let large = client
        .post("/v1/articles")
        .header("Content-Type", "application/json");
    assert_eq!(large.body("x".repeat(100_000)).send().await.status, 413);
    drop(user);
    let away = client.membership(id, 7).await;
    assert_eq!(
        (away.status.as_u16(), &away.body["type"]),
        (503, &json!("/problems#in-doubt"))
    );
    assert_eq!(away.headers["content-type"], "application/problem+json");
    let refused = client.like(id, 10).await;
    assert_eq!(refused.status, 503, "{refused:?}");
    let detail = refused.body["detail"].as_str().unwrap();
    assert!(
        detail.contains("the user service did not answer"),
        "{detail}"
    );
    assert!(
        !detail.contains("os error") && !detail.contains("refused"),
        "{detail}"
    );
}
