//! The result of an audit.

use std::collections::BTreeMap;

use likewise_saga::id::SagaId;
use serde::Serialize;

use super::Difference;
use crate::id::ArticleId;

/// How many differences of one kind are listed. The others are only counted, so that memory is bounded.
const LISTED_MAX: u64 = 1_000;

/// The result of an audit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct AuditReport {
    /// How much was compared.
    pub checked: Checked,
    /// What differs.
    pub differences: Differences,
    /// Steps of completed sagas that were lost, and sealed by a repair. They are no difference any more: the counts
    /// agree without them, and they cannot run again.
    pub lost_steps: u64,
    /// The retention watermark of the log: sagas with a smaller id may have been deleted, or their barrier rows.
    pub deleted_below: Option<SagaId>,
    /// The highest article id in any of the databases.
    pub highest_article: Option<ArticleId>,
}

/// How many rows were compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// Articles.
    pub articles: u64,
    /// Like records.
    pub records: u64,
    /// Sagas.
    pub sagas: u64,
    /// Those of them that are open.
    pub open_sagas: u64,
    /// Barrier rows.
    pub steps: u64,
}

/// What differs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Differences {
    /// How many there are of each kind. A kind without differences is absent.
    pub totals: BTreeMap<&'static str, u64>,
    /// The first 1,000 of each kind.
    pub listed: Vec<Difference>,
}

impl AuditReport {
    /// Whether nothing differs.
    #[must_use]
    pub fn is_consistent(&self) -> bool {
        self.differences.totals.is_empty()
    }

    pub(super) fn add(&mut self, difference: Difference) {
        let total = self.differences.totals.entry(difference.kind());
        let total = total.or_default();
        if *total < LISTED_MAX {
            self.differences.listed.push(difference);
        }
        *total += 1;
    }

    /// Notes an article id that is used somewhere.
    pub(super) fn see_article(&mut self, article: ArticleId) {
        self.highest_article = self.highest_article.max(Some(article));
    }
}

impl Differences {
    /// How many there are.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.totals.values().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_differences_than_are_listed_are_counted() {
        let mut report = AuditReport::default();
        assert!(report.is_consistent());
        for id in 0..2 * LISTED_MAX {
            let article = ArticleId(i64::try_from(id).unwrap());
            report.add(Difference::RecordsWithoutArticle {
                article,
                records: 1,
            });
        }
        assert_eq!(report.differences.total(), 2 * LISTED_MAX);
        assert_eq!(report.differences.listed.len() as u64, LISTED_MAX);
        assert!(!report.is_consistent());
    }
}
