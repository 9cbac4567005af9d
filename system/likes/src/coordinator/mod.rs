//! The coordinator service: turns a like into a saga and answers its client.
//!
//! ```text
//!  request ─► key known? ─► checks (404, 409) ─► saga row committed ─► steps ─► answer
//! ```
//!
//! What it has in memory belongs to a term (`term.rs`): its time with the saga log. Alone, a
//! coordinator has one; with a lease (`lease.rs`), it stands by until the log is nobody's.

mod article_cache;
mod forward;
mod keeper;
mod keyed_mutex;
mod lease;
mod likes;
mod participants;
mod recovery;
mod routes;
mod sagas;
mod standby;
mod status;
mod term;
mod transactions;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{Router, http::Uri};
use tokio::{sync::watch, task::JoinHandle};

pub use lease::Lease;
pub use likes::{LikeAction, LikeRequest};
pub(crate) use participants::http_participants;
pub use recovery::RecoveryConfig;
pub use sagas::{LikeSaga, define};
pub(crate) use status::CoordinatorStatus;

use keeper::{Keeper, LeaderState};
use term::{Term, TermFactory};

use crate::participant_clients::LikeParticipantClients;
use likewise_saga::{
    env::Env,
    executor::{ExecutorConfig, StartTask},
    lease::LogLease,
    log::SagaLog,
    protocol::Rules,
    store::StoreError,
};

/// How long giving the log up may take when the coordinator stops; its successor waits for the
/// lease otherwise.
const RELEASE_TIMEOUT: Duration = Duration::from_secs(2);

/// How the coordinator behaves.
#[derive(Debug, Clone)]
pub struct CoordinatorConfig {
    /// The article service.
    pub article: Uri,
    /// The user service.
    pub user: Uri,
    /// How long one attempt at one request to a service may take.
    pub step_timeout: Duration,
    /// How long a saga goes forward before it starts to doubt.
    pub saga_deadline: Duration,
    /// How long a client waits for its answer before it is told to ask again.
    pub answer_within: Duration,
    /// Requests that are worked on at once; the others that found room wait in order of arrival. More
    /// would hardly make larger batches, but each round of all lanes longer: and a refusal waits for
    /// a round, since one thread does it all.
    pub at_once_max: usize,
    /// How sagas are driven.
    pub executor: ExecutorConfig,
    /// How open sagas are found again.
    pub recovery: RecoveryConfig,
    /// How it shares the log with other coordinators. Without: it is alone, takes the log over
    /// at its start, and stops for good when another does.
    pub lease: Option<Lease>,
}

impl CoordinatorConfig {
    /// The defaults, with these services.
    #[must_use]
    pub fn new(article: Uri, user: Uri) -> Self {
        Self {
            article,
            user,
            step_timeout: Duration::from_secs(1),
            saga_deadline: Duration::from_secs(5),
            answer_within: Duration::from_secs(10),
            at_once_max: 256,
            executor: ExecutorConfig {
                pause_min: Duration::from_millis(50),
                pause_max: Duration::from_secs(5),
                park_after: 20,
                sagas_open_max: 1_024,
                settle_linger_max: Duration::from_millis(20),
            },
            recovery: RecoveryConfig {
                scan_every: Duration::from_secs(300),
                sagas_at_once_max: 256,
            },
            lease: None,
        }
    }
}

/// What a coordinator reaches.
pub(crate) struct Dependencies {
    pub(crate) env: Env,
    pub(crate) links: LikeParticipantClients,
}

/// What the coordinator's requests share.
pub(crate) struct Coordinator {
    config: Arc<CoordinatorConfig>,
    env: Env,
    log: Arc<dyn SagaLog>,
    shard: Arc<dyn LogLease>,
    participants: Arc<participants::Participants>,
    lock_key: fn(&LikeRequest) -> String,
    start_task: StartTask,
    standing: watch::Receiver<LeaderState>,
    keeper: Mutex<Option<JoinHandle<()>>>,
}

impl Drop for Coordinator {
    fn drop(&mut self) {
        if let Some(keeper) = self.take_keeper() {
            keeper.abort();
        }
    }
}

impl Coordinator {
    /// Without a lease: takes the saga log over and starts to drive what is open in it. With one:
    /// stands by until it may.
    ///
    /// # Errors
    /// [`StoreError`] if the log could not be taken over.
    pub(crate) async fn start(
        config: CoordinatorConfig,
        Dependencies { env, links }: Dependencies,
        rules: Arc<dyn Rules>,
        log: Arc<dyn SagaLog>,
        shard: Arc<dyn LogLease>,
        lock_key: fn(&LikeRequest) -> String,
        start_task: StartTask,
    ) -> Result<Arc<Self>, StoreError> {
        let terms = TermFactory {
            participants: Arc::new(participants::Participants::start(
                links,
                config.step_timeout,
            )),
            config: Arc::new(config),
            env,
            rules,
            log,
        };
        let TermFactory {
            config,
            env,
            log,
            participants,
            ..
        } = terms.clone();
        let (standing, keeper) = match config.lease.clone() {
            None => (alone(&terms).await?, None),
            Some(lease) => keep(lease, terms, Arc::clone(&shard)),
        };
        Ok(Arc::new(Self {
            config,
            env,
            log,
            shard,
            participants,
            lock_key,
            start_task,
            standing,
            keeper: Mutex::new(keeper),
        }))
    }

    pub(crate) fn routes(self: &Arc<Self>) -> Router {
        routes::routes(Arc::clone(self))
    }

    /// Ends for good; with a lease, the next holder need not wait for its end.
    pub(crate) async fn close(&self) {
        let Some(keeper) = self.take_keeper() else {
            return;
        };
        keeper.abort();
        // It was told to end: there is nothing else to learn.
        let _ = keeper.await;
        let Some(term) = self.term() else {
            return;
        };
        term.end();
        let released = self.shard.release(term.epoch);
        match tokio::time::timeout(RELEASE_TIMEOUT, released).await {
            Ok(Ok(_)) => tracing::info!(epoch = %term.epoch, "released the saga log"),
            Ok(Err(error)) => tracing::warn!(%error, "the saga log could not be released"),
            Err(_) => tracing::warn!("the saga log could not be released in time"),
        }
    }

    /// The term, if this coordinator drives the sagas now.
    fn term(&self) -> Option<Arc<Term>> {
        match &*self.standing.borrow() {
            LeaderState::Holder(term) if !term.executor.is_stopped() => Some(Arc::clone(term)),
            LeaderState::Holder(_) | LeaderState::Standby(_) => None,
        }
    }

    fn take_keeper(&self) -> Option<JoinHandle<()>> {
        let keeper = self.keeper.lock();
        keeper.unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// One term, from now on to the end.
async fn alone(terms: &TermFactory) -> Result<watch::Receiver<LeaderState>, StoreError> {
    let epoch = terms.log.take_over().await?;
    let term = terms.start(epoch, None);
    Ok(watch::channel(LeaderState::Holder(term)).1)
}

/// As many terms as the lease brings.
fn keep(
    lease: Lease,
    terms: TermFactory,
    shard: Arc<dyn LogLease>,
) -> (watch::Receiver<LeaderState>, Option<JoinHandle<()>>) {
    let (standing, seen) = watch::channel(LeaderState::Standby(None));
    let keeper = Keeper {
        lease,
        shard,
        terms,
        standing,
    };
    (seen, Some(tokio::spawn(keeper.run())))
}
