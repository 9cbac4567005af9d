//! The routes for operators.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{FromRequest, Path, Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::{
    act::{OrderContext, reason},
    action::Action,
    audit,
    batch::BatchRequest,
    detail::Detail,
    filter::FilterText,
    pauses::Target,
    refusal::Refusal,
};
use crate::{
    admin::Operator,
    coordinator::instance::Coordinator,
    http::{Body, PathText, Problem, QueryPairs, problem_type},
    id::SagaId,
};

/// The number of items of a page, unless the request says another one.
const LIMIT_DEFAULT: usize = 50;
/// The most items of a page.
const LIMIT_MAX: usize = 1_000;

type Shared = State<Arc<Coordinator>>;

/// What those may see who may look.
pub(crate) fn read_routes(coordinator: &Arc<Coordinator>) -> Router {
    Router::new()
        .route("/admin/v1/sagas", get(list))
        .route("/admin/v1/sagas/{id}", get(show))
        .route("/admin/v1/batches", get(batches))
        .route("/admin/v1/batches/{id}", get(batch))
        .route("/admin/v1/pauses", get(pauses))
        .route("/admin/v1/audit", get(audit::list))
        .with_state(Arc::clone(coordinator))
}

/// What those may order who may act.
pub(crate) fn operate_routes(coordinator: &Arc<Coordinator>) -> Router {
    Router::new()
        .route("/admin/v1/sagas/{id}/{action}", post(act))
        .route("/admin/v1/batches", post(start_batch))
        .route("/admin/v1/batches/{id}/stop", post(stop_batch))
        .route("/admin/v1/pauses", post(pause).delete(resume))
        .with_state(Arc::clone(coordinator))
}

/// `GET /admin/v1/sagas?state=&cause=&older_than=&step=&service=&after=&limit=`
async fn list(State(coordinator): Shared, query: QueryPairs) -> Result<Response, Problem> {
    let text = FilterText::of_query(&query)?;
    let filter = text.check("query")?;
    let after = query
        .one("after")?
        .map(|after| saga_id("query", "after", &after));
    let limit = limit(&query)?;
    let page = coordinator
        .list_sagas(&filter, after.transpose()?, limit)
        .await?;
    let next = page.next.map(|after| next_page(&text, after, limit));
    let body = json!({"sagas": page.sagas, "next": next});
    Ok(with_next(Json(body).into_response(), next.as_deref()))
}

/// `GET /admin/v1/sagas/{id}?export`
async fn show(
    State(coordinator): Shared,
    PathText(id): PathText,
    query: QueryPairs,
) -> Result<Response, Problem> {
    let saga = saga_id("path", "id", &id)?;
    let exports = flag(&query, "export")?;
    let inspected = coordinator.inspect(saga).await?;
    if exports {
        return Ok(coordinator.export(&inspected).await?.into_response());
    }
    let now = coordinator.env.clock.now();
    let detail = Detail::of(&inspected, coordinator.order_tag, now);
    let tag = detail.tag.clone();
    Ok(with_tag(Json(detail).into_response(), tag.as_deref()))
}

/// The body of an order.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::coordinator) struct OrderBody {
    pub(in crate::coordinator) reason: Option<String>,
}

/// `POST /admin/v1/sagas/{id}/{action}?dry_run=true`
async fn act(
    State(coordinator): Shared,
    operator: Operator,
    Path((id, action)): Path<(String, String)>,
    query: QueryPairs,
    request: Request,
) -> Result<Response, Refusal> {
    let saga = saga_id("path", "id", &id)?;
    let Some(action) = Action::of_path(&action) else {
        let why = "must be retry, abort, force-complete, pause or resume";
        return Err(Problem::invalid("path", "action", why).into());
    };
    if is_dry_run(&query)? {
        let preview = coordinator.preview(saga, action).await?;
        return Ok(Json(preview).into_response());
    }
    let Some(seen) = request.headers().get(header::IF_MATCH).cloned() else {
        let detail = "An order needs `If-Match` with the `ETag` of the saga that it is based on. Nothing was done.";
        return Err(Problem::of(&problem_type::PRECONDITION_REQUIRED, detail).into());
    };
    let Body(body) = Body::<OrderBody>::from_request(request, &()).await?;
    let context = OrderContext {
        actor: operator.name.to_string(),
        reason: reason(body.reason.as_deref())?,
        batch: None,
        seen: Some(seen.to_str().unwrap_or_default().to_owned()),
    };
    let ordered = coordinator.act(saga, action, &context).await?;
    Ok((StatusCode::ACCEPTED, Json(ordered)).into_response())
}

/// `POST /admin/v1/batches?dry_run=true`
async fn start_batch(
    State(coordinator): Shared,
    operator: Operator,
    query: QueryPairs,
    Body(request): Body<BatchRequest>,
) -> Result<Response, Problem> {
    if is_dry_run(&query)? {
        return Ok(Json(coordinator.estimate(&request).await?).into_response());
    }
    let batch = coordinator
        .start_batch(operator.name.to_string(), request)
        .await?;
    let place = format!("/admin/v1/batches/{}", batch.id);
    let mut response = (StatusCode::ACCEPTED, Json(batch)).into_response();
    if let Ok(place) = HeaderValue::try_from(place) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok(response)
}

/// `GET /admin/v1/batches`
async fn batches(State(coordinator): Shared) -> Result<Response, Problem> {
    Ok(Json(json!({"batches": coordinator.batches()?})).into_response())
}

/// `GET /admin/v1/batches/{id}`
async fn batch(State(coordinator): Shared, PathText(id): PathText) -> Result<Response, Problem> {
    Ok(Json(coordinator.batch(batch_id(&id)?)?).into_response())
}

/// `POST /admin/v1/batches/{id}/stop`
async fn stop_batch(
    State(coordinator): Shared,
    PathText(id): PathText,
) -> Result<Response, Problem> {
    Ok(Json(coordinator.stop_batch(batch_id(&id)?)?).into_response())
}

/// `GET /admin/v1/pauses`
async fn pauses(State(coordinator): Shared) -> Result<Response, Problem> {
    Ok(Json(json!({"pauses": coordinator.pauses().await?})).into_response())
}

/// The body of a pause.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PauseRequest {
    scope: String,
    name: String,
    reason: Option<String>,
}

/// `POST /admin/v1/pauses?dry_run=true`
async fn pause(
    coordinator: Shared,
    operator: Operator,
    query: QueryPairs,
    Body(request): Body<PauseRequest>,
) -> Result<Response, Problem> {
    set_pause(coordinator, &operator, &query, request, true).await
}

/// `DELETE /admin/v1/pauses?dry_run=true`
async fn resume(
    coordinator: Shared,
    operator: Operator,
    query: QueryPairs,
    Body(request): Body<PauseRequest>,
) -> Result<Response, Problem> {
    set_pause(coordinator, &operator, &query, request, false).await
}

async fn set_pause(
    State(coordinator): Shared,
    operator: &Operator,
    query: &QueryPairs,
    request: PauseRequest,
    pauses: bool,
) -> Result<Response, Problem> {
    let PauseRequest { scope, name, .. } = request;
    let target = Target { scope, name };
    if is_dry_run(query)? {
        coordinator.check_pause(&target, pauses)?;
        let body =
            json!({"scope": target.scope, "name": target.name, "paused": !pauses, "allowed": true});
        return Ok(Json(body).into_response());
    }
    let context = OrderContext {
        actor: operator.name.to_string(),
        reason: reason(request.reason.as_deref())?,
        batch: None,
        seen: None,
    };
    let audit = coordinator.pause(&target, pauses, &context).await?;
    let body =
        json!({"audit": audit, "scope": target.scope, "name": target.name, "paused": pauses});
    Ok((StatusCode::ACCEPTED, Json(body)).into_response())
}

pub(super) fn saga_id(location: &'static str, name: &str, text: &str) -> Result<SagaId, Problem> {
    let id = text.parse().map(SagaId);
    id.map_err(|_| Problem::invalid(location, name, "must be a UUID"))
}

fn batch_id(text: &str) -> Result<Uuid, Problem> {
    text.parse()
        .map_err(|_| Problem::invalid("path", "id", "must be a UUID"))
}

pub(super) fn limit(query: &QueryPairs) -> Result<usize, Problem> {
    let Some(text) = query.one("limit")? else {
        return Ok(LIMIT_DEFAULT);
    };
    let limit = text
        .parse()
        .ok()
        .filter(|limit| (1..=LIMIT_MAX).contains(limit));
    let reason = || format!("must be a whole number from 1 to {LIMIT_MAX}");
    limit.ok_or_else(|| Problem::invalid("query", "limit", reason()))
}

fn is_dry_run(query: &QueryPairs) -> Result<bool, Problem> {
    flag(query, "dry_run")
}

/// A parameter that is true or false, and false if it is missing.
///
/// # Errors
/// A 422: it is something else.
pub(super) fn flag(query: &QueryPairs, name: &'static str) -> Result<bool, Problem> {
    match query.one(name)?.as_deref() {
        None | Some("false") => Ok(false),
        Some("true" | "") => Ok(true),
        Some(_) => Err(Problem::invalid("query", name, "must be true or false")),
    }
}

fn next_page(filter: &FilterText, after: SagaId, limit: usize) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    let fields = [
        ("state", &filter.state),
        ("cause", &filter.cause),
        ("older_than", &filter.older_than),
        ("step", &filter.step),
        ("service", &filter.service),
    ];
    for (name, value) in fields {
        if let Some(value) = value {
            query.append_pair(name, value);
        }
    }
    query.append_pair("after", &after.to_string());
    query.append_pair("limit", &limit.to_string());
    format!("/admin/v1/sagas?{}", query.finish())
}

pub(super) fn with_next(mut response: Response, next: Option<&str>) -> Response {
    let link = next.map(|next| HeaderValue::try_from(format!("<{next}>; rel=\"next\"")));
    if let Some(Ok(link)) = link {
        response.headers_mut().insert(header::LINK, link);
    }
    response
}

/// Adds what an order would be based on.
pub(super) fn with_tag(mut response: Response, tag: Option<&str>) -> Response {
    if let Some(Ok(tag)) = tag.map(HeaderValue::try_from) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}
