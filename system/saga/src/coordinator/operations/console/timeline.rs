//! What has happened to a saga, in its order: what the log has of it, and what operators ordered.

use super::words;
use crate::{
    coordinator::instance::Coordinator,
    http::Problem,
    id::SagaId,
    log::{AuditEntry, AuditFilter, ChangeKind, LoggedChange},
    time::Timestamp,
};

/// The orders that are shown. A saga rarely has more than two.
const ORDERS_MAX: u32 = 200;

/// Something that has happened.
pub(super) struct Moment {
    at: Timestamp,
    pub(super) when: String,
    pub(super) text: String,
    /// The reason of an order.
    pub(super) reason: Option<String>,
    pub(super) epoch: i64,
    /// The number of its entry in the audit.
    pub(super) audit: Option<i64>,
}

/// Everything that has happened to a saga.
///
/// # Errors
/// The log cannot be read.
pub(super) async fn timeline(
    coordinator: &Coordinator,
    saga: SagaId,
) -> Result<Vec<Moment>, Problem> {
    let changes = coordinator.log.history(saga).await?;
    let filter = AuditFilter {
        saga: Some(saga),
        limit: ORDERS_MAX,
        ..AuditFilter::default()
    };
    let orders = match coordinator.log.operations() {
        Some(log) => log.audit(&filter).await?,
        None => Vec::new(),
    };
    let mut moments: Vec<Moment> = changes.iter().map(of_change).collect();
    moments.extend(orders.iter().map(of_order));
    // Stable: what happened in the same microsecond stays in the order of its source.
    moments.sort_by_key(|moment| moment.at);
    Ok(moments)
}

fn of_change(change: &LoggedChange) -> Moment {
    let text = match change.kind() {
        ChangeKind::Started => "started",
        ChangeKind::Parked => "parked: a person should look at it",
        ChangeKind::Compensating => "compensating: its steps are undone",
        ChangeKind::Completed => "completed",
        ChangeKind::Compensated => "compensated: no effect is left",
    };
    let why = change.outcome.as_ref().map(words::outcome);
    Moment {
        at: change.at,
        when: words::moment(change.at),
        text: match why {
            Some(why) => format!("{text}; {why}"),
            None => text.to_owned(),
        },
        reason: None,
        epoch: change.epoch.0,
        audit: None,
    }
}

fn of_order(entry: &AuditEntry) -> Moment {
    let is_end = entry.action == "settled";
    let text = match is_end {
        true => entry.reason.clone(),
        false => format!("{} ordered {}", entry.actor, words::audited(&entry.action)),
    };
    Moment {
        at: entry.at,
        when: words::moment(entry.at),
        text,
        reason: (!is_end).then(|| entry.reason.clone()),
        epoch: entry.epoch,
        audit: Some(entry.number),
    }
}
