//! Why a database could not be opened. Each message says what is wrong and what to do.

use super::url::{DatabaseUrl, UrlError};

/// A database could not be opened. Nothing in it was changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL is not that of a database.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// The database does not exist, or refuses the connection.
    #[error("cannot open {url}: {reason}\n{advice}")]
    Unreachable {
        /// The URL, without its password.
        url: String,
        /// What the driver reported.
        reason: String,
        /// What to do.
        advice: &'static str,
    },
    /// A newer version of this program wrote the database.
    #[error(
        "{url} was written by a newer version of Likewise: it has migration {found}, this program knows migrations up to {known}\n\
         Run the newer program; this one has changed nothing."
    )]
    Newer {
        /// The URL, without its password.
        url: String,
        /// The migration that this program does not know.
        found: i64,
        /// The last migration that it knows.
        known: i64,
    },
    /// An older version of this program wrote the database, or it is empty. Only a command that changes no schema says so.
    #[error(
        "{url} lacks migrations: it has migrations up to {found}, this program needs {known}\n\
         Start `likewise serve` on it once, which applies them; nothing was changed."
    )]
    Older {
        /// The URL, without its password.
        url: String,
        /// The last migration that it has; 0 if it has none.
        found: i64,
        /// The last migration that this program knows.
        known: i64,
    },
    /// The database belongs to another service or another program.
    #[error(
        "{url} is not the database of the {service} service: {reason}\nGive it a database of its own; nothing was changed in this one."
    )]
    Foreign {
        /// The URL, without its password.
        url: String,
        /// The service whose database was expected.
        service: &'static str,
        /// What the database holds instead.
        reason: String,
    },
    /// A migration failed and was rolled back.
    #[error("cannot migrate {url}: {reason}")]
    Migration {
        /// The URL, without its password.
        url: String,
        /// What the driver reported.
        reason: String,
    },
}

impl OpenError {
    /// An [`OpenError::Unreachable`] with the advice for the engine.
    pub(crate) fn unreachable(url: &DatabaseUrl, reason: impl ToString) -> Self {
        Self::Unreachable {
            url: url.to_string(),
            reason: reason.to_string(),
            advice: match url {
                DatabaseUrl::Sqlite(_) => {
                    "Check that the folder exists, that it may be written to, and that the file is a SQLite database."
                }
                DatabaseUrl::Postgres(_) => {
                    "Check that the server runs and that the database exists (createdb NAME makes one)."
                }
            },
        }
    }

    /// An [`OpenError::Migration`].
    pub(crate) fn migration(url: &DatabaseUrl, reason: impl ToString) -> Self {
        Self::Migration {
            url: url.to_string(),
            reason: reason.to_string(),
        }
    }
}
