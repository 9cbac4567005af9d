//! The articles that are known to exist, so that they need not be asked for again and again.
//!
//! An article that was there once is there for ever: nothing removes one. And if one were gone all the
//! same, the step that counts would say so.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

use crate::id::ArticleId;

/// How many are remembered, in less than a megabyte; then it begins anew.
const KNOWN_MAX: usize = 32_768;

/// Articles that were there.
#[derive(Default)]
pub(super) struct ArticleCache(Mutex<BTreeSet<ArticleId>>);

impl ArticleCache {
    /// Whether it is known to exist.
    pub(super) fn has(&self, article: ArticleId) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.contains(&article)
    }

    /// Remembers that it exists.
    pub(super) fn add(&self, article: ArticleId) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KNOWN_MAX {
            known.clear();
        }
        known.insert(article);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_bounded() {
        let known = ArticleCache::default();
        known.add(ArticleId(1));
        known.add(ArticleId(2));
        assert!(known.has(ArticleId(1)) && known.has(ArticleId(2)));
        for article in 3..=100_000 {
            known.add(ArticleId(article));
        }
        assert!(known.has(ArticleId(100_000)) && !known.has(ArticleId(1)));
        assert!(known.0.lock().unwrap().len() <= KNOWN_MAX);
    }
}
