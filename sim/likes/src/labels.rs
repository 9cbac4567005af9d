//! How reports name the tables and sagas of likes, and the two numbers that must meet: likes and records.

use std::sync::LazyLock;

use super::names::{ARTICLE_SERVICE, USER_SERVICE};
use likewise_world::record::{
    AllowedRange, Labels, Plot, PlotLine, SagaLabels, TableLabels, Template,
};

/// The labels of the likes.
pub(crate) static LABELS: LazyLock<Labels> = LazyLock::new(|| Labels {
    tables: tables(),
    sagas: ["like", "unlike"].map(saga).into(),
    plots: vec![convergence()],
});

fn tables() -> Vec<TableLabels> {
    vec![
        // The title is not told, so a change of it alone is omitted.
        TableLabels::of(ARTICLE_SERVICE, "articles", &["id"])
            .shown("articles", &["id", "likes", "title"])
            .told(
                "article {id}: likes {likes}",
                "article {id}: likes {likes:before} → {likes}",
                "article {id} gone",
            ),
        TableLabels::of(ARTICLE_SERVICE, "article_requests", &["request_key"]),
        TableLabels::of(USER_SERVICE, "likes", &["record_id"])
            .shown("like records", &["user_id", "article_id", "record_id"])
            .told(
                "record of user {user_id} on article {article_id} new",
                "record of user {user_id} on article {article_id} changed",
                "record of user {user_id} on article {article_id} gone",
            ),
        TableLabels::of(USER_SERVICE, "blocked_users", &["user_id"])
            .shown("blocked users", &["user_id"])
            .told(
                "user {user_id} blocked",
                "user {user_id} blocked",
                "user {user_id} no longer blocked",
            )
            .of_set_up(),
    ]
}

fn saga(kind: &'static str) -> SagaLabels {
    SagaLabels {
        kind: kind.into(),
        purpose: Template::new("{kind} of user {args.user_id} on article {args.article_id}"),
        short: Template::new("{kind} u{args.user_id}→a{args.article_id}"),
    }
}

/// The counter of an article, and the records of likes of it.
fn convergence() -> Plot {
    Plot {
        title: "Convergence".into(),
        noun: "article".into(),
        lines: [
            PlotLine::count("count", ARTICLE_SERVICE, "articles")
                .sum_of("likes")
                .for_each("id"),
            PlotLine::count("records", USER_SERVICE, "likes").for_each("article_id"),
        ],
        allowed: Some(AllowedRange {
            key: Some("article".into()),
            item: vec!["user".into(), "article".into()],
            action: "action".into(),
            present: vec!["like".into(), "keep_liked".into()],
            absent: vec!["unlike".into()],
            already: vec![409],
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use likewise_world::{System, record::label_problem};

    use crate::{Action, LIKES, operation};

    fn problem(labels: &Labels) -> Option<String> {
        let problem = label_problem(labels, LIKES.services()).unwrap();
        problem.map(|problem| problem.to_string())
    }

    #[test]
    fn every_label_names_a_table_and_columns_that_exist() {
        assert_eq!(problem(&LABELS), None);
    }

    #[test]
    fn every_captured_table_and_every_field_of_the_range_is_labelled() {
        for service in LIKES.services() {
            for table in service.tables {
                let is_of_any_system = [
                    "barrier",
                    "barrier_watermarks",
                    "sagas",
                    "saga_changes",
                    "saga_parks",
                    "shards",
                    "retention",
                    "saga_audit",
                ]
                .contains(table);
                let labels = LABELS.table(service.name.text(), table);
                assert_eq!(labels.is_none(), is_of_any_system, "{table}");
            }
        }
        let range = LABELS.plots[0].allowed.as_ref().unwrap();
        for action in [Action::Like, Action::KeepLiked, Action::Unlike] {
            let what = operation(1, action, 1, 0).what;
            let fields = range.key.iter().chain(&range.item).chain([&range.action]);
            for field in fields {
                assert!(what.contains_key(&**field), "{field}");
            }
            let known = range.present.iter().chain(&range.absent);
            let action = what["action"].as_str().unwrap();
            assert_eq!(known.filter(|it| *it == action).count(), 1, "{action}");
        }
    }

    /// Each wrong label is named, with what would be right.
    #[test]
    fn a_wrong_label_is_named() {
        type Change = fn(&mut Labels);
        let wrong: [(Change, &str); 10] = [
            (
                |it| it.tables[0].service = "articel".into(),
                "tables[0].table: there is no service articel",
            ),
            (
                |it| it.tables[2].table = "records".into(),
                "tables[2].table: user has no captured table records; it has barrier, barrier_watermarks, blocked_users, likes",
            ),
            (
                |it| it.tables[0].table = "barrier".into(),
                "tables[0].table: the table barrier is of any system; reports know it, so remove the label",
            ),
            (
                |it| it.tables.extend_from_within(..1),
                "tables[0].table: articles has labels twice",
            ),
            (
                |it| it.tables[0].columns[1] = "liked".into(),
                "tables[0].columns: articles has no column liked; it has created_at, id, likes, title",
            ),
            (
                |it| it.tables[0].update = Some(Template::new("{id}: {titel:before}")),
                "tables[0].update: articles has no column titel; it has created_at, id, likes, title",
            ),
            (
                |it| it.tables[0].insert = Some(Template::new("{likes:before}")),
                "tables[0].insert: only an update has a value before; write {likes}",
            ),
            (
                |it| it.sagas[1].short = Template::new("u{user_id}"),
                "sagas[1].short: a saga has no user_id; write {kind} or {args.user_id}",
            ),
            (
                |it| it.sagas[0].purpose = Template::new("like {args.user_id"),
                "sagas[0].purpose: a brace is not closed in “like {args.user_id”",
            ),
            (
                |it| it.plots[0].lines[1].key = None,
                "plots[0].lines: one line has a key and the other has none",
            ),
        ];
        for (change, expected) in wrong {
            let mut labels = LABELS.clone();
            change(&mut labels);
            assert_eq!(problem(&labels).as_deref(), Some(expected));
        }
    }
}
