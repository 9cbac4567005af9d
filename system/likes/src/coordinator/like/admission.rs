//! Admission: the permits and the lock that a like request holds while it is worked on.

use likewise_saga::bound::until;
use tokio::{sync::SemaphorePermit, time::Instant};

use super::outcome::LikeError;
use crate::coordinator::{keyed_mutex::KeyGuard, leadership::Term};

/// What an admitted request holds until its reply.
///
/// The fields are released in this order, which is the reverse of the order in which they were acquired.
pub(super) struct Admission<'t> {
    _concurrency: SemaphorePermit<'t>,
    _request_lock: KeyGuard<'t>,
    _admission: SemaphorePermit<'t>,
}

impl<'t> Admission<'t> {
    /// Admits a request, locks its user and article, and waits for a concurrency permit.
    ///
    /// The lock comes first: a request that waits for its lock must not occupy a permit that others could
    /// use.
    ///
    /// # Errors
    /// [`LikeError::Unavailable`]: nothing was done. Without a free admission permit this happens before any
    /// I/O; else if the deadline passes or the term ends.
    pub(super) async fn acquire(
        term: &'t Term,
        lock_key: &str,
        deadline: Instant,
    ) -> Result<Self, LikeError> {
        let admission = term.admission.try_acquire();
        let admission = admission.map_err(|_| unavailable("too many requests are open"))?;
        let request_lock = until("the requests before", deadline, lock(term, lock_key));
        let request_lock = request_lock
            .await
            .map_err(|_| unavailable("other requests of this user for this article take long"))??;
        let concurrency = until("the sagas before", deadline, term.concurrency.acquire());
        let concurrency = concurrency
            .await
            .map_err(|_| unavailable("too many requests are ahead of this one"))?
            .map_err(|_| LikeError::not_leader())?;
        Ok(Self {
            _concurrency: concurrency,
            _request_lock: request_lock,
            _admission: admission,
        })
    }
}

/// Locks the user and the article, after recovery: until every open saga is registered, the executor does
/// not know which of them are locked.
async fn lock<'t>(term: &'t Term, lock_key: &str) -> Result<KeyGuard<'t>, LikeError> {
    let mut recovered = term.recovered.clone();
    let recovered = recovered.wait_for(|is_recovered| *is_recovered).await;
    recovered.map_err(|_| LikeError::not_leader())?;
    Ok(term.request_locks.lock(lock_key).await)
}

fn unavailable(reason: &str) -> LikeError {
    LikeError::Unavailable(reason.to_owned())
}
