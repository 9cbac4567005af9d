//! The publication of the retention watermark to the participants, and what their replies tell.

use std::{sync::Arc, time::Duration};

use futures::future::join_all;
use tokio::time::Instant;

use super::task::Dependencies;
use crate::{
    coordinator::participants::Participants,
    id::{Epoch, SagaId},
    participant::{RaiseError, Raised, Watermark},
};

/// How often a watermark is published that is confirmed already: a database that was restored from an older copy gets it again.
const REPEAT_INTERVAL: Duration = Duration::from_secs(60);

/// What the leader knows of each participant.
pub(super) struct Publications {
    participants: Arc<Participants>,
    states: Vec<State>,
}

/// What the leader knows of one participant.
#[derive(Debug, Default)]
struct State {
    /// What it confirmed last, and when.
    confirmed: Option<(Watermark, Instant)>,
    /// Whether the last publication failed, so that each failure is logged once.
    is_away: bool,
    is_refused: bool,
}

impl Publications {
    pub(super) fn new(participants: &Arc<Participants>) -> Self {
        let states = participants.0.iter().map(|_| State::default()).collect();
        Self {
            participants: Arc::clone(participants),
            states,
        }
    }

    /// Publishes a watermark to every participant that has not confirmed it, or not for a while. Each gets one bounded attempt.
    pub(super) async fn publish(&mut self, task: &Dependencies, below: SagaId, now: Instant) {
        let watermark = Watermark {
            shard: 0,
            below,
            epoch: task.epoch,
        };
        let participants = self.participants.0.iter().zip(&mut self.states);
        let due = participants.filter(|(_, state)| state.is_due(watermark, now));
        let published = due.map(|(participant, state)| async move {
            let raised = participant.raise_watermark(watermark).await;
            (participant.service(), state, raised)
        });
        for (service, state, raised) in join_all(published).await {
            match raised {
                Ok(raised) => state.confirm(service, raised, now),
                Err(RaiseError::NoReply(no_reply)) => state.fail(service, &no_reply.0),
                Err(RaiseError::Refused { stored }) => {
                    // No saga may begin that the participant would refuse.
                    task.executor.raise_ids(stored.below);
                    state.refuse(service, task.epoch, stored);
                }
            }
        }
    }
}

impl State {
    fn is_due(&self, watermark: Watermark, now: Instant) -> bool {
        self.confirmed.is_none_or(|(confirmed, at)| {
            confirmed != watermark || now.duration_since(at) >= REPEAT_INTERVAL
        })
    }

    fn confirm(&mut self, service: &'static str, raised: Raised, now: Instant) {
        let Raised { stored, before } = raised;
        let confirmed = self.confirmed.map(|(confirmed, _)| confirmed.below);
        if confirmed > before.map(|before| before.below) {
            let (confirmed, before) = (self.confirmed, before.map(|before| before.below));
            let confirmed = confirmed.map(|(confirmed, _)| confirmed.below);
            tracing::error!(
                service,
                ?confirmed,
                ?before,
                "alert: the database of a service was restored from an older copy: it had a lower retention watermark than it confirmed"
            );
        }
        if self.is_away {
            tracing::warn!(service, "a service gets the retention watermark again");
        }
        *self = Self {
            confirmed: Some((stored, now)),
            is_away: false,
            is_refused: false,
        };
    }

    fn fail(&mut self, service: &'static str, reason: &str) {
        if !self.is_away {
            tracing::warn!(
                service,
                reason,
                "a service did not confirm the retention watermark; it gets it again"
            );
        }
        self.is_away = true;
    }

    fn refuse(&mut self, service: &'static str, epoch: Epoch, stored: Watermark) {
        if !self.is_refused {
            let (below, later) = (stored.below, stored.epoch > epoch);
            tracing::error!(
                service, %below, stored_epoch = %stored.epoch, %epoch, later,
                "alert: a service has a later retention watermark than the saga log, which was restored from an older copy, or has another leader"
            );
        }
        self.is_refused = true;
    }
}
