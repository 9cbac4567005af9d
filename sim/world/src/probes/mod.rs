//! Probes of a world at rest: requests that the network could still deliver. None of them may change anything.
//!
//! A run that ended well may hide a service that is not idempotent, because no fault repeated the right message. So every
//! run is probed after it is at rest.
//!
//! All probes of a group are sent at once and judged together. `run.rs` first sends all of them and only repeats the run
//! with one at a time if something changed. That costs one pass in the usual case.
//!
//! `steps.rs` builds the step requests, `requests.rs` sends requests and reads their answers.

mod requests;
mod steps;

use likewise_saga::protocol::{Op, StepReply, StepRequest, step::BATCH_STEPS_MAX};
use tokio::sync::oneshot;

use crate::{
    System, World,
    check::{ClientOp, ObservedState, Repeated, Reuse},
    plan::Host,
};
pub(crate) use requests::end_refusals;
use requests::{Response, definite, replies, reuse_keys, send_steps};

/// The most steps that are repeated at a service. The latest are taken.
const REPEATS_MAX: usize = 1_000;
/// The most steps that are sent to a service with other arguments. The latest are taken.
const ALTERED_MAX: usize = 8;

/// A kind of request that is sent to a world at rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Probe {
    /// Every step of the run once more, in the order of the run.
    Repeats,
    /// Known idempotency keys for the same and for another request, and known steps with other arguments.
    Reuse,
    /// Compensation, action and compensation of a saga that never existed, with the arguments of a real action.
    UndoFirst,
}

impl Probe {
    pub(crate) const ALL: [Self; 3] = [Self::Repeats, Self::Reuse, Self::UndoFirst];

    /// The steps that this probe sends to a service. `sent` holds all steps of the run with their services.
    fn steps(
        self,
        (system, has_retention): (&dyn System, bool),
        sent: &[(Host, StepRequest)],
        service: Host,
    ) -> Vec<StepRequest> {
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
                let latest = of_service.rev().take(ALTERED_MAX);
                latest
                    .map(|step| steps::with_other_args(system, step))
                    .collect()
            }
            Self::UndoFirst => {
                let action = of_service.find(|step| step.op == Op::Do);
                action.map_or_else(Vec::new, |action| {
                    steps::undo_first(system, has_retention, action).into()
                })
            }
        }
    }
}

/// Probes that were sent and not yet judged.
pub(crate) struct SentProbes {
    probes: Vec<Probe>,
    /// Repeated requests under known keys, each with the operation that it repeats.
    again: Vec<(ClientOp, Response)>,
    /// Other requests under known keys.
    keys: Vec<Response>,
    batches: Vec<Batch>,
}

/// A batch of steps that was sent to a service. `senders` names the probe of each step.
struct Batch {
    service: Host,
    senders: Vec<Probe>,
    response: Response,
}

/// Sends these probes. Steps for the same service share batches.
pub(crate) fn send(world: &World, probes: &[Probe]) -> SentProbes {
    let (again, keys) = match probes.contains(&Probe::Reuse) {
        true => reuse_keys(world),
        false => (Vec::new(), Vec::new()),
    };
    let sent = world.with_checker(|checker| checker.steps_sent().to_vec());
    let batches = world
        .system()
        .participants()
        .into_iter()
        .flat_map(|service| send_batches(world, probes, &sent, service))
        .collect();
    SentProbes {
        probes: probes.to_vec(),
        again,
        keys,
        batches,
    }
}

/// Sends the steps of all probes to one service.
fn send_batches(
    world: &World,
    probes: &[Probe],
    sent: &[(Host, StepRequest)],
    service: Host,
) -> Vec<Batch> {
    let of = |probe: &Probe| {
        let has_retention = world.plan().retention.is_some();
        let steps = probe.steps((world.system(), has_retention), sent, service);
        let steps = steps.into_iter();
        let probe = *probe;
        steps.map(move |step| (probe, step))
    };
    let steps: Vec<(Probe, StepRequest)> = probes.iter().flat_map(of).collect();
    let send = |batch: &[(Probe, StepRequest)]| {
        let (senders, steps): (Vec<Probe>, Vec<StepRequest>) = batch.iter().cloned().unzip();
        // A batch that cannot be sent gets a closed channel: it counts as never answered.
        let closed = || oneshot::channel().1;
        Batch {
            service,
            senders,
            response: send_steps(world, service, steps).unwrap_or_else(closed),
        }
    };
    steps.chunks(BATCH_STEPS_MAX).map(send).collect()
}

impl SentProbes {
    /// Judges the probes by their answers and by the state from before. If several were sent, a change is attributed to
    /// each of them, because the state does not say which one caused it.
    pub(crate) fn judge(self, world: &World, before: &ObservedState) {
        let replies: Vec<Replies> = self.batches.into_iter().map(Batch::replies).collect();
        let of = |probe: Probe| -> Vec<Vec<StepReply>> {
            let services = world.system().participants().into_iter();
            services
                .filter_map(|service| of_service(&replies, service, probe))
                .collect()
        };
        let again = self.again.into_iter();
        let again = again.filter_map(|(op, response)| Some((op, definite(world, response)?)));
        let keys = self.keys.into_iter();
        let keys = keys.filter_map(|response| definite(world, response));
        let reuse = Reuse {
            again: again.collect(),
            keys: keys.collect(),
            steps: of(Probe::Reuse).into_iter().flatten().collect(),
        };
        let undo_first = of(Probe::UndoFirst);
        let repeated = repeated(&replies);
        for probe in self.probes {
            world.judge(Host::NETWORK, |checker, event| match probe {
                Probe::Repeats => checker.probed(before, repeated, event),
                Probe::Reuse => checker.probed_reuse(before, &reuse, event),
                Probe::UndoFirst => checker.probed_undo_first(before, &undo_first, event),
            });
        }
    }
}

/// The replies to a batch: one for each step, `None` for the steps that got none.
struct Replies {
    service: Host,
    steps: Vec<(Probe, Option<StepReply>)>,
}

impl Batch {
    fn replies(self) -> Replies {
        let mut replies = replies(self.response).into_iter();
        let steps = self.senders.into_iter();
        Replies {
            service: self.service,
            steps: steps.map(|probe| (probe, replies.next())).collect(),
        }
    }
}

/// The replies of a service to a probe. `None` if the probe sent it no step.
fn of_service(replies: &[Replies], service: Host, probe: Probe) -> Option<Vec<StepReply>> {
    let batches = replies.iter().filter(|batch| batch.service == service);
    let steps = batches.flat_map(|batch| &batch.steps);
    let mut of_probe = steps.filter(|(sender, _)| *sender == probe).peekable();
    of_probe.peek()?;
    Some(of_probe.filter_map(|(_, reply)| reply.clone()).collect())
}

/// The number of repeated steps, and how many of them were answered.
fn repeated(replies: &[Replies]) -> Repeated {
    let steps = replies.iter().flat_map(|batch| &batch.steps);
    let repeats = steps.filter(|(sender, _)| *sender == Probe::Repeats);
    let answered = repeats.clone().filter(|(_, reply)| reply.is_some());
    Repeated {
        asked: repeats.clone().count(),
        answered: answered.count(),
    }
}
