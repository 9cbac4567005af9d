//! Count and records never differ by more than the sagas that are open on the article.

use std::collections::BTreeSet;

use super::{Delta, Findings, Invariant, Mirror, Property};

pub(super) const PROPERTY: Property = Property {
    name: "divergence-is-bounded",
    about: "count and records of an article differ by at most the number of its open sagas",
};

pub(super) struct Divergence;

impl Invariant for Divergence {
    fn after_commit(&mut self, mirror: &Mirror, deltas: &[Delta], findings: &mut Findings) {
        let touched: BTreeSet<i64> = deltas
            .iter()
            .filter_map(|delta| match delta {
                Delta::Count { article } => Some(*article),
                Delta::Liked(row) | Delta::Unliked(row) => Some(row.article_id),
                Delta::Saga { saga, .. } => mirror.sagas.get(saga).map(|saga| saga.article),
                _ => None,
            })
            .collect();
        for article in touched {
            let of = |map: &std::collections::BTreeMap<i64, i64>| {
                map.get(&article).copied().unwrap_or(0)
            };
            let (likes, records, open) =
                (of(&mirror.counts), of(&mirror.records), of(&mirror.open));
            findings.require(PROPERTY, (likes - records).abs() <= open, || {
                format!("article {article} has {likes} likes and {records} records with {open} sagas open")
            });
        }
    }
}
