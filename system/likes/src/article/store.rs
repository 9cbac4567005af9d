//! The articles in the database.

use std::collections::BTreeSet;

use futures::FutureExt;

use super::Article;
use crate::id::ArticleId;
use likewise_saga::{
    store::{Batch, Database, Row, Sql, StoreError, Tx, sql},
    time::Timestamp,
};

static FIND: Sql = sql!("article_find");
static EXIST: Sql = sql!("articles_exist");
static INSERT: Sql = sql!("article_insert");
static REQUEST_INSERT: Sql = sql!("article_request_insert");
static REQUEST_FIND: Sql = sql!("article_request_find");
static REQUEST_ANSWER: Sql = sql!("article_request_answer");

/// Why an article was not created.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// The Idempotency-Key was used for another article.
    #[error("this Idempotency-Key was used with another title")]
    KeyReused,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A client's Idempotency-Key and what it was sent with.
#[derive(Debug, Clone)]
pub struct RequestKey {
    /// The key.
    pub key: String,
    /// Of the request.
    pub fingerprint: i64,
}

/// The articles.
#[derive(Clone)]
pub struct ArticleStore {
    database: Database,
}

impl ArticleStore {
    /// The articles in this database.
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self { database }
    }

    /// Reads one article.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn find(&self, id: ArticleId) -> Result<Option<Article>, StoreError> {
        article(
            &self
                .database
                .query("find-article", &FIND, [id.0.into()])
                .await?,
        )
    }

    /// Which of these articles there are.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn exist(&self, ids: &[ArticleId]) -> Result<BTreeSet<ArticleId>, StoreError> {
        let args = [Batch::default()
            .ints("id", ids.iter().map(|id| id.0))
            .into()];
        let rows = self.database.query("articles-exist", &EXIST, args).await?;
        rows.iter().map(|row| row.int(0).map(ArticleId)).collect()
    }

    /// Creates an article; under a key that was used before, returns that one.
    ///
    /// # Errors
    /// [`CreateError`].
    pub async fn create(
        &self,
        title: String,
        key: Option<RequestKey>,
        now: Timestamp,
    ) -> Result<Article, CreateError> {
        let created = self
            .database
            .write("create-article", move |tx| {
                create(tx, title, key, now).boxed()
            })
            .await?;
        created.ok_or(CreateError::KeyReused)
    }
}

/// Nothing, if the key was used for another request.
async fn create(
    tx: &mut Tx<'_>,
    title: String,
    key: Option<RequestKey>,
    now: Timestamp,
) -> Result<Option<Article>, StoreError> {
    if let Some(RequestKey { key, fingerprint }) = &key
        && tx
            .execute(&REQUEST_INSERT, [key.clone().into(), (*fingerprint).into()])
            .await?
            == 0
    {
        return replay(tx, key, *fingerprint).await;
    }
    let rows = tx
        .rows(&INSERT, [title.clone().into(), now.0.into()])
        .await?;
    let id = first(&rows)?.int(0)?;
    if let Some(RequestKey { key, .. }) = key {
        tx.execute(&REQUEST_ANSWER, [key.into(), id.into()]).await?;
    }
    Ok(Some(Article {
        id: ArticleId(id),
        title,
        likes: 0,
    }))
}

async fn replay(
    tx: &mut Tx<'_>,
    key: &str,
    fingerprint: i64,
) -> Result<Option<Article>, StoreError> {
    let rows = tx.rows(&REQUEST_FIND, [key.to_owned().into()]).await?;
    let row = first(&rows)?;
    if row.int(0)? != fingerprint {
        return Ok(None);
    }
    // The first answer said 0 likes; so does every repeat of it.
    let article = find(tx, ArticleId(row.int(1)?)).await?;
    Ok(article.map(|article| Article {
        likes: 0,
        ..article
    }))
}

async fn find(tx: &mut Tx<'_>, id: ArticleId) -> Result<Option<Article>, StoreError> {
    article(&tx.rows(&FIND, [id.0.into()]).await?)
}

fn article(rows: &[Row]) -> Result<Option<Article>, StoreError> {
    let read = |row: &Row| {
        Ok(Article {
            id: ArticleId(row.int(0)?),
            title: row.text(1)?.to_owned(),
            likes: row.int(2)?,
        })
    };
    rows.first().map(read).transpose()
}

fn first(rows: &[Row]) -> Result<&Row, StoreError> {
    rows.first()
        .ok_or_else(|| StoreError::Broken("a row is missing".to_owned()))
}
