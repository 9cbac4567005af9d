//! The databases of a process: URLs, or SQLite files in one folder.

use std::path::PathBuf;

use likewise::{article, config::Role, user};
use likewise_saga::{
    log,
    store::{DatabaseUrl, Schema, UrlError},
};

use super::{Failure, Services};

/// The default folder of the SQLite files.
const DATA_DEFAULT: &str = "./likewise-data";

/// The three databases of a process that runs all services.
pub(in crate::command) struct Databases {
    pub(in crate::command) article: DatabaseUrl,
    pub(in crate::command) user: DatabaseUrl,
    pub(in crate::command) coordinator: DatabaseUrl,
    /// The folder of the SQLite files, to be created first. `None` if the URLs were given.
    pub(super) folder: Option<PathBuf>,
}

impl Databases {
    /// Either all three URLs are given, or none of them and perhaps a folder.
    ///
    /// # Errors
    /// Anything else, an invalid URL, or one database for two services.
    pub(in crate::command) fn of(
        data: Option<PathBuf>,
        urls: [Option<String>; 3],
    ) -> Result<Self, Failure> {
        match (data, urls) {
            (None, [Some(article), Some(user), Some(coordinator)]) => {
                Self::at([&article, &user, &coordinator])
            }
            (data, [None, None, None]) => {
                Ok(Self::in_folder(data.unwrap_or_else(|| PathBuf::from(DATA_DEFAULT))))
            }
            _ => Err(Failure::Configuration(
                "give either --data (LIKEWISE_DATA), or all three of --article-db, --user-db and --coordinator-db \
                 (LIKEWISE_ARTICLE_DB, LIKEWISE_USER_DB, LIKEWISE_COORDINATOR_DB), or none of them"
                    .to_owned(),
            )),
        }
    }

    fn at([article, user, coordinator]: [&str; 3]) -> Result<Self, Failure> {
        let article = database_url("--article-db", article);
        let user = database_url("--user-db", user);
        let coordinator = database_url("--coordinator-db", coordinator);
        let ((article, user), coordinator) =
            Failure::both(Failure::both(article, user), coordinator)?;
        let databases = Self {
            article,
            user,
            coordinator,
            folder: None,
        };
        databases.check_distinct()?;
        Ok(databases)
    }

    fn in_folder(folder: PathBuf) -> Self {
        let file = |name: &str| DatabaseUrl::Sqlite(folder.join(name));
        Self {
            article: file("article.db"),
            user: file("user.db"),
            coordinator: file("coordinator.db"),
            folder: Some(folder),
        }
    }

    fn check_distinct(&self) -> Result<(), Failure> {
        let [a, b, c] = [&self.article, &self.user, &self.coordinator].map(ToString::to_string);
        if a != b && b != c && a != c {
            return Ok(());
        }
        Err(Failure::Configuration(
            "--article-db, --user-db and --coordinator-db must be three different databases: each service owns its database"
                .to_owned(),
        ))
    }
}

/// The schema of the database of a service.
pub(in crate::command) fn schema_of(role: &Role) -> Schema {
    match role {
        Role::Article => article::ARTICLE_SCHEMA,
        Role::User => user::USER_SCHEMA,
        Role::Coordinator(_) => log::SAGA_LOG_SCHEMA,
    }
}

impl Services {
    /// The databases of the process, with their schemas.
    pub(in crate::command) fn databases(&self) -> Vec<(&DatabaseUrl, Schema)> {
        match self {
            Self::All { config, .. } => vec![
                (&config.article_db, article::ARTICLE_SCHEMA),
                (&config.user_db, user::USER_SCHEMA),
                (&config.coordinator_db, log::SAGA_LOG_SCHEMA),
            ],
            Self::One(config) => vec![(&config.database, schema_of(&config.role))],
        }
    }
}

/// Parses a database URL. The message names the option, and never repeats a password.
pub(super) fn database_url(option: &str, text: &str) -> Result<DatabaseUrl, Failure> {
    text.parse()
        .map_err(|error: UrlError| Failure::Configuration(format!("{option}: {error}")))
}
