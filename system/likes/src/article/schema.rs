//! The schema of the article service's database.

use likewise_saga::store::{Schema, migration};

/// The article service's database.
pub const ARTICLE_SCHEMA: Schema = Schema {
    service: "article",
    migrations: &[migration!("0001_articles.sql", "articles and the barrier")],
};
