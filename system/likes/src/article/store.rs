//! The articles in the database, outside of sagas.

use std::collections::BTreeSet;

use futures::FutureExt;
use likewise_saga::{
    store::{Batch, Database, Page, Row, Sql, StoreError, Tx, sql},
    time::Timestamp,
};

use super::{Article, RequestKey, request_key::StoredRequest};
use crate::id::ArticleId;

static FIND: Sql = sql!("article_find");
static LIST: Sql = sql!("article_list");
static EXIST: Sql = sql!("articles_exist");
static INSERT: Sql = sql!("article_insert");
static REQUEST_INSERT: Sql = sql!("article_request_insert");
static REQUEST_FIND: Sql = sql!("article_request_find");
static REQUEST_ANSWER: Sql = sql!("article_request_answer");

/// Why an article was not created.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// The caller used the `Idempotency-Key` with another title. Nothing was created.
    #[error("this Idempotency-Key was used with another title")]
    KeyReused,
    /// The database failed: see the error's effect. Repeating with the same key is safe.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An article that was created by this request or by an earlier one under the same key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created {
    /// The article as it was then.
    pub article: Article,
    /// Whether an earlier request created it.
    pub is_replay: bool,
}

/// The articles. Cloning shares the database.
#[derive(Clone)]
pub struct ArticleStore {
    database: Database,
}

impl ArticleStore {
    /// The articles in this database, which must have the schema [`ARTICLE_SCHEMA`](super::ARTICLE_SCHEMA).
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self { database }
    }

    /// Reads one article; `None` if it does not exist.
    ///
    /// # Errors
    /// [`StoreError`]: the database did not answer.
    pub async fn find(&self, id: ArticleId) -> Result<Option<Article>, StoreError> {
        let args = [id.0.into()];
        let rows = self.database.query("find-article", &FIND, args).await?;
        read_article(&rows)
    }

    /// Reads one page of the articles, in the order of their ids.
    ///
    /// # Errors
    /// [`StoreError`]: the database did not answer.
    pub async fn list(&self, page: Page<ArticleId>) -> Result<Vec<Article>, StoreError> {
        let after = page.after.map_or(0, |article| article.0);
        let args = [after.into(), i64::from(page.limit).into()];
        let rows = self.database.query("list-articles", &LIST, args).await?;
        rows.iter().map(article_of).collect()
    }

    /// Finds out which of these articles exist.
    ///
    /// # Errors
    /// [`StoreError`]: the database did not answer.
    pub async fn find_existing(
        &self,
        ids: &[ArticleId],
    ) -> Result<BTreeSet<ArticleId>, StoreError> {
        let args = [Batch::default()
            .ints("id", ids.iter().map(|id| id.0))
            .into()];
        let rows = self.database.query("articles-exist", &EXIST, args).await?;
        rows.iter().map(|row| row.int(0).map(ArticleId)).collect()
    }

    /// Creates an article. If the key was used with the same title before, returns that article.
    ///
    /// # Errors
    /// [`CreateError`]; see its variants.
    pub async fn create(
        &self,
        title: String,
        key: Option<RequestKey>,
        now: Timestamp,
    ) -> Result<Created, CreateError> {
        let created = self
            .database
            .write("create-article", move |tx| {
                create(tx, title, key, now).boxed()
            })
            .await?;
        created.ok_or(CreateError::KeyReused)
    }
}

/// `None`: the key was used with another title.
async fn create(
    tx: &mut Tx<'_>,
    title: String,
    key: Option<RequestKey>,
    now: Timestamp,
) -> Result<Option<Created>, StoreError> {
    let request = key.as_ref().map(|key| key.stored(&title));
    if let (Some(key), Some(request)) = (&key, &request)
        && !insert_request(tx, key, request).await?
    {
        // The insert found the key, so this is a repeat.
        let article = replay(tx, [request, &key.stored_before_scope(&title)]).await?;
        return Ok(article.map(|article| Created {
            article,
            is_replay: true,
        }));
    }
    let rows = tx
        .rows(&INSERT, [title.clone().into(), now.0.into()])
        .await?;
    let id = first_row(&rows)?.int(0)?;
    if let Some(request) = request {
        let answer = [request.key.into(), id.into()];
        tx.execute(&REQUEST_ANSWER, answer).await?;
    }
    Ok(Some(Created {
        article: Article {
            id: ArticleId(id),
            title,
            likes: 0,
        },
        is_replay: false,
    }))
}

/// Stores the request, unless its key is stored already, with its scope or as earlier versions did.
async fn insert_request(
    tx: &mut Tx<'_>,
    key: &RequestKey,
    request: &StoredRequest,
) -> Result<bool, StoreError> {
    let args = [
        request.key.clone().into(),
        request.fingerprint.into(),
        key.key.clone().into(),
    ];
    Ok(tx.execute(&REQUEST_INSERT, args).await? == 1)
}

/// Repeats the reply to an earlier request under the first of these keys that is stored.
async fn replay(
    tx: &mut Tx<'_>,
    requests: [&StoredRequest; 2],
) -> Result<Option<Article>, StoreError> {
    for request in requests {
        let rows = tx.rows(&REQUEST_FIND, [request.key.clone().into()]).await?;
        if let Some(row) = rows.first() {
            return match row.int(0)? == request.fingerprint {
                true => replay_article(tx, row.int(1)?).await,
                false => Ok(None),
            };
        }
    }
    Err(StoreError::Invariant("a row is missing".to_owned()))
}

async fn replay_article(tx: &mut Tx<'_>, id: i64) -> Result<Option<Article>, StoreError> {
    // The first reply said 0 likes. So must every repeat of it.
    let rows = tx.rows(&FIND, [id.into()]).await?;
    let article = read_article(&rows)?;
    Ok(article.map(|article| Article {
        likes: 0,
        ..article
    }))
}

/// Reads the columns id, title, likes of the first row.
fn read_article(rows: &[Row]) -> Result<Option<Article>, StoreError> {
    rows.first().map(article_of).transpose()
}

fn article_of(row: &Row) -> Result<Article, StoreError> {
    Ok(Article {
        id: ArticleId(row.int(0)?),
        title: row.text(1)?.to_owned(),
        likes: row.int(2)?,
    })
}

fn first_row(rows: &[Row]) -> Result<&Row, StoreError> {
    rows.first()
        .ok_or_else(|| StoreError::Invariant("a row is missing".to_owned()))
}
