//! The network's own machine: from here comes what was held back or is delivered again, whatever
//! became of its sender.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, Response};
use likewise_saga::env::ExchangeError;
use tokio::{sync::mpsc, time::timeout};

use super::{
    delivery::{PROBE, PendingDelivery},
    sockets::Clients,
};
use crate::world::{handle::World, plan::Host, process::incarnation::Incarnation};

/// How long the network waits for an answer that nobody asked for, in deadlines of a saga. A coordinator answers within
/// two of them; a machine that has lost its power never does.
const ANSWER_WITHIN_DEADLINES: u32 = 4;

/// How often the checks' own messages are sent until they are answered.
const PROBE_TRIES_MAX: u32 = 4;
const PROBE_AGAIN_AFTER: Duration = Duration::from_millis(100);

/// Runs the network's machine.
pub async fn run_network_host(
    world: World,
    mut deliveries: mpsc::UnboundedReceiver<PendingDelivery>,
) {
    let clients = Arc::new(Clients::new(
        &Incarnation::new(Host::Network, 1),
        world.plan().topology,
    ));
    while let Some(delivery) = deliveries.recv().await {
        let (world, clients) = (world.clone(), Arc::clone(&clients));
        tokio::spawn(async move {
            delivery.hold.over().await;
            run(&world, clients.as_ref(), delivery).await;
            world.delivery_done();
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
        .unwrap_or_else(|_| Err(ExchangeError::NoReply("no answer".to_owned())))
}

async fn run(world: &World, clients: &Clients, delivery: PendingDelivery) {
    let message = delivery.content;
    let mut result = exchange(world, clients, &delivery.request).await;
    if delivery.message == PROBE {
        // A connection from before the last crash breaks at its first use; the probes want the service.
        for _ in 1..PROBE_TRIES_MAX {
            if result.is_err() {
                tokio::time::sleep(PROBE_AGAIN_AFTER).await;
                result = exchange(world, clients, &delivery.request).await;
            }
        }
    }
    if delivery.message == PROBE
        && let Ok(response) = &result
    {
        let status = response.status().as_u16();
        world.repeated(PROBE, &message, status, response.body());
    }
    let unheard = match delivery.answer {
        Some(answer) => answer.send(result).err(),
        None => Some(result),
    };
    // A copy, or a request whose sender has died or given up: it arrived all the same.
    match unheard.filter(|_| delivery.message != PROBE) {
        Some(Ok(response)) => {
            let status = response.status().as_u16();
            world.repeated(delivery.message, &message, status, response.body());
        }
        Some(Err(_)) => world.repeated(delivery.message, &message, 0, &[]),
        None => {}
    }
}
