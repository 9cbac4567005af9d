//! The three services' databases, fresh for every case, on either engine.

use std::{collections::BTreeSet, env, path::PathBuf, time::Duration};

use likewise::{
    edges::{Edges, real},
    store::{Database, DatabaseUrl, PoolConfig, Schema},
};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tempfile::TempDir;
use tokio::sync::Mutex;

/// Where a PostgreSQL server is that databases may be made in.
const SERVER: &str = "LIKEWISE_TEST_POSTGRES";

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

/// Three empty databases. On PostgreSQL each is made when it is first opened, for it takes a while.
pub struct Databases {
    pub article: DatabaseUrl,
    pub user: DatabaseUrl,
    pub coordinator: DatabaseUrl,
    urls: [String; 3],
    home: Home,
}

enum Home {
    Folder(TempDir),
    Server {
        url: String,
        suffix: String,
        made: Mutex<BTreeSet<&'static str>>,
    },
}

impl Databases {
    pub async fn create(engine: Engine) -> Self {
        let (home, urls) = match engine {
            Engine::Sqlite => in_folder(),
            Engine::Postgres => on_server(),
        };
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

    /// The URLs as one writes them on a command line: article, user, coordinator.
    pub fn urls(&self) -> &[String; 3] {
        &self.urls
    }

    pub fn engine(&self) -> Engine {
        match self.home {
            Home::Folder(_) => Engine::Sqlite,
            Home::Server { .. } => Engine::Postgres,
        }
    }

    /// The folder of the files, on SQLite.
    pub fn folder(&self) -> Option<PathBuf> {
        match &self.home {
            Home::Folder(folder) => Some(folder.path().to_owned()),
            Home::Server { .. } => None,
        }
    }

    /// Makes all three, for somebody else to open.
    pub async fn make(&self) -> &Self {
        futures::future::join_all(NAMES.map(|name| self.make_one(name))).await;
        self
    }

    async fn make_one(&self, name: &'static str) {
        if let Home::Server { url, suffix, made } = &self.home
            && made.lock().await.insert(name)
        {
            run(url, format!("CREATE DATABASE {name}_{suffix}")).await;
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
        self.make_one(schema.service).await;
        Database::open(url, schema, pool, edges().store)
            .await
            .expect("the database opens")
    }

    /// Not done for a case that fails: what it left can be looked at.
    pub async fn delete(self) {
        let Home::Server { url, suffix, made } = self.home else {
            return;
        };
        for name in made.into_inner() {
            let drop = format!("DROP DATABASE {name}_{suffix} WITH (FORCE)");
            run(&url, drop).await;
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

fn on_server() -> (Home, [String; 3]) {
    let url = env::var(SERVER).unwrap_or_else(|_| {
        panic!("{SERVER} must hold the URL of a PostgreSQL server; cargo xtask test starts one")
    });
    let suffix = edges().uuid().simple().to_string();
    let (server, _) = url
        .rsplit_once('/')
        .expect("a URL that ends with a database");
    let urls = NAMES.map(|name| format!("{server}/{name}_{suffix}"));
    let made = Mutex::default();
    (Home::Server { url, suffix, made }, urls)
}

async fn run(url: &str, statement: String) {
    let mut connection = PgConnection::connect(url)
        .await
        .expect("the PostgreSQL server lets us in");
    sqlx::query(AssertSqlSafe(statement))
        .execute(&mut connection)
        .await
        .expect("the statement runs");
}

/// The real world's edges.
pub fn edges() -> Edges {
    real::edges()
}
