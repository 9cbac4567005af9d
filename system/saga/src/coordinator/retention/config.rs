//! For how long the leader keeps what has ended.

use std::{fmt, time::Duration};

use crate::coordinator::CoordinatorConfig;

/// A period is divided into this many parts: what is deleted is at most so much older than it need be.
pub(super) const PARTS: u32 = 16;

/// The fewest sagas that may be kept. Marks are made after a part of them.
const SAGAS_MIN: u64 = PARTS as u64;

/// For how long the leader keeps sagas that have ended. Their time is the time for which some leader held the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Which sagas without an `Idempotency-Key` are kept after their end. Those with one are kept for `keys` as well.
    pub sagas: Keep,
    /// For how long an `Idempotency-Key` is honoured after the end of its saga.
    pub keys: Duration,
}

/// Which sagas are kept after their end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// Those that ended within this time.
    For(Duration),
    /// The last of them.
    Last(u64),
}

/// Why a retention is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RetentionError {
    /// A client may still wait for a saga that would be deleted, or a former leader may still send its steps.
    #[error("sagas would be kept for {kept:?}, which is shorter than {longest:?}, {limit}")]
    TooShort {
        /// For how long sagas, or keys, would be kept.
        kept: Duration,
        /// The limit that is longer.
        longest: Duration,
        /// What that limit is.
        limit: Limit,
    },
    /// A repeated request would find its saga, and not its key.
    #[error("keys would be kept for {keys:?}, which is shorter than {sagas:?} for sagas")]
    KeysShorter {
        /// For how long keys would be kept.
        keys: Duration,
        /// For how long sagas would be kept.
        sagas: Duration,
    },
    /// So few sagas cannot be kept exactly enough.
    #[error("{rows} sagas are too few to keep: give at least {SAGAS_MIN}")]
    TooFew {
        /// How many would be kept.
        rows: u64,
    },
}

/// A time for which something may still need a saga that has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// The time limit of an answer to a client.
    Answer,
    /// The deadline of a saga.
    Deadline,
    /// The lease of the saga log.
    Lease,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Answer => "the time limit of an answer to a client",
            Self::Deadline => "the deadline of a saga",
            Self::Lease => "the lease of the saga log",
        })
    }
}

impl Retention {
    /// Whether the periods fit each other and the limits of this coordinator.
    ///
    /// # Errors
    /// [`RetentionError`].
    pub fn check(&self, config: &CoordinatorConfig) -> Result<(), RetentionError> {
        let (shortest, keys) = match self.sagas {
            Keep::For(sagas) if self.keys < sagas => {
                let keys = self.keys;
                return Err(RetentionError::KeysShorter { keys, sagas });
            }
            Keep::For(sagas) => (sagas, self.keys),
            Keep::Last(rows) if rows < SAGAS_MIN => return Err(RetentionError::TooFew { rows }),
            Keep::Last(_) => (self.keys, self.keys),
        };
        let kept = shortest.min(keys);
        let lease = config.lease.as_ref().map(|lease| lease.duration);
        let limits = [
            (Some(config.answer_timeout), Limit::Answer),
            (Some(config.saga_deadline), Limit::Deadline),
            (lease, Limit::Lease),
        ];
        for (longest, limit) in limits {
            if let Some(longest) = longest.filter(|longest| kept < *longest) {
                return Err(RetentionError::TooShort {
                    kept,
                    longest,
                    limit,
                });
            }
        }
        Ok(())
    }
}
