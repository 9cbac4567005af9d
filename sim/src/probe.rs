//! Probes of a world at rest: what the network could still deliver must not change anything.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, header};
use likewise::{
    edges::ExchangeError,
    id::SagaId,
    saga::{Op, StepReply, StepRequest, step::BATCH_STEPS_MAX},
};
use tokio::sync::oneshot;

use crate::{
    check::Mirror,
    plan::Host,
    world::{Errand, Hold, PROBE, World},
};

/// Steps that are sent again at most: the latest.
const REPEATS_MAX: usize = 1_000;

type Answered = Result<http::Response<Bytes>, ExchangeError>;
type Answer = oneshot::Sender<Answered>;

/// A probe under way.
pub(crate) enum Probe {
    Repeats,
    UndoFirst(Vec<oneshot::Receiver<Answered>>),
}

impl Probe {
    /// Judges what the probe has done.
    pub(crate) fn judge(self, world: &World, before: &Mirror) {
        match self {
            Self::Repeats => world.judge(Host::Network, |checker, event| {
                checker.probed(before, event)
            }),
            Self::UndoFirst(answers) => {
                let replies: Vec<_> = answers.into_iter().map(replies).collect();
                world.judge(Host::Network, |checker, event| {
                    checker.probed_undo_first(before, &replies, event)
                });
            }
        }
    }
}

/// Lets the blocked users like again: a step that was refused stays refused all the same.
pub(crate) fn unblock(world: &World) {
    for user in &world.plan().blocked_users {
        let address = Host::User;
        let request = Request::delete(format!("http://{address}/v1/users/{user}/block"));
        if let Ok(request) = request.body(Bytes::new()) {
            errand(world, request, None);
        }
    }
}

/// Sends every step of the run again, in its order.
pub(crate) fn repeats(world: &World) -> Probe {
    let steps = world.look(|checker| checker.steps_sent().to_vec());
    let latest = &steps[steps.len().saturating_sub(REPEATS_MAX)..];
    for service in [Host::Article, Host::User] {
        let of_service: Vec<&StepRequest> = latest
            .iter()
            .filter(|(to, _)| *to == service)
            .map(|(_, step)| step)
            .collect();
        for batch in of_service.chunks(BATCH_STEPS_MAX) {
            send(
                world,
                service,
                &batch.iter().map(|step| (*step).clone()).collect::<Vec<_>>(),
                None,
            );
        }
    }
    Probe::Repeats
}

/// Sends compensation, action, compensation of a saga that never was, with the arguments of a
/// real action.
pub(crate) fn undo_first(world: &World) -> Probe {
    let steps = world.look(|checker| checker.steps_sent().to_vec());
    let mut answers = Vec::new();
    for service in [Host::Article, Host::User] {
        let model = steps
            .iter()
            .find(|(to, step)| *to == service && step.op == Op::Do);
        if let Some((_, model)) = model {
            let ops = [Op::Undo, Op::Do, Op::Undo];
            let saga = SagaId(uuid::Uuid::from_u128(0xFEED));
            let batch = ops.map(|op| StepRequest {
                saga,
                op,
                ..fresh(model)
            });
            let (answer, answered) = oneshot::channel();
            send(world, service, &batch, Some(answer));
            answers.push(answered);
        }
    }
    Probe::UndoFirst(answers)
}

/// The same action for a user whom nobody knows: its record could be made.
fn fresh(model: &StepRequest) -> StepRequest {
    let mut step = model.clone();
    let args = Arc::make_mut(&mut step.args);
    if let Some(user) = args.get_mut("user_id") {
        *user = 999_999_999.into();
        if let Some(id) = args.get_mut("id") {
            *id = uuid::Uuid::from_u128(0xFEED).to_string().into();
        }
    }
    step
}

fn send(world: &World, service: Host, batch: &[StepRequest], answer: Option<Answer>) {
    let body = serde_json::to_vec(batch).unwrap_or_default();
    let request = Request::post(format!("http://{service}/v1/steps"))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Bytes::from(body));
    if let Ok(request) = request {
        errand(world, request, answer);
    }
}

fn errand(world: &World, request: Request<Bytes>, answer: Option<Answer>) {
    world.send_errand(Errand {
        message: PROBE,
        request,
        hold: Hold::For(std::time::Duration::ZERO),
        answer,
    });
}

fn replies(mut answer: oneshot::Receiver<Answered>) -> Vec<StepReply> {
    match answer.try_recv() {
        Ok(Ok(response)) => serde_json::from_slice(response.body()).unwrap_or_default(),
        _ => Vec::new(),
    }
}
