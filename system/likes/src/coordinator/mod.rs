//! The coordinator service: turns a like into a saga, drives the saga and answers the client.
//!
//! ```text
//!              routes ──► forward (on a standby: send the request to the leader)
//!                │
//!                ▼
//!  like ──► leadership::Term ──► executor (saga kit) ──► participants ──► article, user
//!                ▲                  │
//!            recovery ◄─────────────┴──► saga log
//! ```
//!
//! Several coordinators may share one saga log. One is the leader; it holds the log's lease and
//! drives the sagas. The others are standbys. Everything that the leader keeps in memory belongs to
//! a `leadership::Term` and is dropped when the term ends.
//!
//! Where to read next: `like` for the path of one like, `leadership` for the lease and takeover,
//! `participants` for the requests to the article and user services, `transactions` for the
//! public view of the saga log.

mod bounds;
mod config;
mod forward;
mod instance;
mod keyed_mutex;
mod leadership;
mod like;
mod like_saga;
mod participants;
mod recovery;
mod routes;
mod status;
mod transactions;

pub use bounds::{bounds, heals_within, pause_longest, settles_within};
pub use config::CoordinatorConfig;
pub(crate) use instance::{Coordinator, Dependencies};
pub(crate) use leadership::CoordinatorStatus;
pub use leadership::Lease;
pub use like::{LikeAction, LikeRequest};
pub use like_saga::{LikeSaga, define};
pub(crate) use participants::{ArticleClients, LikeParticipantClients, Probe, UserClients};
pub use recovery::RecoveryConfig;
pub(crate) use routes::routes;
