//! What a read says was so at some time while it was in progress.
//!
//! Each read is judged by a window: the state when it began, and every change until its answer. A page of a list may be older or
//! newer than the next one, so a list is judged by each of its items.

use std::collections::{BTreeMap, BTreeSet};

use likewise_world::check::{Delta, Findings, Invariant, ObservedState, Property, Read};

use crate::{
    observed::{LikesChange, LikesState},
    reads::{Said, said},
};

pub(super) const PROPERTY: Property = Property {
    name: "reads-are-true",
    about: "a count, a page of likes or a single like that a service shows was so while it was asked",
    exercised_by: "a reader (`reads`) whose read is answered",
    kept_by: "the reads from the database itself, without a cache",
};

/// The reads in progress.
#[derive(Default)]
pub(super) struct ReadsAreTrue {
    open: BTreeMap<u64, Window>,
}

/// What was so at some time of a read.
struct Window {
    /// The counts of each article.
    counts: BTreeMap<i64, BTreeSet<i64>>,
    /// The pairs of user and article that were liked at some time.
    ever: BTreeSet<(i64, i64)>,
    /// Those that were liked all the time.
    always: BTreeSet<(i64, i64)>,
}

impl Window {
    fn of(likes: &LikesState) -> Self {
        let counts = likes.counts.iter();
        let liked = likes.pairs.iter().filter(|(_, records)| **records > 0);
        let liked: BTreeSet<(i64, i64)> = liked.map(|(pair, _)| *pair).collect();
        Self {
            counts: counts
                .map(|(article, count)| (*article, BTreeSet::from([*count])))
                .collect(),
            always: liked.clone(),
            ever: liked,
        }
    }

    fn change(&mut self, change: LikesChange, likes: &LikesState) {
        match change {
            LikesChange::Count(article) => {
                let counts = self.counts.entry(article).or_default();
                counts.extend(likes.counts.get(&article));
            }
            LikesChange::Liked(row) => {
                self.ever.insert((row.user_id, row.article_id));
            }
            LikesChange::Unliked(row) => {
                self.always.remove(&(row.user_id, row.article_id));
            }
            LikesChange::Saga(_) => {}
        }
    }

    /// What is wrong with an answer. `None` if it was so.
    fn contradicts(&self, said: &Said) -> Option<String> {
        match said {
            Said::Count(article, count) => {
                let was = self
                    .counts
                    .get(article)
                    .is_some_and(|all| all.contains(count));
                (!was).then(|| {
                    format!("article {article} was read with {count} likes, which it never had")
                })
            }
            Said::Membership(pair, is_liked) => {
                let was = match is_liked {
                    true => self.ever.contains(pair),
                    false => !self.always.contains(pair),
                };
                let (user, article) = pair;
                let said = if *is_liked { "a like" } else { "no like" };
                (!was).then(|| format!("{said} of user {user} and article {article} was read"))
            }
            Said::Likes(user, articles) => self.contradicts_list(*user, articles),
        }
    }

    fn contradicts_list(&self, user: i64, articles: &[i64]) -> Option<String> {
        if !articles.is_sorted_by(|one, next| one < next) {
            return Some(format!(
                "the pages of user {user} are out of order: {articles:?}"
            ));
        }
        let never = articles
            .iter()
            .find(|article| !self.ever.contains(&(user, **article)));
        if let Some(article) = never {
            return Some(format!(
                "a page of user {user} has article {article}, which was not liked"
            ));
        }
        let mut always = self.always.iter().filter(|(of, _)| *of == user);
        let missed = always.find(|(_, article)| !articles.contains(article))?;
        Some(format!(
            "the pages of user {user} lack article {}, which was liked",
            missed.1
        ))
    }
}

impl Invariant for ReadsAreTrue {
    fn after_commit(&mut self, observed: &ObservedState, _: &[Delta], _: &mut Findings) {
        let likes: &LikesState = observed.own();
        for window in self.open.values_mut() {
            for change in likes.changes() {
                window.change(*change, likes);
            }
        }
    }

    fn read_began(&mut self, number: u64, observed: &ObservedState) {
        self.open.insert(number, Window::of(observed.own()));
    }

    fn read_answered(&mut self, read: &Read, _: &ObservedState, findings: &mut Findings) {
        let window = self.open.get(&read.number);
        if let Some((window, said)) = window.zip(said(read)) {
            let wrong = window.contradicts(&said);
            findings.require(PROPERTY, wrong.is_none(), || wrong.unwrap_or_default());
        }
    }

    fn read_ended(&mut self, number: u64) {
        self.open.remove(&number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        LIKES,
        names::{ARTICLE, USER},
        samples::*,
    };

    /// The window of a read that began with one like, and saw these changes.
    fn window(changes: &[likewise_world::record::Change]) -> Window {
        let mut observed = ObservedState::new(&LIKES);
        observed.apply(ARTICLE, &[count(1, 1)]);
        observed.apply(USER, &[liked(1)]);
        let mut reads = ReadsAreTrue::default();
        reads.read_began(0, &observed);
        for change in changes {
            observed.apply(USER, std::slice::from_ref(change));
            reads.after_commit(&observed, &[], &mut Findings::default());
        }
        reads.open.remove(&0).unwrap()
    }

    #[test]
    fn what_was_so_at_some_time_of_the_read_is_true() {
        let window = window(&[count(1, 2), unliked(1)]);
        for said in [
            Said::Count(1, 1),
            Said::Count(1, 2),
            Said::Membership((1, 1), true),
            Said::Membership((1, 1), false),
            Said::Likes(1, vec![1]),
            Said::Likes(1, vec![]),
        ] {
            assert_eq!(window.contradicts(&said), None, "{said:?}");
        }
    }

    #[test]
    fn what_was_never_so_is_a_violation() {
        let window = window(&[]);
        for said in [
            Said::Count(1, 0),
            Said::Membership((1, 1), false),
            Said::Membership((2, 1), true),
            Said::Likes(1, vec![]),
            Said::Likes(1, vec![1, 1]),
            Said::Likes(1, vec![1, 2]),
        ] {
            assert!(window.contradicts(&said).is_some(), "{said:?}");
        }
    }
}
