//! How a request ends: with a saga's outcome, with nothing to do, or with an error.

use crate::{
    coordinator::leadership::EpochError,
    executor::StartError,
    http::Problem,
    id::SagaId,
    log::UnreadableSaga,
    protocol::{NoReply, Outcome},
    store::StoreError,
};

/// How a request ended.
#[derive(Debug, Clone)]
pub enum RequestOutcome<N> {
    /// A saga was settled now or before, or the log has under the request's key that none was needed.
    ///
    /// A saga whose pivot is done can only be done as a whole: its outcome is given before its last steps have their results,
    /// which are empty then. A repeat of the request may find them.
    Settled(SagaId, Outcome),
    /// The check found that no saga is needed.
    NoOp(N),
}

/// An outcome, and whose it is.
#[derive(Debug, Clone)]
pub struct Execution<N> {
    /// How the request ended.
    pub outcome: RequestOutcome<N>,
    /// Whether the outcome belongs to an earlier request under the same `Idempotency-Key`.
    pub is_replay: bool,
}

/// Why a request has no outcome. As a [`Problem`] it says no more than what is known.
#[derive(Debug)]
pub enum RequestError {
    /// The `Idempotency-Key` was used with another request before.
    KeyReused,
    /// Another saga with the same lock key is open, and another coordinator drives it.
    InProgress {
        /// The other saga.
        saga: SagaId,
        /// The product's [`noun`](crate::coordinator::Product::noun).
        noun: &'static str,
    },
    /// Nothing was done, for this reason.
    Unavailable(String),
    /// Nothing was done: as many requests are open as the limit allows.
    Overloaded {
        /// What there are too many of.
        reason: String,
        /// The limit on open requests.
        limit: usize,
    },
    /// The saga is durable and goes on, but was not settled in time. It will be, one way or the other.
    Pending(SagaId),
    /// The saga may have started. It will be settled one way or the other.
    InDoubt(SagaId),
    /// The saga log or the lease row could not be read.
    Store(StoreError),
}

impl RequestError {
    /// This coordinator is not the leader.
    pub(super) fn not_leader() -> Self {
        Self::Unavailable("this coordinator does not hold the saga log".to_owned())
    }

    /// The saga log did not take this saga, or did not confirm it.
    pub(super) fn of_start(error: StartError, id: SagaId, open_max: usize) -> Self {
        match error {
            StartError::Unknown(reason) => {
                tracing::warn!(saga = %id, reason, "the start of a saga was not confirmed");
                Self::InDoubt(id)
            }
            StartError::Overloaded => Self::Overloaded {
                reason: StartError::Overloaded.to_string(),
                limit: open_max,
            },
            // The cause may be an error of the operating system.
            StartError::Absent(reason) => {
                tracing::warn!(saga = %id, reason, "the saga log refused the start of a saga");
                Self::Unavailable("the saga log refused the start".to_owned())
            }
            error @ (StartError::Fenced | StartError::Paused(_)) => {
                Self::Unavailable(error.to_string())
            }
        }
    }
}

impl From<StoreError> for RequestError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// The saga under the request's key is in a row that cannot be read.
impl From<Box<UnreadableSaga>> for RequestError {
    fn from(unreadable: Box<UnreadableSaga>) -> Self {
        Self::Store(StoreError::Invariant(unreadable.to_string()))
    }
}

impl From<NoReply> for RequestError {
    fn from(unanswered: NoReply) -> Self {
        tracing::debug!(%unanswered, "a request was refused, because a service did not answer");
        Self::Unavailable(unanswered.without_cause().to_owned())
    }
}

impl From<EpochError> for RequestError {
    fn from(error: EpochError) -> Self {
        match error {
            EpochError::Stale | EpochError::Overdue(_) => Self::Unavailable(error.to_string()),
            EpochError::Store(error) => Self::Store(error),
        }
    }
}

// Recorded runs contain these texts, so changing one changes the event stream of every run in which it occurs.
impl From<RequestError> for Problem {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::KeyReused => Self::key_reused(),
            RequestError::InProgress { saga, noun } => Self::in_progress(saga, noun),
            RequestError::Unavailable(reason) => {
                Self::unavailable(format!("This request did nothing: {reason}."))
            }
            RequestError::Overloaded { reason, limit } => {
                let detail = format!("This request did nothing: {reason}.");
                Self::overloaded(detail, "open-requests", "concurrent-requests", limit)
            }
            RequestError::InDoubt(saga) | RequestError::Pending(saga) => Self::in_doubt(
                "It is not settled yet and will be, one way or the other; ask for the transaction, or repeat the request with the same Idempotency-Key.",
                saga,
            ),
            RequestError::Store(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_was_done_is_said_only_of_a_start_that_is_certainly_absent() {
        let why = || "why".to_owned();
        let cases = [
            (StartError::Overloaded, "unavailable"),
            (StartError::Fenced, "unavailable"),
            (StartError::Absent(why()), "unavailable"),
            (StartError::Unknown(why()), "in-doubt"),
        ];
        for (error, kind) in cases {
            let text = error.to_string();
            let id = SagaId(uuid::Uuid::from_u128(7));
            let problem = Problem::from(RequestError::of_start(error, id, 1));
            let shown = serde_json::to_value(problem).unwrap();
            assert_eq!(shown["type"], format!("/problems#{kind}"), "{text}");
            let detail = shown["detail"].as_str().unwrap();
            let is_absent = kind == "unavailable";
            assert_eq!(
                detail.starts_with("This request did nothing"),
                is_absent,
                "{detail}"
            );
            assert_eq!(shown["transaction_id"].is_null(), is_absent, "{text}");
        }
    }
}
