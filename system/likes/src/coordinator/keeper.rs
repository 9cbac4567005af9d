//! The keeper: the task that watches the shard, takes it, renews its lease, and gives it up.
//!
//! ```text
//!             stood still for a whole lease, or nobody's
//!   standby ────────────────────────────────────────────► holder
//!           ◄────────────────────────────────────────────
//!             fenced, or not renewed in time
//! ```

use std::{io, sync::Arc, time::Duration};

use tokio::{
    sync::watch,
    time::{Instant, timeout},
};

use super::{
    lease::Lease,
    standby::{Verdict, Watch},
    term::{Term, TermFactory},
};
use likewise_saga::{
    id::Epoch,
    lease::{LeaseRow, LogLease},
    store::{IDLE_IN_TRANSACTION_TIMEOUT, StoreError},
};

/// What a coordinator is now.
#[derive(Clone)]
pub(super) enum LeaderState {
    /// It drives the sagas.
    Holder(Arc<Term>),
    /// Another does, or nobody; the shard as it was seen last.
    Standby(Option<LeaseRow>),
}

/// Keeps a coordinator's standing.
pub(super) struct Keeper {
    pub(super) lease: Lease,
    pub(super) shard: Arc<dyn LogLease>,
    pub(super) terms: TermFactory,
    pub(super) standing: watch::Sender<LeaderState>,
}

impl Keeper {
    /// Goes on for ever.
    ///
    /// # Cancel safety
    /// Dropping the future leaves the last standing: whoever drops it ends its term.
    pub(super) async fn run(self) {
        let mut ended = None;
        loop {
            let (epoch, claimed_at) = self.stand_by(ended).await;
            let term = self.terms.start(epoch, Some(Arc::clone(&self.shard)));
            self.standing
                .send_replace(LeaderState::Holder(Arc::clone(&term)));
            let why = self.hold(&term, claimed_at).await;
            term.end();
            self.standing.send_replace(LeaderState::Standby(None));
            tracing::warn!(%epoch, why, "gave the saga log up; standing by");
            ended = Some(epoch);
        }
    }

    /// Watches the shard until it is ours. Returns the epoch, and when the lease began.
    async fn stand_by(&self, ended: Option<Epoch>) -> (Epoch, Instant) {
        let mut watch = Watch::new(self.lease.duration, ended);
        loop {
            let claimed_at = self.steady();
            match self.look(&mut watch).await {
                Ok(Sight::Claimed(epoch)) => return (epoch, claimed_at),
                Ok(Sight::Another(pause)) => tokio::time::sleep(pause).await,
                Err(error) => {
                    tracing::warn!(%error, "the shard could not be seen or claimed");
                    tokio::time::sleep(self.lease.look_every()).await;
                }
            }
        }
    }

    /// Looks once, and claims what is nobody's.
    async fn look(&self, watch: &mut Watch) -> Result<Sight, StoreError> {
        let row = self.in_time(self.shard.read()).await?;
        let now = self.steady();
        self.standing
            .send_replace(LeaderState::Standby(Some(row.clone())));
        match watch.saw(&row, now) {
            Verdict::Wait(until) => {
                let pause = until.duration_since(now).min(self.lease.look_every());
                Ok(Sight::Another(pause))
            }
            Verdict::Claim => {
                let address = self.lease.address();
                let claimed = self.in_time(self.shard.claim(&row, &address)).await?;
                // Somebody was quicker: look at once who it is.
                Ok(claimed.map_or(Sight::Another(Duration::ZERO), Sight::Claimed))
            }
        }
    }

    /// Renews until the term is over, and says why it is.
    async fn hold(&self, term: &Term, claimed_at: Instant) -> &'static str {
        tokio::select! {
            biased;
            () = term.executor.fenced() => "another coordinator took over",
            why = self.renew(term.epoch, claimed_at) => why,
        }
    }

    async fn renew(&self, epoch: Epoch, claimed_at: Instant) -> &'static str {
        let mut held_until = claimed_at + self.lease.held_for();
        let mut next = claimed_at + self.lease.renew_every;
        loop {
            self.sleep_until(next.min(held_until)).await;
            let sent_at = self.steady();
            let left = held_until.duration_since(sent_at);
            if left.is_zero() {
                return "the lease was not renewed in time";
            }
            match timeout(left, self.shard.renew(epoch)).await {
                Ok(Ok(true)) => {
                    held_until = sent_at + self.lease.held_for();
                    next = sent_at + self.lease.renew_every;
                }
                Ok(Ok(false)) => return "another coordinator took over",
                Ok(Err(error)) => {
                    tracing::warn!(%error, "the lease could not be renewed; trying again");
                    next = self.steady() + self.lease.renew_again_after();
                }
                Err(_) => return "the lease was not renewed in time",
            }
        }
    }

    /// A database that does not answer is looked at again. A claim may have to wait until the
    /// database gives up a transaction of the one before, who was paused or cut off in it.
    async fn in_time<T>(
        &self,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let limit = self.lease.duration + IDLE_IN_TRANSACTION_TIMEOUT;
        let done = timeout(limit, work).await;
        let late = || {
            StoreError::Unknown(sqlx::Error::from(io::Error::from(io::ErrorKind::TimedOut)).into())
        };
        done.unwrap_or_else(|_| Err(late()))
    }

    fn steady(&self) -> Instant {
        self.terms.env.clock.steady()
    }

    /// Sleeps by the steady clock, which may run at another speed than the one that waits.
    async fn sleep_until(&self, until: Instant) {
        loop {
            let left = until.duration_since(self.steady());
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left).await;
        }
    }
}

/// What a look at the shard brought.
enum Sight {
    Claimed(Epoch),
    /// Another holds it; look again after this pause.
    Another(Duration),
}
