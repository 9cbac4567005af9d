//! What the checks of the world ask of the likes.

use likewise::{
    coordinator::LikeSaga,
    id::{ArticleId, RecordId, UserId},
};
use likewise_saga::{coordinator::Product, time::Timestamp};
use uuid::Uuid;

use super::{LikeOperation, Likes, missing::MissingLikes, observed::LikesState};
use likewise_world::{
    check::{CheckedSystem, MissingThings, Nouns, SagaSpec, SystemState},
    plan::Fields,
};

/// A like counts first and an unlike last, so that a record always belongs to a like that is counted.
static SAGAS: [SagaSpec; 2] = [
    SagaSpec {
        kind: "like",
        args: || {
            let (id, time) = (RecordId(Uuid::nil()), Timestamp(0));
            LikeSaga::like(UserId(1), ArticleId(1), id, time).stored().1
        },
        steps: &["article", "user"],
        pivot: None,
    },
    SagaSpec {
        kind: "unlike",
        args: || {
            let (user_id, article_id) = (UserId(1), ArticleId(1));
            let unlike = LikeSaga::Unlike {
                user_id,
                article_id,
            };
            unlike.stored().1
        },
        steps: &["user", "article"],
        pivot: None,
    },
];

impl CheckedSystem for Likes {
    fn product(&self) -> &'static Product {
        &likewise::coordinator::LIKES
    }

    fn observed(&self) -> Box<dyn SystemState> {
        Box::<LikesState>::default()
    }

    fn sagas(&self) -> &'static [SagaSpec] {
        &SAGAS
    }

    fn stored_key(&self, client: i64, key: &str) -> String {
        format!("{client}:{key}")
    }

    fn lock_key(&self, what: &Fields) -> String {
        let (user, article) = LikeOperation::of_fields(what).pair();
        format!("{user}:{article}")
    }

    fn missing_things(&self) -> Option<&'static dyn MissingThings> {
        Some(&MissingLikes)
    }

    fn nouns(&self) -> Nouns {
        Nouns {
            operation: "a like",
            client: "user",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Action, LIKES, LikeOperation, run, single};
    use likewise_world::record::EventKind;

    /// Otherwise a check would compare with what no row has, and pass.
    #[test]
    fn the_saga_log_stores_kinds_keys_and_locks_as_the_checks_expect() {
        for action in [Action::Like, Action::Unlike] {
            let plan = single(action, false);
            let (last, operation) = plan.workload.iter().enumerate().next_back().unwrap();
            let record = run(&plan).unwrap();
            let commits = record.events.iter().filter_map(|event| match &event.kind {
                EventKind::Committed { changes, .. } => Some(changes),
                _ => None,
            });
            let mut sagas = commits.flatten().filter(|change| change.table == "sagas");
            let row = &sagas.next_back().unwrap().row;
            let kinds: Vec<_> = LIKES.sagas().iter().map(|saga| saga.kind).collect();
            assert!(kinds.contains(&row.text("kind").unwrap()));
            let (user, _) = LikeOperation::of(operation).pair();
            let key = LIKES.stored_key(user, &format!("op-{last}"));
            assert_eq!(row.text("request_key"), Ok(key.as_str()));
            let lock = LIKES.lock_key(&operation.what);
            assert_eq!(row.text("subject"), Ok(lock.as_str()));
        }
    }
}
