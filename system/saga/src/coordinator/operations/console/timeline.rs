//! What has happened to a saga, in its order: what the log has of it, and what operators ordered.

use super::words;
use crate::{
    coordinator::{
        instance::Coordinator,
        operations::{
            ended::ended,
            inspection::{Inspected, Inspection},
        },
    },
    http::Problem,
    id::SagaId,
    log::{AuditEntry, AuditFilter, ChangeKind, LoggedChange},
    protocol::{Outcome, Status},
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
    inspected: &Inspected,
) -> Result<Vec<Moment>, Problem> {
    let changes = coordinator.log.history(saga).await?;
    let filter = AuditFilter {
        saga: Some(saga),
        limit: ORDERS_MAX,
        ..AuditFilter::default()
    };
    let orders = coordinator.audit(&filter).await?;
    let inspection = match inspected {
        Inspected::Readable(inspection) => Some(inspection),
        Inspected::Unreadable(_) => None,
    };
    let was_aborted = inspection.is_some_and(|it| it.was_aborted);
    let mut moments: Vec<Moment> = changes
        .iter()
        .map(|change| of_change(change, was_aborted))
        .collect();
    moments.extend(inspection.and_then(|it| of_deadline(it)));
    moments.extend(orders.iter().map(of_order));
    // Stable: what happened in the same microsecond stays in the order of its source.
    moments.sort_by_key(|moment| moment.at);
    Ok(moments)
}

/// That the deadline of a saga has passed, if that is why its steps are sealed. The log has no entry of it.
fn of_deadline(inspection: &Inspection) -> Option<Moment> {
    let row = &inspection.row;
    let is_sealed = inspection.progress.as_ref().is_some_and(|it| it.in_doubt);
    let text = match (row.status, inspection.direction, &row.outcome) {
        (Status::Running, None, _) if is_sealed => {
            "its deadline passed: the steps are being sealed"
        }
        (_, _, Some(Outcome::TimedOut)) if !inspection.was_aborted => {
            "its deadline passed: its steps were sealed"
        }
        _ => return None,
    };
    // The time limit of a step may have passed before.
    let has_passed = is_sealed || row.deadline_at <= row.updated_at;
    has_passed.then(|| Moment {
        at: row.deadline_at,
        when: words::moment(row.deadline_at),
        text: text.to_owned(),
        reason: None,
        epoch: row.epoch.0,
        audit: None,
    })
}

fn of_change(change: &LoggedChange, was_aborted: bool) -> Moment {
    let text = match change.kind() {
        ChangeKind::Started => "started",
        ChangeKind::Parked => "parked: a person should look at it",
        ChangeKind::Compensating => "compensating: its steps are undone",
        ChangeKind::Completed => "completed",
        ChangeKind::Compensated => "compensated: no effect is left",
    };
    let outcome = change.outcome.as_ref();
    let why = outcome.map(|outcome| ended(outcome, was_aborted));
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
