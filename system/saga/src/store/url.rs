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
    Postgres(Box<PostgresUrl>),
}

/// The address of a PostgreSQL database, and how statements are sent to it.
#[derive(Clone)]
pub struct PostgresUrl {
    /// The address, the user and the options of the connection.
    pub options: PgConnectOptions,
    /// Whether statements stay prepared on the connection. Not with `?prepared=off`, which a connection pooler needs that
    /// gives each transaction another connection.
    pub prepared: bool,
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
            let url = PostgresUrl::parse(text).map_err(|reason| wrong(&reason))?;
            return Ok(Self::Postgres(Box::new(url)));
        }
        Err(wrong("it starts with neither sqlite: nor postgres://"))
    }
}

impl PostgresUrl {
    fn parse(text: &str) -> Result<Self, String> {
        let (address, parameters) = text.split_once('?').unwrap_or((text, ""));
        let mut prepared = true;
        let mut others = Vec::new();
        for parameter in parameters.split('&').filter(|text| !text.is_empty()) {
            match parameter.split_once('=') {
                Some(("prepared", "on")) => prepared = true,
                Some(("prepared", "off")) => prepared = false,
                Some(("prepared", _)) => return Err("prepared is either on or off".to_owned()),
                _ => others.push(parameter),
            }
        }
        let options = format!("{address}?{}", others.join("&")).parse();
        let options: PgConnectOptions = options.map_err(|error: sqlx::Error| error.to_string())?;
        Ok(Self {
            options: match prepared {
                true => options,
                // A pooler that shares connections refuses this parameter. We send no floating-point numbers.
                false => options.statement_cache_capacity(0).extra_float_digits(None),
            },
            prepared,
        })
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(url) => {
                let options = &url.options;
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
    fn statements_are_prepared_unless_the_url_says_off() {
        let prepared = |parameters: &str| {
            let text = format!("postgres://me@db/article{parameters}");
            match text.parse::<DatabaseUrl>() {
                Ok(DatabaseUrl::Postgres(url)) => Ok((url.prepared, url.options)),
                Ok(DatabaseUrl::Sqlite(_)) => panic!("not PostgreSQL"),
                Err(error) => Err(error.to_string()),
            }
        };
        assert!(prepared("").unwrap().0);
        assert!(prepared("?prepared=on").unwrap().0);
        let (is_prepared, options) = prepared("?prepared=off&options[a]=b").unwrap();
        assert!(!is_prepared);
        assert_eq!(options.get_options(), Some("-c a=b"));
        let error = prepared("?prepared=never").unwrap_err();
        assert!(error.contains("either on or off"), "{error}");
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
