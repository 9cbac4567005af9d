//! What the task of a saga tells operators about why it does not go on.

use std::time::Duration;

use super::{
    core::Core,
    registry::{Difficulty, SagaProgress, Trouble},
    saga_task::SagaTask,
};
use crate::{
    id::StepIndex,
    protocol::{Op, ParkReason},
};

impl SagaTask {
    /// A request got no usable reply.
    pub(super) fn note_no_reply(&self, step: StepIndex, op: Op, failures: u32, error: &str) {
        self.note(Trouble {
            difficulty: Difficulty::NoReply,
            step,
            op,
            failures,
            last_error: error.to_owned(),
            next_attempt_at: None,
        });
    }

    /// A participant gave a reply that it must not give.
    pub(super) fn note_forbidden(&self, step: StepIndex, reason: ParkReason, why: &str) {
        let failures = self.trouble(|trouble| trouble.failures).unwrap_or_default();
        self.note(Trouble {
            difficulty: Difficulty::Forbidden(reason),
            step,
            op: Op::Do,
            failures: failures.saturating_add(1),
            last_error: why.to_owned(),
            next_attempt_at: None,
        });
    }

    /// The log did not store a status.
    pub(super) fn note_log_failure(&self, error: &str) {
        let failures = self.trouble(|trouble| trouble.failures).unwrap_or_default();
        self.note(Trouble {
            difficulty: Difficulty::Log,
            step: 0,
            op: Op::Do,
            failures: failures.saturating_add(1),
            last_error: error.to_owned(),
            next_attempt_at: None,
        });
    }

    /// The rules cannot go on.
    pub(super) fn note_defect(&self, error: &str) {
        self.note(Trouble {
            difficulty: Difficulty::Defect,
            step: 0,
            op: Op::Do,
            failures: 0,
            last_error: error.to_owned(),
            next_attempt_at: None,
        });
    }

    /// The next attempt is made after this pause.
    pub(super) fn note_pause(&self, core: &Core, pause: Duration) {
        let at = core.env.clock.now().plus(pause);
        self.update_silently(|progress| {
            if let Some(trouble) = &mut progress.trouble {
                trouble.next_attempt_at = Some(at);
            }
        });
    }

    /// A usable reply came.
    pub(super) fn end_trouble(&self) {
        if self.trouble(|_| ()).is_some() {
            self.update_silently(|progress| progress.trouble = None);
        }
    }

    fn trouble<T>(&self, read: impl FnOnce(&Trouble) -> T) -> Option<T> {
        self.progress.borrow().trouble.as_deref().map(read)
    }

    fn note(&self, trouble: Trouble) {
        self.update_silently(|progress| progress.trouble = Some(Box::new(trouble)));
    }

    /// Wakes nobody: those who follow a saga are told of its steps, and not of their troubles.
    fn update_silently(&self, update: impl FnOnce(&mut SagaProgress)) {
        self.progress.send_if_modified(|progress| {
            update(progress);
            false
        });
    }
}
