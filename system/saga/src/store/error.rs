//! What can go wrong with a database, classified by what is known of the effect.

use sqlx::error::ErrorKind;

use super::url::UrlError;

/// How PostgreSQL's codes for values that cannot be stored begin; none of SQLite's has five digits.
const DATA_EXCEPTION: &str = "22";

/// How PostgreSQL's codes begin that refuse a statement's work: data, constraints, access, deadlock, limits,
/// locks. Others may come from the end of a session, and so from after the commit.
const REFUSALS: [&str; 8] = [
    DATA_EXCEPTION,
    "23",
    "25",
    "40001",
    "40P01",
    "42",
    "54",
    "55",
];

/// What is known of an operation that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It certainly did not happen.
    Absent,
    /// It may have happened: read back, or ask again in a way that is safe to repeat.
    Unknown,
}

/// What an engine said, through its driver.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// PostgreSQL, and SQLite while it is opened.
    #[error(transparent)]
    Sqlx(#[from] sqlx::Error),
    /// SQLite.
    #[error(transparent)]
    Rusqlite(#[from] rusqlite::Error),
}

impl EngineError {
    /// Whether it is about what was to be stored, and not about the database.
    fn is_of_the_data(&self) -> bool {
        match self {
            Self::Sqlx(sqlx::Error::Database(error)) => {
                let is_data = error
                    .code()
                    .is_some_and(|code| code.starts_with(DATA_EXCEPTION));
                is_data || !matches!(error.kind(), ErrorKind::Other)
            }
            Self::Sqlx(_) => false,
            Self::Rusqlite(error) => {
                error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation)
            }
        }
    }
}

/// A unit of storage work failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No connection became free in time. Nothing was done; try again later.
    #[error("no database connection became free in time")]
    Exhausted,
    /// It failed before its commit and was rolled back: nothing was done.
    #[error("the database refused the work: {0}")]
    Absent(#[source] EngineError),
    /// Its commit failed: it may have happened.
    #[error("the database did not confirm the commit: {0}")]
    Unknown(#[source] EngineError),
    /// What is stored contradicts what the code relies on; nothing was done.
    #[error("stored data is not what it must be: {0}")]
    Broken(String),
}

impl StoreError {
    /// What is known of the effect.
    #[must_use]
    pub fn effect(&self) -> Effect {
        match self {
            Self::Exhausted | Self::Absent(_) | Self::Broken(_) => Effect::Absent,
            Self::Unknown(_) => Effect::Unknown,
        }
    }
}

impl StoreError {
    /// Of a statement that is a transaction of its own. Its commit is part of it, so only a refusal of
    /// its work says that nothing was done.
    pub(crate) fn of_commit(error: sqlx::Error) -> Self {
        let refused = match &error {
            sqlx::Error::Database(error) => error
                .code()
                .is_some_and(|code| REFUSALS.iter().any(|class| code.starts_with(class))),
            _ => false,
        };
        match refused {
            true => Self::Absent(error.into()),
            false => Self::Unknown(error.into()),
        }
    }

    /// Whether the reason may lie in one item of a batch: then its neighbours can be told apart by
    /// trying parts of it. A database that is away fails every part alike.
    #[must_use]
    pub fn may_be_one_item(&self) -> bool {
        match self {
            Self::Broken(_) => true,
            Self::Absent(error) => error.is_of_the_data(),
            Self::Exhausted | Self::Unknown(_) => false,
        }
    }
}

impl From<sqlx::Error> for StoreError {
    /// For failures before the commit; `Database` alone makes [`StoreError::Unknown`].
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::PoolTimedOut => Self::Exhausted,
            error => Self::Absent(error.into()),
        }
    }
}

impl From<EngineError> for StoreError {
    /// For failures before the commit, likewise.
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Sqlx(error) => error.into(),
            error => Self::Absent(error),
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    /// For failures before the commit, likewise.
    fn from(error: rusqlite::Error) -> Self {
        Self::Absent(error.into())
    }
}

impl From<serde_json::Error> for StoreError {
    fn from(error: serde_json::Error) -> Self {
        Self::Broken(error.to_string())
    }
}

/// A database could not be opened. Says what is wrong and what to do; nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address is not one of a database.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// It is not there, or does not let us in.
    #[error("cannot open {url}: {reason}\n{advice}")]
    Unreachable {
        /// The address, without its password.
        url: String,
        /// What the driver said.
        reason: String,
        /// What to do.
        advice: &'static str,
    },
    /// It was written by a newer version of this program.
    #[error(
        "{url} was written by a newer version of Likewise: it has migration {found}, this program knows migrations up to {known}\n\
         Run the newer program; this one has changed nothing."
    )]
    Newer {
        /// The address, without its password.
        url: String,
        /// The migration that is not known.
        found: i64,
        /// The last one that is.
        known: i64,
    },
    /// It holds something else.
    #[error(
        "{url} is not the database of the {service} service: {reason}\nGive it a database of its own; nothing was changed in this one."
    )]
    Foreign {
        /// The address, without its password.
        url: String,
        /// Whose database it should be.
        service: &'static str,
        /// What is there instead.
        reason: String,
    },
    /// A migration failed and was rolled back.
    #[error("cannot migrate {url}: {reason}")]
    Migration {
        /// The address, without its password.
        url: String,
        /// What the driver said.
        reason: String,
    },
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

    /// A batch is tried in parts if that may save some of it, and not if the database would refuse every part.
    #[tokio::test]
    async fn what_one_item_may_have_done_is_told_from_what_the_database_has() {
        let mine = [
            refused("INSERT INTO t VALUES (1)"),
            StoreError::Broken("a row".to_owned()),
        ];
        let everybodys = [
            refused("INSERT INTO nowhere VALUES (1)"),
            StoreError::Exhausted,
            StoreError::Absent(sqlx::Error::PoolClosed.into()),
            StoreError::Unknown(sqlx::Error::PoolClosed.into()),
        ];
        assert!(mine.iter().all(StoreError::may_be_one_item), "{mine:?}");
        assert!(
            !everybodys.iter().any(StoreError::may_be_one_item),
            "{everybodys:?}"
        );
    }
}
