//! The article service: owns the articles and their like counts.
//!
//! Files: `model.rs` (an article), `request_key.rs`, `store.rs` and `sql/` (the database), `routes.rs` (HTTP), `effect.rs` (what a
//! saga's step does to a count) with `count_batch.rs`, `schema.rs` and `migrations/`.

mod count_batch;
mod effect;
mod model;
mod request_key;
mod routes;
mod schema;
mod store;

pub use effect::{ArticleEffect, CountArgs, CountResult};
pub use model::{Article, TITLE_CHARS_MAX};
pub use request_key::RequestKey;
pub(crate) use routes::{lookups, routes};
pub use schema::ARTICLE_SCHEMA;
pub(crate) use schema::SERVICE;
pub use store::{ArticleStore, CreateError, Created};
