//! The lease keeper: the task that acquires the lease of the saga log, renews it and gives it up.
//!
//! It alternates between two phases: [`acquire`](LeaseKeeper::acquire) as a standby and
//! [`keep`](LeaseKeeper::keep) as the leader. `standby.rs` decides when to claim.

use std::{io, sync::Arc, time::Duration};

use tokio::{sync::watch, time::Instant};

use super::{
    leader_state::LeaderState,
    lease::Lease,
    standby::{Decision, LeaseObserver},
    term::{Term, TermFactory},
};
use crate::{
    bound::{Bound, within},
    id::Epoch,
    lease::LogLease,
    store::StoreError,
};

/// Why a term ended: fenced by a takeover.
const TAKEN_OVER: &str = "another coordinator took over";
/// Why a term ended: no renewal was confirmed in time.
const NOT_RENEWED: &str = "the lease was not renewed in time";

/// Keeps a coordinator's lease and publishes its state.
pub(super) struct LeaseKeeper {
    pub(super) lease: Lease,
    pub(super) log_lease: Arc<dyn LogLease>,
    pub(super) terms: TermFactory,
    pub(super) state: watch::Sender<LeaderState>,
}

/// The result of one look at the lease row.
enum Observation {
    Claimed(Epoch),
    /// Another coordinator may hold the lease; look again after this pause.
    HeldByOther(Duration),
}

impl LeaseKeeper {
    /// Acquires and keeps the lease for ever.
    ///
    /// # Cancel safety
    /// Dropping the future leaves the last published state, and its term running. The caller must end
    /// that term.
    pub(super) async fn run(self) {
        let mut last_epoch = None;
        loop {
            let (epoch, claimed_at) = self.acquire(last_epoch).await;
            let term = self.terms.start(epoch, Some(Arc::clone(&self.log_lease)));
            self.state
                .send_replace(LeaderState::Leader(Arc::clone(&term)));
            let reason = self.keep(&term, claimed_at).await;
            term.end();
            self.state.send_replace(LeaderState::Standby(None));
            tracing::warn!(%epoch, reason, "gave up the saga log; now a standby");
            last_epoch = Some(epoch);
        }
    }

    /// Reads the lease row until it can be claimed. Returns the new epoch and the start of the lease,
    /// which is before the claim was sent.
    async fn acquire(&self, last_epoch: Option<Epoch>) -> (Epoch, Instant) {
        let mut observer = LeaseObserver::new(self.lease.duration, last_epoch);
        loop {
            let claimed_at = self.steady_now();
            match self.observe(&mut observer).await {
                Ok(Observation::Claimed(epoch)) => return (epoch, claimed_at),
                Ok(Observation::HeldByOther(pause)) => tokio::time::sleep(pause).await,
                Err(error) => {
                    tracing::warn!(%error, "the lease could not be read or claimed");
                    tokio::time::sleep(self.lease.read_interval()).await;
                }
            }
        }
    }

    /// Reads the row once, and claims the lease if nobody holds it.
    async fn observe(&self, observer: &mut LeaseObserver) -> Result<Observation, StoreError> {
        let row = self.with_time_limit(self.log_lease.read()).await?;
        let now = self.steady_now();
        self.state
            .send_replace(LeaderState::Standby(Some(row.clone())));
        match observer.observe(&row, now) {
            Decision::Wait(until) => {
                let pause = until.duration_since(now).min(self.lease.read_interval());
                Ok(Observation::HeldByOther(pause))
            }
            Decision::Claim => {
                let address = self.lease.address();
                let claim = self.log_lease.claim(&row, &address);
                let claimed = self.with_time_limit(claim).await?;
                // Another coordinator was faster. Read the row again at once to learn its address.
                let lost = Observation::HeldByOther(Duration::ZERO);
                Ok(claimed.map_or(lost, Observation::Claimed))
            }
        }
    }

    /// Renews the lease until the term is over. Returns the reason for its end.
    async fn keep(&self, term: &Term, claimed_at: Instant) -> &'static str {
        tokio::select! {
            biased;
            () = term.executor.fenced() => TAKEN_OVER,
            reason = self.renew(term.epoch, claimed_at) => reason,
        }
    }

    /// Renews until a renewal fails for good. Renewals use the same connection pool as the requests: a pool that is
    /// exhausted for a whole lease loses the lease.
    async fn renew(&self, epoch: Epoch, claimed_at: Instant) -> &'static str {
        let mut valid_until = claimed_at + self.lease.valid_for();
        let mut next = claimed_at + self.lease.renew_every;
        loop {
            self.sleep_until(next.min(valid_until)).await;
            let sent_at = self.steady_now();
            let left = valid_until.duration_since(sent_at);
            if left.is_zero() {
                return NOT_RENEWED;
            }
            match within(
                Bound::new("the renewal of the lease", left),
                self.log_lease.renew(epoch),
            )
            .await
            {
                Ok(Ok(true)) => {
                    valid_until = sent_at + self.lease.valid_for();
                    next = sent_at + self.lease.renew_every;
                }
                Ok(Ok(false)) => return TAKEN_OVER,
                Ok(Err(error)) => {
                    tracing::warn!(%error, "the lease could not be renewed; trying again");
                    next = self.steady_now() + self.lease.retry_interval();
                }
                Err(_) => return NOT_RENEWED,
            }
        }
    }

    /// Gives a database that does not answer a time limit.
    async fn with_time_limit<T>(
        &self,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let done = within(
            Bound::new("the lease of the saga log", self.lease.answer_timeout()),
            work,
        )
        .await;
        let timed_out = || {
            StoreError::Unknown(sqlx::Error::from(io::Error::from(io::ErrorKind::TimedOut)).into())
        };
        done.unwrap_or_else(|_| Err(timed_out()))
    }

    fn steady_now(&self) -> Instant {
        self.terms.env.clock.steady()
    }

    /// Sleeps by the environment's steady clock, which may run at another speed than tokio's timer.
    async fn sleep_until(&self, until: Instant) {
        loop {
            let left = until.duration_since(self.steady_now());
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left).await;
        }
    }
}
