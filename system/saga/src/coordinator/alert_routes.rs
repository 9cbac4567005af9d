//! The routes of alerts for operators: which are delivered, and sending one again.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};

use super::{
    instance::Coordinator,
    operations::{OrderBody, reason},
};
use crate::{
    admin::{Operator, Role},
    alerts::{AlertId, Deliveries, Delivery, DeliveryState, Resend, Resent, delivery_json},
    http::{Body, PageQuery, PathText, Problem, QueryPairs},
    log::LogError,
    store::StoreError,
};

/// `GET /admin/v1/deliveries` and `POST /admin/v1/deliveries/{id}/resend`, each with the role that it needs.
pub(crate) fn alert_routes(coordinator: &Arc<Coordinator>) -> Vec<(Role, Router)> {
    let look = Router::new().route("/admin/v1/deliveries", get(list));
    let act = Router::new().route("/admin/v1/deliveries/{id}/resend", post(resend));
    vec![
        (Role::Read, look.with_state(Arc::clone(coordinator))),
        (Role::Operate, act.with_state(Arc::clone(coordinator))),
    ]
}

/// `GET /admin/v1/deliveries?state=pending|delivered|given_up&after=&limit=`, the newest alerts first. Every coordinator answers.
async fn list(
    State(coordinator): State<Arc<Coordinator>>,
    pairs: QueryPairs,
    query: PageQuery,
) -> Result<Response, Problem> {
    let state = pairs.one("state")?;
    let filter = state.as_deref().map(delivery_state).transpose()?;
    let page = query.page(|after| alert_id("query", "after", after))?;
    let listed = coordinator.deliveries()?.list_alerts(filter, page).await?;
    let is_full = listed.len() == page.limit as usize;
    let last = listed.last().filter(|_| is_full);
    let next = last.map(|last| {
        let state = state.map_or(String::new(), |state| format!("state={state}&"));
        let (id, limit) = (last.alert.id, page.limit);
        format!("/admin/v1/deliveries?{state}after={id}&limit={limit}")
    });
    let deliveries: Vec<Value> = listed.iter().map(delivery_json).collect();
    let body = Json(json!({ "deliveries": deliveries, "next": next }));
    let link = next.and_then(|next| HeaderValue::try_from(format!("<{next}>; rel=\"next\"")).ok());
    Ok(match link {
        Some(link) => ([(header::LINK, link)], body).into_response(),
        None => body.into_response(),
    })
}

/// `POST /admin/v1/deliveries/{id}/resend` with `{"reason": …}`. The message has the same `webhook-id` as before.
async fn resend(
    State(coordinator): State<Arc<Coordinator>>,
    operator: Operator,
    PathText(id): PathText,
    Body(body): Body<OrderBody>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let alert = alert_id("path", "id", &id)?;
    let reason = reason(body.reason.as_deref())?;
    let (delivery, audit) = coordinator
        .resend_alert(alert, &operator.name, reason)
        .await?;
    let mut answer = delivery_json(&delivery);
    answer["audit"] = audit.into();
    Ok((StatusCode::ACCEPTED, Json(answer)))
}

impl Coordinator {
    /// Sends an alert again. Returns its delivery, and the number of the order in the audit.
    ///
    /// # Errors
    /// There is no such alert, it is pending already, this coordinator does not lead, or the log does not answer.
    pub(super) async fn resend_alert(
        &self,
        alert: AlertId,
        operator: &str,
        reason: String,
    ) -> Result<(Box<Delivery>, i64), Problem> {
        let term = self.leadership.term();
        let Some(term) = term.filter(|term| !term.executor.is_fenced()) else {
            return Err(self.not_leader());
        };
        let now = self.env.clock.now();
        let order = Resend {
            alert,
            order: self.env.uuid(),
            actor: operator.to_owned(),
            reason,
        };
        let told = order.clone();
        let resent = self.deliveries()?.resend(term.epoch, now, order).await;
        match resent {
            Ok(Resent::Pending { delivery, audit }) => {
                let Resend { actor, reason, .. } = told;
                tracing::info!(audit, actor, %alert, reason, "an operator sends an alert again");
                Ok((delivery, audit))
            }
            Ok(Resent::WasPending) => Err(Problem::delivery_pending(alert)),
            Ok(Resent::Absent) => Err(Problem::delivery_not_found(alert)),
            Err(LogError::Fenced { .. }) => {
                term.executor.fence();
                Err(self.not_leader())
            }
            Err(LogError::Store(error)) => Err(error.into()),
        }
    }

    fn deliveries(&self) -> Result<&dyn Deliveries, Problem> {
        let none = || {
            Problem::from(StoreError::Invariant(
                "this saga log keeps no alerts".to_owned(),
            ))
        };
        self.log.deliveries().ok_or_else(none)
    }
}

fn delivery_state(text: &str) -> Result<DeliveryState, Problem> {
    let reason = "must be pending, delivered or given_up";
    DeliveryState::of_name(text).ok_or_else(|| Problem::invalid("query", "state", reason))
}

fn alert_id(location: &'static str, name: &str, text: &str) -> Result<AlertId, Problem> {
    let read = text.parse().map(AlertId);
    read.map_err(|_| Problem::invalid(location, name, "must be a UUID"))
}
