//! One line of a list of sagas.

use serde::Serialize;

use super::{
    cause::{Cause, CauseKind, Situation},
    inspection::{Inspection, is_late},
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
    /// What the pause is of: `saga`, or a scope and a name, such as `service user`.
    pub(super) paused_by: Option<String>,
    /// Whether its deadline has passed: what is sent from now on seals it, and probably undoes it.
    pub(super) past_deadline: bool,
    /// What an operator has ordered.
    pub(super) directive: Option<Direction>,
    pub(super) created_at: Option<Timestamp>,
    pub(super) updated_at: Option<Timestamp>,
    pub(super) deadline_at: Option<Timestamp>,
    /// Whole seconds since its start.
    pub(super) age_seconds: Option<u64>,
    /// Why it is open.
    pub(super) cause: Option<Cause>,
    /// How many attempts at the request that is under way failed in a row.
    pub(super) attempts: u32,
    pub(super) last_error: Option<String>,
    /// Null while a pause holds it back.
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
        let direction = context.orders.direction(row.id).filter(|_| is_open);
        let situation = Situation {
            definition,
            pause: pause.as_ref(),
            direction,
            is_late: is_late(row, progress, direction, context.now),
            now: context.now,
        };
        let cause = match progress {
            _ if !is_open => None,
            Some(progress) => Some(Cause::of_progress(progress, &situation)),
            None => Some(Cause::of_row(CauseKind::NotDriven, NOT_DRIVEN)),
        };
        Self::with(row, &situation, cause, progress)
    }

    fn with(
        row: &SagaRow,
        situation: &Situation<'_>,
        cause: Option<Cause>,
        progress: Option<&SagaProgress>,
    ) -> Self {
        let failure = progress.and_then(|progress| progress.last_failure.as_deref());
        let is_sent = failure.filter(|failure| !situation.holds_back(failure));
        Self {
            id: Some(row.id),
            kind: Some(row.kind.clone()),
            subject: Some(row.lock_key.clone()),
            status: Some(row.status),
            parked: progress.map_or(row.parked, |progress| progress.parked),
            paused: situation.pause.is_some(),
            paused_by: situation.pause.map(|pause| match pause {
                PauseOf::Saga(_) => OF_SAGA.to_owned(),
                other => format!("{} {}", other.scope(), other.target()),
            }),
            past_deadline: situation.is_late,
            directive: situation.direction,
            created_at: Some(row.created_at),
            updated_at: Some(row.updated_at),
            deadline_at: Some(row.deadline_at),
            age_seconds: Some(row.created_at.until(situation.now).as_secs()),
            cause,
            attempts: failure.map_or(0, |failure| failure.failures),
            last_error: failure.map(|failure| failure.last_error.clone()),
            next_attempt_at: is_sent.and_then(|failure| failure.next_attempt_at),
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
            paused_by: None,
            past_deadline: false,
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

    /// Whether the saga itself is paused, and not its kind or a service.
    pub(super) fn is_paused_itself(&self) -> bool {
        self.paused_by.as_deref() == Some(OF_SAGA)
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

/// What [`Summary::paused_by`] is if the saga itself is paused.
const OF_SAGA: &str = "saga";

const NOT_DRIVEN: &str =
    "no task drives it here: another coordinator does, or the next scan takes it up";
