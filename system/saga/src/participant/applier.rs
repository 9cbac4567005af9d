//! Applies batches of steps to a service's database, through the barrier.
//!
//! If one step cannot be applied, the others still are: the batch is halved until the failing step is alone. A database that
//! is unavailable fails every step alike, so then the batch is not halved.
//!
//! Steps whose rows somebody else has locked are a special case. Many steps of a batch may need one locked row, and each
//! attempt waits. So steps with the same arguments, which need the same rows, stay together, the attempts wait only shortly,
//! and the search has a time limit, because the next batch waits for it. For a while the next batches wait only shortly,
//! too: steps that need the row are sent again and again.

use std::sync::Arc;

use futures::{FutureExt, future::BoxFuture};
use tokio::time::Instant;

use super::{Barrier, Effect, verdict_counts::VerdictCounts};
use crate::{
    protocol::{StepReply, StepRequest},
    store::{Database, HALVING_MAX, ShortWaits, StoreError},
    time::Timestamp,
};

/// The result of one step.
pub(super) type Applied = Result<StepReply, Arc<StoreError>>;

/// Applies steps to the database of a service.
pub(super) struct Applier {
    database: Database,
    barrier: Arc<dyn Barrier>,
    effect: Arc<dyn Effect>,
    short_waits: ShortWaits,
    pub(super) verdicts: VerdictCounts,
}

impl Applier {
    pub(super) fn new(
        database: Database,
        barrier: Arc<dyn Barrier>,
        effect: Arc<dyn Effect>,
    ) -> Self {
        Self {
            database,
            barrier,
            effect,
            short_waits: ShortWaits::default(),
            verdicts: VerdictCounts::default(),
        }
    }

    /// Applies those steps that one statement can execute with it, and the others in a transaction. Returns the results in
    /// the order of the steps.
    pub(super) async fn apply(&self, now: Timestamp, steps: Vec<StepRequest>) -> Vec<Applied> {
        if self.short_waits.are_on() {
            return self.apply_around_locks(now, &steps).await;
        }
        let (database, effect) = (&self.database, self.effect.as_ref());
        let single = self.barrier.apply_single(database, effect, now, &steps);
        let replies = match single.await {
            Ok(replies) => {
                self.verdicts.add_single(&replies);
                replies
            }
            Err(error) if error.is_blocked() => {
                self.wait_shortly_from_now(&error);
                return self.apply_around_locks(now, &steps).await;
            }
            Err(error) => return self.all_failed(&steps, error),
        };
        let rest = steps.into_iter().zip(&replies);
        let rest: Arc<[StepRequest]> = rest
            .filter(|(_, reply)| reply.is_none())
            .map(|(step, _)| step)
            .collect();
        let mut rest = match rest.is_empty() {
            true => Vec::new(),
            false => self.apply_in_transactions(now, rest, None).await,
        }
        .into_iter();
        let result = |reply: Option<StepReply>| reply.map(Ok).or_else(|| rest.next());
        replies.into_iter().filter_map(result).collect()
    }

    /// Applies steps in one transaction. If one of them makes it fail, applies each half separately.
    ///
    /// Halving finds one failing step among 256 with 16 more transactions. Step by step it would take 256.
    fn apply_in_transactions(
        &self,
        now: Timestamp,
        steps: Arc<[StepRequest]>,
        around_locks: Option<Instant>,
    ) -> BoxFuture<'_, Vec<Applied>> {
        async move {
            let waits_shortly = around_locks.is_some();
            let applied = self.apply_in_transaction(now, Arc::clone(&steps), waits_shortly);
            match (applied.await, around_locks) {
                (Ok(replies), _) => replies.into_iter().map(Ok).collect(),
                (Err(error), None) if error.is_blocked() => {
                    self.wait_shortly_from_now(&error);
                    self.apply_around_locks(now, &steps).await
                }
                (Err(error), _) => self.halve(now, &steps, error, around_locks).await,
            }
        }
        .boxed()
    }

    /// Applies what needs no locked row. Steps with the same arguments come to stand side by side; the order of other steps
    /// has no meaning.
    async fn apply_around_locks(&self, now: Timestamp, steps: &[StepRequest]) -> Vec<Applied> {
        let mut order: Vec<usize> = (0..steps.len()).collect();
        order.sort_by_key(|index| steps[*index].fingerprint);
        let sorted = order.iter().map(|index| steps[*index].clone()).collect();
        let until = Instant::now() + HALVING_MAX;
        let applied = self.apply_in_transactions(now, sorted, Some(until));
        let mut applied: Vec<(usize, Applied)> = order.into_iter().zip(applied.await).collect();
        applied.sort_by_key(|(index, _)| *index);
        applied.into_iter().map(|(_, applied)| applied).collect()
    }

    /// Applies each half of a batch that failed, if one of its steps may be the cause. `around_locks`: rows are locked, and
    /// the time at which to stop.
    async fn halve(
        &self,
        now: Timestamp,
        steps: &[StepRequest],
        error: StoreError,
        around_locks: Option<Instant>,
    ) -> Vec<Applied> {
        let middle = match around_locks {
            None => (steps.len() > 1).then_some(steps.len() / 2),
            Some(until) if Instant::now() < until => middle_between_arguments(steps),
            Some(_) => None,
        };
        let Some(middle) = middle.filter(|_| error.may_be_one_item()) else {
            return self.all_failed(steps, error);
        };
        tracing::debug!(%error, steps = steps.len(), "a batch of steps failed; applying its halves");
        let (first, second) = steps.split_at(middle);
        let first = self.apply_in_transactions(now, Arc::from(first), around_locks);
        let mut applied = first.await;
        // A database that is silent or cannot be reached fails every part, and each part would wait for it in turn.
        let lost = applied.iter().filter_map(|applied| applied.as_ref().err());
        let lost = lost.into_iter().find(|error| !error.may_be_one_item());
        if let Some(error) = lost.map(Arc::clone) {
            self.verdicts.add_failed(second);
            applied.extend(second.iter().map(|_| Err(Arc::clone(&error))));
            return applied;
        }
        let second = self.apply_in_transactions(now, Arc::from(second), around_locks);
        applied.extend(second.await);
        applied
    }

    async fn apply_in_transaction(
        &self,
        now: Timestamp,
        steps: Arc<[StepRequest]>,
        waits_shortly: bool,
    ) -> Result<Vec<StepReply>, StoreError> {
        let (barrier, effect) = (Arc::clone(&self.barrier), Arc::clone(&self.effect));
        let applied = Arc::clone(&steps);
        let (replies, tally) = self
            .database
            .write("steps", move |tx| {
                async move {
                    if waits_shortly {
                        tx.wait_shortly_for_locks().await?;
                    }
                    let replies = barrier.apply(tx, effect.as_ref(), now, &steps).await?;
                    Ok((replies, tx.tally()))
                }
                .boxed()
            })
            .await?;
        self.verdicts.add_committed(tally, &applied, &replies);
        Ok(replies)
    }

    /// The results of steps of which none was applied.
    fn all_failed(&self, steps: &[StepRequest], error: StoreError) -> Vec<Applied> {
        self.verdicts.add_failed(steps);
        all_failed(steps, error)
    }
}

impl Applier {
    fn wait_shortly_from_now(&self, error: &StoreError) {
        tracing::warn!(%error, "another transaction holds what some steps need; the others do not wait for it");
        self.short_waits.begin();
    }
}

/// The index nearest to the middle at which other arguments begin. `None` if all steps have the same.
fn middle_between_arguments(steps: &[StepRequest]) -> Option<usize> {
    let pairs = steps.windows(2).zip(1_usize..);
    let borders = pairs.filter(|(pair, _)| pair[0].fingerprint != pair[1].fingerprint);
    let indices = borders.map(|(_, index)| index);
    indices.min_by_key(|index| index.abs_diff(steps.len() / 2))
}

fn all_failed(steps: &[StepRequest], error: StoreError) -> Vec<Applied> {
    match error.is_blocked() {
        // The log says already that somebody holds a lock, and these steps are sent again every moment.
        true => tracing::debug!(%error, steps = steps.len(), "steps were not applied"),
        false => tracing::warn!(%error, steps = steps.len(), "steps were not applied"),
    }
    let error = Arc::new(error);
    steps.iter().map(|_| Err(Arc::clone(&error))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        id::SagaId,
        protocol::{Document, Op},
    };

    fn steps(arguments: &[i64]) -> Vec<StepRequest> {
        let step = |fingerprint: &i64| StepRequest {
            saga: SagaId(uuid::Uuid::nil()),
            step: 0,
            op: Op::Do,
            args: Document::default(),
            fingerprint: *fingerprint,
            traceparent: None,
        };
        arguments.iter().map(step).collect()
    }

    #[test]
    fn steps_with_the_same_arguments_are_not_divided() {
        let middle = |arguments| middle_between_arguments(&steps(arguments));
        assert_eq!(middle(&[1, 2, 3, 4]), Some(2));
        assert_eq!(middle(&[1, 2, 2, 2]), Some(1));
        assert_eq!(middle(&[1, 1, 1, 2]), Some(3));
        assert_eq!(middle(&[1, 1]), None);
        assert_eq!(middle(&[1]), None);
        assert_eq!(middle(&[]), None);
    }
}
