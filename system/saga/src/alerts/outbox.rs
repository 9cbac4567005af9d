//! The outbox: writes an alert in the transaction of what it tells.

use std::time::Duration;

use super::alert::{AlertId, AlertKind};
use crate::{
    id::{Epoch, SagaId},
    store::{Sql, StoreError, Tx, sql},
    time::Timestamp,
};

static WRITE: Sql = sql!("alert_write");
static WRITE_DELIVERY: Sql = sql!("delivery_write");
static WAS_PARKED: Sql = sql!("alert_was_parked");
static COLLECT_DELIVERIES: Sql = sql!("delivery_collect");
static COLLECT: Sql = sql!("alert_collect");

/// The longest reason, in bytes.
const REASON_BYTES_MAX: usize = 1_000;
/// For how long an alert is kept that nobody wants delivered: without a webhook nothing else deletes it.
const KEPT_MAX: Duration = Duration::from_secs(90 * 24 * 60 * 60);
/// The most old alerts that go when one is written. More than one, so that they become fewer.
const OLD_PER_WRITE: i64 = 16;

/// An alert to write.
pub(crate) struct NewAlert<'a> {
    pub(crate) saga: SagaId,
    pub(crate) kind: AlertKind,
    pub(crate) reason: &'a str,
}

/// Writes an alert and its delivery, unless the saga has one of the kind. The transaction has proved the epoch, and has made the
/// change that the alert tells.
pub(crate) async fn write(
    tx: &mut Tx<'_>,
    epoch: Epoch,
    now: Timestamp,
    new: NewAlert<'_>,
) -> Result<(), StoreError> {
    let id = AlertId::new(new.saga, new.kind, now);
    let args = [
        id.to_string().into(),
        new.saga.to_string().into(),
        new.kind.code().into(),
        storable(new.reason).into(),
        now.0.into(),
        epoch.0.into(),
    ];
    if tx.rows(&WRITE, args).await?.is_empty() {
        return Ok(());
    }
    let args = [id.to_string().into(), now.0.into(), epoch.0.into()];
    tx.execute(&WRITE_DELIVERY, args).await?;
    let oldest = Timestamp(now.0.saturating_sub(micros(KEPT_MAX)));
    collect(tx, AlertId::lowest(oldest), OLD_PER_WRITE, true)
        .await
        .map(drop)
}

/// Whether the saga was parked before, in any status.
pub(crate) async fn was_parked(tx: &mut Tx<'_>, saga: SagaId) -> Result<bool, StoreError> {
    let found = tx.rows(&WAS_PARKED, [saga.to_string().into()]).await?;
    Ok(!found.is_empty())
}

/// Deletes old alerts: of the first `alerts_max`, those before this one. Those as well that are pending, if `pending`. Returns their
/// number.
pub(super) async fn collect(
    tx: &mut Tx<'_>,
    before: AlertId,
    alerts_max: i64,
    pending: bool,
) -> Result<u64, StoreError> {
    let before = before.to_string();
    let args = [
        before.clone().into(),
        alerts_max.into(),
        i64::from(pending).into(),
    ];
    if tx.execute(&COLLECT_DELIVERIES, args).await? == 0 {
        return Ok(0);
    }
    tx.execute(&COLLECT, [before.into(), alerts_max.into()])
        .await
}

/// Text that every database stores and every terminal shows: bounded, and without control characters. It may come from a reply of a
/// service.
pub(super) fn storable(text: &str) -> String {
    let mut end = text.len().min(REASON_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let shown = |c: char| if c.is_control() { ' ' } else { c };
    text[..end].chars().map(shown).collect()
}

pub(super) fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_bounded_and_has_no_control_characters() {
        assert_eq!(storable("no reply:\0 reset\n"), "no reply:  reset ");
        let long = "ü".repeat(REASON_BYTES_MAX);
        assert_eq!(storable(&long).len(), REASON_BYTES_MAX);
        assert_eq!(
            storable(&format!("x{long}")).len(),
            REASON_BYTES_MAX - 1,
            "no character is cut"
        );
    }
}
