//! `POST /v1/lookups`: what the coordinator asks before a saga, many at once, as `/v1/steps` takes
//! many steps at once: a list of questions in, a list of answers out, in order.

use std::sync::Arc;

use async_trait::async_trait;
use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State},
    routing::post,
};
use futures::future::BoxFuture;
use serde::{Serialize, de::DeserializeOwned};

use super::ParticipantClient;
use crate::{
    http::{Body, Problem, STEPS_BODY_BYTES_MAX},
    protocol::{Unanswered, step::BATCH_STEPS_MAX},
    store::StoreError,
};

/// Answers a list of questions, one each, in order.
pub type Answers<Q, A> =
    Arc<dyn Fn(Vec<Q>) -> BoxFuture<'static, Result<Vec<A>, StoreError>> + Send + Sync>;

/// The route, over what answers.
pub fn routes<Q, A>(answers: Answers<Q, A>) -> Router
where
    Q: DeserializeOwned + Send + 'static,
    A: Serialize + 'static,
{
    Router::new()
        .route("/v1/lookups", post(lookups::<Q, A>))
        .layer(DefaultBodyLimit::max(STEPS_BODY_BYTES_MAX))
        .with_state(answers)
}

/// The way there in one process.
pub struct InProcess<Q, A>(pub Answers<Q, A>);

#[async_trait]
impl<Q, A> ParticipantClient<Q, A> for InProcess<Q, A>
where
    Q: Send + 'static,
    A: Send + 'static,
{
    async fn ask(&self, questions: Vec<Q>) -> Result<Vec<A>, Unanswered> {
        let answered = (self.0)(questions).await;
        answered.map_err(|error| Unanswered(error.to_string()))
    }
}

async fn lookups<Q, A>(
    State(answers): State<Answers<Q, A>>,
    Body(questions): Body<Vec<Q>>,
) -> Result<Json<Vec<A>>, Problem>
where
    Q: DeserializeOwned + Send + 'static,
    A: Serialize + 'static,
{
    if questions.is_empty() || questions.len() > BATCH_STEPS_MAX {
        let reason = format!(
            "must be a list of 1 to {BATCH_STEPS_MAX} questions, has {}",
            questions.len()
        );
        return Err(Problem::invalid("body", "json", reason));
    }
    Ok(Json(answers(questions).await?))
}
