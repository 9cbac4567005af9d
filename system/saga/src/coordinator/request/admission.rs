//! Admission: the permits and the lock that a request holds while it is worked on.

use tokio::{sync::SemaphorePermit, time::Instant};

use super::outcome::RequestError;
use crate::{
    bound::until,
    coordinator::{keyed_mutex::KeyGuard, leadership::Term, product::Product},
};

/// What an admitted request holds until its reply.
///
/// The fields are released in this order, which is the reverse of the order in which they were acquired.
pub(super) struct Admission<'t> {
    _concurrency: SemaphorePermit<'t>,
    _request_lock: KeyGuard,
    _admission: SemaphorePermit<'t>,
}

impl<'t> Admission<'t> {
    /// Admits a request, locks its key, and waits for a concurrency permit.
    ///
    /// The lock comes first: a request that waits for its lock must not occupy a permit that others could
    /// use.
    ///
    /// # Errors
    /// [`RequestError::Overloaded`] before any I/O, without a free admission permit; there are `open_max`.
    /// [`RequestError::Unavailable`]: nothing was done, because the deadline passed or the term ended.
    pub(super) async fn acquire(
        term: &'t Term,
        product: &Product,
        open_max: usize,
        lock_key: &str,
        deadline: Instant,
    ) -> Result<Self, RequestError> {
        let overloaded = || RequestError::Overloaded {
            reason: "too many requests are open".to_owned(),
            limit: open_max,
        };
        let admission = term.admission.try_acquire().map_err(|_| overloaded())?;
        // The permits are those of the start. The limit may have been lowered since.
        if term.is_beyond(open_max) {
            return Err(overloaded());
        }
        until("the recovery of open sagas", deadline, recovered(term))
            .await
            .map_err(|_| unavailable("open sagas are still being recovered"))??;
        let request_lock = until(
            "the requests before",
            deadline,
            term.request_locks.lock(lock_key),
        );
        let request_lock = request_lock.await.map_err(|_| {
            let locked = product.locked;
            unavailable(format!("earlier requests of {locked} have not finished"))
        })?;
        let concurrency = until("the sagas before", deadline, term.concurrency.acquire());
        let concurrency = concurrency
            .await
            .map_err(|_| unavailable("too many requests are ahead of this one"))?
            .map_err(|_| RequestError::not_leader())?;
        Ok(Self {
            _concurrency: concurrency,
            _request_lock: request_lock,
            _admission: admission,
        })
    }
}

/// Waits for recovery: until every open saga is registered, the executor does not know which of them are
/// locked.
async fn recovered(term: &Term) -> Result<(), RequestError> {
    let mut recovered = term.recovered.clone();
    let recovered = recovered.wait_for(|is_recovered| *is_recovered).await;
    recovered.map(drop).map_err(|_| RequestError::not_leader())
}

fn unavailable(reason: impl Into<String>) -> RequestError {
    RequestError::Unavailable(reason.into())
}
