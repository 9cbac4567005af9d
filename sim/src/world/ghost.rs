//! The network's own machine: from here comes what was held back or is delivered again, whatever
//! became of its sender.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, Response};
use likewise_saga::env::ExchangeError;
use tokio::{
    sync::{Notify, mpsc, oneshot},
    time::timeout,
};

use super::{Boot, Message, World, net::Clients};
use crate::plan::Host;

/// How long the network waits for an answer that nobody asked for, in deadlines of a saga. A coordinator answers within
/// two of them; a machine that has lost its power never does.
const ANSWER_WITHIN_DEADLINES: u32 = 4;

/// How long a request waits for another one that overtakes it, and how much longer that one takes.
const OVERTAKEN_WITHIN: Duration = Duration::from_millis(1_500);
const OVERTAKING_TAKES: Duration = Duration::from_millis(100);

/// How often the checks' own messages are sent until they are answered.
const PROBE_TRIES_MAX: u32 = 4;
const PROBE_AGAIN_AFTER: Duration = Duration::from_millis(100);

/// The number of the checks' own messages.
pub const PROBE: u64 = 0;

/// A request in the network's hands.
pub struct Errand {
    /// Of this message.
    pub message: u64,
    /// What to deliver.
    pub request: Request<Bytes>,
    /// The same, as the world sees it.
    pub content: Message,
    /// When.
    pub hold: Hold,
    /// Where the answer goes; nowhere, for a copy.
    pub answer: Option<oneshot::Sender<Result<Response<Bytes>, ExchangeError>>>,
}

/// Until when a request is held back.
pub enum Hold {
    /// For so long.
    For(Duration),
    /// Until the next request on its link has left, and a little longer.
    UntilOvertaken(Arc<Notify>),
}

impl Hold {
    /// For how many milliseconds at most.
    pub(super) fn millis_max(&self) -> u64 {
        let most = match self {
            Self::For(time) => *time,
            Self::UntilOvertaken(_) => OVERTAKEN_WITHIN,
        };
        u64::try_from(most.as_millis()).unwrap_or(u64::MAX)
    }

    async fn over(&self) {
        match self {
            Self::For(time) => tokio::time::sleep(*time).await,
            Self::UntilOvertaken(overtaken) => {
                if timeout(OVERTAKEN_WITHIN, overtaken.notified())
                    .await
                    .is_ok()
                {
                    tokio::time::sleep(OVERTAKING_TAKES).await;
                }
            }
        }
    }
}

/// Runs the network's machine.
pub async fn haunt(world: World, mut errands: mpsc::UnboundedReceiver<Errand>) {
    let clients = Arc::new(Clients::new(
        &Boot::new(Host::Network, 1),
        world.plan().topology,
    ));
    while let Some(errand) = errands.recv().await {
        let (world, clients) = (world.clone(), Arc::clone(&clients));
        tokio::spawn(async move {
            errand.hold.over().await;
            run(&world, clients.as_ref(), errand).await;
            world.errand_done();
        });
    }
}

async fn exchange(
    world: &World,
    clients: &Clients,
    request: &Request<Bytes>,
) -> Result<Response<Bytes>, ExchangeError> {
    let deadline = Duration::from_millis(world.plan().timing.saga_deadline_millis);
    let within = deadline * ANSWER_WITHIN_DEADLINES;
    timeout(within, clients.exchange(request.clone()))
        .await
        .unwrap_or_else(|_| Err(ExchangeError::Broken("no answer".to_owned())))
}

async fn run(world: &World, clients: &Clients, errand: Errand) {
    let message = errand.content;
    let mut result = exchange(world, clients, &errand.request).await;
    if errand.message == PROBE {
        // A connection from before the last crash breaks at its first use; the probes want the service.
        for _ in 1..PROBE_TRIES_MAX {
            if result.is_err() {
                tokio::time::sleep(PROBE_AGAIN_AFTER).await;
                result = exchange(world, clients, &errand.request).await;
            }
        }
    }
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
