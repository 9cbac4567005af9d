//! The network host: it delivers requests that were held back or repeated.
//!
//! It is a host of its own, so that a delivery does not depend on its sender: a late copy arrives also after the
//! sender has crashed.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, Response};
use likewise_saga::{
    bound::{self, Bound},
    env::ExchangeError,
};
use tokio::sync::mpsc;

use super::{
    delivery::{PROBE, PendingDelivery},
    sockets::Clients,
};
use crate::{handle::World, plan::Host, process::incarnation::Incarnation};

/// How long a delivery waits for its answer, in saga deadlines. A coordinator answers within two of them. A host without
/// power never answers.
const ANSWER_WITHIN_DEADLINES: u32 = 4;

/// How often a probe is sent until it is answered, and the pause between two attempts. Copies that were delivered at one time
/// have left as many idle connections, and each of them may be from before a crash.
const PROBE_TRIES_MAX: u32 = 32;
const PROBE_AGAIN_AFTER: Duration = Duration::from_millis(100);

/// Runs the network host: each delivery is a task.
pub async fn run_network_host(
    world: World,
    mut deliveries: mpsc::UnboundedReceiver<PendingDelivery>,
) {
    let clients = Arc::new(Clients::new(
        &Incarnation::new(Host::NETWORK, 1),
        world.hosts(),
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
    let limit = deadline * ANSWER_WITHIN_DEADLINES;
    bound::within(
        Bound::new("the probe", limit),
        clients.exchange(request.clone()),
    )
    .await
    .unwrap_or_else(|_| Err(ExchangeError::NoReply("no answer".to_owned())))
}

async fn run(world: &World, clients: &Clients, delivery: PendingDelivery) {
    let message = delivery.content;
    let mut result = exchange(world, clients, &delivery.request).await;
    if delivery.message == PROBE {
        // A pooled connection from before a crash breaks at its first use. The probes are about the service, so they
        // try again.
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
    // A send fails if the sender no longer waits. The answer then counts as one of a copy.
    let unclaimed = match delivery.answer {
        Some(answer) => answer.send(result).err(),
        None => Some(result),
    };
    // Nobody waits for the answer: this is a copy, or its sender has died or given up. It arrived all the same.
    match unclaimed.filter(|_| delivery.message != PROBE) {
        Some(Ok(response)) => {
            let status = response.status().as_u16();
            world.repeated(delivery.message, &message, status, response.body());
        }
        Some(Err(_)) => world.repeated(delivery.message, &message, 0, &[]),
        None => {}
    }
}
