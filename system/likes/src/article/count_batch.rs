//! The arguments of the single statement: actions in the order of their articles, and one row per article.

use likewise_saga::{participant::ActionColumns, store::Batch};

use super::CountArgs;
use crate::id::ArticleId;

/// The actions on one article. Places count from 1.
struct Group {
    article: ArticleId,
    delta: i64,
    first_place: i64,
    last_place: i64,
}

/// Puts the actions in the order of their articles. Actions on one article keep their order.
pub(super) fn sort(actions: &mut [(usize, CountArgs)]) {
    actions.sort_by_key(|(index, args)| (args.article_id, *index));
}

/// The columns of `article_act.sql`, of sorted actions; those of `article_act_one.sql`, if there is one.
pub(super) fn columns(actions: &[(usize, CountArgs)]) -> ActionColumns {
    if let [(_, args)] = actions {
        let article = Batch::default().ints("article_id", [args.article_id.0]);
        return ActionColumns::One(article.ints("delta", [args.delta]));
    }
    let (running, groups) = groups(actions);
    let column = |value: fn(&Group) -> i64| groups.iter().map(value);
    ActionColumns::Many {
        actions: Batch::default().ints("running", running),
        more: Batch::default()
            .ints("article_id", column(|group| group.article.0))
            .ints("delta", column(|group| group.delta))
            .ints("first_place", column(|group| group.first_place))
            .ints("last_place", column(|group| group.last_place)),
    }
}

/// The sum of the deltas of its article up to each action, and the groups. A sum that is too large stays so, and the server
/// refuses it.
fn groups(actions: &[(usize, CountArgs)]) -> (Vec<i64>, Vec<Group>) {
    let mut groups: Vec<Group> = Vec::new();
    let running = (1..).zip(actions).map(|(place, (_, args))| {
        let article = args.article_id;
        match groups.last_mut() {
            Some(group) if group.article == article => {
                group.delta = group.delta.saturating_add(args.delta);
                group.last_place = place;
                group.delta
            }
            _ => {
                groups.push(Group {
                    article,
                    delta: args.delta,
                    first_place: place,
                    last_place: place,
                });
                args.delta
            }
        }
    });
    (running.collect(), groups)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_on_one_article_are_a_group_with_a_running_sum() {
        let action = |(index, (article, delta))| {
            let article_id = ArticleId(article);
            (index, CountArgs { article_id, delta })
        };
        let batch = [(7, 1), (3, 1), (7, -1), (9, 1), (7, 1)];
        let mut actions: Vec<_> = batch.into_iter().enumerate().map(action).collect();
        sort(&mut actions);
        let indices: Vec<usize> = actions.iter().map(|(index, _)| *index).collect();
        assert_eq!(indices, [1, 0, 2, 4, 3]);
        let (running, groups) = groups(&actions);
        assert_eq!(running, [1, 1, 0, 1, 1]);
        let groups = groups.iter().map(|group| {
            let places = (group.first_place, group.last_place);
            (group.article.0, group.delta, places)
        });
        assert_eq!(
            groups.collect::<Vec<_>>(),
            [(3, 1, (1, 1)), (7, 1, (2, 4)), (9, 1, (5, 5))]
        );
    }
}
