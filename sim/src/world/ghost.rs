//! The network's own machine: from here comes what was held back or is delivered again, whatever
//! became of its sender.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use likewise::edges::ExchangeError;
use tokio::sync::{mpsc, oneshot};

use super::{Boot, Message, World, net::Clients};
use crate::plan::Host;

/// How long the network waits for an answer that nobody asked for.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// The number of the checks' own messages.
pub const PROBE: u64 = 0;

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
    let clients = std::sync::Arc::new(Clients::new(
        &Boot::new(Host::Network, 1),
        world.plan().topology,
    ));
    while let Some(errand) = errands.recv().await {
        let (world, clients) = (world.clone(), std::sync::Arc::clone(&clients));
        tokio::spawn(async move {
            tokio::time::sleep(errand.after).await;
            run(&world, clients.as_ref(), errand).await;
            world.errand_done();
        });
    }
}

async fn run(world: &World, clients: &Clients, errand: Errand) {
    let message = Message::of(&errand.request);
    let exchange = tokio::time::timeout(ANSWER_WITHIN, clients.exchange(errand.request)).await;
    let result = exchange.unwrap_or_else(|_| Err(ExchangeError::Broken("no answer".to_owned())));
    if errand.message == PROBE
        && let Ok(response) = &result
    {
        let status = response.status().as_u16();
        world.repeated(PROBE, &message, status, response.body());
    }
    let unheard = match errand.answer {
        Some(answer) => answer.send(result).err(),
        None => Some(result),
    };
    // A copy, or a request whose sender has died or given up: it arrived all the same.
    match unheard.filter(|_| errand.message != PROBE) {
        Some(Ok(response)) => {
            let status = response.status().as_u16();
            world.repeated(errand.message, &message, status, response.body());
        }
        Some(Err(_)) => world.repeated(errand.message, &message, 0, &[]),
        None => {}
    }
}
