//! The likes as a system of the world: their services.

use likewise::{article::ARTICLE_SCHEMA, service::Parts, user::USER_SCHEMA};
use likewise_saga::service::KitParts;

use super::{
    invariants,
    labels::LABELS,
    names::{ARTICLE_SERVICE, CHECK_ARTICLE, CHECK_LIKE, LIKE, UNLIKE, USER_SERVICE},
    parts::LikeParts,
    planted,
};
use likewise_world::{
    ServiceSpec, System, SystemParts,
    check::{Invariant, Property},
    plan::MessageKind,
    planted::PlantedBug,
    record::Labels,
};

/// The likes.
pub static LIKES: Likes = Likes;

/// The likes as a system of the world.
pub struct Likes;

impl System for Likes {
    fn name(&self) -> &'static str {
        "likes"
    }

    fn services(&self) -> &'static [ServiceSpec] {
        &SERVICES
    }

    fn operation_kinds(&self) -> &'static [MessageKind] {
        &[LIKE, UNLIKE]
    }

    fn other_message_kinds(&self) -> &'static [MessageKind] {
        &[CHECK_ARTICLE, CHECK_LIKE]
    }

    fn parts(&self, kit: KitParts) -> Box<dyn SystemParts> {
        LikeParts::boxed(Parts::from(kit))
    }

    fn own_properties(&self) -> &'static [Property] {
        invariants::PROPERTIES
    }

    fn in_own_words(&self) -> &'static [(&'static str, &'static str)] {
        invariants::IN_OWN_WORDS
    }

    fn own_invariants(&self) -> Vec<Box<dyn Invariant>> {
        invariants::invariants()
    }

    fn labels(&self) -> Option<&'static Labels> {
        Some(&LABELS)
    }

    fn planted_bugs(&self) -> &'static [PlantedBug] {
        &planted::ALL
    }
}

/// The rows that a step may change, as one text in the order of their keys.
const ARTICLE_ROWS: &str = "SELECT json_array(
    (SELECT json_group_array(json_array(id, likes)) FROM (SELECT id, likes FROM articles ORDER BY id)))";
const USER_ROWS: &str = "SELECT json_array(
    (SELECT json_group_array(json_array(record_id, user_id, article_id, created_at))
     FROM (SELECT * FROM likes ORDER BY record_id)))";

static SERVICES: [ServiceSpec; 3] = [
    ServiceSpec::COORDINATOR,
    ServiceSpec {
        name: ARTICLE_SERVICE,
        replicas_max: 2,
        schema: ARTICLE_SCHEMA,
        tables: &[
            "articles",
            "article_requests",
            "barrier",
            "barrier_watermarks",
        ],
        effect_rows: Some(ARTICLE_ROWS),
    },
    ServiceSpec {
        name: USER_SERVICE,
        replicas_max: 2,
        schema: USER_SCHEMA,
        tables: &["barrier", "barrier_watermarks", "blocked_users", "likes"],
        effect_rows: Some(USER_ROWS),
    },
];
