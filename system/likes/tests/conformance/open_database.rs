//! Opening a database of another program, of a newer version, or that is missing: one clear message, and no change.

use std::{fs, time::Duration};

use likewise::{article::ARTICLE_SCHEMA, user::USER_SCHEMA};
use likewise_saga::{
    log::SAGA_LOG_SCHEMA,
    store::{Database, DatabaseUrl, OpenError, Schema, Sql},
};

use crate::common::{
    Databases, Engine,
    databases::{POOL, env},
    files::files,
    on_both_engines,
};

on_both_engines! {
    opening_again_changes_nothing
    a_newer_database_is_refused
    a_database_of_another_service_is_refused
    a_database_of_another_program_is_refused
    a_missing_database_is_named
}

/// The number of polls for closed connections, 20 ms apart.
const CLOSING_POLLS_MAX: u32 = 500;

/// A migration that this version does not know.
const NEWER: &str = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                     VALUES (99, 'from tomorrow', true, 'x', 0)";

async fn open(url: &DatabaseUrl, schema: Schema) -> Result<Database, OpenError> {
    Database::open(url, schema, POOL, env().store).await
}

/// Runs one statement on a service's database.
async fn execute(databases: &Databases, schema: Schema, statement: &'static str) {
    let database = databases.open(schema).await;
    run(&database, statement).await;
}

async fn run(database: &Database, statement: &'static str) {
    let sql: &'static Sql = Box::leak(Box::new(Sql {
        name: "test",
        sqlite: statement,
        postgres: statement,
    }));
    use futures::FutureExt;
    let write = database.write("test", move |tx| {
        async move { tx.execute(sql, []).await }.boxed()
    });
    write.await.expect("the statement runs");
}

/// The files of the folder and their content, once all connections are closed. Empty on PostgreSQL.
///
/// SQLite closes on a separate thread, and merges its write-ahead log into the file at that time.
async fn snapshot(databases: &Databases) -> Vec<(String, Vec<u8>)> {
    let Some(folder) = databases.folder() else {
        return Vec::new();
    };
    for _ in 0..CLOSING_POLLS_MAX {
        let files = files(&folder);
        let is_open = |name: &str| name.ends_with("-wal") || name.ends_with("-shm");
        if !files.iter().any(|(name, _)| is_open(name)) {
            return files;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("a database was never closed");
}

/// The files are compared byte by byte, because a migration that runs twice may leave no other trace.
async fn opening_again_changes_nothing(databases: &Databases) {
    for schema in [ARTICLE_SCHEMA, USER_SCHEMA, SAGA_LOG_SCHEMA] {
        drop(databases.open(schema).await);
    }
    let before = snapshot(databases).await;
    for schema in [ARTICLE_SCHEMA, USER_SCHEMA, SAGA_LOG_SCHEMA] {
        drop(databases.open(schema).await);
    }
    assert!(before == snapshot(databases).await, "a file changed");
}

/// An older program could write rows that the newer one does not understand.
async fn a_newer_database_is_refused(databases: &Databases) {
    execute(databases, ARTICLE_SCHEMA, NEWER).await;
    let before = snapshot(databases).await;
    let error = open(&databases.article, ARTICLE_SCHEMA)
        .await
        .err()
        .expect("a refusal");
    assert!(
        matches!(
            error,
            OpenError::Newer {
                found: 99,
                known: 3,
                ..
            }
        ),
        "{error}"
    );
    assert!(error.to_string().contains("newer version"), "{error}");
    assert!(before == snapshot(databases).await, "a file changed");
}

/// Two options that are swapped by mistake must not mix two services in one database.
async fn a_database_of_another_service_is_refused(databases: &Databases) {
    drop(databases.open(ARTICLE_SCHEMA).await);
    let before = snapshot(databases).await;
    let error = open(&databases.article, USER_SCHEMA)
        .await
        .err()
        .expect("a refusal");
    assert!(
        matches!(
            error,
            OpenError::Foreign {
                service: "user",
                ..
            }
        ),
        "{error}"
    );
    assert!(before == snapshot(databases).await, "a file changed");
}

async fn a_database_of_another_program_is_refused(databases: &Databases) {
    // A database without the table of migrations is not one of ours.
    execute(databases, ARTICLE_SCHEMA, "DROP TABLE _sqlx_migrations").await;
    let before = snapshot(databases).await;
    let error = open(&databases.article, ARTICLE_SCHEMA)
        .await
        .err()
        .expect("a refusal");
    assert!(
        error.to_string().contains("article_requests") || error.to_string().contains("articles"),
        "{error}"
    );
    assert!(before == snapshot(databases).await, "a file changed");
}

async fn a_missing_database_is_named(databases: &Databases) {
    let url = databases.missing();
    let before = snapshot(databases).await;
    let error = open(&url.parse().unwrap(), ARTICLE_SCHEMA)
        .await
        .err()
        .expect("a refusal");
    assert!(matches!(error, OpenError::Unreachable { .. }), "{error}");
    assert!(error.to_string().contains("Check that"), "{error}");
    assert!(before == snapshot(databases).await, "a file changed");
}

#[tokio::test]
async fn a_file_that_is_not_a_database_is_refused_and_unchanged() {
    let databases = Databases::create(Engine::Sqlite).await;
    let file = databases.folder().unwrap().join("article.db");
    fs::write(&file, "Dear diary, today I liked an article. ".repeat(100)).unwrap();
    let before = snapshot(&databases).await;
    let error = open(&databases.article, ARTICLE_SCHEMA)
        .await
        .err()
        .expect("a refusal");
    assert!(matches!(error, OpenError::Unreachable { .. }), "{error}");
    assert!(before == snapshot(&databases).await, "a file changed");
}

#[tokio::test]
async fn the_journal_mode_of_another_programs_file_is_not_changed() {
    let databases = Databases::create(Engine::Sqlite).await;
    let file = databases.folder().unwrap().join("article.db");
    let theirs = rusqlite::Connection::open(&file).unwrap();
    theirs
        .execute_batch("CREATE TABLE recipes (dish TEXT)")
        .unwrap();
    drop(theirs);
    let before = snapshot(&databases).await;
    let error = open(&databases.article, ARTICLE_SCHEMA)
        .await
        .err()
        .expect("a refusal");
    assert!(error.to_string().contains("recipes"), "{error}");
    assert!(before == snapshot(&databases).await, "a file changed");
}

#[tokio::test]
async fn a_postgres_server_that_is_down_is_reported() {
    // Nothing listens on port 1, which is reserved.
    let url = "postgres://me@127.0.0.1:1/article".parse().unwrap();
    let error = open(&url, ARTICLE_SCHEMA).await.err().expect("a refusal");
    assert!(error.to_string().contains("refused"), "{error}");
}

/// After a kill, the file alone may be torn. Its write-ahead log repairs it.
#[tokio::test]
async fn a_torn_file_with_its_log_is_accepted() {
    let databases = Databases::create(Engine::Sqlite).await;
    let folder = databases.folder().unwrap();
    fs::write(folder.join("article.db"), vec![0x5a; 4096]).unwrap();
    fs::write(folder.join("article.db-wal"), "a log").unwrap();
    let before = files(&folder);
    likewise_saga::store::inspect(&databases.article, ARTICLE_SCHEMA, &*env().store)
        .await
        .expect("no reason to refuse");
    assert!(before == files(&folder), "a file changed");
}

/// After a kill: a file that names its version, and a write-ahead log that was not merged.
#[tokio::test]
async fn a_newer_file_with_its_log_is_refused() {
    let databases = Databases::create(Engine::Sqlite).await;
    execute(&databases, SAGA_LOG_SCHEMA, NEWER).await;
    snapshot(&databases).await;
    let folder = databases.folder().unwrap();
    fs::write(folder.join("coordinator.db-wal"), "a log").unwrap();
    let before = files(&folder);
    let error =
        likewise_saga::store::inspect(&databases.coordinator, SAGA_LOG_SCHEMA, &*env().store)
            .await
            .expect_err("a refusal");
    assert!(
        matches!(
            error,
            OpenError::Newer { found: 99, known, .. } if known == SAGA_LOG_SCHEMA.version()
        ),
        "{error}"
    );
    assert!(before == files(&folder), "a file changed");
}

#[tokio::test]
async fn a_file_that_does_not_exist_yet_needs_its_folder() {
    let databases = Databases::create(Engine::Sqlite).await;
    let folder = databases.folder().unwrap();
    let file = |path: &str| DatabaseUrl::Sqlite(folder.join(path));
    let inspect = async |url: &DatabaseUrl| {
        likewise_saga::store::inspect(url, ARTICLE_SCHEMA, &*env().store).await
    };
    inspect(&file("new.db")).await.expect("it can be created");
    let error = inspect(&file("missing/new.db"))
        .await
        .expect_err("no folder");
    assert!(
        error.to_string().contains("the folder of the file"),
        "{error}"
    );
}
