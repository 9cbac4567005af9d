//! One order for many sagas, carried out by the leader one after the other.
//!
//! A batch lives in memory and ends with the leader that carries it out. What it has done is in the audit, under the batch's id.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    act::{OrderContext, reason},
    action::Action,
    filter::FilterText,
    refusal::Refusal,
    summary::Summary,
};
use crate::{
    coordinator::instance::Coordinator,
    http::{Problem, problem_type},
    id::SagaId,
    time::Timestamp,
};

/// The most sagas that one batch touches.
const SAGAS_MAX: usize = 10_000;
/// The sagas that an estimate names.
const SAGAS_SHOWN: usize = 100;
/// The number of batches that a leader remembers.
const BATCHES_MAX: usize = 64;

/// A batch as it is ordered.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BatchRequest {
    pub(super) action: Action,
    #[serde(default)]
    pub(super) filter: FilterText,
    pub(super) reason: Option<String>,
    /// The most sagas that it may touch: the estimate that the operator has seen.
    pub(super) at_most: Option<usize>,
}

/// What a batch would touch.
#[derive(Debug, Serialize)]
pub(super) struct Estimate {
    action: Action,
    /// The sagas that the filter lets through.
    pub(super) matching: usize,
    /// Those of them to which the order cannot be given, as the log is now. The rows of the participants may refuse more.
    pub(super) refused: usize,
    /// Those of them for which it takes the place of an earlier order.
    pub(super) replaced: usize,
    /// The first of them.
    pub(super) sagas: Vec<SagaId>,
    /// The subjects of these.
    pub(super) subjects: Vec<Option<String>>,
}

/// A batch and how far it is.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Batch {
    pub(super) id: Uuid,
    pub(super) action: Action,
    pub(super) reason: String,
    pub(super) actor: String,
    pub(super) started_at: Timestamp,
    pub(super) ended_at: Option<Timestamp>,
    /// `running`, `stopping`, `stopped` or `done`.
    pub(super) state: BatchState,
    pub(super) total: usize,
    pub(super) done: usize,
    pub(super) refused: usize,
    pub(super) results: Vec<BatchResult>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum BatchState {
    Running,
    Stopping,
    Stopped,
    Done,
}

/// What became of one saga of a batch.
#[derive(Debug, Clone, Serialize)]
pub(super) struct BatchResult {
    pub(super) saga: SagaId,
    /// What the saga changes: its lock key.
    pub(super) subject: Option<String>,
    /// The number of the audit entry.
    pub(super) audit: Option<i64>,
    /// Why nothing was ordered.
    pub(super) refused: Option<String>,
}

/// The batches of a leader.
#[derive(Default)]
pub(in crate::coordinator) struct Batches(Mutex<BTreeMap<Uuid, Batch>>);

impl Batches {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<Uuid, Batch>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn insert(&self, batch: Batch) {
        let mut batches = self.lock();
        // The ids rise with the time, so the first one is the oldest.
        while batches.len() >= BATCHES_MAX {
            batches.pop_first();
        }
        batches.insert(batch.id, batch);
    }

    fn update<T>(&self, id: Uuid, update: impl FnOnce(&mut Batch) -> T) -> Option<T> {
        self.lock().get_mut(&id).map(update)
    }
}

impl Coordinator {
    /// What a batch would touch. Nothing is changed.
    ///
    /// # Errors
    /// The filter is wrong, or matches nothing.
    pub(super) async fn estimate(&self, request: &BatchRequest) -> Result<Estimate, Problem> {
        let sagas = self.matching(request).await?;
        let action = request.action;
        let refuses = |saga: &&Summary| action.is_refused_in_list(saga);
        let replaces = |saga: &&Summary| action.replaces(saga.directive);
        Ok(Estimate {
            action,
            matching: sagas.len(),
            refused: sagas.iter().filter(refuses).count(),
            replaced: sagas.iter().filter(replaces).count(),
            sagas: known(&sagas).take(SAGAS_SHOWN).map(|(id, _)| id).collect(),
            subjects: known(&sagas)
                .take(SAGAS_SHOWN)
                .map(|(_, subject)| subject)
                .collect(),
        })
    }

    /// Starts a batch.
    ///
    /// # Errors
    /// The request is wrong, the filter matches nothing, or more than the operator has seen. Nothing was changed.
    pub(super) async fn start_batch(
        self: &Arc<Self>,
        actor: String,
        request: BatchRequest,
    ) -> Result<Batch, Problem> {
        let term = self.leading()?;
        let reason = reason(request.reason.as_deref())?;
        let Some(at_most) = request.at_most else {
            let why = "must be the number of sagas that the estimate has shown";
            return Err(Problem::invalid("body", "at_most", why));
        };
        let sagas = self.matching(&request).await?;
        let sagas: Vec<(SagaId, Option<String>)> = known(&sagas).collect();
        if sagas.len() > at_most {
            let detail = format!(
                "The filter now matches {} sagas, and at most {at_most} may be touched. Nothing was done; look at the estimate again.",
                sagas.len()
            );
            return Err(Problem::of(&problem_type::ORDER_REFUSED, detail));
        }
        let batch = Batch {
            id: self.env.uuid(),
            action: request.action,
            reason,
            actor,
            started_at: self.env.clock.now(),
            ended_at: None,
            state: BatchState::Running,
            total: sagas.len(),
            done: 0,
            refused: 0,
            results: Vec::new(),
        };
        term.batches.insert(batch.clone());
        let (coordinator, running) = (Arc::clone(self), batch.clone());
        tokio::spawn(async move { coordinator.run_batch(&running, sagas).await });
        Ok(batch)
    }

    async fn run_batch(&self, batch: &Batch, sagas: Vec<(SagaId, Option<String>)>) {
        let Some(term) = self.leadership.term() else {
            return;
        };
        let context = OrderContext {
            actor: batch.actor.clone(),
            reason: batch.reason.clone(),
            batch: Some(batch.id.to_string()),
            seen: None,
        };
        for (saga, subject) in sagas {
            let state = term.batches.update(batch.id, |batch| batch.state);
            if state != Some(BatchState::Running) || term.executor.is_stopped() {
                break;
            }
            let (audit, refused) = match self.act(saga, batch.action, &context).await {
                Ok(ordered) => (Some(ordered.audit), None),
                Err(Refusal::Problem(problem)) => (None, Some(problem.detail().to_owned())),
                Err(Refusal::Moved(_)) => (None, Some("it has changed".to_owned())),
            };
            term.batches.update(batch.id, |batch| {
                batch.done += usize::from(audit.is_some());
                batch.refused += usize::from(refused.is_some());
                batch.results.push(BatchResult {
                    saga,
                    subject,
                    audit,
                    refused,
                });
            });
        }
        let now = self.env.clock.now();
        term.batches.update(batch.id, |batch| {
            batch.ended_at = Some(now);
            batch.state = match batch.results.len() == batch.total {
                true => BatchState::Done,
                false => BatchState::Stopped,
            };
        });
    }

    /// A batch of this leader.
    ///
    /// # Errors
    /// There is none with this id.
    pub(super) fn batch(&self, id: Uuid) -> Result<Batch, Problem> {
        let found = self.leading()?.batches.lock().get(&id).cloned();
        found.ok_or_else(|| no_batch(id))
    }

    /// The batches of this leader, the newest first.
    ///
    /// # Errors
    /// This coordinator does not lead.
    pub(super) fn batches(&self) -> Result<Vec<Batch>, Problem> {
        let term = self.leading()?;
        let batches = term.batches.lock();
        Ok(batches.values().rev().cloned().collect())
    }

    /// Stops a batch before its next saga.
    ///
    /// # Errors
    /// There is none with this id.
    pub(super) fn stop_batch(&self, id: Uuid) -> Result<Batch, Problem> {
        let term = self.leading()?;
        let stopped = term.batches.update(id, |batch| {
            if batch.state == BatchState::Running {
                batch.state = BatchState::Stopping;
            }
            batch.clone()
        });
        stopped.ok_or_else(|| no_batch(id))
    }

    /// The sagas that a batch would touch.
    async fn matching(&self, request: &BatchRequest) -> Result<Vec<Summary>, Problem> {
        let filter = request.filter.check("body")?;
        let (mut sagas, mut after) = (Vec::new(), None);
        loop {
            let page = self.list_sagas(&filter, after, SAGAS_MAX + 1).await?;
            let known = page.sagas.into_iter().filter(|saga| saga.id.is_some());
            sagas.extend(known);
            after = page.next;
            if after.is_none() || sagas.len() > SAGAS_MAX {
                break;
            }
        }
        match sagas.len() {
            0 => Err(Problem::of(
                &problem_type::ORDER_REFUSED,
                "The filter matches no saga. Nothing was done.",
            )),
            many if many > SAGAS_MAX => Err(Problem::of(
                &problem_type::ORDER_REFUSED,
                format!(
                    "The filter matches more than {SAGAS_MAX} sagas; narrow it. Nothing was done."
                ),
            )),
            _ => Ok(sagas),
        }
    }
}

/// The sagas whose id can be read, with their subjects.
fn known(sagas: &[Summary]) -> impl Iterator<Item = (SagaId, Option<String>)> {
    let known = |saga: &Summary| Some((saga.id?, saga.subject.clone()));
    sagas.iter().filter_map(known)
}

fn no_batch(id: Uuid) -> Problem {
    let detail = format!(
        "This leader has no batch {id}. A batch ends with its leader; the audit has what it did, under its id."
    );
    Problem::of(&problem_type::BATCH_NOT_FOUND, detail)
}
