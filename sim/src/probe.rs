//! Probes of a world at rest: what the network could still deliver must not change anything.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, header};
use likewise::{
    edges::ExchangeError,
    id::SagaId,
    saga::{Op, StepReply, StepRequest, fingerprint, step::BATCH_STEPS_MAX},
};
use tokio::sync::oneshot;

use crate::{
    check::{Attempt, ClientOp, Mirror, Reuse},
    plan::{Action, Host},
    record::Outcome,
    users,
    world::{Errand, Hold, PROBE, World},
};

/// Steps that are sent again at most: the latest.
const REPEATS_MAX: usize = 1_000;
/// Keys under which something is asked again at most, and steps that are sent with other arguments to a service: the
/// latest.
const REUSED_MAX: usize = 8;

type Answered = Result<http::Response<Bytes>, ExchangeError>;
type Answers = oneshot::Receiver<Answered>;

/// A probe under way.
pub(crate) enum Probe {
    Repeats,
    UndoFirst(Vec<Answers>),
    Reuse {
        again: Vec<(ClientOp, Answers)>,
        keys: Vec<Answers>,
        steps: Vec<Answers>,
    },
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
            Self::Reuse { again, keys, steps } => {
                let again = again.into_iter();
                let again = again.filter_map(|(op, answer)| Some((op, definite(answer)?)));
                let reuse = Reuse {
                    again: again.collect(),
                    keys: keys.into_iter().filter_map(definite).collect(),
                    steps: steps.into_iter().flat_map(replies).collect(),
                };
                world.judge(Host::Network, |checker, event| {
                    checker.probed_reuse(before, &reuse, event);
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
            // Nobody asks what became of it.
            drop(errand(world, request));
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
            let batch: Vec<StepRequest> = batch.iter().map(|step| (*step).clone()).collect();
            send(world, service, &batch);
        }
    }
    Probe::Repeats
}

/// Asks once more under the keys of the users, for the same and for another thing, and sends steps of the run with other
/// arguments than theirs.
pub(crate) fn reuse(world: &World) -> Probe {
    let services = [Host::Article, Host::User];
    let (ops, batches) = world.look(|checker| {
        let answered = |op: &&ClientOp| op.outcome != Outcome::Unknown && op.operation.is_some();
        let ops = checker.history().ops().iter().rev().filter(answered);
        let keyed = ops.filter(|op| op.key.is_some()).take(REUSED_MAX);
        let of = |service: Host| -> Vec<StepRequest> {
            let sent = checker.steps_sent().iter().rev();
            let of_service = sent.filter(|(to, _)| *to == service).take(REUSED_MAX);
            of_service.map(|(_, step)| altered(step)).collect()
        };
        (keyed.cloned().collect::<Vec<_>>(), services.map(of))
    });
    let ask = |op: &ClientOp, action| {
        let to = Host::Coordinator.name();
        let request = users::wish(to, op.user, action, op.article, op.key.as_deref());
        errand(world, request)
    };
    let keys = ops.iter().map(|op| ask(op, contrary(op.action))).collect();
    let again = ops.into_iter().map(|op| {
        let answered = ask(&op, op.action);
        (op, answered)
    });
    let again = again.collect();
    let batches = services.into_iter().zip(&batches);
    let steps = batches
        .filter_map(|(service, batch)| send(world, service, batch))
        .collect();
    Probe::Reuse { again, keys, steps }
}

fn contrary(action: Action) -> Action {
    match action {
        Action::Like | Action::KeepLiked => Action::Unlike,
        Action::Unlike => Action::Like,
    }
}

/// The same step about the next article or user.
fn altered(step: &StepRequest) -> StepRequest {
    let mut step = step.clone();
    let args = Arc::make_mut(&mut step.args);
    for name in ["article_id", "user_id"] {
        if let Some(id) = args.get(name).and_then(serde_json::Value::as_i64) {
            args[name] = (id + 1).into();
        }
    }
    step.fingerprint = fingerprint(args);
    step
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
            answers.extend(send(world, service, &batch));
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

/// Sends steps to a service; nothing, if there are none.
fn send(world: &World, service: Host, batch: &[StepRequest]) -> Option<Answers> {
    if batch.is_empty() {
        return None;
    }
    let body = serde_json::to_vec(batch).unwrap_or_default();
    let request = Request::post(format!("http://{service}/v1/steps"))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Bytes::from(body));
    Some(errand(world, request.ok()?))
}

fn errand(world: &World, request: Request<Bytes>) -> Answers {
    let (answer, answered) = oneshot::channel();
    world.send_errand(Errand {
        message: PROBE,
        request,
        hold: Hold::For(std::time::Duration::ZERO),
        answer: Some(answer),
    });
    answered
}

/// An answer that tells of the effect.
fn definite(mut answer: Answers) -> Option<Attempt> {
    let attempt = users::attempt(&answer.try_recv().ok()?.ok()?);
    (users::outcome(&attempt) != Outcome::Unknown).then_some(attempt)
}

fn replies(mut answer: Answers) -> Vec<StepReply> {
    match answer.try_recv() {
        Ok(Ok(response)) => serde_json::from_slice(response.body()).unwrap_or_default(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{plan::single, run::run};

    #[test]
    fn every_key_and_every_step_comes_again_with_other_arguments() {
        // One key and a step at each service; a compensation more; a like before the unlike. What changed counts once, and each key's sagas.
        let plans = [
            (single(Action::Like, false), 1 + 2 + 1 + 1),
            (single(Action::Like, true), 1 + 3 + 1 + 1),
            (single(Action::Unlike, false), 2 + 4 + 1 + 2),
        ];
        for (plan, times) in plans {
            let record = run(&plan).unwrap();
            let of = |name| {
                let mut properties = record.properties.iter();
                properties.find(|property| property.name == name).unwrap()
            };
            assert_eq!(of("reuse-is-refused").exercised, times, "{}", plan.name);
            // Each key once for its one saga, and once for the answer of now.
            let keys = plan.workload.len() as u64;
            assert_eq!(of("one-reply-per-key").exercised, 2 * keys);
        }
    }
}
