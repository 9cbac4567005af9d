//! What happens when a user likes or unlikes an article: key, checks, saga, answer.

use std::sync::Arc;

use serde_json::json;
use tokio::{sync::watch, time::Instant};

use super::{Coordinator, sagas::LikeSaga, term::Term};
use crate::{
    id::{ArticleId, RecordId, UserId},
    user::UserLikeRecord,
};
use likewise_saga::{
    executor::{SagaProgress, StartError, Started},
    id::SagaId,
    log::{NewSaga, SagaRow},
    protocol::NoReply,
    protocol::{Document, Outcome},
    store::StoreError,
};

/// How often a request looks again after a saga on the same pair has ended.
const LOCK_TRIES_MAX: u32 = 5;

/// Like or unlike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LikeAction {
    /// The record shall be there.
    Like,
    /// It shall not.
    Unlike,
}

/// What a client asks for.
#[derive(Debug, Clone)]
pub struct LikeRequest {
    /// Like or unlike.
    pub wish: LikeAction,
    /// Who asks.
    pub user: UserId,
    /// About what.
    pub article: ArticleId,
    /// The Idempotency-Key.
    pub key: Option<String>,
}

/// How it ended.
#[derive(Debug, Clone)]
pub(super) enum LikeOutcome {
    /// A saga ended.
    Saga(SagaId, Outcome),
    /// The checks found that there is nothing to do, or nothing to do it to.
    NoOp(NoOp),
}

/// Why no saga was needed.
#[derive(Debug, Clone)]
pub(super) enum NoOp {
    NoArticle,
    Liked(UserLikeRecord),
    NotLiked,
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum LikeError {
    KeyReused,
    InProgress(SagaId),
    Unavailable(String),
    InDoubt(SagaId),
    Store(StoreError),
}

impl LikeError {
    /// This coordinator does not drive the sagas.
    pub(super) fn no_holder() -> Self {
        Self::Unavailable("this coordinator does not hold the saga log".to_owned())
    }
}

impl From<StoreError> for LikeError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<NoReply> for LikeError {
    fn from(unanswered: NoReply) -> Self {
        Self::Unavailable(unanswered.to_string())
    }
}

impl Coordinator {
    /// Carries a wish out, once for each key.
    pub(super) async fn execute(
        self: &Arc<Self>,
        ask: LikeRequest,
    ) -> Result<LikeOutcome, LikeError> {
        let until = Instant::now() + self.config.answer_within;
        let lock_key = (self.lock_key)(&ask);
        let term = self.term().ok_or_else(LikeError::no_holder)?;
        // At the door: a queue that is full already must not grow, and who is refused learns it at once.
        let room = term.room.try_acquire();
        let _room =
            room.map_err(|_| LikeError::Unavailable("too many requests are open".to_owned()))?;
        let turn = async {
            // Until every open saga is entered, nobody knows who holds which pair.
            let mut recovered = term.recovered.clone();
            let recovered = recovered.wait_for(|recovered| *recovered).await;
            recovered.map_err(|_| LikeError::no_holder())?;
            Ok::<_, LikeError>(term.pairs.turn(&lock_key).await)
        };
        let Ok(turn) = tokio::time::timeout_at(until, turn).await else {
            return Err(LikeError::Unavailable(
                "other requests of this user for this article take long".to_owned(),
            ));
        };
        let _turn = turn?;
        // After the turn: who waits for a turn must not keep a place from those who could go on.
        let Ok(place) = tokio::time::timeout_at(until, term.places.acquire()).await else {
            return Err(LikeError::Unavailable(
                "too many requests are ahead of this one".to_owned(),
            ));
        };
        let _place = place.map_err(|_| LikeError::no_holder())?;
        for _ in 0..LOCK_TRIES_MAX {
            if let Some(key) = ask.request_key()
                && let Some(row) = self.log.find_by_key(&key).await?
            {
                return self.join(&term, &ask, row, until).await;
            }
            // Its client has left, or it was recovered.
            if let Some(holder) = term.executor.registry().holder(&lock_key) {
                until_ended(&term, holder, until).await?;
                continue;
            }
            let no_op = self.check(&ask).await?;
            if let (Some(no_op), None) = (&no_op, &ask.key) {
                term.prove().await?;
                return Ok(LikeOutcome::NoOp(no_op.clone()));
            }
            let saga = self.new_saga(&ask, no_op.as_ref());
            let id = saga.id;
            // It goes on without us if it takes too long.
            let begun = term.executor.begin(saga, self.start_task);
            let begun = tokio::time::timeout_at(until, begun).await;
            let begun = begun.map_err(|_| LikeError::InDoubt(id))?;
            return match begun.map_err(|error| no_start(error, id))? {
                Started::Running(live, _held) => wait(id, live, until).await,
                Started::Settled => no_op.map(LikeOutcome::NoOp).ok_or(LikeError::InDoubt(id)),
                Started::Joined(row) => self.join(&term, &ask, *row, until).await,
                // Settled, and we were quicker than its mark on the way to the log.
                Started::Locked(other) if term.executor.registry().get(other).is_some() => continue,
                // Driven by nobody here: another coordinator's. The scan will find it.
                Started::Locked(other) => Err(LikeError::InProgress(other)),
            };
        }
        Err(LikeError::Unavailable(
            "another change of this like took its place again and again".to_owned(),
        ))
    }

    /// Asks both services, at once, whether there is anything to do.
    async fn check(&self, ask: &LikeRequest) -> Result<Option<NoOp>, LikeError> {
        let article = self.participants.article_exists(ask.article);
        let record = self.participants.membership(ask.user, ask.article);
        let (there, record) = futures::try_join!(article, record)?;
        Ok(match (there, record, ask.wish) {
            (false, ..) => Some(NoOp::NoArticle),
            (_, Some(record), LikeAction::Like) => Some(NoOp::Liked(record)),
            (_, None, LikeAction::Unlike) => Some(NoOp::NotLiked),
            _ => None,
        })
    }

    fn new_saga(&self, ask: &LikeRequest, no_op: Option<&NoOp>) -> NewSaga {
        let now = self.env.clock.now();
        let saga = match ask.wish {
            LikeAction::Like => {
                LikeSaga::like(ask.user, ask.article, RecordId(self.env.uuid()), now)
            }
            LikeAction::Unlike => LikeSaga::Unlike {
                user_id: ask.user,
                article_id: ask.article,
            },
        };
        let (kind, args) = saga.stored();
        NewSaga {
            id: SagaId(self.env.uuid()),
            kind,
            args,
            lock_key: (self.lock_key)(ask),
            request_key: ask.request_key(),
            fingerprint: ask.fingerprint(),
            deadline_at: now.plus(self.config.saga_deadline),
            settled: no_op.map(NoOp::outcome),
        }
    }

    /// Answers with what became, or becomes, of the saga under the same key.
    async fn join(
        &self,
        term: &Term,
        ask: &LikeRequest,
        mut row: SagaRow,
        until: Instant,
    ) -> Result<LikeOutcome, LikeError> {
        if row.fingerprint != ask.fingerprint() {
            return Err(LikeError::KeyReused);
        }
        loop {
            if let Some(outcome) = row.outcome.filter(|_| !row.status.is_open()) {
                return Ok(LikeOutcome::of(row.id, outcome));
            }
            if let Some(live) = term.executor.registry().get(row.id) {
                return wait(row.id, live, until).await;
            }
            // It ended just now, or recovery has not come to it yet.
            if Instant::now() >= until {
                return Err(LikeError::InDoubt(row.id));
            }
            tokio::time::sleep(self.config.executor.pause_min).await;
            row = self
                .log
                .find(row.id)
                .await?
                .ok_or(LikeError::InDoubt(row.id))?;
        }
    }
}

/// Waits until the saga is settled.
async fn wait(
    id: SagaId,
    mut live: watch::Receiver<SagaProgress>,
    until: Instant,
) -> Result<LikeOutcome, LikeError> {
    let settled = live.wait_for(|live| live.outcome.is_some());
    match tokio::time::timeout_at(until, settled).await {
        Ok(Ok(live)) => live
            .outcome
            .clone()
            .map(|outcome| LikeOutcome::of(id, outcome))
            .ok_or(LikeError::InDoubt(id)),
        Ok(Err(_)) | Err(_) => Err(LikeError::InDoubt(id)),
    }
}

/// Waits until another saga, which holds the pair, is settled.
async fn until_ended(term: &Term, other: SagaId, until: Instant) -> Result<(), LikeError> {
    let Some(live) = term.executor.registry().get(other) else {
        return Ok(());
    };
    let waited = wait(other, live, until).await;
    waited.map(drop).map_err(|_| LikeError::InProgress(other))
}

impl LikeRequest {
    /// The client's key, within its user: two users may choose the same.
    fn request_key(&self) -> Option<String> {
        self.key.as_ref().map(|key| format!("{}:{key}", self.user))
    }

    /// The user and the article: what a saga about it locks.
    #[must_use]
    pub fn pair(&self) -> String {
        format!("{}:{}", self.user, self.article)
    }

    fn fingerprint(&self) -> i64 {
        let wish = match self.wish {
            LikeAction::Like => "like",
            LikeAction::Unlike => "unlike",
        };
        Document::from(json!({ "wish": wish, "user": self.user, "article": self.article }))
            .fingerprint()
    }
}

impl NoOp {
    fn outcome(&self) -> Outcome {
        let (code, found) = match self {
            Self::NoArticle => ("article_not_found", Document::default()),
            Self::Liked(record) => ("already_liked", Document::of(record)),
            Self::NotLiked => ("not_liked", Document::default()),
        };
        Outcome::NoOp {
            code: code.to_owned(),
            found,
        }
    }

    fn of(code: &str, found: &Document) -> Option<Self> {
        Some(match code {
            "article_not_found" => Self::NoArticle,
            "already_liked" => Self::Liked(found.read().ok()?),
            "not_liked" => Self::NotLiked,
            _ => return None,
        })
    }
}

impl LikeOutcome {
    fn of(id: SagaId, outcome: Outcome) -> Self {
        if let Outcome::NoOp { code, found } = &outcome
            && let Some(no_op) = NoOp::of(code, found)
        {
            return Self::NoOp(no_op);
        }
        Self::Saga(id, outcome)
    }
}

fn no_start(error: StartError, id: SagaId) -> LikeError {
    match error {
        StartError::Unknown(why) => {
            tracing::warn!(saga = %id, why, "a saga's start was not confirmed");
            LikeError::InDoubt(id)
        }
        error => LikeError::Unavailable(error.to_string()),
    }
}
