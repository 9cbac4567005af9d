//! What a client sees when the saga log does not say whether it took a saga.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use likewise::{
    id::{Epoch, SagaId},
    saga::{LogEntry, LogError, LogReply, Page, SagaLog, SagaRow, SqlSagaLog, StatusFilter},
    service::Parts,
    store::{Database, StoreError},
    time::Timestamp,
};

use crate::{
    common::{Databases, on_both_engines},
    world::{World, assert_problem},
};

on_both_engines! {
    a_start_that_was_stored_but_not_confirmed_is_driven_on
    a_start_that_was_neither_stored_nor_confirmed_is_made
    a_start_under_a_key_that_was_not_confirmed_is_driven_on
    a_saga_log_that_hangs_does_not_hang_its_clients
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Trouble {
    /// The first start is stored, and not confirmed.
    LoseConfirmation,
    /// The first start is neither.
    LoseStart,
    /// Nothing is ever appended.
    Hang,
}

struct Troubled {
    log: SqlSagaLog,
    trouble: Trouble,
    struck: AtomicBool,
}

impl Troubled {
    fn parts(trouble: Trouble) -> Parts {
        let log: fn(Database) -> Arc<dyn SagaLog> = match trouble {
            Trouble::LoseConfirmation => |database| Self::over(database, Trouble::LoseConfirmation),
            Trouble::LoseStart => |database| Self::over(database, Trouble::LoseStart),
            Trouble::Hang => |database| Self::over(database, Trouble::Hang),
        };
        Parts {
            log,
            ..Parts::default()
        }
    }

    fn over(database: Database, trouble: Trouble) -> Arc<dyn SagaLog> {
        Arc::new(Self {
            log: SqlSagaLog::new(database),
            trouble,
            struck: AtomicBool::new(false),
        })
    }
}

#[async_trait]
impl SagaLog for Troubled {
    async fn take_over(&self) -> Result<Epoch, StoreError> {
        self.log.take_over().await
    }

    async fn append(
        &self,
        epoch: Epoch,
        now: Timestamp,
        entries: &[LogEntry],
    ) -> Result<Vec<LogReply>, LogError> {
        let starts = entries
            .iter()
            .any(|entry| matches!(entry, LogEntry::Start(_)));
        if !starts || self.struck.swap(true, Ordering::SeqCst) {
            return self.log.append(epoch, now, entries).await;
        }
        match self.trouble {
            Trouble::Hang => std::future::pending().await,
            Trouble::LoseStart => {}
            Trouble::LoseConfirmation => drop(self.log.append(epoch, now, entries).await?),
        }
        Err(LogError::Store(StoreError::Unknown(
            sqlx::Error::PoolClosed,
        )))
    }

    async fn find(&self, saga: SagaId) -> Result<Option<SagaRow>, StoreError> {
        self.log.find(saga).await
    }

    async fn find_by_key(&self, request_key: &str) -> Result<Option<SagaRow>, StoreError> {
        self.log.find_by_key(request_key).await
    }

    async fn list(
        &self,
        filter: StatusFilter,
        page: Page<SagaId>,
    ) -> Result<Vec<SagaRow>, StoreError> {
        self.log.list(filter, page).await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.log.ping().await
    }
}

async fn likes_once(databases: &Databases, trouble: Trouble) {
    let world = World::start_with(databases, Troubled::parts(trouble), |_| {}).await;
    let article = world.client.article("An article").await;
    let liked = world.client.like(article, 7).await;
    assert_eq!(liked.status, 200, "{liked:?}");
    world.until_transactions("?status=done", 1).await;
    assert_eq!(world.transactions("").await.len(), 1);
    assert_eq!(
        world.client.unlike(article, 7).await.status,
        200,
        "the lock is free"
    );
}

async fn a_start_that_was_stored_but_not_confirmed_is_driven_on(databases: &Databases) {
    likes_once(databases, Trouble::LoseConfirmation).await;
}

async fn a_start_that_was_neither_stored_nor_confirmed_is_made(databases: &Databases) {
    likes_once(databases, Trouble::LoseStart).await;
}

async fn a_start_under_a_key_that_was_not_confirmed_is_driven_on(databases: &Databases) {
    let world = World::start_with(
        databases,
        Troubled::parts(Trouble::LoseConfirmation),
        |_| {},
    )
    .await;
    let article = world.client.article("An article").await;
    let post = || {
        world
            .client
            .post(&format!("/articles/{article}/like"))
            .user(7)
            .key("k")
            .send()
    };
    let first = post().await;
    assert_eq!(first.status, 200, "{first:?}");
    assert_eq!(post().await.text, first.text);
    // What needs no saga is stored under its key all the same.
    let second = world
        .client
        .post(&format!("/articles/{article}/like"))
        .user(7)
        .key("other")
        .send()
        .await;
    assert_problem(&second, 409, "already-liked");
    assert_eq!(world.client.likes(article).await, 1);
}

async fn a_saga_log_that_hangs_does_not_hang_its_clients(databases: &Databases) {
    let world = World::start_with(databases, Troubled::parts(Trouble::Hang), |config| {
        config.coordinator.answer_within = Duration::from_millis(300);
    })
    .await;
    let article = world.client.article("An article").await;
    let reply = world.client.like(article, 7).await;
    assert_problem(&reply, 503, "in-doubt");
    assert!(
        reply.body["transaction_id"].is_string() && reply.headers.contains_key("retry-after"),
        "{reply:?}"
    );
    assert_eq!(world.client.likes(article).await, 0);
}
