//! The likes as a system of the world: their services.

use likewise::{article::ARTICLE_SCHEMA, user::USER_SCHEMA};
use likewise_saga::log::SAGA_LOG_SCHEMA;

use super::names::{ARTICLE_SERVICE, CHECK_ARTICLE, CHECK_LIKE, LIKE, UNLIKE, USER_SERVICE};
use crate::world::{
    ServiceSpec, System,
    plan::{COORDINATORS_MAX, MessageKind, Name, PRODUCT},
};

/// The likes.
pub static LIKES: Likes = Likes;

/// The likes as a system of the world.
pub struct Likes;

impl System for Likes {
    fn name(&self) -> &'static str {
        PRODUCT
    }

    fn services(&self) -> &'static [ServiceSpec] {
        &SERVICES
    }

    fn own_message_kinds(&self) -> &'static [MessageKind] {
        &[LIKE, UNLIKE, CHECK_ARTICLE, CHECK_LIKE]
    }
}

static SERVICES: [ServiceSpec; 3] = [
    ServiceSpec {
        name: Name::COORDINATOR,
        replicas_max: COORDINATORS_MAX,
        schema: SAGA_LOG_SCHEMA,
        tables: &["sagas", "shards"],
    },
    ServiceSpec {
        name: ARTICLE_SERVICE,
        replicas_max: 2,
        schema: ARTICLE_SCHEMA,
        tables: &["articles", "article_requests", "barrier"],
    },
    ServiceSpec {
        name: USER_SERVICE,
        replicas_max: 2,
        schema: USER_SCHEMA,
        tables: &["barrier", "blocked_users", "likes"],
    },
];
