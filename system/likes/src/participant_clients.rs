//! The clients through which the coordinator reaches the article and the user service.

use likewise_saga::participant::ParticipantClients;

use crate::{
    id::ArticleId,
    user::{Pair, UserLikeRecord},
};

/// The lookup tells whether there is such an article.
pub(crate) type ArticleClients = ParticipantClients<ArticleId, bool>;

/// The lookup returns the record of a pair; nothing, if there is none.
pub(crate) type UserClients = ParticipantClients<Pair, Option<UserLikeRecord>>;

/// The clients of both services.
#[derive(Clone)]
pub(crate) struct LikeParticipantClients {
    pub(crate) article: ArticleClients,
    pub(crate) user: UserClients,
}
