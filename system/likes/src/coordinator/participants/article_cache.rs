//! A cache of articles that exist, so that the coordinator looks each of them up only once.
//!
//! The cache needs no invalidation, because nothing deletes an article. If one were gone all the same,
//! the step that counts would refuse the like.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

use crate::id::ArticleId;

/// The number of cached articles; they take less than a megabyte. A full cache is emptied.
const ARTICLES_MAX: usize = 32_768;

/// Articles that are known to exist.
#[derive(Default)]
pub(super) struct ArticleCache(Mutex<BTreeSet<ArticleId>>);

impl ArticleCache {
    /// Whether the article is known to exist. `false` says nothing.
    pub(super) fn contains(&self, article: ArticleId) -> bool {
        let articles = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        articles.contains(&article)
    }

    /// Remembers that the article exists.
    pub(super) fn insert(&self, article: ArticleId) {
        let mut articles = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if articles.len() >= ARTICLES_MAX {
            articles.clear();
        }
        articles.insert(article);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_is_bounded() {
        let cache = ArticleCache::default();
        cache.insert(ArticleId(1));
        cache.insert(ArticleId(2));
        assert!(cache.contains(ArticleId(1)) && cache.contains(ArticleId(2)));
        for article in 3..=100_000 {
            cache.insert(ArticleId(article));
        }
        assert!(cache.contains(ArticleId(100_000)) && !cache.contains(ArticleId(1)));
        assert!(cache.0.lock().unwrap().len() <= ARTICLES_MAX);
    }
}
