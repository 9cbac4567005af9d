//! One line of a list of sagas.

use serde::Serialize;

use super::{
    cause::{Cause, CauseKind},
    inspection::Inspection,
};
use crate::{
    executor::SagaProgress,
    id::SagaId,
    log::{Direction, OpenOrders, PauseOf, SagaRow, UnreadableSaga},
    protocol::{Definition, Status},
    time::Timestamp,
};

/// What is shown of a saga in a list. A field is null if it cannot be read or is not known.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Summary {
    pub(super) id: Option<SagaId>,
    pub(super) kind: Option<String>,
    /// What it changes: its lock key.
    pub(super) subject: Option<String>,
    pub(super) status: Option<Status>,
    pub(super) parked: bool,
    pub(super) paused: bool,
    /// What an operator has ordered.
    pub(super) directive: Option<Direction>,
    pub(super) created_at: Option<Timestamp>,
    pub(super) updated_at: Option<Timestamp>,
    pub(super) deadline_at: Option<Timestamp>,
    /// Whole seconds since its start.
    pub(super) age_seconds: Option<u64>,
    /// Why it is open.
    pub(super) cause: Option<Cause>,
    /// Attempts at the request that is under way, that failed in a row.
    pub(super) attempts: u32,
    pub(super) last_error: Option<String>,
    pub(super) next_attempt_at: Option<Timestamp>,
}

/// What a summary is made from, besides the row.
pub(super) struct Context<'c> {
    pub(super) progress: Option<&'c SagaProgress>,
    pub(super) orders: &'c OpenOrders,
    pub(super) now: Timestamp,
}

impl Summary {
    /// The summary of a row that can be read.
    pub(super) fn of(row: &SagaRow, definition: &Definition, context: &Context<'_>) -> Self {
        let is_open = row.status.is_open();
        let progress = context.progress.filter(|_| is_open);
        let mut services = definition.steps().iter().map(|step| step.service);
        let pause = services.find_map(|service| context.orders.pause(row.id, &row.kind, service));
        let pause = pause.filter(|_| is_open);
        let cause = match progress {
            _ if !is_open => None,
            Some(progress) => Some(Cause::of_progress(
                progress,
                definition,
                pause.as_ref(),
                context.now,
            )),
            None => Some(Cause::of_row(CauseKind::NotDriven, NOT_DRIVEN)),
        };
        Self::with(row, pause.as_ref(), cause, context)
    }

    fn with(
        row: &SagaRow,
        pause: Option<&PauseOf>,
        cause: Option<Cause>,
        context: &Context<'_>,
    ) -> Self {
        let progress = context.progress.filter(|_| row.status.is_open());
        let failure = progress.and_then(|progress| progress.last_failure.as_deref());
        Self {
            id: Some(row.id),
            kind: Some(row.kind.clone()),
            subject: Some(row.lock_key.clone()),
            status: Some(row.status),
            parked: progress.map_or(row.parked, |progress| progress.parked),
            paused: pause.is_some(),
            directive: context
                .orders
                .direction(row.id)
                .filter(|_| row.status.is_open()),
            created_at: Some(row.created_at),
            updated_at: Some(row.updated_at),
            deadline_at: Some(row.deadline_at),
            age_seconds: Some(row.created_at.until(context.now).as_secs()),
            cause,
            attempts: failure.map_or(0, |failure| failure.failures),
            last_error: failure.map(|failure| failure.last_error.clone()),
            next_attempt_at: failure.and_then(|failure| failure.next_attempt_at),
        }
    }

    /// The summary of a row that cannot be read.
    pub(super) fn of_unreadable(row: &UnreadableSaga, now: Timestamp) -> Self {
        Self {
            id: row.id,
            kind: row.kind.clone(),
            subject: None,
            status: row.status,
            parked: row.parked.unwrap_or(true),
            paused: false,
            directive: None,
            created_at: row.created_at,
            updated_at: row.updated_at,
            deadline_at: row.deadline_at,
            age_seconds: row.created_at.map(|at| at.until(now).as_secs()),
            cause: Some(Cause::of_row(CauseKind::Unreadable, row.reason.clone())),
            attempts: 0,
            last_error: None,
            next_attempt_at: None,
        }
    }

    /// The summary of a saga that was inspected.
    pub(super) fn of_inspection(inspection: &Inspection, now: Timestamp) -> Self {
        let mut orders = OpenOrders::default();
        if let Some(direction) = inspection.direction {
            let saga = inspection.row.id;
            orders.apply(&crate::log::Order::Direct { saga, direction });
        }
        if let Some(pause) = &inspection.pause {
            orders.apply(&crate::log::Order::Pause(pause.clone()));
        }
        let context = Context {
            progress: inspection.progress.as_ref(),
            orders: &orders,
            now,
        };
        Self::of(&inspection.row, &inspection.definition, &context)
    }
}

const NOT_DRIVEN: &str =
    "no task drives it here: another coordinator does, or the next scan takes it up";
