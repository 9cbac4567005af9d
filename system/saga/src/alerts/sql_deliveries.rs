//! The deliveries on SQLite and PostgreSQL.

use async_trait::async_trait;
use futures::FutureExt;
use serde_json::json;
use uuid::Uuid;

use super::{
    alert::{Alert, AlertId, AlertKind},
    attempt::{first_pause_longest, pause_longest},
    deliveries::{Attempt, Deliveries, Delivery, DeliveryState, Pending, Resend, Resent},
    outbox,
};
use crate::{
    id::{Epoch, SagaId},
    log::{self, LogError, Operation, Order, PROVE_EPOCH, SqlSagaLog},
    protocol::Status,
    store::{Arg, Page, Row, Sql, StoreError, Tx, sql},
    time::Timestamp,
};

static DUE: Sql = sql!("delivery_due");
static COUNT: Sql = sql!("delivery_count");
static LIST: Sql = sql!("delivery_list");
static FIND: Sql = sql!("delivery_find");
static ATTEMPT: Sql = sql!("delivery_attempt");
static RESEND: Sql = sql!("delivery_resend");

/// The most alerts that one collection deletes.
const COLLECTED_MAX: i64 = 100;

#[async_trait]
impl Deliveries for SqlSagaLog {
    async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<Delivery>, StoreError> {
        let args = [
            now.0.into(),
            outbox::micros(first_pause_longest()).into(),
            outbox::micros(pause_longest()).into(),
            i64::from(limit).into(),
        ];
        let rows = self.database.query("due-alerts", &DUE, args).await?;
        Ok(rows.iter().filter_map(|row| read(row).ok()).collect())
    }

    async fn pending(&self) -> Result<Pending, StoreError> {
        let rows = self.database.query("pending-alerts", &COUNT, []).await?;
        let Some(row) = rows.first() else {
            return Ok(Pending::default());
        };
        let (count, oldest) = (row.int(0)?, row.int(1)?);
        Ok(Pending {
            count: u64::try_from(count).unwrap_or_default(),
            oldest: (count > 0).then_some(Timestamp(oldest)),
        })
    }

    async fn note(&self, epoch: Epoch, attempt: Attempt) -> Result<(), LogError> {
        let noted = self.database.write("note-alert", move |tx| {
            async move { note(tx, epoch, attempt).await }.boxed()
        });
        noted.await?.ok_or(LogError::Fenced { epoch })
    }

    async fn list_alerts(
        &self,
        state: Option<DeliveryState>,
        page: Page<AlertId>,
    ) -> Result<Vec<Delivery>, StoreError> {
        let after = page.after.map_or(Uuid::max(), |after| after.0);
        let args = [
            after.to_string().into(),
            state.map_or(-1, DeliveryState::code).into(),
            i64::from(page.limit).into(),
        ];
        let rows = self.database.query("list-alerts", &LIST, args).await?;
        rows.iter().map(read).collect()
    }

    async fn resend(
        &self,
        epoch: Epoch,
        now: Timestamp,
        order: Resend,
    ) -> Result<Resent, LogError> {
        let resent = self.database.write("resend-alert", move |tx| {
            async move { resend(tx, epoch, now, order).await }.boxed()
        });
        resent.await?.ok_or(LogError::Fenced { epoch })
    }

    async fn collect_alerts(&self, epoch: Epoch, before: AlertId) -> Result<u64, LogError> {
        let collected = self.database.write("collect-alerts", move |tx| {
            async move { collect(tx, epoch, before).await }.boxed()
        });
        collected.await?.ok_or(LogError::Fenced { epoch })
    }
}

/// `None` if the epoch is over, here and below.
async fn note(tx: &mut Tx<'_>, epoch: Epoch, attempt: Attempt) -> Result<Option<()>, StoreError> {
    if !is_current(tx, epoch).await? {
        return Ok(None);
    }
    let args = [
        attempt.alert.to_string().into(),
        i64::from(attempt.attempts_before).into(),
        attempt.state.code().into(),
        attempt.next_attempt_at.0.into(),
        i64::from(attempt.status.unwrap_or_default()).into(),
        Arg::Text(attempt.error.as_deref().map(outbox::storable)),
        attempt.delivered_at.map_or(0, |at| at.0).into(),
        epoch.0.into(),
    ];
    tx.execute(&ATTEMPT, args).await?;
    Ok(Some(()))
}

async fn resend(
    tx: &mut Tx<'_>,
    epoch: Epoch,
    now: Timestamp,
    order: Resend,
) -> Result<Option<Resent>, StoreError> {
    if !log::lock(tx, epoch).await? {
        return Ok(None);
    }
    let alert = order.alert.to_string();
    let found = tx.rows(&FIND, [alert.clone().into()]).await?;
    let Some(before) = found.first().map(read).transpose()? else {
        return Ok(Some(Resent::Absent));
    };
    let args = [alert.clone().into(), now.0.into(), epoch.0.into()];
    if tx.execute(&RESEND, args).await? == 0 {
        return Ok(Some(Resent::WasPending));
    }
    let found = tx.rows(&FIND, [alert.into()]).await?;
    let lost = || StoreError::Invariant("an alert that was sent again is gone".to_owned());
    let after = found.first().map(read).transpose()?.ok_or_else(lost)?;
    let operation = operation(order, &before, &after);
    let audit = log::append_operation(tx, epoch, now, &operation).await?;
    Ok(Some(Resent::Pending {
        delivery: Box::new(after),
        audit,
    }))
}

/// The entry of the audit. It is about the saga, so that the audit of a saga has it.
fn operation(order: Resend, before: &Delivery, after: &Delivery) -> Operation {
    let state = |delivery: &Delivery| json!({"delivery": delivery.state.name(), "resends": delivery.resends});
    let Alert { id, saga, kind, .. } = &before.alert;
    Operation {
        based_on: None,
        id: order.order,
        order: Order::Resend { saga: *saga },
        actor: order.actor,
        reason: order.reason,
        batch: None,
        before: state(before),
        after: state(after),
        truth: json!({
            "alert": id,
            "type": kind.name(),
            "attempts": before.attempts,
            "last_status": before.last_status,
            "last_error": before.last_error,
        }),
    }
}

async fn collect(
    tx: &mut Tx<'_>,
    epoch: Epoch,
    before: AlertId,
) -> Result<Option<u64>, StoreError> {
    if !is_current(tx, epoch).await? {
        return Ok(None);
    }
    outbox::collect(tx, before, COLLECTED_MAX, false)
        .await
        .map(Some)
}

async fn is_current(tx: &mut Tx<'_>, epoch: Epoch) -> Result<bool, StoreError> {
    Ok(!tx.rows(&PROVE_EPOCH, [epoch.0.into()]).await?.is_empty())
}

/// The columns in the order of the statements.
fn read(row: &Row) -> Result<Delivery, StoreError> {
    let invalid = |what: &str| StoreError::Invariant(format!("an alert has no valid {what}"));
    let time = |column| row.int(column).map(Timestamp);
    let count = |column| Ok::<_, StoreError>(u32::try_from(row.int(column)?).unwrap_or(u32::MAX));
    let state = row.int(9)?;
    let states = DeliveryState::ALL.into_iter();
    let last_status = u16::try_from(row.int(12)?).ok();
    let delivered_at = time(14)?;
    Ok(Delivery {
        alert: Alert {
            id: AlertId(row.uuid(0)?),
            saga: SagaId(row.uuid(1)?),
            kind: AlertKind::of_code(row.int(2)?).ok_or_else(|| invalid("kind"))?,
            saga_kind: row.text(3)?.to_owned(),
            subject: row.text(4)?.to_owned(),
            status: status_name(row.int(5)?),
            reason: row.text(6)?.to_owned(),
            parked_at: time(7)?,
            created_at: time(8)?,
        },
        state: { states }
            .find(|known| known.code() == state)
            .ok_or_else(|| invalid("state"))?,
        attempts: count(10)?,
        next_attempt_at: time(11)?,
        last_status: last_status.filter(|status| *status != 0),
        last_error: row.opt_text(13)?.map(str::to_owned),
        delivered_at: (delivered_at.0 != 0).then_some(delivered_at),
        resends: count(15)?,
    })
}

fn status_name(code: i64) -> &'static str {
    match Status::of_code(code) {
        Some(Status::Running) => "running",
        Some(Status::Compensating) => "compensating",
        Some(Status::Completed) => "completed",
        Some(Status::Compensated) => "compensated",
        None => "unreadable",
    }
}
