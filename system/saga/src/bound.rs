//! Waits on things outside the process, each with a named limit.
//!
//! A database, a socket or another service may neither answer nor fail. Every wait on one goes through [`within`] or
//! [`until`], so that no wait lasts for ever and each limit has a name that an error and a log line can say. Clippy
//! forbids tokio's own time-outs elsewhere (`clippy.toml`).

mod row;

use std::time::Duration;

use tokio::time::Instant;

pub use row::{BoundRow, Limit};

/// A limit on a wait, with the name of what is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bound {
    /// What is waited for, as in "{name} took longer than 2s".
    pub name: &'static str,
    /// The longest wait.
    pub limit: Duration,
}

impl Bound {
    /// A limit on the wait for `name`.
    #[must_use]
    pub const fn new(name: &'static str, limit: Duration) -> Self {
        Self { name, limit }
    }
}

/// A wait that reached its limit. What was waited for may still happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{} took longer than {:?}", .0.name, .0.limit)]
pub struct Overdue(pub Bound);

/// Waits for `future` for at most `bound.limit`, measured by tokio's clock, which the simulator pauses.
///
/// # Errors
/// [`Overdue`]: the limit passed first. `future` was dropped, which cancels it.
///
/// # Cancel safety
/// As safe as `future`.
pub async fn within<F: Future>(bound: Bound, future: F) -> Result<F::Output, Overdue> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that waits with a limit"
    )]
    let done = tokio::time::timeout(bound.limit, future).await;
    done.map_err(|_| Overdue(bound))
}

/// Waits for `future` until `deadline`. The limit of the [`Overdue`] is the time that was left at the call.
///
/// Several waits in a row share one limit this way: each gets what the ones before left.
///
/// # Errors
/// As [`within`].
///
/// # Cancel safety
/// As safe as `future`.
pub async fn until<F: Future>(
    name: &'static str,
    deadline: Instant,
    future: F,
) -> Result<F::Output, Overdue> {
    let left = deadline.saturating_duration_since(Instant::now());
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that waits with a limit"
    )]
    let done = tokio::time::timeout_at(deadline, future).await;
    done.map_err(|_| Overdue(Bound::new(name, left)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUND: Bound = Bound::new("the server", Duration::from_secs(2));

    #[tokio::test(start_paused = true)]
    async fn a_wait_ends_at_its_limit_and_says_for_what() {
        let overdue = within(BOUND, std::future::pending::<()>()).await;
        let error = overdue.unwrap_err();
        assert_eq!(error.to_string(), "the server took longer than 2s");
    }

    #[tokio::test(start_paused = true)]
    async fn waits_that_share_a_deadline_end_at_it() {
        let deadline = Instant::now() + BOUND.limit;
        let sleep = tokio::time::sleep(Duration::from_secs(1));
        assert_eq!(until("sleep", deadline, sleep).await, Ok(()));
        let error = until("the rest", deadline, std::future::pending::<()>()).await;
        let left = Bound::new("the rest", Duration::from_secs(1));
        assert_eq!(error, Err(Overdue(left)));
        assert_eq!(Instant::now(), deadline);
    }
}
