//! Both truths of a saga: for each step, what the log's leader believes and what the participant has stored.

use std::collections::BTreeMap;

use futures::future::join_all;
use serde::Serialize;

use crate::{
    coordinator::participants::Participants,
    id::{SagaId, StepIndex},
    log::StepRecord,
    participant::BarrierRow,
    protocol::{self, Definition, NoReply, Status, StepKey, StepState, Verdict, verdict},
};

/// One step with both truths.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct StepComparison {
    pub(super) step: StepIndex,
    pub(super) name: &'static str,
    pub(super) service: &'static str,
    /// What the leader believes, or the log, if no task drives the saga.
    pub(super) believed: StepRecord,
    /// Whether certainly no request for it was ever sent: this leader has started the saga, and has sent none. The rules count a
    /// step as *may have been sent* from the moment at which they want it sent, also while a pause holds it back.
    pub(super) never_sent: bool,
    /// What the participant has stored. `None` if it has nothing, or was not read.
    pub(super) barrier: Option<BarrierRow>,
    /// Why the row was not read.
    pub(super) barrier_error: Option<String>,
    pub(super) verdict: Verdict,
}

impl StepComparison {
    /// The row, for the rules.
    pub(super) fn row(&self) -> protocol::Row {
        match self.barrier_error {
            Some(_) => protocol::Row::Unread,
            None => BarrierRow::of_rules(self.barrier.as_ref()),
        }
    }
}

/// What a service said about its rows of one saga.
type Read = Result<Vec<Option<BarrierRow>>, NoReply>;

/// Reads the barrier rows of a saga at all its services, and compares them with what was believed before.
pub(super) async fn read_steps(
    participants: &Participants,
    saga: SagaId,
    definition: &Definition,
    status: Status,
    believed: Vec<StepRecord>,
    is_resumed: bool,
) -> Vec<StepComparison> {
    let mut by_service: BTreeMap<&'static str, Vec<StepKey>> = BTreeMap::new();
    for (step, defined) in definition.steps().iter().enumerate() {
        let keys = by_service.entry(defined.service).or_default();
        keys.push(StepKey { saga, step });
    }
    let reads = by_service.into_iter().map(async |(service, keys)| {
        let read: Read = match participants.named(service) {
            Some(participant) => participant.barrier_rows(keys.clone()).await,
            None => Err(NoReply(format!("there is no service {service}"))),
        };
        keys.into_iter()
            .enumerate()
            .map(|(index, key)| (key.step, row_of(&read, index)))
            .collect::<Vec<_>>()
    });
    let rows: BTreeMap<StepIndex, Result<Option<BarrierRow>, String>> =
        join_all(reads).await.into_iter().flatten().collect();
    let steps = definition.steps().iter().zip(believed).enumerate();
    steps
        .map(|(step, (defined, believed))| {
            let (barrier, barrier_error) = match rows.get(&step) {
                Some(Ok(row)) => (row.clone(), None),
                Some(Err(error)) => (None, Some(error.clone())),
                None => (None, Some("it was not asked for".to_owned())),
            };
            let row = match barrier_error {
                Some(_) => protocol::Row::Unread,
                None => BarrierRow::of_rules(barrier.as_ref()),
            };
            StepComparison {
                step,
                name: defined.name,
                service: defined.service,
                verdict: verdict(status, &believed.state, row),
                never_sent: !is_resumed && is_unsent(&believed),
                believed,
                barrier,
                barrier_error,
            }
        })
        .collect()
}

fn is_unsent(record: &StepRecord) -> bool {
    let is_open = matches!(record.state, StepState::Untouched | StepState::Unknown);
    is_open && record.attempts == 0 && record.undo_attempts == 0
}

fn row_of(read: &Read, index: usize) -> Result<Option<BarrierRow>, String> {
    match read {
        Ok(rows) => Ok(rows.get(index).cloned().flatten()),
        Err(no_reply) => Err(no_reply.0.clone()),
    }
}
