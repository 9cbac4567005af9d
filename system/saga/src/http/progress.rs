//! How far a connection is with its request, and since when. The bounds on what a client may withhold need both.
//!
//! ```text
//!  Fresh ─┐ first byte           whole request          reply ready           reply sent
//!  Idle ──┴───────────► Arriving ─────────────► Working ───────────► Replying ──────────► Idle
//!                                                      └──► Streaming ──┘ its end
//! ```
//!
//! The connection's task (`connection.rs`) and the slots (`slots.rs`) share it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::{
    sync::{Notify, OwnedSemaphorePermit},
    time::Instant,
};
use tokio_util::task::{TaskTracker, task_tracker::TaskTrackerToken};

use super::limits::Limits;

/// What a connection is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// No byte of the first request has arrived.
    Fresh,
    /// Between two requests.
    Idle,
    /// A part of a request has arrived.
    Arriving,
    /// The service works on a request that has arrived as a whole.
    Working,
    /// The reply is being sent.
    Replying,
    /// The reply goes on for as long as there is news.
    Streaming,
}

/// What the server waits for on a connection, and since when. The connection with the smallest value is closed first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Behind {
    /// Connections that have been served are closed last.
    was_served: bool,
    /// Since when the next byte is missing.
    pub(super) since: Instant,
}

/// The progress of one connection.
pub(super) struct Progress {
    requests: TaskTracker,
    state: Mutex<State>,
    closing: Notify,
}

struct State {
    phase: Phase,
    since: Instant,
    /// A part of the next request arrived before the reply was sent.
    is_early: bool,
    /// The request's body has not arrived as a whole.
    is_body_missing: bool,
    /// Held while the service works, so that a stop waits for it.
    request: Option<TaskTrackerToken>,
    /// Since when the client has not taken a piece of a live reply.
    blocked: Option<Instant>,
    /// The connection's slot.
    permit: Option<OwnedSemaphorePermit>,
}

impl Progress {
    pub(super) fn new(requests: TaskTracker, permit: OwnedSemaphorePermit) -> Self {
        Self {
            requests,
            state: Mutex::new(State {
                phase: Phase::Fresh,
                since: Instant::now(),
                is_early: false,
                is_body_missing: false,
                request: None,
                blocked: None,
                permit: Some(permit),
            }),
            closing: Notify::new(),
        }
    }

    /// Bytes arrived.
    pub(super) fn received(&self) {
        let mut state = self.state();
        match state.phase {
            Phase::Fresh | Phase::Idle => state.enter(Phase::Arriving),
            // The bytes that follow a withheld body belong to it, and the connection is closed.
            Phase::Working | Phase::Replying | Phase::Streaming => {
                state.is_early = !state.is_body_missing
            }
            Phase::Arriving => {}
        }
    }

    /// A request's head arrived, with a body that is still missing or without one.
    pub(super) fn head_arrived(&self, is_whole: bool) {
        let mut state = self.state();
        state.is_early = false;
        state.is_body_missing = !is_whole;
        match is_whole {
            true => state.work(&self.requests),
            false if state.phase != Phase::Arriving => state.enter(Phase::Arriving),
            false => {}
        }
    }

    /// The request's body arrived as a whole.
    pub(super) fn body_arrived(&self) {
        let mut state = self.state();
        state.is_body_missing = false;
        // A handler may reply before it has read the body. Then there is nothing left to work on.
        if state.phase == Phase::Arriving {
            state.work(&self.requests);
        }
    }

    /// The reply is ready.
    pub(super) fn replied(&self) {
        let mut state = self.state();
        state.request = None;
        state.enter(Phase::Replying);
    }

    /// The reply goes on for as long as there is news. A stop does not wait for it.
    pub(super) fn live_began(&self) {
        let mut state = self.state();
        state.request = None;
        state.blocked = None;
        state.enter(Phase::Streaming);
    }

    /// The live reply has ended. What is left of it is still to be sent.
    pub(super) fn live_ended(&self) {
        let mut state = self.state();
        if state.phase == Phase::Streaming {
            state.enter(Phase::Replying);
        }
    }

    /// The client does not take what is written.
    pub(super) fn blocked(&self) {
        let mut state = self.state();
        if state.phase == Phase::Streaming {
            state.blocked.get_or_insert_with(Instant::now);
        }
    }

    /// Everything that was written is sent.
    ///
    /// A part of the next request that came in one piece with the request before is not seen here: it waits in hyper. Such a
    /// connection has the time of an idle one.
    pub(super) fn sent(&self) {
        let mut state = self.state();
        state.blocked = None;
        if state.phase == Phase::Replying {
            let next = match state.is_early {
                true => Phase::Arriving,
                false => Phase::Idle,
            };
            state.enter(next);
        }
    }

    /// When the client is overdue with its request, or with reading the reply. `None` while it owes nothing.
    /// A new connection owes its first byte only over the limit: browsers open connections that they may use later.
    pub(super) fn deadline(&self, limits: &Limits, is_reserve: bool) -> Option<Instant> {
        let state = self.state();
        match state.phase {
            Phase::Fresh => is_reserve.then(|| state.since + limits.arrival),
            Phase::Arriving => Some(state.since + limits.arrival),
            Phase::Replying => Some(state.since + limits.reply),
            Phase::Streaming => state.blocked.map(|since| since + limits.reply),
            Phase::Idle | Phase::Working => None,
        }
    }

    /// Whether a request has not arrived as a whole.
    pub(super) fn is_arriving(&self) -> bool {
        self.state().phase == Phase::Arriving
    }

    /// Whether the last request was answered before its body arrived.
    pub(super) fn is_body_missing(&self) -> bool {
        self.state().is_body_missing
    }

    /// How far behind the connection is; `None` while the service works for it.
    pub(super) fn behind(&self) -> Option<Behind> {
        self.state().behind()
    }

    /// Gives the connection's slot up.
    pub(super) fn leave(&self) {
        drop(self.state().permit.take());
    }

    /// Gives the connection's slot up and asks its task to close it, if it is still as far behind. False if it has gone on
    /// since, or if the slot was given up before.
    pub(super) fn close_if(&self, behind: Behind) -> bool {
        let permit = {
            let mut state = self.state();
            match state.behind() == Some(behind) {
                true => state.permit.take(),
                false => None,
            }
        };
        if permit.is_some() {
            self.closing.notify_one();
        }
        permit.is_some()
    }

    /// Waits for [`close_if`](Self::close_if).
    pub(super) async fn closing(&self) {
        self.closing.notified().await;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn behind(&self) -> Option<Behind> {
        let was_served = match self.phase {
            Phase::Fresh | Phase::Arriving => false,
            Phase::Idle => true,
            Phase::Working | Phase::Replying | Phase::Streaming => return None,
        };
        Some(Behind {
            was_served,
            since: self.since,
        })
    }

    /// The request arrived. From now on a stop waits for its reply.
    fn work(&mut self, requests: &TaskTracker) {
        self.phase = Phase::Working;
        self.request = Some(requests.token());
    }

    fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.since = Instant::now();
        if phase == Phase::Arriving {
            self.is_early = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::sync::Semaphore;

    use super::*;

    #[tokio::test]
    async fn a_connection_whose_request_has_arrived_since_the_search_is_not_closed() {
        let permits = Arc::new(Semaphore::new(1));
        let permit = Arc::clone(&permits).try_acquire_owned().unwrap();
        let progress = Progress::new(TaskTracker::new(), permit);
        progress.received();
        let behind = progress.behind().unwrap();
        progress.head_arrived(true);
        assert!(!progress.close_if(behind));
        progress.replied();
        progress.sent();
        let idle = progress.behind().unwrap();
        assert!(progress.close_if(idle));
        assert_eq!(permits.available_permits(), 1);
        assert!(!progress.close_if(idle), "its slot was given up before");
    }
}
