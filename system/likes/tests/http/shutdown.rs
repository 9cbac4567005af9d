//! A service that stops answers the requests in progress.

use std::{net::SocketAddr, time::Duration};

use axum::{Router, routing::get};
use likewise_saga::{env::real, http};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    sync::oneshot,
};

use crate::common::client::Client;

/// The time of a slow request. Longer than the server waits for a connection without a request.
const SLOW: Duration = Duration::from_millis(1_200);

#[tokio::test(flavor = "multi_thread")]
async fn a_request_in_progress_is_answered_when_the_service_stops() {
    let (entered, is_entered) = oneshot::channel();
    let entered = std::sync::Arc::new(std::sync::Mutex::new(Some(entered)));
    let slow = move || async move {
        if let Some(entered) = entered.lock().unwrap().take() {
            entered.send(()).unwrap();
        }
        tokio::time::sleep(SLOW).await;
        "answered"
    };
    let listener = real::listen(SocketAddr::from(([127, 0, 0, 1], 0)))
        .await
        .unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let routes = Router::new().route("/slow", get(slow));
    let serving = tokio::spawn(http::serve(real::with_nodelay(listener), routes, async {
        stopped.await.unwrap();
    }));
    let mut silent = silent_connection(address).await;
    let client = Client::new(address);
    let request = tokio::spawn(async move { client.get("/slow").send().await });
    is_entered.await.unwrap();
    stop.send(()).unwrap();
    assert_eq!(request.await.unwrap().text, "answered");
    serving.await.unwrap().unwrap();
    assert_eq!(silent.read(&mut [0]).await.unwrap(), 0, "closed");
}

/// A connection without a complete request, such as browsers keep open.
#[allow(
    clippy::disallowed_methods,
    reason = "sends less than any HTTP client would"
)]
async fn silent_connection(address: SocketAddr) -> tokio::net::TcpStream {
    let mut silent = tokio::net::TcpStream::connect(address).await.unwrap();
    silent.write_all(b"GET /slow HT").await.unwrap();
    silent
}
