//! Errors of storage work, classified by what is known of the commit.

use std::borrow::Cow;

use sqlx::error::ErrorKind;

use super::unit::UnitKind;
use crate::bound::Overdue;

/// The SQLSTATE class of PostgreSQL for values that cannot be stored.
const DATA_EXCEPTION: &str = "22";

/// The SQLSTATE codes of PostgreSQL for a statement that waited too long for a lock, or was executed for too long.
const BLOCKED: [&str; 2] = ["55P03", "57014"];

/// The SQLSTATE code of PostgreSQL for a key that another row has.
const DUPLICATE: &str = "23505";

/// How the SQLSTATE codes begin with which PostgreSQL refuses the work of a statement: data, constraints, transaction
/// state, serialization, deadlock, access, limits, locks, time-outs. Other codes may report the end of a session, which
/// can come after the commit. A time-out cannot: PostgreSQL disarms it before it commits.
const REFUSALS: [&str; 9] = [
    DATA_EXCEPTION,
    "23",
    "25",
    "40001",
    "40P01",
    "42",
    "54",
    "55",
    "57014",
];

/// What is known of the commit of an operation that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommitState {
    /// Nothing was committed.
    Absent,
    /// The commit may have happened. Read the data back, or repeat an operation that is idempotent.
    Unknown,
}

/// An error of an engine, as its driver reports it.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// From PostgreSQL.
    #[error(transparent)]
    Sqlx(#[from] sqlx::Error),
    /// From SQLite.
    #[error(transparent)]
    Rusqlite(#[from] rusqlite::Error),
    /// The database did not answer in time. A connection to PostgreSQL was closed.
    #[error(transparent)]
    Overdue(#[from] Overdue),
    /// The runtime stopped while a call to SQLite was waiting or running.
    #[error("the runtime stopped before the call returned")]
    Cancelled,
}

impl EngineError {
    /// Whether the engine refused the data, and would accept other data.
    fn is_about_data(&self) -> bool {
        match self {
            Self::Sqlx(sqlx::Error::Database(error)) => {
                let is_data = error
                    .code()
                    .is_some_and(|code| code.starts_with(DATA_EXCEPTION));
                is_data || !matches!(error.kind(), ErrorKind::Other)
            }
            Self::Rusqlite(error) => {
                error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation)
            }
            Self::Sqlx(_) | Self::Overdue(_) | Self::Cancelled => false,
        }
    }

    /// The SQLSTATE code with which PostgreSQL refused the work.
    pub(crate) fn postgres_code(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Sqlx(sqlx::Error::Database(error)) => error.code(),
            _ => None,
        }
    }
}

/// A unit of storage work failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No connection became free in time. Nothing was done; try again later.
    #[error("no database connection became free in time")]
    Exhausted,
    /// No connection could be opened. Nothing was done; try again later.
    #[error("the database cannot be reached: {0}")]
    Unreachable(#[source] EngineError),
    /// The work failed before its commit and was rolled back. Nothing was done.
    #[error("the database did not do the work: {0}")]
    Absent(#[source] EngineError),
    /// The commit failed. It may have happened; read back before retrying.
    #[error("the database did not confirm the commit: {0}")]
    Unknown(#[source] EngineError),
    /// An invariant does not hold, for example one of the stored data. Nothing was done; a retry fails again.
    #[error("stored data is not what it must be: {0}")]
    Invariant(String),
}

impl StoreError {
    /// What is known of the commit.
    #[must_use]
    pub fn commit_state(&self) -> CommitState {
        match self {
            Self::Exhausted | Self::Unreachable(_) | Self::Absent(_) | Self::Invariant(_) => {
                CommitState::Absent
            }
            Self::Unknown(_) => CommitState::Unknown,
        }
    }

    /// Whether one item of a batch may have caused the error. Running parts of the batch then saves the other items. A
    /// database that is down fails every part.
    #[must_use]
    pub fn may_be_one_item(&self) -> bool {
        match self {
            Self::Invariant(_) => true,
            Self::Absent(error) => error.is_about_data() || self.is_blocked(),
            Self::Exhausted | Self::Unreachable(_) | Self::Unknown(_) => false,
        }
    }

    /// Whether PostgreSQL gave the work up because it waited too long for a lock or was executed for too long. Another
    /// transaction may hold what one item of a batch needs.
    #[must_use]
    pub fn is_blocked(&self) -> bool {
        let Self::Absent(error) = self else {
            return false;
        };
        let code = error.postgres_code();
        code.is_some_and(|code| BLOCKED.contains(&code.as_ref()))
    }

    /// Whether PostgreSQL refused a row because another one has its key.
    pub(crate) fn is_duplicate(&self) -> bool {
        let Self::Absent(error) = self else {
            return false;
        };
        error.postgres_code().as_deref() == Some(DUPLICATE)
    }

    /// Classifies a wait for the database that reached its limit. A write may have been committed, or may be yet.
    pub(crate) fn overdue(kind: UnitKind, overdue: Overdue) -> Self {
        match kind {
            UnitKind::Write => Self::Unknown(overdue.into()),
            UnitKind::Open | UnitKind::Read => Self::Absent(overdue.into()),
        }
    }

    /// Classifies the error of a statement that is a whole transaction. The statement includes the commit, so nothing was
    /// done only if PostgreSQL refused its work.
    pub(crate) fn of_whole_transaction(error: EngineError) -> Self {
        let code = error.postgres_code();
        match code.is_some_and(|code| REFUSALS.iter().any(|class| code.starts_with(class))) {
            true => Self::Absent(error),
            false => Self::Unknown(error),
        }
    }
}

impl From<EngineError> for StoreError {
    /// Classifies an error before the commit. Only the commit itself gives [`StoreError::Unknown`].
    fn from(error: EngineError) -> Self {
        Self::Absent(error)
    }
}

impl From<sqlx::Error> for StoreError {
    /// Classifies an error before the commit. Only the commit itself gives [`StoreError::Unknown`].
    fn from(error: sqlx::Error) -> Self {
        Self::Absent(error.into())
    }
}

impl From<rusqlite::Error> for StoreError {
    /// Classifies an error before the commit. Only the commit itself gives [`StoreError::Unknown`].
    fn from(error: rusqlite::Error) -> Self {
        Self::Absent(error.into())
    }
}

impl From<serde_json::Error> for StoreError {
    fn from(error: serde_json::Error) -> Self {
        Self::Invariant(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(statement: &str) -> StoreError {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        let table = "CREATE TABLE t (x UNIQUE); INSERT INTO t VALUES (1)";
        connection.execute_batch(table).unwrap();
        connection.execute(statement, []).unwrap_err().into()
    }

    #[test]
    fn only_errors_about_data_may_be_one_item() {
        let of_one_item = [
            refused("INSERT INTO t VALUES (1)"),
            StoreError::Invariant("a row".to_owned()),
        ];
        let of_the_database = [
            refused("INSERT INTO nowhere VALUES (1)"),
            StoreError::Exhausted,
            StoreError::Unreachable(sqlx::Error::PoolClosed.into()),
            StoreError::Absent(sqlx::Error::PoolClosed.into()),
            StoreError::Unknown(sqlx::Error::PoolClosed.into()),
        ];
        assert!(
            of_one_item.iter().all(StoreError::may_be_one_item),
            "{of_one_item:?}"
        );
        assert!(
            !of_the_database.iter().any(StoreError::may_be_one_item),
            "{of_the_database:?}"
        );
    }
}
