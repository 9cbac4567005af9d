//! The schema of the article service's database.

use likewise_saga::store::{Schema, migration, postgres_migration, postgres_statement};

/// The name of the article service, in step definitions and in the database.
pub(crate) const SERVICE: &str = "article";

/// The schema of the article service's database.
pub const ARTICLE_SCHEMA: Schema = Schema {
    service: SERVICE,
    migrations: &[
        migration!("0001_articles.sql", "articles and the barrier"),
        postgres_migration!(
            "0002_texts_from_arguments.sql",
            "barrier rows without undo data"
        ),
        migration!("0003_watermark.sql", "the retention watermark"),
    ],
    write_probe: &postgres_statement!("write_probe"),
};
