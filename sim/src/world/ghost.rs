//! The network's own machine: from here comes what was held back or is delivered again, whatever
//! became of its sender.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use likewise::edges::{Dialer, ExchangeError, HttpDialer};
use tokio::sync::{mpsc, oneshot};

use super::{Boot, Message, World, net::Connector};
use crate::plan::Host;

/// How long the network waits for an answer that nobody asked for.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// A request in the network's hands.
pub struct Errand {
    /// Of this message.
    pub message: u64,
    /// What to deliver.
    pub request: Request<Bytes>,
    /// After so long.
    pub after: Duration,
    /// Where the answer goes; nowhere, for a copy.
    pub answer: Option<oneshot::Sender<Result<Response<Bytes>, ExchangeError>>>,
}

/// Runs the network's machine.
pub async fn haunt(world: World, mut errands: mpsc::UnboundedReceiver<Errand>) {
    let dialer = std::sync::Arc::new(HttpDialer::over(Connector(Boot::new(Host::Network, 1))));
    while let Some(errand) = errands.recv().await {
        let (world, dialer) = (world.clone(), std::sync::Arc::clone(&dialer));
        tokio::spawn(async move {
            tokio::time::sleep(errand.after).await;
            run(&world, dialer.as_ref(), errand).await;
            world.errand_done();
        });
    }
}

async fn run(world: &World, dialer: &impl Dialer, errand: Errand) {
    let message = Message::of(&errand.request);
    let exchange = tokio::time::timeout(ANSWER_WITHIN, dialer.exchange(errand.request)).await;
    let result = exchange.unwrap_or_else(|_| Err(ExchangeError::Broken("no answer".to_owned())));
    match errand.answer {
        // Whoever waited may have died or given up.
        Some(answer) => drop(answer.send(result)),
        None => match result {
            Ok(response) => world.repeated(
                errand.message,
                &message,
                response.status().as_u16(),
                response.body(),
            ),
            Err(_) => world.repeated(errand.message, &message, 0, &[]),
        },
    }
}
