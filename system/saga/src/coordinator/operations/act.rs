//! Carries out an order about one saga: reads everything again, compares, checks, writes the audit entry, tells the executor.

use std::sync::Arc;

use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    action::Action,
    detail::Detail,
    inspection::{Inspected, Inspection},
    order_write::{OrderWrite, Unwritten},
    preview::Preview,
    refusal::Refusal,
};
use crate::{
    bound::{Bound, within},
    coordinator::{instance::Coordinator, keyed_mutex::KeyGuard, leadership::Term},
    http::{Problem, problem_type},
    id::SagaId,
    log::{Operation, Order},
};

/// The most characters of a reason.
const REASON_CHARS_MAX: usize = 500;

/// Who orders something, why, and what it is based on.
#[derive(Debug, Clone)]
pub(super) struct OrderContext {
    pub(super) actor: String,
    pub(super) reason: String,
    pub(super) batch: Option<String>,
    /// The tag of what the operator has seen. `None`: what is found now, for an order of a batch.
    pub(super) seen: Option<String>,
}

/// An order that is durable.
#[derive(Debug, Serialize)]
pub(super) struct Ordered {
    /// The number of its entry in the audit.
    pub(super) audit: i64,
    /// The saga as the order found it.
    pub(super) saga: Detail,
}

/// The reason of an order.
///
/// # Errors
/// A 422: it is missing, or too long.
pub(in crate::coordinator) fn reason(text: Option<&str>) -> Result<String, Problem> {
    let invalid = |reason| Err(Problem::invalid("body", "reason", reason));
    match text.map(str::trim) {
        None | Some("") => invalid("must say why, in a few words".to_owned()),
        Some(text) if text.chars().count() > REASON_CHARS_MAX => {
            invalid(format!("must have at most {REASON_CHARS_MAX} characters"))
        }
        Some(text) if text.chars().any(char::is_control) => {
            invalid("must be one line, without control characters".to_owned())
        }
        Some(text) => Ok(text.to_owned()),
    }
}

impl Coordinator {
    /// What an order would do. Nothing is changed.
    ///
    /// # Errors
    /// There is no such saga, or its row cannot be read.
    pub(super) async fn preview(&self, saga: SagaId, action: Action) -> Result<Preview, Problem> {
        match self.inspect(saga).await? {
            Inspected::Readable(inspection) => {
                let now = self.env.clock.now();
                Ok(action.preview(&inspection, &*self.rules, now))
            }
            Inspected::Unreadable(row) => Err(unreadable(&row.reason)),
        }
    }

    /// Carries out an order about one saga.
    ///
    /// # Errors
    /// [`Refusal`].
    ///
    /// # Cancel safety
    /// After the future is dropped, the order may or may not be in force. The audit says which.
    pub(super) async fn act(
        &self,
        saga: SagaId,
        action: Action,
        context: &OrderContext,
    ) -> Result<Ordered, Refusal> {
        let term = self.leading()?;
        let guard = self.lock_orders(&term, &saga.to_string()).await?;
        let inspected = self.inspect(saga).await?;
        let now = self.env.clock.now();
        let inspection = match &inspected {
            Inspected::Readable(inspection) => inspection,
            Inspected::Unreadable(row) => return Err(unreadable(&row.reason).into()),
        };
        let detail = Detail::of(&inspected, self.order_tag, now);
        if context.seen.is_some() && context.seen != detail.tag {
            return Err(Refusal::Moved(Box::new(detail)));
        }
        if let Err(why) = action.allowed(inspection) {
            let name = action.name().replace('_', "-");
            let problem =
                format!("The saga cannot be given the order {name}: {why}. Nothing was done.");
            return Err(Problem::of(&problem_type::ORDER_REFUSED, problem).into());
        }
        let id = self.env.uuid();
        let operation = operation(id, action, context, inspection, &detail);
        match self.write_order(&term, guard, operation).await? {
            Some(audit) => Ok(Ordered {
                audit,
                saga: detail,
            }),
            None => {
                let inspected = self.inspect(saga).await?;
                let now = self.env.clock.now();
                let detail = Detail::of(&inspected, self.order_tag, now);
                Err(Refusal::Moved(Box::new(detail)))
            }
        }
    }

    /// Locks the orders about one thing. Two orders about it come one after the other: the second sees what the first has changed.
    ///
    /// # Errors
    /// An order before it is not confirmed yet.
    pub(super) async fn lock_orders(&self, term: &Term, of: &str) -> Result<KeyGuard, Problem> {
        let bound = Bound::new("the orders before", self.config.answer_timeout);
        let guard = within(bound, term.order_locks.lock(of)).await;
        guard.map_err(|_| {
            Problem::unavailable("An earlier order is not confirmed yet; nothing was done.")
        })
    }

    /// Makes an order durable, and then tells the executor. Returns the number of its entry in the audit, or `None` if its saga has
    /// left the status that the order is based on.
    ///
    /// # Errors
    /// A 503. Only one that says so leaves a doubt.
    pub(super) async fn write_order(
        &self,
        term: &Term,
        guard: KeyGuard,
        operation: Operation,
    ) -> Result<Option<i64>, Problem> {
        let writing = OrderWrite {
            log: Arc::clone(&self.log),
            clock: Arc::clone(&self.env.clock),
            executor: term.executor.clone(),
            epoch: term.epoch,
            operation,
            _guard: guard,
        };
        // A task of its own: an order that may be in the log must be carried out, also if the operator has left.
        let written = tokio::spawn(writing.run());
        let unknown = || {
            Problem::unknown_effect(
                "The saga log has not confirmed the order. If it is in the audit, it is carried out.",
            )
        };
        let bound = Bound::new("an order of an operator", self.config.answer_timeout);
        match within(bound, written).await {
            Ok(Ok(Ok(number))) => Ok(Some(number)),
            Ok(Ok(Err(Unwritten::Moved))) => Ok(None),
            Ok(Ok(Err(Unwritten::Fenced))) => Err(self.not_leader()),
            Ok(Ok(Err(Unwritten::Absent(error)))) => Err(error.into()),
            Ok(Ok(Err(Unwritten::NoOrders))) => Err(Problem::unavailable(
                "This log takes no orders; nothing was done.",
            )),
            Ok(Ok(Err(Unwritten::Unknown))) | Ok(Err(_)) | Err(_) => Err(unknown()),
        }
    }

    /// The term, if this coordinator leads.
    ///
    /// # Errors
    /// A 503 that names the leader.
    pub(super) fn leading(&self) -> Result<Arc<Term>, Problem> {
        let term = self.leadership.term().ok_or_else(|| self.not_leader())?;
        match term.is_recovered() {
            true => Ok(term),
            false => Err(Problem::unavailable(
                "The open sagas are being recovered; nothing was done, try again.",
            )),
        }
    }

    /// The answer of a coordinator that does not lead.
    pub(in crate::coordinator) fn not_leader(&self) -> Problem {
        let detail = match self.leadership.other_leader() {
            Some(leader) => format!(
                "This coordinator does not lead; the coordinator at {leader} does. Nothing was done."
            ),
            None => {
                "This coordinator does not lead, and which one does is not known. Nothing was done."
                    .to_owned()
            }
        };
        Problem::of(&problem_type::NOT_LEADER, detail)
    }
}

fn unreadable(reason: &str) -> Problem {
    let detail = format!(
        "The row of the saga cannot be read: {reason}. Repair it; the next scan continues the saga."
    );
    Problem::of(&problem_type::ORDER_REFUSED, detail)
}

fn operation(
    id: Uuid,
    action: Action,
    context: &OrderContext,
    inspection: &Inspection,
    detail: &Detail,
) -> Operation {
    let order = action.order(inspection.row.id);
    Operation {
        id,
        actor: context.actor.clone(),
        reason: context.reason.clone(),
        batch: context.batch.clone(),
        before: state(
            inspection,
            inspection.direction.map(|direction| direction.name()),
            inspection.is_paused,
        ),
        after: after(inspection, &order),
        truth: json!({"tag": detail.tag, "epoch": inspection.row.epoch, "steps": detail.steps}),
        based_on: Some((inspection.row.id, inspection.row.status)),
        order,
    }
}

fn state(inspection: &Inspection, directive: Option<&str>, paused: bool) -> Value {
    let parked = inspection.row.parked;
    json!({"status": inspection.row.status, "parked": parked, "directive": directive, "paused": paused})
}

/// What is in force from now on. The status is the same: only replies change it.
fn after(inspection: &Inspection, order: &Order) -> Value {
    let before = inspection.direction.map(|direction| direction.name());
    match order {
        Order::Direct { direction, .. } => {
            state(inspection, Some(direction.name()), inspection.is_paused)
        }
        Order::Pause(_) => state(inspection, before, true),
        Order::Resume(_) => state(inspection, before, false),
        Order::Retry { .. } | Order::Resend { .. } => {
            state(inspection, before, inspection.is_paused)
        }
    }
}
