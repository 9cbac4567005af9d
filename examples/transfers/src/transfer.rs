//! One transfer: what a client asks for, the saga that carries it out, and the route of the coordinator.

use std::{sync::Arc, time::Duration};

use axum::{Json, Router, extract::State, routing::post};
use likewise_saga::{
    coordinator::{Coordinator, PlainRequest, Product, RequestOutcome, nobody},
    http::{Body, IdempotencyKey, Problem},
    protocol::{Definition, Document, Outcome, RetryPolicy, StepDefinition},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::services::Entry;

/// A transfer: the operation of a plan, the body of its request, and the arguments of its saga.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transfer {
    /// Who asks for it. The transfers of a client run one after another.
    pub client: i64,
    /// The account that pays.
    pub from: i64,
    /// The account that gets the money.
    pub to: i64,
    /// The amount, from 1.
    pub cents: i64,
}

/// The transfers, as their coordinator sees them.
pub(crate) static PRODUCT: Product = Product {
    define: |_, args| {
        let transfer: Transfer = args.read().ok()?;
        let steps = Definition::builder().step(transfer.debit());
        let steps = steps.parallel(transfer.checks()).pivot(transfer.credit());
        steps.step(transfer.notify()).build().ok()
    },
    kinds: &["transfer"],
    steps_max: 5,
    noun: "transfer",
    locked: "this client",
    check: "the check of a transfer",
    client: nobody,
};

impl Transfer {
    /// A transfer of a client between two accounts.
    #[must_use]
    pub const fn of(client: i64, [from, to]: [i64; 2], cents: i64) -> Self {
        Self {
            client,
            from,
            to,
            cents,
        }
    }

    pub(crate) fn debit(self) -> StepDefinition {
        step("debit", "accounts", (self.from, "balance", -self.cents))
    }

    /// A check that takes too long counts as a refusal: nobody should wait for the deadline of the whole saga.
    pub(crate) fn checks(self) -> [StepDefinition; 2] {
        [("limit", self.from), ("risk", self.to)].map(|(name, account)| {
            step(name, "checks", (account, name, -self.cents)).retry(RetryPolicy {
                deadline: Some(Duration::from_secs(2)),
                ..RetryPolicy::default()
            })
        })
    }

    pub(crate) fn credit(self) -> StepDefinition {
        step("credit", "accounts", (self.to, "balance", self.cents))
    }

    /// It comes after the pivot, so it has no deadline: it is tried until it is done.
    pub(crate) fn notify(self) -> StepDefinition {
        step("notify", "notices", (self.to, "credit", self.cents)).retry(RetryPolicy {
            attempt_timeout: Some(Duration::from_millis(300)),
            ..RetryPolicy::default()
        })
    }
}

type Change<'c> = (i64, &'c str, i64);

fn step(step: &'static str, at: &'static str, (account, name, cents): Change) -> StepDefinition {
    let name = name.to_owned();
    let entry = Entry {
        account,
        name,
        cents,
    };
    StepDefinition::new(step, at, Document::of(&entry))
}

/// The route of the coordinator: `POST /transfers`.
pub(crate) fn routes(coordinator: Arc<Coordinator>) -> Router {
    let routes = Router::new().route("/transfers", post(execute));
    routes.with_state(coordinator)
}

/// Answers when the credit is done. So the answer holds nothing of the notice, which may come later.
async fn execute(
    State(coordinator): State<Arc<Coordinator>>,
    IdempotencyKey(key): IdempotencyKey,
    Body(transfer): Body<Transfer>,
) -> Result<Json<Value>, Problem> {
    if transfer.cents < 1 {
        return Err(Problem::invalid("body", "cents", "must be at least 1"));
    }
    let client = transfer.client.to_string();
    let request = PlainRequest {
        kind: "transfer",
        args: Document::of(&transfer),
        lock_key: client.clone(),
        client,
        key,
    };
    match coordinator.execute(&request).await? {
        RequestOutcome::Settled(saga, Outcome::Done { .. }) => {
            Ok(Json(json!({ "transaction_id": saga })))
        }
        RequestOutcome::Settled(saga, _) => Err(Problem::failed("The transfer was undone", saga)),
        RequestOutcome::NoOp(never) => match never {},
    }
}
