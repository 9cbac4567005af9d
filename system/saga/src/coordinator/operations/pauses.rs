//! Pauses of a kind of sagas, or of a service.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::act::OrderContext;
use crate::{
    coordinator::instance::Coordinator,
    http::{Problem, problem_type},
    log::{AuditFilter, Operation, Order, PauseOf},
    time::Timestamp,
};

/// What is to be paused or resumed.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub(super) struct Target {
    /// `kind` or `service`.
    pub(super) scope: String,
    pub(super) name: String,
}

/// A kind or a service that is paused, with what the audit says of it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Pause {
    #[serde(flatten)]
    pub(super) target: Target,
    /// Who paused it. Null, like what follows, if the entry is not among the latest [`ENTRIES_MAX`].
    pub(super) actor: Option<String>,
    /// Since when.
    pub(super) since: Option<Timestamp>,
    /// Why.
    pub(super) reason: Option<String>,
    /// The number of its entry in the audit.
    pub(super) audit: Option<i64>,
}

/// The action of the entry that pauses something.
const PAUSE: &str = "pause";
/// The entries that are searched for the orders of the pauses, from the newest on.
const ENTRIES_MAX: usize = 10_000;
/// Those of one read.
const READ_ENTRIES: u32 = 500;

impl Coordinator {
    /// What is paused of kinds and services, by whom, since when and why.
    ///
    /// # Errors
    /// This coordinator does not lead, or the log cannot be read.
    pub(super) async fn pauses(&self) -> Result<Vec<Pause>, Problem> {
        let orders = self.leading()?.executor.controls().orders();
        let paused = orders.paused_kinds_and_services();
        let pause = |pause: &PauseOf| Pause {
            target: Target {
                scope: pause.scope().to_owned(),
                name: pause.target(),
            },
            actor: None,
            since: None,
            reason: None,
            audit: None,
        };
        let mut pauses: Vec<Pause> = paused.map(pause).collect();
        self.explain(&mut pauses).await?;
        Ok(pauses)
    }

    /// Finds the order of each pause: the newest one about it.
    async fn explain(&self, pauses: &mut [Pause]) -> Result<(), Problem> {
        let mut filter = AuditFilter {
            limit: READ_ENTRIES,
            before: Some(i64::MAX),
            ..AuditFilter::default()
        };
        for _ in 0..ENTRIES_MAX / READ_ENTRIES as usize {
            if pauses.iter().all(|pause| pause.audit.is_some()) {
                break;
            }
            let entries = self.audit(&filter).await?;
            for entry in entries.iter().filter(|entry| entry.action == PAUSE) {
                let is_it = |pause: &&mut Pause| {
                    let Target { scope, name } = &pause.target;
                    pause.audit.is_none() && *scope == entry.scope && *name == entry.target
                };
                for pause in pauses.iter_mut().filter(is_it) {
                    pause.actor = Some(entry.actor.clone());
                    pause.since = Some(entry.at);
                    pause.reason = Some(entry.reason.clone());
                    pause.audit = Some(entry.number);
                }
            }
            let last = entries.last().filter(|entry| entry.number > 1);
            let Some(last) = last else { break };
            filter.before = Some(last.number);
        }
        Ok(())
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
