//! The URL of a database: `sqlite:PATH` or `postgres://…`.
//!
//! An engine is chosen by the URL alone. Nothing else in a configuration depends on it.

use std::{fmt, path::PathBuf, str::FromStr};

use sqlx::postgres::PgConnectOptions;

/// The URL of a database. It is shown without its password.
///
/// # Examples
/// ```
/// use likewise_saga::store::DatabaseUrl;
///
/// let url: DatabaseUrl = "postgres://me:secret@db:5432/article".parse()?;
/// assert_eq!(url.to_string(), "postgres://me@db:5432/article");
/// # Ok::<(), likewise_saga::store::UrlError>(())
/// ```
#[derive(Clone)]
pub enum DatabaseUrl {
    /// A SQLite file. It is created if it is missing; its folder must exist.
    Sqlite(PathBuf),
    /// A PostgreSQL database. It must exist.
    Postgres(Box<PgConnectOptions>),
}

/// A text is not the URL of a database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{given}' is not a database address: {reason}\nUse sqlite:PATH or postgres://USER:PASSWORD@HOST:PORT/DATABASE."
)]
pub struct UrlError {
    given: String,
    reason: String,
}

impl FromStr for DatabaseUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        let wrong = |reason: &str| UrlError {
            given: without_password(text),
            reason: reason.to_owned(),
        };
        if let Some(path) = text.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return match path {
                "" | ":memory:" => Err(wrong(
                    "it needs the path of a file, because sagas must survive the process",
                )),
                path if path.contains('?') => {
                    Err(wrong("options after the path are not supported"))
                }
                path => Ok(Self::Sqlite(path.into())),
            };
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return text
                .parse()
                .map(|options| Self::Postgres(Box::new(options)))
                .map_err(|error: sqlx::Error| wrong(&error.to_string()));
        }
        Err(wrong("it starts with neither sqlite: nor postgres://"))
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(options) => {
                write!(
                    f,
                    "postgres://{}@{}:{}/{}",
                    options.get_username(),
                    options.get_host(),
                    options.get_port(),
                    options.get_database().unwrap_or(options.get_username()),
                )?;
                // The options may name a search path, and so another database.
                match options.get_options() {
                    Some(settings) => write!(f, "?options={settings}"),
                    None => Ok(()),
                }
            }
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn without_password(text: &str) -> String {
    let Some((before, host)) = text.rsplit_once('@') else {
        return text.to_owned();
    };
    match before.split_once("://") {
        Some((scheme, login)) => {
            let user = login.split(':').next().unwrap_or_default();
            format!("{scheme}://{user}:…@{host}")
        }
        None => format!("…@{host}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sqlite_path_is_kept_as_it_is() {
        let url: DatabaseUrl = "sqlite:data/article.db".parse().unwrap();
        assert_eq!(url.to_string(), "sqlite:data/article.db");
    }

    #[test]
    fn a_password_is_never_shown() {
        let url: DatabaseUrl = "postgres://me:secret@db:5433/article".parse().unwrap();
        assert_eq!(format!("{url} {url:?}").matches("secret").count(), 0);
        let error = "mysql://me:secret@db/x".parse::<DatabaseUrl>().unwrap_err();
        assert!(!error.to_string().contains("secret"), "{error}");
        assert!(error.to_string().contains("mysql://me:…@db/x"), "{error}");
    }

    #[test]
    fn a_url_is_shown_without_its_password() {
        let url: DatabaseUrl = "postgres://me:secret@db:5433/article".parse().unwrap();
        assert_eq!(format!("{url:?}"), "postgres://me@db:5433/article");
    }

    #[test]
    fn options_after_a_path_are_refused() {
        let error = "sqlite:a.db?mode=ro".parse::<DatabaseUrl>().unwrap_err();
        assert!(error.to_string().contains("options"), "{error}");
    }

    #[test]
    fn a_database_in_memory_is_refused() {
        assert!("sqlite::memory:".parse::<DatabaseUrl>().is_err());
    }
}
