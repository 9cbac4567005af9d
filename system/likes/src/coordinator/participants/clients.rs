//! The clients of the two participants: over HTTP, or in the same process.

use axum::http::Uri;
use likewise_saga::{
    coordinator::{CoordinatorConfig, Participant, Probe, http_probe},
    env::Env,
    participant::{ParticipantClients, http_participant},
};

use super::lookups::Lookups;
use crate::{
    article,
    coordinator::product::LIKES,
    id::ArticleId,
    user::{self, Pair, UserLikeRecord},
};

/// The clients of the article service. A lookup tells whether an article exists.
pub(crate) type ArticleClients = ParticipantClients<ArticleId, bool>;

/// The clients of the user service. A lookup returns the record of a user and an article, if any.
pub(crate) type UserClients = ParticipantClients<Pair, Option<UserLikeRecord>>;

/// The clients of both services.
pub(crate) struct LikeParticipantClients {
    pub(crate) article: ArticleClients,
    pub(crate) user: UserClients,
    /// Asks the article service whether it can do its work.
    pub(crate) article_probe: Probe,
    /// Asks the user service whether it can do its work.
    pub(crate) user_probe: Probe,
}

impl LikeParticipantClients {
    /// Clients of services at these base URLs.
    pub(crate) fn http(article_url: &Uri, user_url: &Uri, env: &Env) -> Self {
        Self {
            article: http_participant(article::SERVICE, article_url, env),
            user: http_participant(user::SERVICE, user_url, env),
            article_probe: http_probe(article_url, env),
            user_probe: http_probe(user_url, env),
        }
    }

    /// Starts the queues to both services: two of each, for steps and for lookups.
    pub(crate) fn start(self, config: &CoordinatorConfig) -> (Vec<Participant>, Lookups) {
        let start = |service, steps, watermarks, rows, probe| {
            Participant::start(service, steps, watermarks, rows, probe, config, &LIKES)
        };
        let of_article = self.article;
        let article = start(
            article::SERVICE,
            of_article.steps,
            of_article.watermarks,
            of_article.rows,
            self.article_probe,
        );
        let articles = article.lookups(of_article.lookups);
        let of_user = self.user;
        let user = start(
            user::SERVICE,
            of_user.steps,
            of_user.watermarks,
            of_user.rows,
            self.user_probe,
        );
        let records = user.lookups(of_user.lookups);
        (vec![article, user], Lookups::new(articles, records))
    }
}
