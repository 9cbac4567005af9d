//! Sends the requests of probes through the network host, and reads their answers.
//!
//! Probes go through the network host like late duplicates do, so the services cannot tell them from what a faulty
//! network delivers.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, header};
use likewise_saga::{
    env::ExchangeError,
    protocol::{StepReply, StepRequest},
};
use tokio::sync::oneshot;

use crate::{
    World, answer,
    check::{Attempt, ClientOp},
    network::{
        delivery::{Hold, PROBE, PendingDelivery},
        message::Message,
    },
    plan::{Fields, Host},
    process::environment::SERVICE_SECRET,
    record::Outcome,
};

/// A period that is longer than any run.
const LONG_MILLIS: u64 = 3_600_000;
/// The most idempotency keys that are used again. The latest are taken.
const KEYS_MAX: usize = 8;

/// Receives the response to a probe. It is closed if none comes.
pub(super) type Response = oneshot::Receiver<Result<http::Response<Bytes>, ExchangeError>>;

/// Ends what made steps refuse. A step that was refused must stay refused although it would succeed now.
pub(crate) fn end_refusals(world: &World) {
    for request in world.system().end_refusals(world.plan()) {
        // The response does not matter: a step that would still be refused makes the probes weaker, not wrong.
        let content = Message::of(world.system(), &request);
        drop(deliver(world, request, content));
    }
}

/// Sends two requests under each known key: the same one, with the operation that it repeats, and another one.
///
/// None with a short retention of keys: the time of a key may end while it is probed.
pub(super) fn reuse_keys(world: &World) -> (Vec<(ClientOp, Response)>, Vec<Response>) {
    let retention = world.plan().retention;
    if retention.is_some_and(|retention| retention.keys_millis < LONG_MILLIS) {
        return (Vec::new(), Vec::new());
    }
    let ops: Vec<ClientOp> = world.with_checker(|checker| {
        let answered = |op: &&ClientOp| op.outcome != Outcome::Unknown && op.operation.is_some();
        let ops = checker.history().ops().iter().rev().filter(answered);
        // What is answered under a shared key depends on which operation came first.
        let keyed = ops.filter(|op| op.key.is_some() && !op.shares_key);
        let keyed = keyed.take(KEYS_MAX);
        keyed.cloned().collect()
    });
    let system = world.system();
    let send = |op: &ClientOp, what: &Fields| {
        let request = system.request(Host::COORDINATOR.name(), what, op.key.as_deref());
        let content = Message::of(world.system(), &request);
        deliver(world, request, content)
    };
    let keys = ops
        .iter()
        .map(|op| send(op, &system.other_operation(&op.what)))
        .collect();
    let again = ops.into_iter().map(|op| {
        let response = send(&op, &op.what);
        (op, response)
    });
    (again.collect(), keys)
}

/// Sends a batch of steps to a service. `None` if no valid request can be built.
pub(super) fn send_steps(
    world: &World,
    service: Host,
    batch: Vec<StepRequest>,
) -> Option<Response> {
    let request = Request::post(format!("http://{service}/v1/steps"))
        .header(header::CONTENT_TYPE, "application/json")
        .header(likewise_saga::security::SERVICE_SECRET, SERVICE_SECRET)
        .body(serde_json::to_vec(&batch).unwrap_or_default().into());
    let request = request.ok()?;
    let content = Message::with(world.system(), &request, batch);
    Some(deliver(world, request, content))
}

/// Gives a request to the network host, which delivers it at once.
fn deliver(world: &World, request: Request<Bytes>, content: Message) -> Response {
    let (answer, response) = oneshot::channel();
    world.deliver_later(PendingDelivery {
        message: PROBE,
        request,
        content,
        hold: Hold::For(Duration::ZERO),
        answer: Some(answer),
    });
    response
}

/// The answer to a probe. `None` if there is none, or if it does not say what its request did.
pub(super) fn definite(world: &World, mut response: Response) -> Option<Attempt> {
    let attempt = answer::attempt(&response.try_recv().ok()?.ok()?);
    (world.system().outcome(&attempt) != Outcome::Unknown).then_some(attempt)
}

/// The replies to a batch of steps; empty if there is no readable response.
pub(super) fn replies(mut response: Response) -> Vec<StepReply> {
    match response.try_recv() {
        Ok(Ok(response)) => serde_json::from_slice(response.body()).unwrap_or_default(),
        _ => Vec::new(),
    }
}
