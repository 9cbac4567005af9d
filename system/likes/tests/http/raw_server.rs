//! A server without databases, whose clients send bytes instead of requests.

use std::{net::SocketAddr, time::Duration};

use axum::{
    Router,
    extract::Path,
    routing::{get, post},
};
use likewise_saga::{
    bound::{Bound, within},
    env::real,
    http::{self, Limits, NoBody, RawBody},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::oneshot,
    task::JoinHandle,
};

/// Longer than any limit here, and shorter than the limits that do not apply.
pub const SOON: Bound = Bound::new("the server", Duration::from_secs(5));
/// Longer than a test.
pub const NEVER: Duration = Duration::from_secs(60);

pub const LIMITS: Limits = Limits {
    connections_max: 100,
    arrival: NEVER,
    reply: NEVER,
};

pub struct Server {
    address: SocketAddr,
    pub stop: oneshot::Sender<()>,
    pub serving: JoinHandle<std::io::Result<()>>,
}

impl Server {
    pub async fn start(limits: Limits) -> Self {
        let large = get(async |Path(bytes): Path<usize>| "x".repeat(bytes));
        let slow = get(async || tokio::time::sleep(NEVER).await);
        let routes = Router::new()
            .route("/livez", get("alive"))
            .route("/echo", post(async |RawBody(body): RawBody| body))
            .route("/ignored", post(async |_: NoBody| "ignored"))
            .route("/large/{bytes}", large)
            .route("/slow", slow);
        let listener = real::listen(SocketAddr::from(([127, 0, 0, 1], 0)));
        let listener = listener.await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let listener = real::with_nodelay(listener);
        let serving = tokio::spawn(http::serve_within(
            limits,
            listener,
            http::with_fallbacks(routes),
            async {
                let _ = stopped.await;
            },
        ));
        Self {
            address,
            stop,
            serving,
        }
    }

    /// Sends these bytes on a new connection.
    #[allow(
        clippy::disallowed_methods,
        reason = "sends less than any HTTP client would"
    )]
    pub async fn send(&self, bytes: &str) -> TcpStream {
        let send = async {
            let mut stream = TcpStream::connect(self.address).await.unwrap();
            stream.write_all(bytes.as_bytes()).await.unwrap();
            stream
        };
        within(SOON, send).await.expect("a connection")
    }

    /// Sends a request on a new connection, and reads to the end of the connection.
    pub async fn ask(&self, request: &str) -> String {
        read_to_end(self.send(&format!("{request}\r\n\r\n")).await).await
    }
}

/// Everything that the server sends until it closes the connection.
pub async fn read_to_end(mut stream: TcpStream) -> String {
    let mut text = String::new();
    let read = within(SOON, stream.read_to_string(&mut text)).await;
    // A reset is an end, too.
    let _ = read.expect("the connection is closed");
    text
}

pub async fn is_open(stream: &mut TcpStream) -> bool {
    let short = Bound::new("a moment", Duration::from_millis(100));
    within(short, stream.read(&mut [0])).await.is_err()
}

pub const CLOSE: &str = "Connection: close";
