//! The audit on SQLite and PostgreSQL.

use async_trait::async_trait;
use futures::FutureExt;
use serde_json::{Value, json};

use super::{
    AuditEntry, AuditFilter, LogError, OpenOrders, Operation, OperationLog, Order, SqlSagaLog,
    StatusChange, operation_log::SETTLED,
};
use crate::{
    id::{Epoch, SagaId},
    protocol::Status,
    store::{Arg, Row, Sql, StoreError, Tx, sql},
    time::Timestamp,
};

static LOCK: Sql = sql!("audit_lock");
static APPEND: Sql = sql!("audit_append");
static NUMBER: Sql = sql!("audit_number");
static STATUS: Sql = sql!("audit_status");
static ORDERS: Sql = sql!("audit_orders");
static LIST: Sql = sql!("audit_list");
static NEWEST: Sql = sql!("audit_newest");

/// The argument of [`APPEND`] with the identity of the entry.
const ID: usize = 11;

/// Who ends an order.
const COORDINATOR: &str = "likewise";

#[async_trait]
impl OperationLog for SqlSagaLog {
    async fn operate(
        &self,
        epoch: Epoch,
        now: Timestamp,
        operation: &Operation,
    ) -> Result<Option<i64>, LogError> {
        let (args, based_on) = (args(epoch, now, operation), operation.based_on);
        let written = self.database.write("operate", move |tx| {
            async move { operate(tx, epoch, args, based_on).await }.boxed()
        });
        written.await?.ok_or(LogError::Fenced { epoch })
    }

    async fn open_orders(&self) -> Result<OpenOrders, StoreError> {
        let rows = self.database.query("open-orders", &ORDERS, []).await?;
        let mut open = OpenOrders::default();
        for row in &rows {
            if let Some(order) = Order::of_audit(row.text(0)?, row.text(1)?, row.text(2)?) {
                open.apply(&order);
            }
        }
        Ok(open)
    }

    async fn audit(&self, filter: &AuditFilter) -> Result<Vec<AuditEntry>, StoreError> {
        let saga = filter.saga.map(|saga| saga.to_string()).unwrap_or_default();
        let (statement, from) = match filter.before {
            Some(before) => (&NEWEST, before),
            None => (&LIST, filter.after),
        };
        let args = [from.into(), saga.into(), i64::from(filter.limit).into()];
        let rows = self.database.query("list-audit", statement, args).await?;
        rows.iter().map(entry).collect()
    }
}

/// `None` if the epoch is over. `Some(None)` if the saga has left its status.
async fn operate(
    tx: &mut Tx<'_>,
    epoch: Epoch,
    args: [Arg; 12],
    based_on: Option<(SagaId, Status)>,
) -> Result<Option<Option<i64>>, StoreError> {
    if !lock(tx, epoch).await? {
        return Ok(None);
    }
    if let Some((saga, status)) = based_on {
        let rows = tx.rows(&STATUS, [saga.to_string().into()]).await?;
        let found = rows.first().map(|row| row.int(0)).transpose()?;
        if found != Some(status.code()) {
            // The order may be in the log already, from before the saga moved.
            return number(tx, args[ID].clone()).await.map(Some);
        }
    }
    append(tx, args).await.map(Some).map(Some)
}

/// Proves the epoch, and keeps every other writer of the audit away until the commit. Returns whether the epoch is the current one.
pub(crate) async fn lock(tx: &mut Tx<'_>, epoch: Epoch) -> Result<bool, StoreError> {
    Ok(!tx.rows(&LOCK, [epoch.0.into()]).await?.is_empty())
}

/// Writes the entry of an order that another change of the same transaction carries out. The transaction has the [`lock`].
pub(crate) async fn append_operation(
    tx: &mut Tx<'_>,
    epoch: Epoch,
    now: Timestamp,
    operation: &Operation,
) -> Result<i64, StoreError> {
    append(tx, args(epoch, now, operation)).await
}

/// Writes how an order ended, in the transaction that writes the status. Appends are made one after the other, and an order that
/// comes at the same time waits for their lock or they for its.
pub(super) async fn settle(
    tx: &mut Tx<'_>,
    epoch: Epoch,
    now: Timestamp,
    change: &StatusChange,
) -> Result<(), StoreError> {
    let Some(direction) = change.ordered else {
        return Ok(());
    };
    let args = [
        epoch.0.into(),
        now.0.into(),
        COORDINATOR.to_owned().into(),
        SETTLED.to_owned().into(),
        "saga".to_owned().into(),
        change.saga.to_string().into(),
        format!(
            "the saga changed its status under the order to {}",
            direction.verb()
        )
        .into(),
        Arg::Text(None),
        json!({"status": change.from, "direction": direction})
            .to_string()
            .into(),
        json!({"status": change.to}).to_string().into(),
        json!({"steps": change.steps}).to_string().into(),
        format!("settled-{}-{}", change.saga, change.from.code()).into(),
    ];
    append(tx, args).await.map(drop)
}

/// Appends an entry, unless the log has it. Returns its number.
async fn append(tx: &mut Tx<'_>, args: [Arg; 12]) -> Result<i64, StoreError> {
    let id = args[ID].clone();
    let rows = tx.rows(&APPEND, args).await?;
    if let Some(row) = rows.first() {
        return row.int(0);
    }
    let no_row = || StoreError::Invariant("an entry of the audit was not stored".to_owned());
    number(tx, id).await?.ok_or_else(no_row)
}

/// The number of the entry with this identity, if the log has it.
async fn number(tx: &mut Tx<'_>, id: Arg) -> Result<Option<i64>, StoreError> {
    let rows = tx.rows(&NUMBER, [id]).await?;
    rows.first().map(|row| row.int(0)).transpose()
}

fn args(epoch: Epoch, now: Timestamp, operation: &Operation) -> [Arg; 12] {
    let target = operation.order.target();
    [
        epoch.0.into(),
        now.0.into(),
        operation.actor.clone().into(),
        operation.order.action().to_owned().into(),
        target.scope().to_owned().into(),
        target.target().into(),
        operation.reason.clone().into(),
        Arg::Text(operation.batch.clone()),
        operation.before.to_string().into(),
        operation.after.to_string().into(),
        operation.truth.to_string().into(),
        operation.id.to_string().into(),
    ]
}

fn entry(row: &Row) -> Result<AuditEntry, StoreError> {
    let text = |column| row.text(column).map(str::to_owned);
    // Somebody may have edited a row by hand. Its text is shown as it is.
    let json = |column| -> Result<Value, StoreError> {
        let text = row.text(column)?;
        Ok(serde_json::from_str(text).unwrap_or_else(|_| Value::from(text)))
    };
    Ok(AuditEntry {
        number: row.int(0)?,
        at: Timestamp(row.int(1)?),
        epoch: row.int(2)?,
        actor: text(3)?,
        action: text(4)?,
        scope: text(5)?,
        target: text(6)?,
        reason: text(7)?,
        batch: row.opt_text(8)?.map(str::to_owned),
        before: json(9)?,
        after: json(10)?,
        truth: json(11)?,
    })
}
