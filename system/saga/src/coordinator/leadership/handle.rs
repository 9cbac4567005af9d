//! The handle to a coordinator's leadership: the current term, the address of another leader, the end.

use std::{
    future::pending,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::http::Uri;
use tokio::{sync::watch, task::JoinHandle};

use super::{
    EpochError, epoch_watch,
    leader_state::LeaderState,
    lease::Lease,
    lease_keeper::LeaseKeeper,
    status::CoordinatorStatus,
    term::{Term, TermFactory},
};
use crate::{
    bound::{Bound, within},
    lease::LogLease,
    store::StoreError,
};

/// The time limit for releasing the lease when a coordinator stops. If it passes, a standby waits
/// until the lease ends.
pub(super) const RELEASE_BOUND: Bound =
    Bound::new("the release of the lease", Duration::from_secs(2));

/// A coordinator's leadership. Dropping it stops the task that keeps the lease, without a release.
pub(in crate::coordinator) struct Leadership {
    lease: Option<Lease>,
    log_lease: Arc<dyn LogLease>,
    state: watch::Receiver<LeaderState>,
    /// Keeps the lease. Without a lease: watches the epoch, if the coordinator watches anything. `None` after
    /// [`close`](Self::close).
    task: Mutex<Option<JoinHandle<()>>>,
    watches: bool,
}

impl Drop for Leadership {
    fn drop(&mut self) {
        if let Some(task) = self.take_task() {
            task.abort();
        }
    }
}

impl Leadership {
    /// Without a lease: takes over the log and starts the only term. With a lease: starts the task
    /// that acquires the lease, keeps it, and acquires it again.
    ///
    /// # Errors
    /// [`StoreError`] if the log could not be taken over. Never with a lease.
    pub(in crate::coordinator) async fn start(
        terms: TermFactory,
        log_lease: Arc<dyn LogLease>,
    ) -> Result<Self, StoreError> {
        let (lease, watch_interval) = (terms.config.lease.clone(), terms.config.watch_interval);
        let (state, task) = match lease.clone() {
            None => start_only_term(&terms, Arc::clone(&log_lease)).await?,
            Some(lease) => {
                let (state, task) = start_lease_keeper(lease, terms, Arc::clone(&log_lease));
                (state, Some(task))
            }
        };
        Ok(Self {
            lease,
            log_lease,
            state,
            task: Mutex::new(task),
            watches: watch_interval.is_some(),
        })
    }

    /// The current term; `None` on a standby.
    pub(in crate::coordinator) fn term(&self) -> Option<Arc<Term>> {
        match &*self.state.borrow() {
            LeaderState::Leader(term) if !term.executor.is_stopped() => Some(Arc::clone(term)),
            LeaderState::Leader(_) | LeaderState::Standby(_) => None,
        }
    }

    /// The address of the leader, if it is another coordinator and its address is known.
    pub(in crate::coordinator) fn other_leader(&self) -> Option<Uri> {
        let state = self.state.borrow();
        let LeaderState::Standby(Some(row)) = &*state else {
            return None;
        };
        let address: Uri = row.holder.as_ref()?.parse().ok()?;
        // The row may still name this coordinator, from a term or a process that has ended. Forwarding
        // to our own address would reach no leader.
        let own = self.lease.as_ref().map(|lease| &lease.advertise);
        (own != Some(&address) && address.scheme().is_some()).then_some(address)
    }

    /// Reads the epoch, so that [`status`](Self::status) is true at the moment of this call. A coordinator that
    /// does not watch knows only what its appends and its lease tell it.
    ///
    /// # Errors
    /// The epoch could not be read in time, so it is not known who holds the saga log.
    pub(in crate::coordinator) async fn verify(&self) -> Result<(), EpochError> {
        match self.term().filter(|_| self.watches) {
            Some(term) => epoch_watch::verify(&*self.log_lease, &term.executor, term.epoch).await,
            None => Ok(()),
        }
    }

    /// Waits until another coordinator has taken over, and this one cannot stand by. Never completes with a
    /// lease.
    ///
    /// # Cancel safety
    /// Safe.
    pub(in crate::coordinator) async fn taken_over(&self) {
        match self.term() {
            Some(term) if self.lease.is_none() => term.executor.fenced().await,
            _ => pending().await,
        }
    }

    /// What this coordinator is, as far as it knows.
    pub(in crate::coordinator) fn status(&self) -> CoordinatorStatus {
        match self.term() {
            Some(term) if term.executor.is_fenced() => match self.lease {
                None => return CoordinatorStatus::fenced(),
                // The lease keeper is about to end the term.
                Some(_) => return CoordinatorStatus::standby(None),
            },
            Some(term) => {
                let own = self.lease.as_ref().map(Lease::address);
                return CoordinatorStatus::leader(term.epoch, own);
            }
            None => {}
        }
        match &*self.state.borrow() {
            LeaderState::Standby(row) => CoordinatorStatus::standby(row.clone()),
            LeaderState::Leader(_) => CoordinatorStatus::standby(None),
        }
    }

    /// Whether the coordinator shares the log with others.
    pub(in crate::coordinator) fn has_lease(&self) -> bool {
        self.lease.is_some()
    }

    /// Ends the term and releases the lease. Does nothing without a lease or when called again.
    pub(in crate::coordinator) async fn close(&self) {
        let Some(task) = self.take_task() else {
            return;
        };
        task.abort();
        // The task was aborted, so its result says nothing.
        let _ = task.await;
        let Some(term) = self.term().filter(|_| self.lease.is_some()) else {
            return;
        };
        term.end();
        let release = self.log_lease.release(term.epoch);
        match within(RELEASE_BOUND, release).await {
            Ok(Ok(_)) => tracing::info!(epoch = %term.epoch, "released the saga log"),
            Ok(Err(error)) => tracing::warn!(%error, "the saga log could not be released"),
            Err(_) => tracing::warn!("the saga log could not be released in time"),
        }
    }

    fn take_task(&self) -> Option<JoinHandle<()>> {
        let task = self.task.lock();
        task.unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// The state of a coordinator, and the task that keeps it true.
type Started<T> = (watch::Receiver<LeaderState>, T);

async fn start_only_term(
    terms: &TermFactory,
    log_lease: Arc<dyn LogLease>,
) -> Result<Started<Option<JoinHandle<()>>>, StoreError> {
    let epoch = terms.log.take_over().await?;
    let term = terms.start(epoch, None);
    let watching = terms.config.watch_interval.map(|interval| {
        let executor = term.executor.clone();
        let noun = terms.product.noun;
        tokio::spawn(epoch_watch::run(interval, log_lease, executor, epoch, noun))
    });
    Ok((watch::channel(LeaderState::Leader(term)).1, watching))
}

fn start_lease_keeper(
    lease: Lease,
    terms: TermFactory,
    log_lease: Arc<dyn LogLease>,
) -> Started<JoinHandle<()>> {
    let (state, receiver) = watch::channel(LeaderState::Standby(None));
    let lease_keeper = LeaseKeeper {
        lease,
        log_lease,
        terms,
        state,
    };
    (receiver, tokio::spawn(lease_keeper.run()))
}
