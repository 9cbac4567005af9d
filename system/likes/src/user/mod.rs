//! The user service: owns the like records, at most one per user and article, and the list of blocked users.
//!
//! Files: `like_record.rs` (a record), `block_request.rs` (its keys), `store.rs` and `sql/` (the database), `routes.rs`
//! (HTTP), `effect.rs` (what a saga's step does to the records) with `like_args.rs` and `record_batch.rs`, `schema.rs` and
//! `migrations/`.

mod block_request;
mod effect;
mod like_args;
mod like_record;
mod record_batch;
mod routes;
mod schema;
mod store;

pub use block_request::BlockError;
pub use effect::UserEffect;
pub use like_args::{LikeArgs, RecordResult};
pub use like_record::{Pair, UserLikeRecord};
pub(crate) use routes::{lookups, operations, routes};
pub(crate) use schema::SERVICE;
pub use schema::USER_SCHEMA;
pub use store::UserStore;
