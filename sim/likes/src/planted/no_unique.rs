//! Planted bug: nothing makes a like unique for its user and article.
//!
//! Two parts of the product do: a unique index on the records and the semantic lock on the pair. Each hides the absence
//! of the other, so this bug removes both.

use crate::names::USER;
use std::sync::Arc;

use async_trait::async_trait;
use likewise::{service::Parts, user::UserEffect};
use likewise_saga::{
    participant::{Effect, Verdict},
    protocol::{Document, StepRequest},
    store::{Sql, StoreError, Tx},
};

use super::lock_by_request;
use crate::parts::{LikeParts, product};
use crate::{Action, operation};
use likewise_world::{
    SystemParts,
    plan::{Fault, Host, MessageKind, MessagePoint, Operation, Plan},
    planted::{Change, PlantedBug},
};

pub(super) const PLANTED_BUG: PlantedBug = PlantedBug {
    name: "no-unique",
    about: "nothing makes a like unique for its user and article: a second click likes twice",
    caught_by: &["one-record-per-pair"],
    change: Change::Own {
        parts,
        changes_schema: true,
    },
    plan,
};

/// The parts of the product, one of them replaced.
fn parts() -> Box<dyn SystemParts> {
    LikeParts::boxed(Parts {
        user: Arc::new(NoUnique),
        lock_key: lock_by_request::lock_key,
        ..product()
    })
}

/// A user likes, gives up after 100 ms, and likes again while the first request is delayed.
///
/// The second like makes its record first. The delayed request then makes another one for the same pair.
fn plan() -> Plan {
    let record = MessagePoint::request(Host::COORDINATOR, USER, MessageKind::DO, 1);
    let impatient = Operation {
        timeout_millis: 100,
        retries: 0,
        ..operation(1, Action::Like, 1, 0)
    };
    Plan::new("")
        .with_operation(impatient)
        .with_operation(operation(1, Action::Like, 1, 0))
        .with_fault(record, Fault::Delay { millis: 300 })
}

/// Drops the unique index. It runs before each action because the service creates its schema itself.
static DROP_UNIQUE_INDEX: Sql = Sql {
    name: "allow-any",
    sqlite: "DROP INDEX IF EXISTS likes_pair",
    postgres: "DROP INDEX IF EXISTS likes_pair",
};

/// The product's effect on a table without the unique index.
struct NoUnique;

#[async_trait]
impl Effect for NoUnique {
    async fn act(
        &self,
        tx: &mut Tx<'_>,
        actions: &[&StepRequest],
    ) -> Result<Vec<Verdict>, StoreError> {
        tx.execute(&DROP_UNIQUE_INDEX, []).await?;
        UserEffect.act(tx, actions).await
    }

    async fn compensate(&self, tx: &mut Tx<'_>, undo_data: &[Document]) -> Result<(), StoreError> {
        UserEffect.compensate(tx, undo_data).await
    }
}
