//! The article and the user service, as the coordinator of likes reaches them.
//!
//! The queues, their batches and the probes are the kit's ([`likewise_saga::coordinator`]). Likes add what they look up
//! before a saga: whether the article exists, and whether the user likes it already.

mod article_cache;
mod clients;
mod lookups;

pub(crate) use clients::{ArticleClients, LikeParticipantClients, UserClients};
pub(crate) use lookups::Lookups;
