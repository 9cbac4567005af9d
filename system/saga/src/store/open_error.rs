//! Why a database could not be opened. Each message says what is wrong and what to do.

use super::url::{DatabaseUrl, UrlError};
use crate::bound::Overdue;

/// A database could not be opened. Nothing in it was changed, unless a migration reached its limit: then it may still be
/// completed.
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
    /// An older version of this program wrote the database, or it is empty. Only a process that changes no schema says so.
    #[error(
        "{url} lacks migrations: it has migrations up to {found}, this program needs {known}\n\
         Apply them with `likewise migrate apply`; nothing was changed."
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
    /// The retention of a saga log does not fit its coordinator, or what the log has stored about it. Nothing was changed.
    #[error("the retention of {url} is refused: {reason}")]
    Retention {
        /// The URL, without its password.
        url: String,
        /// What does not fit, and what to do.
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

/// What to do if a pooler in front of PostgreSQL does not keep a session together.
const POOLER_ADVICE: &str = "There seems to be a connection pooler in front of the server. If it gives each transaction another connection, add \
     ?prepared=off to the URL.";

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
                    "Check that the server runs, and the host and the port in the URL."
                }
            },
        }
    }

    /// An [`OpenError::Unreachable`] of a SQLite file whose disk did not answer in time.
    pub(crate) fn silent_disk(url: &DatabaseUrl, overdue: Overdue) -> Self {
        Self::Unreachable {
            url: url.to_string(),
            reason: overdue.to_string(),
            advice: "Check that the disk or the network file system answers, and that no other process has locked the file. Then start again.",
        }
    }

    /// An [`OpenError::Unreachable`] with the reason of a PostgreSQL server, and advice that fits it.
    pub(crate) fn refused(url: &DatabaseUrl, error: &sqlx::Error) -> Self {
        let sqlx::Error::Database(reason) = error else {
            return Self::unreachable(url, error);
        };
        let code = reason.code().unwrap_or_default();
        Self::Unreachable {
            url: url.to_string(),
            reason: reason.to_string(),
            advice: advice(&code, reason.message()),
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

/// What to do about the refusal of a PostgreSQL server or of a pooler in front of it. A pooler reports most of its refusals
/// as violations of the protocol.
fn advice(code: &str, message: &str) -> &'static str {
    match code {
        "3D000" => "Check that the database exists (createdb NAME creates one).",
        "28P01" | "28000" => {
            "Check the user and the password in the URL, and that the server admits the user (pg_hba.conf)."
        }
        "42501" => "Check that the user may create and change tables in this database.",
        "53300" => {
            "Check that the server has room for the connections of all services: max_connections, or a smaller --pool-size."
        }
        "26000" | "42P05" => POOLER_ADVICE,
        "08P01" if message.contains("does not exist") => {
            "Check that the database exists, and that the pooler knows it."
        }
        "08P01" if message.contains("startup parameter") => POOLER_ADVICE,
        "08P01" if message.contains("authentication") => {
            "Check the user and the password in the URL, and that the pooler knows the user."
        }
        _ => "The server answered, and its message says what it refuses.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_advice_fits_the_reason() {
        let of_a_password = advice("28P01", "password authentication failed for user \"me\"");
        assert!(of_a_password.contains("password") && !of_a_password.contains("createdb"));
        assert!(advice("3D000", "database \"x\" does not exist").contains("createdb"));
        let of_a_pooler = advice("08P01", "unsupported startup parameter: extra_float_digits");
        assert!(of_a_pooler.contains("?prepared=off"));
        let of_a_pooler = advice("26000", "prepared statement \"sqlx_s_1\" does not exist");
        assert!(of_a_pooler.contains("?prepared=off"));
    }
}
