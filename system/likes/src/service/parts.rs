//! The parts of the services that a test may replace.

use std::sync::Arc;

use likewise_saga::{participant::Effect, service::KitParts};

use crate::{article::ArticleEffect, coordinator::LikeRequest, user::UserEffect};

/// The parts on whose correctness everything depends.
///
/// The defaults are the product. The simulator replaces one part by a deliberately wrong one, to test that
/// its own checks find the mistake.
#[derive(Clone)]
pub struct Parts {
    /// The parts that any saga has.
    pub kit: KitParts,
    /// The actions and compensations of the article service.
    pub article: Arc<dyn Effect>,
    /// The actions and compensations of the user service.
    pub user: Arc<dyn Effect>,
    /// The key that a saga for this request locks while it is open.
    pub lock_key: fn(&LikeRequest) -> String,
}

impl Default for Parts {
    fn default() -> Self {
        KitParts::default().into()
    }
}

/// Likes on these parts of the kit.
impl From<KitParts> for Parts {
    fn from(kit: KitParts) -> Self {
        Self {
            kit,
            article: Arc::new(ArticleEffect),
            user: Arc::new(UserEffect),
            lock_key: LikeRequest::pair,
        }
    }
}
