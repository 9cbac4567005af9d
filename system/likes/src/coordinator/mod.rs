//! The coordinator service of likes: turns a like into a saga and answers the client.
//!
//! ```text
//!  route ──► LikeRequest ──► Coordinator::execute (saga kit) ──► LikeOutcome ──► response
//!                                   │
//!                 checks (lookups) ◄┴► the saga's steps ──► article, user
//! ```
//!
//! Everything that a coordinator of any saga does is in [`likewise_saga::coordinator`]: leadership, recovery, forwarding,
//! the queues to the services and the transaction log. This folder has what likes add.
//!
//! Where to read next: `like` for the path of one like, `like_saga.rs` for its steps, `participants` for the lookups,
//! `product.rs` for the words, `bounds.rs` for the table of bounds.

mod bounds;
mod like;
mod like_saga;
mod participants;
mod product;

pub use bounds::{bounds, heals_within};
pub use like::{LikeAction, LikeRequest};
pub(crate) use like::{Likes, routes};
pub use like_saga::{LikeSaga, define};
pub use likewise_saga::coordinator::{
    AdmissionLimit, CoordinatorConfig, EventsConfig, Keep, Lease, Limit, RecoveryConfig, Retention,
    RetentionError, TicketKey, pause_longest,
};
pub(crate) use participants::{ArticleClients, LikeParticipantClients, UserClients};
pub use product::LIKES;
