//! The handle to a coordinator's leadership: the current term, the address of another leader, the end.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::http::Uri;
use likewise_saga::{
    bound::{Bound, within},
    lease::LogLease,
    store::StoreError,
};
use tokio::{sync::watch, task::JoinHandle};

use super::{
    leader_state::LeaderState,
    lease::Lease,
    lease_keeper::LeaseKeeper,
    status::CoordinatorStatus,
    term::{Term, TermFactory},
};

/// The time limit for releasing the lease when a coordinator stops. If it passes, a standby waits
/// until the lease ends.
const RELEASE_BOUND: Bound = Bound::new("the release of the lease", Duration::from_secs(2));

/// A coordinator's leadership. Dropping it stops the task that keeps the lease, without a release.
pub(in crate::coordinator) struct Leadership {
    lease: Option<Lease>,
    log_lease: Arc<dyn LogLease>,
    state: watch::Receiver<LeaderState>,
    /// `None` without a lease, and after [`close`](Self::close).
    lease_keeper: Mutex<Option<JoinHandle<()>>>,
}

impl Drop for Leadership {
    fn drop(&mut self) {
        if let Some(task) = self.take_lease_keeper() {
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
        let lease = terms.config.lease.clone();
        let (state, lease_keeper) = match lease.clone() {
            None => (start_only_term(&terms).await?, None),
            Some(lease) => {
                let (state, task) = start_lease_keeper(lease, terms, Arc::clone(&log_lease));
                (state, Some(task))
            }
        };
        Ok(Self {
            lease,
            log_lease,
            state,
            lease_keeper: Mutex::new(lease_keeper),
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

    /// What this coordinator is at the moment.
    pub(in crate::coordinator) fn status(&self) -> CoordinatorStatus {
        if let Some(term) = self.term() {
            let own = self.lease.as_ref().map(Lease::address);
            return CoordinatorStatus::leader(term.epoch, own);
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
        let Some(task) = self.take_lease_keeper() else {
            return;
        };
        task.abort();
        // The task was aborted, so its result says nothing.
        let _ = task.await;
        let Some(term) = self.term() else {
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

    fn take_lease_keeper(&self) -> Option<JoinHandle<()>> {
        let task = self.lease_keeper.lock();
        task.unwrap_or_else(PoisonError::into_inner).take()
    }
}

async fn start_only_term(terms: &TermFactory) -> Result<watch::Receiver<LeaderState>, StoreError> {
    let epoch = terms.log.take_over().await?;
    let term = terms.start(epoch, None);
    Ok(watch::channel(LeaderState::Leader(term)).1)
}

fn start_lease_keeper(
    lease: Lease,
    terms: TermFactory,
    log_lease: Arc<dyn LogLease>,
) -> (watch::Receiver<LeaderState>, JoinHandle<()>) {
    let (state, receiver) = watch::channel(LeaderState::Standby(None));
    let lease_keeper = LeaseKeeper {
        lease,
        log_lease,
        terms,
        state,
    };
    (receiver, tokio::spawn(lease_keeper.run()))
}
