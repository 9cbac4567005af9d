//! The requests of one saga that are under way: at most one for each step.
//!
//! ```text
//!  rested ──► pausing ──► ready ──► waiting ──► a reply: the attempt ends
//!     ▲                                └──────► no reply: the pause grows
//!     └───────────────────────────────────────────┘
//! ```
//!
//! They are polled in the order of their steps, so that a run in the simulator is deterministic. A request that the rules do
//! not want any more is dropped: its reply, if one comes, says nothing that a later request would not learn.

use std::{
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use futures::{FutureExt, future::BoxFuture};
use tokio::time::{Instant, Sleep};

use super::{attempt_trace::AttemptTrace, core::Core, retry::Retry};
use crate::{
    bound::{Bound, within},
    id::StepIndex,
    protocol::{Command, NoReply, Op, RetryPolicy, StepReply, StepRequest},
};

/// What a participant answered, if it did.
pub(super) type Reply = Result<StepReply, NoReply>;

/// The requests of one saga that are under way.
pub(super) struct Attempts<'c> {
    core: &'c Core,
    under_way: Vec<Attempt<'c>>,
    /// The attempts of the request that begins next.
    next: Option<Retry>,
}

/// One request: it waits for its reply, or for its next attempt.
pub(super) struct Attempt<'c> {
    pub(super) step: StepIndex,
    pub(super) op: Op,
    pub(super) retry: Retry,
    pub(super) phase: Phase<'c>,
    /// When it was first sent. Only known if its step has a deadline.
    first_sent: Option<Instant>,
    /// What is told about the request that was sent last.
    pub(super) trace: AttemptTrace,
}

/// Where an attempt is.
pub(super) enum Phase<'c> {
    /// A pause comes next, because the attempt before had no reply.
    Rested,
    /// In the pause.
    Pausing(Pin<Box<Sleep>>),
    /// To be sent.
    Ready,
    /// Sent.
    Waiting(BoxFuture<'c, Reply>),
}

impl<'c> Attempts<'c> {
    pub(super) fn new(core: &'c Core) -> Self {
        Self {
            core,
            under_way: Vec::new(),
            next: Some(Retry::new(core)),
        }
    }

    /// Drops the requests that none of these commands wants.
    pub(super) fn keep(&mut self, commands: &[Command]) {
        let is_unwanted = |attempt: &mut Attempt<'_>| {
            let Attempt { step, op, .. } = *attempt;
            !commands.contains(&Command::Send { step, op })
        };
        let dropped = self.under_way.extract_if(.., is_unwanted).last();
        // A request that takes the place of one without a reply goes on with its pauses.
        if self.next.is_none() {
            self.next = dropped.map(|attempt| attempt.retry);
        }
    }

    /// Adds a request, unless it is under way.
    pub(super) fn add(&mut self, step: StepIndex, op: Op) {
        if self.under_way.iter().any(|attempt| attempt.step == step) {
            return;
        }
        let retry = self.next.take();
        let retry = retry.unwrap_or_else(|| Retry::new(self.core));
        let phase = match retry.failures {
            0 => Phase::Ready,
            _ => Phase::Rested,
        };
        self.under_way.push(Attempt {
            step,
            op,
            retry,
            phase,
            first_sent: None,
            trace: AttemptTrace::default(),
        });
    }

    /// Ends the request whose reply came, and returns it.
    pub(super) fn end(&mut self, index: usize) -> Attempt<'c> {
        let ended = self.under_way.remove(index);
        self.begin_anew();
        ended
    }

    /// The next request begins without a pause.
    pub(super) fn begin_anew(&mut self) {
        self.next = Some(Retry::new(self.core));
    }

    /// The next request begins with the longest pause of this policy, as do its further attempts.
    pub(super) fn begin_slowly(&mut self, policy: RetryPolicy) {
        self.next = Some(Retry::slow(self.core, policy));
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Attempt<'c>> {
        self.under_way.iter_mut()
    }

    pub(super) fn get_mut(&mut self, index: usize) -> &mut Attempt<'c> {
        &mut self.under_way[index]
    }

    /// Whether an order may concern a request: it is in a pause, or is not sent because something is paused.
    pub(super) fn may_be_ordered(&self) -> bool {
        let waits = |attempt: &Attempt<'_>| matches!(attempt.phase, Phase::Waiting(_));
        !self.under_way.iter().all(waits)
    }

    /// Ends the pauses: every request is ready to be sent.
    pub(super) fn end_pauses(&mut self) {
        for attempt in &mut self.under_way {
            if matches!(attempt.phase, Phase::Rested | Phase::Pausing(_)) {
                attempt.phase = Phase::Ready;
            }
        }
    }

    /// Waits for the end of a pause, or for a reply or its absence. Returns `None` if no request is under way.
    pub(super) async fn progress(&mut self) -> Option<(usize, Option<Reply>)> {
        if self.under_way.is_empty() {
            return None;
        }
        let progress = poll_fn(|context| {
            let attempts = self.under_way.iter_mut().enumerate();
            let mut progress =
                attempts.map(|(index, attempt)| attempt.poll(context).map(|p| (index, p)));
            progress.find(Poll::is_ready).unwrap_or(Poll::Pending)
        });
        Some(progress.await)
    }
}

impl<'c> Attempt<'c> {
    /// Begins the pause before the next attempt.
    pub(super) fn pause(&mut self, pause: Duration) {
        self.phase = Phase::Pausing(Box::pin(tokio::time::sleep(pause)));
    }

    /// Sends the request.
    pub(super) fn send(
        &mut self,
        core: &'c Core,
        service: &'static str,
        policy: RetryPolicy,
        request: StepRequest,
    ) {
        if policy.deadline.is_some() && self.first_sent.is_none() {
            self.first_sent = Some(core.env.clock.steady());
        }
        let reply = core.sender.send(service, request);
        self.phase = Phase::Waiting(match policy.attempt_timeout {
            None => reply,
            Some(limit) => limited(reply, limit).boxed(),
        });
    }

    /// How long its step may still be tried. `None` if nothing limits that.
    pub(super) fn time_left(&self, core: &Core, policy: RetryPolicy) -> Option<Duration> {
        let spent = core.env.clock.steady() - self.first_sent?;
        Some(policy.deadline?.saturating_sub(spent))
    }

    /// `Ready` with the reply, or with `None` if its pause is over.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Reply>> {
        match &mut self.phase {
            Phase::Rested | Phase::Ready => Poll::Pending,
            Phase::Waiting(reply) => reply.as_mut().poll(context).map(Some),
            Phase::Pausing(pause) => {
                let is_over = pause.as_mut().poll(context);
                if is_over.is_ready() {
                    self.phase = Phase::Ready;
                }
                is_over.map(|()| None)
            }
        }
    }
}

/// Waits for a reply no longer than its step allows.
async fn limited(reply: BoxFuture<'_, Reply>, limit: Duration) -> Reply {
    let reply = within(Bound::new("a request to a service", limit), reply).await;
    reply.unwrap_or_else(|overdue| Err(NoReply(overdue.to_string())))
}
