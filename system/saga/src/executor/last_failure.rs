//! What the task of a saga tells operators about why it does not go on.

use std::time::Duration;

use tokio::sync::watch;

use super::{
    core::Core,
    registry::{FailureKind, LastFailure, SagaProgress},
    saga_task::SagaTask,
};
use crate::{
    id::StepIndex,
    protocol::{Op, ParkReason},
};

impl SagaTask {
    /// A request got no usable reply.
    pub(super) fn note_no_reply(&self, step: StepIndex, op: Op, failures: u32, error: &str) {
        let request = Some((step, op));
        note(
            &self.progress,
            FailureKind::NoReply,
            request,
            |_| failures,
            error,
        );
    }

    /// A participant gave a reply that it must not give.
    pub(super) fn note_forbidden(&self, step: StepIndex, reason: ParkReason, why: &str) {
        let kind = FailureKind::Forbidden(reason);
        note(&self.progress, kind, Some((step, Op::Do)), one_more, why);
    }

    /// The rules cannot go on.
    pub(super) fn note_defect(&self, error: &str) {
        note(&self.progress, FailureKind::Defect, None, |_| 1, error);
    }

    /// The next attempt is made after this pause.
    pub(super) fn note_pause(&self, core: &Core, pause: Duration) {
        let at = core.env.clock.now().plus(pause);
        update_silently(&self.progress, |progress| {
            if let Some(failure) = &mut progress.last_failure {
                failure.next_attempt_at = Some(at);
            }
        });
    }

    /// A request is sent. The next attempt is not known while it is under way.
    pub(super) fn note_attempt(&self) {
        update_silently(&self.progress, |progress| {
            if let Some(failure) = &mut progress.last_failure {
                failure.next_attempt_at = None;
            }
        });
    }

    /// A usable reply came.
    pub(super) fn end_failure(&self) {
        update_silently(&self.progress, |progress| progress.last_failure = None);
    }
}

/// The log did not store a status.
pub(super) fn note_log_failure(progress: &watch::Sender<SagaProgress>, error: &str) {
    note(progress, FailureKind::Log, None, one_more, error);
}

fn one_more(before: u32) -> u32 {
    before.saturating_add(1)
}

fn note(
    progress: &watch::Sender<SagaProgress>,
    kind: FailureKind,
    request: Option<(StepIndex, Op)>,
    failures: impl FnOnce(u32) -> u32,
    error: &str,
) {
    update_silently(progress, |progress| {
        let before = progress.last_failure.as_ref();
        let before = before.map_or(0, |before| before.failures);
        progress.last_failure = Some(Box::new(LastFailure {
            kind,
            request,
            failures: failures(before),
            last_error: error.to_owned(),
            next_attempt_at: None,
        }));
    });
}

/// Wakes nobody: those who follow a saga are told of its steps, and not of its failures.
fn update_silently(progress: &watch::Sender<SagaProgress>, update: impl FnOnce(&mut SagaProgress)) {
    progress.send_if_modified(|progress| {
        update(progress);
        false
    });
}
