//! Pauses of a kind of sagas, or of a service.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::act::OrderContext;
use crate::{
    coordinator::instance::Coordinator,
    http::{Problem, problem_type},
    log::{Operation, Order, PauseOf},
};

/// What is to be paused or resumed.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub(super) struct Target {
    /// `kind` or `service`.
    pub(super) scope: String,
    pub(super) name: String,
}

impl Coordinator {
    /// What is paused of kinds and services.
    ///
    /// # Errors
    /// This coordinator does not lead.
    pub(super) fn pauses(&self) -> Result<Vec<Target>, Problem> {
        let orders = self.leading()?.executor.controls().orders();
        let paused = orders.paused_kinds_and_services();
        let target = |pause: &PauseOf| Target {
            scope: pause.scope().to_owned(),
            name: pause.target(),
        };
        Ok(paused.map(target).collect())
    }

    /// Pauses or resumes a kind or a service. Returns the number of the audit entry.
    ///
    /// # Errors
    /// There is no such kind or service, or it is paused already or not paused; or the log does not answer.
    pub(super) async fn pause(
        &self,
        target: &Target,
        pauses: bool,
        context: &OrderContext,
    ) -> Result<i64, Problem> {
        let term = self.leading()?;
        let guard = self.lock_orders(&term, "pauses").await?;
        let of = self.check_pause(target, pauses)?;
        let order = match pauses {
            true => Order::Pause(of),
            false => Order::Resume(of),
        };
        let operation = Operation {
            id: self.env.uuid(),
            order,
            based_on: None,
            actor: context.actor.clone(),
            reason: context.reason.clone(),
            batch: None,
            before: json!({"paused": !pauses}),
            after: json!({"paused": pauses}),
            truth: json!({}),
        };
        let number = self.write_order(&term, guard, operation).await?;
        number.ok_or_else(|| Problem::unavailable("The order was not written; nothing was done."))
    }

    /// What is to be paused or resumed, if that is possible. Nothing is changed.
    ///
    /// # Errors
    /// As [`Self::pause`].
    pub(super) fn check_pause(&self, target: &Target, pauses: bool) -> Result<PauseOf, Problem> {
        let of = self.pause_of(target)?;
        let orders = self.leading()?.executor.controls().orders();
        let why = match (orders.is_paused(&of), pauses) {
            (true, true) => "is paused already",
            (false, false) => "is not paused",
            (true, false) | (false, true) => return Ok(of),
        };
        let detail = format!("{of} {why}. Nothing was done.");
        Err(Problem::of(&problem_type::ORDER_REFUSED, detail))
    }

    fn pause_of(&self, target: &Target) -> Result<PauseOf, Problem> {
        let name = target.name.clone();
        let invalid = |field, reason: String| Err(Problem::invalid("body", field, reason));
        let services = || self.participants.0.iter().map(|service| service.service());
        match target.scope.as_str() {
            "kind" if self.product.kinds.contains(&name.as_str()) => Ok(PauseOf::Kind(name)),
            "kind" => invalid(
                "name",
                format!("must be one of {}", self.product.kinds.join(", ")),
            ),
            "service" if services().any(|service| service == name) => Ok(PauseOf::Service(name)),
            "service" => {
                let known: Vec<&str> = services().collect();
                invalid("name", format!("must be one of {}", known.join(", ")))
            }
            _ => invalid("scope", "must be kind or service".to_owned()),
        }
    }
}
