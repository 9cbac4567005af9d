//! The schema of the user service's database.

use likewise_saga::store::{Schema, migration, postgres_migration, postgres_statement};

/// The name of the user service, in step definitions and in the database.
pub(crate) const SERVICE: &str = "user";

/// The schema of the user service's database.
pub const USER_SCHEMA: Schema = Schema {
    service: SERVICE,
    migrations: &[
        migration!("0001_likes.sql", "like records and the barrier"),
        migration!("0002_user_requests.sql", "keys of block and unblock"),
        postgres_migration!(
            "0003_texts_from_arguments.sql",
            "barrier rows without texts, records found by their pair"
        ),
        migration!("0004_watermark.sql", "the retention watermark"),
        migration!(
            "0005_likes_of_article.sql",
            "records found by their article"
        ),
    ],
    write_probe: &postgres_statement!("write_probe"),
};
