//! The three services' databases, fresh for every case, on either engine.

use std::{env, path::PathBuf, time::Duration};

use likewise_saga::{
    env::{Env, real},
    store::{Database, DatabaseUrl, PoolConfig, Schema},
};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tempfile::TempDir;
use tokio::sync::OnceCell;

/// Where a PostgreSQL server is that databases may be made in.
const SERVER: &str = "LIKEWISE_TEST_POSTGRES";

/// The database on it that the cases share; kept for the next run.
const DATABASE: &str = "likewise_tests";
static DATABASE_MADE: OnceCell<()> = OnceCell::const_new();

/// Few, so that many cases can share one server.
pub const POOL: PoolConfig = PoolConfig {
    connections_max: 4,
    acquire_timeout: Duration::from_secs(5),
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// Three empty databases. On PostgreSQL they are three schemas of one database, which is made once:
/// a schema takes milliseconds where a database takes a second.
pub struct Databases {
    pub article: DatabaseUrl,
    pub user: DatabaseUrl,
    pub coordinator: DatabaseUrl,
    urls: [String; 3],
    home: Home,
}

enum Home {
    Folder(TempDir),
    Server { url: String, suffix: String },
    Servers { url: String, suffix: String },
}

impl Databases {
    pub async fn create(engine: Engine) -> Self {
        let (home, urls) = match engine {
            Engine::Sqlite => in_folder(),
            Engine::Postgres => on_server().await,
        };
        Self::at(home, urls)
    }

    fn at(home: Home, urls: [String; 3]) -> Self {
        let [article, user, coordinator] = urls
            .each_ref()
            .map(|url| url.parse().expect("a database's URL"));
        Self {
            article,
            user,
            coordinator,
            urls,
            home,
        }
    }

    /// On PostgreSQL, three databases indeed, as one has them in production.
    pub async fn create_apart(engine: Engine) -> Self {
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
        Self::at(Home::Servers { url, suffix }, urls)
    }

    /// The URLs as one writes them on a command line: article, user, coordinator.
    pub fn urls(&self) -> &[String; 3] {
        &self.urls
    }

    pub fn engine(&self) -> Engine {
        match self.home {
            Home::Folder(_) => Engine::Sqlite,
            Home::Server { .. } | Home::Servers { .. } => Engine::Postgres,
        }
    }

    /// The folder of the files, on SQLite.
    pub fn folder(&self) -> Option<PathBuf> {
        match &self.home {
            Home::Folder(folder) => Some(folder.path().to_owned()),
            Home::Server { .. } | Home::Servers { .. } => None,
        }
    }

    /// The URL of a database that does not exist.
    pub fn nowhere(&self) -> String {
        match &self.home {
            Home::Folder(folder) => {
                format!("sqlite:{}", folder.path().join("missing/x.db").display())
            }
            Home::Server { url, .. } | Home::Servers { url, .. } => format!("{url}_missing"),
        }
    }

    /// Opens one of them.
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

    /// Not done for a case that fails: what it left can be looked at.
    pub async fn delete(self) {
        let (url, suffix, what) = match self.home {
            Home::Folder(_) => return,
            Home::Server { url, suffix } => (url, suffix, ("SCHEMA", "CASCADE")),
            Home::Servers { url, suffix } => (url, suffix, ("DATABASE", "WITH (FORCE)")),
        };
        let mut connection = connect(&url).await;
        for name in NAMES {
            let drop = format!("DROP {} {name}_{suffix} {}", what.0, what.1);
            run(&mut connection, drop).await;
        }
    }
}

const NAMES: [&str; 3] = ["article", "user", "coordinator"];

fn in_folder() -> (Home, [String; 3]) {
    let folder = TempDir::new().expect("a temporary folder");
    let urls = NAMES.map(|name| {
        let file = folder.path().join(name).with_extension("db");
        format!("sqlite:{}", file.display())
    });
    (Home::Folder(folder), urls)
}

async fn on_server() -> (Home, [String; 3]) {
    let server = server();
    let suffix = env().uuid().simple().to_string();
    let url = format!("{server}/{DATABASE}");
    DATABASE_MADE.get_or_init(|| make_database(&server)).await;
    let mut connection = connect(&url).await;
    for name in NAMES {
        run(&mut connection, format!("CREATE SCHEMA {name}_{suffix}")).await;
    }
    let urls = NAMES.map(|name| format!("{url}?options[search_path]={name}_{suffix}"));
    (Home::Server { url, suffix }, urls)
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

async fn make_database(server: &str) {
    let mut connection = connect(&format!("{server}/postgres")).await;
    let made = sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {DATABASE}")))
        .execute(&mut connection)
        .await;
    // Another test program may have been quicker.
    if let Err(error) = made {
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
        .expect("the PostgreSQL server lets us in")
}

async fn run(connection: &mut PgConnection, statement: String) {
    sqlx::query(AssertSqlSafe(statement))
        .execute(connection)
        .await
        .expect("the statement runs");
}

/// The real world's env.
pub fn env() -> Env {
    real::env()
}
