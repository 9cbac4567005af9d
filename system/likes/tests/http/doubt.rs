//! What a client sees when the saga log does not say whether it took a saga.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use likewise::service::Parts;
use likewise_saga::{
    id::{Epoch, SagaId},
    log::{LogEntry, LogError, LogReply, SagaLog, SagaRow, SqlSagaLog, StatusFilter},
    store::{Database, Page, StoreError},
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
    a_start_that_was_stored_and_then_refused_is_driven_on
    a_start_that_was_refused_has_done_nothing
    a_start_in_doubt_stays_so_when_the_log_is_lost
    a_turn_that_was_stored_but_not_confirmed_is_gone_on_with
    one_key_for_two_articles_at_once_is_good_for_one
    a_saga_log_that_hangs_does_not_hang_its_clients
}

/// What happens to one append.
#[derive(Clone, Copy)]
enum Blow {
    /// It is stored, and not confirmed.
    Unconfirmed,
    /// It is neither.
    Lost,
    /// It is refused.
    Refused,
    /// Another coordinator has the log.
    Fenced,
    /// It never ends.
    Hangs,
}

/// What happens to the first appends of starts, or of moves; those after them are as usual.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trouble {
    LoseConfirmation,
    LoseStart,
    LoseMove,
    LoseConfirmationAndRefuse,
    LoseConfirmationAndFence,
    Refuse,
    Fence,
    Hang,
}

impl Trouble {
    fn blows(self) -> &'static [Blow] {
        match self {
            Self::LoseConfirmation | Self::LoseMove => &[Blow::Unconfirmed],
            Self::LoseStart => &[Blow::Lost],
            Self::LoseConfirmationAndRefuse => &[Blow::Unconfirmed, Blow::Refused],
            Self::LoseConfirmationAndFence => &[Blow::Unconfirmed, Blow::Fenced],
            Self::Refuse => &[Blow::Refused],
            Self::Fence => &[Blow::Fenced],
            Self::Hang => &[Blow::Hangs],
        }
    }

    fn strikes(self, entry: &LogEntry) -> bool {
        match entry {
            LogEntry::Start(_) => self != Self::LoseMove,
            LogEntry::StatusChange(_) => self == Self::LoseMove,
        }
    }
}

struct Troubled {
    log: SqlSagaLog,
    trouble: Trouble,
    struck: AtomicUsize,
}

impl Troubled {
    fn parts(trouble: Trouble) -> Parts {
        macro_rules! over {
            ($($trouble:ident)*) => {
                match trouble {
                    $(Trouble::$trouble => |database| Self::over(database, Trouble::$trouble),)*
                }
            };
        }
        let log: fn(Database) -> Arc<dyn SagaLog> = over!(
            LoseConfirmation LoseStart LoseMove LoseConfirmationAndRefuse
            LoseConfirmationAndFence Refuse Fence Hang
        );
        Parts {
            log,
            ..Parts::default()
        }
    }

    fn over(database: Database, trouble: Trouble) -> Arc<dyn SagaLog> {
        Arc::new(Self {
            log: SqlSagaLog::new(database),
            trouble,
            struck: AtomicUsize::new(0),
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
        let strikes = entries.iter().any(|entry| self.trouble.strikes(entry));
        let blow = match strikes {
            true => {
                let place = self.struck.fetch_add(1, Ordering::SeqCst);
                self.trouble.blows().get(place)
            }
            false => None,
        };
        let failed = || sqlx::Error::PoolClosed.into();
        match blow {
            None => return self.log.append(epoch, now, entries).await,
            Some(Blow::Hangs) => std::future::pending().await,
            Some(Blow::Refused) => return Err(LogError::Store(StoreError::Absent(failed()))),
            Some(Blow::Fenced) => return Err(LogError::Fenced { epoch }),
            Some(Blow::Lost) => {}
            Some(Blow::Unconfirmed) => drop(self.log.append(epoch, now, entries).await?),
        }
        Err(LogError::Store(StoreError::Unknown(failed())))
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

async fn a_start_that_was_stored_and_then_refused_is_driven_on(databases: &Databases) {
    likes_once(databases, Trouble::LoseConfirmationAndRefuse).await;
}

async fn a_start_that_was_refused_has_done_nothing(databases: &Databases) {
    for trouble in [Trouble::Refuse, Trouble::Fence] {
        let world = World::start_with(databases, Troubled::parts(trouble), |_| {}).await;
        let article = world.client.article("An article").await;
        let refused = world.client.like(article, 7).await;
        assert_problem(&refused, 503, "unavailable");
        assert!(world.transactions("").await.is_empty());
    }
}

async fn a_start_in_doubt_stays_so_when_the_log_is_lost(databases: &Databases) {
    let parts = Troubled::parts(Trouble::LoseConfirmationAndFence);
    let world = World::start_with(databases, parts, |_| {}).await;
    let article = world.client.article("An article").await;
    let unknown = world.client.like(article, 7).await;
    assert_problem(&unknown, 503, "in-doubt");
    let stored = world.transactions("").await;
    assert_eq!(stored[0]["id"], unknown.body["transaction_id"]);
}

/// The pairs differ, so neither request waits for the other; the log has room for one.
async fn one_key_for_two_articles_at_once_is_good_for_one(databases: &Databases) {
    let world = World::start(databases).await;
    let articles = [
        world.client.article("One").await,
        world.client.article("Another").await,
    ];
    for user in 1..=20 {
        let ask = |article| {
            let path = format!("/articles/{article}/like");
            let client = &world.client;
            async move { client.post(&path).user(user).key("k").send().await }
        };
        let (one, other) = futures::join!(ask(articles[0]), ask(articles[1]));
        let (liked, refused) = match one.status.as_u16() {
            200 => (one, other),
            _ => (other, one),
        };
        assert_eq!(liked.status, 200, "{liked:?}");
        assert_problem(&refused, 422, "invalid-request");
    }
    let mut likes = 0;
    for article in articles {
        likes += world.client.likes(article).await;
    }
    assert_eq!(likes, 20);
}

async fn a_turn_that_was_stored_but_not_confirmed_is_gone_on_with(databases: &Databases) {
    let parts = Troubled::parts(Trouble::LoseMove);
    let world = World::start_with(databases, parts, |_| {}).await;
    let article = world.client.article("An article").await;
    world.client.put("/v1/users/7/block").send().await;
    let refused = world.client.like(article, 7).await;
    assert_problem(&refused, 500, "saga-failed");
    world.until_transactions("?status=failed", 1).await;
    assert_eq!(world.client.likes(article).await, 0);
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
