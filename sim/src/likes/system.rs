//! The likes as a system of the world: their services.

use likewise::{article::ARTICLE_SCHEMA, user::USER_SCHEMA};
use likewise_saga::log::SAGA_LOG_SCHEMA;

use bytes::Bytes;
use http::{Method, Request};
use rand_pcg::Pcg64Mcg;

use super::{
    captions,
    names::{ARTICLE_SERVICE, CHECK_ARTICLE, CHECK_LIKE, LIKE, UNLIKE, USER_SERVICE},
    operation::{Action, LikeOperation},
    problem, requests,
    set_up::LikeSetUp,
    simpler, workload,
};
use crate::world::{
    ServiceSpec, System,
    plan::{COORDINATORS_MAX, Fields, Host, MessageKind, Name, PRODUCT, Plan, Problem},
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

    fn message_kind(&self, to: Host, method: &Method, path: &str) -> MessageKind {
        requests::message_kind(to, method, path)
    }

    fn is_operation(&self, method: &Method, path: &str) -> bool {
        requests::is_operation(method, path)
    }

    fn operation_of(&self, request: &Request<Bytes>) -> Option<Fields> {
        requests::operation_of(request).map(LikeOperation::fields)
    }

    fn draw_workload(&self, rng: &mut Pcg64Mcg, spread_millis: u64, plan: &mut Plan) {
        workload::draw(rng, spread_millis, plan);
    }

    /// A like, an unlike, and a like that must be compensated.
    fn bases(&self) -> Vec<Plan> {
        let sagas = [
            (Action::Like, false),
            (Action::Unlike, false),
            (Action::Like, true),
        ];
        let plans = sagas.map(|(action, blocked)| workload::single(action, blocked));
        plans.to_vec()
    }

    fn problem(&self, plan: &Plan) -> Option<Problem> {
        problem::problem(plan)
    }

    fn set_up_requests(&self, plan: &Plan) -> u32 {
        let set_up = LikeSetUp::of(plan);
        let blocked = u32::try_from(set_up.blocked_users.len()).unwrap_or(u32::MAX);
        blocked.saturating_add(set_up.articles)
    }

    fn captions(&self, plan: &Plan) -> Vec<String> {
        captions::operations(plan)
    }

    fn caption_of_workload(&self, plan: &Plan) -> String {
        captions::workload(plan)
    }

    fn client(&self, what: &Fields) -> i64 {
        LikeOperation::of_fields(what).user
    }

    fn simpler_set_ups(&self, plan: &Plan) -> Vec<Plan> {
        simpler::set_ups(plan)
    }

    fn smaller_set_ups(&self, plan: &Plan) -> Vec<(Plan, String)> {
        simpler::unblocked(plan)
    }

    fn simpler_operations(&self, what: &Fields) -> Vec<Fields> {
        simpler::operations(what)
    }
}

/// The rows that a step may change, as one text in the order of their keys.
const ARTICLE_ROWS: &str = "SELECT json_array(
    (SELECT json_group_array(json_array(id, likes)) FROM (SELECT id, likes FROM articles ORDER BY id)))";
const USER_ROWS: &str = "SELECT json_array(
    (SELECT json_group_array(json_array(record_id, user_id, article_id, created_at))
     FROM (SELECT * FROM likes ORDER BY record_id)))";

static SERVICES: [ServiceSpec; 3] = [
    ServiceSpec {
        name: Name::COORDINATOR,
        replicas_max: COORDINATORS_MAX,
        schema: SAGA_LOG_SCHEMA,
        tables: &["sagas", "shards"],
        effect_rows: None,
    },
    ServiceSpec {
        name: ARTICLE_SERVICE,
        replicas_max: 2,
        schema: ARTICLE_SCHEMA,
        tables: &["articles", "article_requests", "barrier"],
        effect_rows: Some(ARTICLE_ROWS),
    },
    ServiceSpec {
        name: USER_SERVICE,
        replicas_max: 2,
        schema: USER_SCHEMA,
        tables: &["barrier", "blocked_users", "likes"],
        effect_rows: Some(USER_ROWS),
    },
];
