//! Probes of a world at rest: what the network could still deliver must not change anything.

use bytes::Bytes;
use http::{Request, header};
use likewise_saga::{
    env::ExchangeError,
    id::SagaId,
    protocol::{Document, Op, StepReply, StepRequest, step::BATCH_STEPS_MAX},
};
use serde_json::Value;
use tokio::sync::oneshot;

use super::clients;
use crate::world::{
    World,
    check::{Attempt, ClientOp, ObservedState, Repeated, Reuse},
    network::{
        delivery::{Hold, PROBE, PendingDelivery},
        message::Message,
    },
    plan::{Action, Host},
    record::Outcome,
};

/// Steps that are sent again at most: the latest.
const REPEATS_MAX: usize = 1_000;
/// Keys under which something is asked again at most, and steps that are sent with other arguments to a service: the
/// latest.
const REUSED_MAX: usize = 8;

type Answered = Result<http::Response<Bytes>, ExchangeError>;
type Answers = oneshot::Receiver<Answered>;

/// What can be asked of a world at rest. Nothing of it may change anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Probe {
    /// Every step of the run again, in its order.
    Repeats,
    /// Known keys for the same and for another thing, and steps of the run with other arguments.
    Reuse,
    /// Compensation, action, compensation of a saga that never was, with the arguments of a real action.
    UndoFirst,
}

impl Probe {
    pub(crate) const ALL: [Self; 3] = [Self::Repeats, Self::Reuse, Self::UndoFirst];

    /// The steps that it sends to a service.
    fn steps(self, sent: &[(Host, StepRequest)], service: Host) -> Vec<StepRequest> {
        let of_service = sent.iter().filter(|(to, _)| *to == service);
        let mut of_service = of_service.map(|(_, step)| step);
        match self {
            Self::Repeats => {
                let latest = of_service.rev().take(REPEATS_MAX).cloned();
                let mut latest: Vec<StepRequest> = latest.collect();
                latest.reverse();
                latest
            }
            Self::Reuse => {
                let latest = of_service.rev().take(REUSED_MAX);
                latest.cloned().map(altered).collect()
            }
            Self::UndoFirst => {
                let model = of_service.find(|step| step.op == Op::Do);
                model.map_or_else(Vec::new, |model| undo_first(model).into())
            }
        }
    }
}

/// Probes under way.
pub(crate) struct Probing {
    probes: Vec<Probe>,
    again: Vec<(ClientOp, Answers)>,
    keys: Vec<Answers>,
    batches: Vec<Batch>,
}

/// Steps on their way to a service, each with the probe that sends it.
struct Batch {
    service: Host,
    senders: Vec<Probe>,
    answers: Answers,
}

/// Sends what these probes ask, what is for one service in one batch.
pub(crate) fn send(world: &World, probes: &[Probe]) -> Probing {
    let (again, keys) = match probes.contains(&Probe::Reuse) {
        true => ask_under_known_keys(world),
        false => (Vec::new(), Vec::new()),
    };
    let sent = world.with_checker(|checker| checker.steps_sent().to_vec());
    let mut batches = Vec::new();
    for service in [Host::Article, Host::User] {
        let of = |probe: &Probe| {
            let steps = probe.steps(&sent, service).into_iter();
            let probe = *probe;
            steps.map(move |step| (probe, step))
        };
        let steps: Vec<(Probe, StepRequest)> = probes.iter().flat_map(of).collect();
        for batch in steps.chunks(BATCH_STEPS_MAX) {
            let (senders, steps): (Vec<Probe>, Vec<StepRequest>) = batch.iter().cloned().unzip();
            // One that could not be sent is one that nobody answers.
            let unsent = || oneshot::channel().1;
            batches.push(Batch {
                service,
                senders,
                answers: send_steps(world, service, steps).unwrap_or_else(unsent),
            });
        }
    }
    Probing {
        probes: probes.to_vec(),
        again,
        keys,
        batches,
    }
}

impl Probing {
    /// Judges what the probes have done. Of several, each is blamed for what any of them changed.
    pub(crate) fn judge(self, world: &World, before: &ObservedState) {
        let replies: Vec<Replies> = self.batches.into_iter().map(Batch::replies).collect();
        let of = |probe: Probe| -> Vec<Vec<StepReply>> {
            let services = [Host::Article, Host::User].into_iter();
            services
                .filter_map(|service| of_service(&replies, service, probe))
                .collect()
        };
        let again = self.again.into_iter();
        let again = again.filter_map(|(op, answer)| Some((op, definite(answer)?)));
        let reuse = Reuse {
            again: again.collect(),
            keys: self.keys.into_iter().filter_map(definite).collect(),
            steps: of(Probe::Reuse).into_iter().flatten().collect(),
        };
        let undo_first = of(Probe::UndoFirst);
        let repeated = repeated(&replies);
        for probe in self.probes {
            world.judge(Host::Network, |checker, event| match probe {
                Probe::Repeats => checker.probed(before, repeated, event),
                Probe::Reuse => checker.probed_reuse(before, &reuse, event),
                Probe::UndoFirst => checker.probed_undo_first(before, &undo_first, event),
            });
        }
    }
}

/// What a batch was answered; nothing for its last steps, if it was answered less.
struct Replies {
    service: Host,
    steps: Vec<(Probe, Option<StepReply>)>,
}

impl Batch {
    fn replies(self) -> Replies {
        let mut replies = replies(self.answers).into_iter();
        let steps = self.senders.into_iter();
        Replies {
            service: self.service,
            steps: steps.map(|probe| (probe, replies.next())).collect(),
        }
    }
}

/// What a service answered a probe; nothing, if the probe sent it no step.
fn of_service(replies: &[Replies], service: Host, probe: Probe) -> Option<Vec<StepReply>> {
    let batches = replies.iter().filter(|batch| batch.service == service);
    let steps = batches.flat_map(|batch| &batch.steps);
    let mut asked = steps.filter(|(sender, _)| *sender == probe).peekable();
    asked.peek()?;
    Some(asked.filter_map(|(_, reply)| reply.clone()).collect())
}

/// How many steps came again, and how many of these were answered.
fn repeated(replies: &[Replies]) -> Repeated {
    let steps = replies.iter().flat_map(|batch| &batch.steps);
    let asked = steps.filter(|(sender, _)| *sender == Probe::Repeats);
    let answered = asked.clone().filter(|(_, reply)| reply.is_some());
    Repeated {
        asked: asked.clone().count(),
        answered: answered.count(),
    }
}

/// Lets the blocked users like again: a step that was refused stays refused all the same.
pub(crate) fn unblock(world: &World) {
    for user in &world.plan().blocked_users {
        let address = Host::User;
        let request = Request::delete(format!("http://{address}/v1/users/{user}/block"));
        if let Ok(request) = request.body(Bytes::new()) {
            // Nobody asks what became of it.
            let content = Message::of(&request);
            drop(delivery(world, request, content));
        }
    }
}

/// Asks once more under the keys of the users, for the same and for another thing.
fn ask_under_known_keys(world: &World) -> (Vec<(ClientOp, Answers)>, Vec<Answers>) {
    let ops: Vec<ClientOp> = world.with_checker(|checker| {
        let answered = |op: &&ClientOp| op.outcome != Outcome::Unknown && op.operation.is_some();
        let ops = checker.history().ops().iter().rev().filter(answered);
        let keyed = ops.filter(|op| op.key.is_some()).take(REUSED_MAX);
        keyed.cloned().collect()
    });
    let ask = |op: &ClientOp, action| {
        let to = Host::Coordinator.name();
        let request = clients::like_request(to, op.user, action, op.article, op.key.as_deref());
        let content = Message::of(&request);
        delivery(world, request, content)
    };
    let keys = ops.iter().map(|op| ask(op, contrary(op.action))).collect();
    let again = ops.into_iter().map(|op| {
        let answered = ask(&op, op.action);
        (op, answered)
    });
    (again.collect(), keys)
}

fn contrary(action: Action) -> Action {
    match action {
        Action::Like | Action::KeepLiked => Action::Unlike,
        Action::Unlike => Action::Like,
    }
}

/// The same step about the next article or user.
fn altered(step: StepRequest) -> StepRequest {
    let mut args: Value = step.args.read().unwrap_or_default();
    for name in ["article_id", "user_id"] {
        if let Some(id) = args.get(name).and_then(Value::as_i64) {
            args[name] = (id + 1).into();
        }
    }
    let args = Document::from(args);
    StepRequest {
        fingerprint: args.fingerprint(),
        args,
        ..step
    }
}

/// Compensation, action, compensation of a saga that never was.
fn undo_first(model: &StepRequest) -> [StepRequest; 3] {
    let saga = SagaId(uuid::Uuid::from_u128(0xFEED));
    [Op::Undo, Op::Do, Op::Undo].map(|op| StepRequest {
        saga,
        op,
        ..fresh(model)
    })
}

/// The same action for a user whom nobody knows: its record could be made.
fn fresh(model: &StepRequest) -> StepRequest {
    let mut args: Value = model.args.read().unwrap_or_default();
    if let Some(user) = args.get_mut("user_id") {
        *user = 999_999_999.into();
        if let Some(id) = args.get_mut("id") {
            *id = uuid::Uuid::from_u128(0xFEED).to_string().into();
        }
    }
    StepRequest {
        args: args.into(),
        ..model.clone()
    }
}

fn send_steps(world: &World, service: Host, batch: Vec<StepRequest>) -> Option<Answers> {
    let request = Request::post(format!("http://{service}/v1/steps"))
        .header(header::CONTENT_TYPE, "application/json")
        .body(serde_json::to_vec(&batch).unwrap_or_default().into());
    let request = request.ok()?;
    let content = Message::with(&request, batch);
    Some(delivery(world, request, content))
}

fn delivery(world: &World, request: Request<Bytes>, content: Message) -> Answers {
    let (answer, answered) = oneshot::channel();
    world.deliver_later(PendingDelivery {
        message: PROBE,
        request,
        content,
        hold: Hold::For(std::time::Duration::ZERO),
        answer: Some(answer),
    });
    answered
}

/// An answer that tells of the effect.
fn definite(mut answer: Answers) -> Option<Attempt> {
    let attempt = clients::attempt(&answer.try_recv().ok()?.ok()?);
    (clients::outcome(&attempt) != Outcome::Unknown).then_some(attempt)
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
    use crate::{run::run, world::plan::single};

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
