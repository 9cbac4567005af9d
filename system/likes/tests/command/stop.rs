//! How a process stops, and what it tells the service manager that started it.

use std::{os::unix::net::UnixDatagram, path::Path, time::Duration};

use tempfile::TempDir;

use crate::{
    common::client::Client,
    run::{Running, run},
};

/// The longest wait for a message of the process.
const WAIT: Duration = Duration::from_secs(30);

/// The socket of a service manager.
struct Supervisor(UnixDatagram);

impl Supervisor {
    fn bind(path: &Path) -> Self {
        let socket = UnixDatagram::bind(path).expect("a socket");
        socket.set_read_timeout(Some(WAIT)).expect("a time limit");
        Self(socket)
    }

    /// Waits until the process says this.
    fn wait_for(&self, state: &str) {
        let mut buffer = [0; 4_096];
        loop {
            let length = self.0.recv(&mut buffer).expect("a message in time");
            let text = String::from_utf8_lossy(&buffer[..length]);
            if text.lines().any(|line| line == state) {
                return;
            }
        }
    }
}

/// A load balancer sees that the process is not ready, and has time to send requests elsewhere. Until then they are served.
#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_stops_is_not_ready_and_serves_on_for_its_delay() {
    let folder = TempDir::new().expect("a folder");
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--stop-delay", "5s"];
    let mut running = Running::start(folder.path(), &arguments);
    let client = Client::new(running.address());
    let article = client.article("An article").await;
    assert_eq!(client.get("/readyz").send().await.status, 200);
    let listen = running.address().to_string();
    let health = |more: &[&str]| run(&[&["health", "--listen", &listen], more].concat());
    assert_eq!(health(&["--ready"]).code, Some(0));
    running.send("TERM");
    running.wait_for_log("SIGTERM: stopping");
    let mut ready = client.get("/readyz").send().await;
    // The line is logged just before.
    if ready.status == 200 {
        tokio::time::sleep(Duration::from_millis(500)).await;
        ready = client.get("/readyz").send().await;
    }
    assert_eq!(ready.status, 503, "{ready:?}");
    assert_eq!(ready.body["reason"], "the process is stopping");
    assert_eq!(client.get("/livez").send().await.status, 200);
    assert_eq!(client.like(article, 7).await.status, 200);
    let asked = health(&["--ready"]);
    assert_eq!(asked.code, Some(1));
    assert!(
        asked.errors.contains("the process is stopping"),
        "{}",
        asked.errors
    );
    assert_eq!(health(&[]).code, Some(0));
    let ended = running.end_within(Duration::from_secs(60));
    assert_eq!(ended.code, Some(0), "{}", ended.errors);
    let asked = health(&[]);
    assert_eq!(asked.code, Some(1));
    assert!(asked.errors.contains("refused"), "{}", asked.errors);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_manager_is_told_when_the_process_serves_lives_and_stops() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("notify");
    let supervisor = Supervisor::bind(&path);
    let variables = [
        ("NOTIFY_SOCKET", path.to_str().expect("a path")),
        ("WATCHDOG_USEC", "200000"),
    ];
    let arguments = ["serve", "--listen", "127.0.0.1:0"];
    let running = Running::start_with(folder.path(), &arguments, &variables);
    supervisor.wait_for("READY=1");
    assert_eq!(
        Client::new(running.address())
            .get("/livez")
            .send()
            .await
            .status,
        200
    );
    supervisor.wait_for("WATCHDOG=1");
    supervisor.wait_for("WATCHDOG=1");
    running.send("TERM");
    supervisor.wait_for("STOPPING=1");
    let ended = running.end_within(Duration::from_secs(60));
    assert_eq!(ended.code, Some(0), "{}", ended.errors);
}

#[test]
fn a_delay_that_is_too_long_is_refused() {
    let ended = run(&["serve", "--stop-delay", "61s"]);
    assert_eq!(ended.code, Some(2), "{}", ended.errors);
    assert!(
        ended.errors.contains("--stop-delay must be at most 1m"),
        "{}",
        ended.errors
    );
}
