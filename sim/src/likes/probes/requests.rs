//! Sends the requests of probes through the network host, and reads their answers.
//!
//! Probes go through the network host like late duplicates do, so the services and the event stream cannot tell them
//! from what a faulty network delivers.

use crate::likes::names::USER;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, header};
use likewise_saga::{
    env::ExchangeError,
    protocol::{StepReply, StepRequest},
};
use tokio::sync::oneshot;

use crate::{
    likes::{Action, LikeOperation, LikeSetUp, clients},
    world::{
        World,
        check::{Attempt, ClientOp},
        network::{
            delivery::{Hold, PROBE, PendingDelivery},
            message::Message,
        },
        plan::Host,
        record::Outcome,
    },
};

/// The most idempotency keys that are used again. The latest are taken.
const KEYS_MAX: usize = 8;

/// Receives the response to a probe. It is closed if none comes.
pub(super) type Response = oneshot::Receiver<Result<http::Response<Bytes>, ExchangeError>>;

/// Unblocks the users that the plan blocks. A step that was refused must stay refused although it would succeed now.
pub(crate) fn unblock(world: &World) {
    for user in LikeSetUp::of(world.plan()).blocked_users {
        let address = USER;
        let request = Request::delete(format!("http://{address}/v1/users/{user}/block"));
        if let Ok(request) = request.body(Bytes::new()) {
            // The response does not matter: a user that is still blocked makes the probes weaker, not wrong.
            let content = Message::of(world.system(), &request);
            drop(deliver(world, request, content));
        }
    }
}

/// Sends two requests under each known key: the same one, with the operation that it repeats, and another one.
pub(super) fn reuse_keys(world: &World) -> (Vec<(ClientOp, Response)>, Vec<Response>) {
    let ops: Vec<ClientOp> = world.with_checker(|checker| {
        let answered = |op: &&ClientOp| op.outcome != Outcome::Unknown && op.operation.is_some();
        let ops = checker.history().ops().iter().rev().filter(answered);
        let keyed = ops.filter(|op| op.key.is_some()).take(KEYS_MAX);
        keyed.cloned().collect()
    });
    let send = |op: &ClientOp, action| {
        let to = Host::COORDINATOR.name();
        let (user, article) = LikeOperation::of_click(op).pair();
        let request = clients::like_request(to, user, action, article, op.key.as_deref());
        let content = Message::of(world.system(), &request);
        deliver(world, request, content)
    };
    let action = |op: &ClientOp| LikeOperation::of_click(op).action;
    let keys = ops
        .iter()
        .map(|op| send(op, opposite(action(op))))
        .collect();
    let again = ops.into_iter().map(|op| {
        let response = send(&op, action(&op));
        (op, response)
    });
    (again.collect(), keys)
}

fn opposite(action: Action) -> Action {
    match action {
        Action::Like | Action::KeepLiked => Action::Unlike,
        Action::Unlike => Action::Like,
    }
}

/// Sends a batch of steps to a service. `None` if no valid request can be built.
pub(super) fn send_steps(
    world: &World,
    service: Host,
    batch: Vec<StepRequest>,
) -> Option<Response> {
    let request = Request::post(format!("http://{service}/v1/steps"))
        .header(header::CONTENT_TYPE, "application/json")
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
pub(super) fn definite(mut response: Response) -> Option<Attempt> {
    let attempt = clients::attempt(&response.try_recv().ok()?.ok()?);
    (clients::outcome(&attempt) != Outcome::Unknown).then_some(attempt)
}

/// The replies to a batch of steps; empty if there is no readable response.
pub(super) fn replies(mut response: Response) -> Vec<StepReply> {
    match response.try_recv() {
        Ok(Ok(response)) => serde_json::from_slice(response.body()).unwrap_or_default(),
        _ => Vec::new(),
    }
}
