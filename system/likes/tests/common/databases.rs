//! Three empty databases for each test, on either engine.

use std::{env, path::PathBuf, time::Duration};

use likewise_saga::{
    env::{Env, real},
    store::{Database, DatabaseUrl, PoolConfig, Schema},
};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tempfile::TempDir;
use tokio::sync::OnceCell;

/// The environment variable with the URL of a PostgreSQL server for tests.
const SERVER: &str = "LIKEWISE_TEST_POSTGRES";

/// The database that the tests share. It is kept for the next run.
const DATABASE: &str = "likewise_tests";
static DATABASE_CREATED: OnceCell<()> = OnceCell::const_new();

/// Few connections, so that many tests can share one server. Long limits: a busy machine must not look like a silent
/// server.
pub const POOL: PoolConfig = PoolConfig {
    connections_max: 4,
    acquire_timeout: Duration::from_secs(5),
    statement_timeout: Duration::from_secs(20),
    lock_timeout: Duration::from_secs(20),
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// Three empty databases. On PostgreSQL they are three schemas of one shared database: creating a schema takes
/// milliseconds, creating a database takes a second.
pub struct Databases {
    pub article: DatabaseUrl,
    pub user: DatabaseUrl,
    pub coordinator: DatabaseUrl,
    urls: [String; 3],
    location: Location,
}

enum Location {
    /// SQLite files.
    Folder(TempDir),
    /// PostgreSQL schemas in the database at this URL.
    Schemas { url: String, suffix: String },
    /// PostgreSQL databases on the server at this URL.
    Databases { url: String, suffix: String },
}

impl Databases {
    pub async fn create(engine: Engine) -> Self {
        let (location, urls) = match engine {
            Engine::Sqlite => in_folder(),
            Engine::Postgres => on_server().await,
        };
        Self::at(location, urls)
    }

    fn at(location: Location, urls: [String; 3]) -> Self {
        let [article, user, coordinator] = urls
            .each_ref()
            .map(|url| url.parse().expect("a database's URL"));
        Self {
            article,
            user,
            coordinator,
            urls,
            location,
        }
    }

    /// Like [`create`](Self::create), but on PostgreSQL with three separate databases, as in production.
    pub async fn create_separate(engine: Engine) -> Self {
        if engine == Engine::Sqlite {
            return Self::create(engine).await;
        }
        let (server, suffix) = (server(), env().uuid().simple().to_string());
        let url = format!("{server}/postgres");
        let mut connection = connect(&url).await;
        for name in NAMES {
            run(&mut connection, format!("CREATE DATABASE {name}_{suffix}")).await;
        }
        let urls = NAMES.map(|name| format!("{server}/{name}_{suffix}"));
        Self::at(Location::Databases { url, suffix }, urls)
    }

    /// The URLs for a command line: article, user, coordinator.
    pub fn urls(&self) -> &[String; 3] {
        &self.urls
    }

    pub fn engine(&self) -> Engine {
        match self.location {
            Location::Folder(_) => Engine::Sqlite,
            Location::Schemas { .. } | Location::Databases { .. } => Engine::Postgres,
        }
    }

    /// The folder of the files, on SQLite.
    pub fn folder(&self) -> Option<PathBuf> {
        match &self.location {
            Location::Folder(folder) => Some(folder.path().to_owned()),
            Location::Schemas { .. } | Location::Databases { .. } => None,
        }
    }

    /// The URL of a database that does not exist.
    pub fn missing(&self) -> String {
        match &self.location {
            Location::Folder(folder) => {
                format!("sqlite:{}", folder.path().join("missing/x.db").display())
            }
            Location::Schemas { url, .. } | Location::Databases { url, .. } => {
                format!("{url}_missing")
            }
        }
    }

    /// Opens the database of this schema's service.
    pub async fn open(&self, schema: Schema) -> Database {
        self.open_with(schema, POOL).await
    }

    pub async fn open_with(&self, schema: Schema, pool: PoolConfig) -> Database {
        let url = match schema.service {
            "article" => &self.article,
            "user" => &self.user,
            _ => &self.coordinator,
        };
        Database::open(url, schema, pool, env().store)
            .await
            .expect("the database opens")
    }

    /// Deletes the databases. A failed test does not get here, so its databases can be inspected.
    pub async fn delete(self) {
        let (url, suffix, (object, options)) = match self.location {
            Location::Folder(_) => return,
            Location::Schemas { url, suffix } => (url, suffix, ("SCHEMA", "CASCADE")),
            Location::Databases { url, suffix } => (url, suffix, ("DATABASE", "WITH (FORCE)")),
        };
        let mut connection = connect(&url).await;
        for name in NAMES {
            let drop = format!("DROP {object} {name}_{suffix} {options}");
            run(&mut connection, drop).await;
        }
    }
}

const NAMES: [&str; 3] = ["article", "user", "coordinator"];

fn in_folder() -> (Location, [String; 3]) {
    let folder = TempDir::new().expect("a temporary folder");
    let urls = NAMES.map(|name| {
        let file = folder.path().join(name).with_extension("db");
        format!("sqlite:{}", file.display())
    });
    (Location::Folder(folder), urls)
}

async fn on_server() -> (Location, [String; 3]) {
    let server = server();
    let suffix = env().uuid().simple().to_string();
    let url = format!("{server}/{DATABASE}");
    DATABASE_CREATED
        .get_or_init(|| create_database(&server))
        .await;
    let mut connection = connect(&url).await;
    for name in NAMES {
        run(&mut connection, format!("CREATE SCHEMA {name}_{suffix}")).await;
    }
    let urls = NAMES.map(|name| format!("{url}?options[search_path]={name}_{suffix}"));
    (Location::Schemas { url, suffix }, urls)
}

/// The server's URL, without a database.
pub fn server() -> String {
    let url = env::var(SERVER).unwrap_or_else(|_| {
        panic!("{SERVER} must hold the URL of a PostgreSQL server; cargo xtask test starts one")
    });
    let (server, _) = url
        .rsplit_once('/')
        .expect("a URL that ends with a database");
    server.to_owned()
}

async fn create_database(server: &str) {
    let mut connection = connect(&format!("{server}/postgres")).await;
    let created = sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {DATABASE}")))
        .execute(&mut connection)
        .await;
    // Another test program may have created it first.
    if let Err(error) = created {
        let text = error.to_string();
        assert!(
            text.contains("already exists") || text.contains("duplicate key"),
            "{text}"
        );
    }
}

async fn connect(url: &str) -> PgConnection {
    PgConnection::connect(url)
        .await
        .expect("a connection to the PostgreSQL server")
}

async fn run(connection: &mut PgConnection, statement: String) {
    for attempt in 1.. {
        let done = sqlx::query(AssertSqlSafe(statement.clone()));
        match done.execute(&mut *connection).await {
            Ok(_) => return,
            // A process that stops may still be in a transaction, and the server ends one of the two.
            Err(error) if attempt < 5 && error.to_string().contains("deadlock") => {}
            Err(error) => panic!("{statement}: {error}"),
        }
    }
}

/// The environment of the operating system.
pub fn env() -> Env {
    real::env()
}
