//! The statements of the audit, and the rows that they return.

use std::collections::BTreeMap;

use likewise_barrier::BarrierState;
use likewise_saga::{
    id::SagaId,
    protocol::{Document, Status, StepDefinition},
    store::{Batch, Row, Sql, StoreError, sql},
};
use uuid::Uuid;

use super::{
    AuditError, StepFound,
    databases::{AuditDatabases, Source},
};
use crate::{
    article::{self, CountArgs},
    coordinator::define,
};

static SAGAS: Sql = sql!("audit_sagas");
static OPEN_SAGAS: Sql = sql!("audit_open_sagas");
static STEPS_OF: Sql = sql!("audit_steps_of");

/// How many sagas or barrier rows are read at a time.
pub(super) const PAGE: u32 = 512;

/// What a repair writes as the result of the tombstone of a lost step.
const LOST: &str = "lost";

/// A saga of the log.
pub(super) struct LoggedSaga {
    pub(super) id: SagaId,
    /// `None` if the row cannot be read.
    pub(super) content: Option<SagaContent>,
}

/// What the audit needs of a saga.
pub(super) struct SagaContent {
    pub(super) status: Status,
    /// The article, and by how much the saga changes its count.
    pub(super) count: CountArgs,
    pub(super) steps: Vec<StepDefinition>,
}

/// What the services have of the steps of some sagas.
pub(super) struct StepRows(BTreeMap<(&'static str, SagaId, i64), StepFound>);

/// The pages of sagas.
pub(super) struct SagaPages {
    statement: &'static Sql,
    after: Option<Uuid>,
}

impl SagaPages {
    /// All sagas.
    pub(super) fn all() -> Self {
        let (statement, after) = (&SAGAS, Some(Uuid::nil()));
        Self { statement, after }
    }

    /// The open sagas.
    pub(super) fn open() -> Self {
        let (statement, after) = (&OPEN_SAGAS, Some(Uuid::nil()));
        Self { statement, after }
    }

    /// The next page; empty at the end.
    pub(super) async fn next(&mut self, log: &Source) -> Result<Vec<LoggedSaga>, AuditError> {
        let Some(after) = self.after else {
            return Ok(Vec::new());
        };
        let args = [after.to_string().into(), i64::from(PAGE).into()];
        let rows = log.rows(self.statement, args).await?;
        let sagas: Result<Vec<_>, _> = rows.iter().map(read_saga).collect();
        let sagas = sagas.map_err(|error| log.error(error))?;
        let is_full = sagas.len() == PAGE as usize;
        self.after = sagas.last().filter(|_| is_full).map(|saga| saga.id.0);
        Ok(sagas)
    }
}

fn read_saga(row: &Row) -> Result<LoggedSaga, StoreError> {
    Ok(LoggedSaga {
        id: SagaId(row.uuid(0)?),
        content: read_content(row),
    })
}

fn read_content(row: &Row) -> Option<SagaContent> {
    let args: Document = row.json(2).ok()?;
    let steps = define(row.text(1).ok()?, &args)?.into_steps();
    let is_count = |step: &&StepDefinition| step.service == article::SERVICE;
    Some(SagaContent {
        status: Status::of_code(row.int(3).ok()?)?,
        count: steps.iter().find(is_count)?.args.read().ok()?,
        steps,
    })
}

impl StepRows {
    /// Reads the barrier rows of these sagas in both services.
    pub(super) async fn of(
        databases: &AuditDatabases,
        sagas: &[LoggedSaga],
    ) -> Result<Self, AuditError> {
        let mut found = BTreeMap::new();
        for participant in databases.participants() {
            let batch = Batch::default().uuids("saga", sagas.iter().map(|saga| saga.id.0));
            for row in participant.rows(&STEPS_OF, [batch.into()]).await? {
                let step = read_step(&row).map_err(|error| participant.error(error))?;
                let (saga, step, state) = step;
                found.insert((participant.service, saga, step), state);
            }
        }
        Ok(Self(found))
    }

    /// What the service of a step has of it.
    pub(super) fn found(&self, service: &'static str, saga: SagaId, step: usize) -> StepFound {
        let step = i64::try_from(step).unwrap_or(i64::MAX);
        let found = self.0.get(&(service, saga, step));
        found.copied().unwrap_or(StepFound::Missing)
    }
}

fn read_step(row: &Row) -> Result<(SagaId, i64, StepFound), StoreError> {
    let found = match BarrierState::of_code(row.int(2)?) {
        Some(BarrierState::Done) => StepFound::Done,
        Some(BarrierState::Refused) => StepFound::Refused,
        Some(BarrierState::Undone) => StepFound::Undone,
        Some(BarrierState::Tomb) if row.opt_text(3)? == Some(LOST) => StepFound::Lost,
        Some(BarrierState::Tomb) => StepFound::Tombstone,
        None => StepFound::Invalid,
    };
    Ok((SagaId(row.uuid(0)?), row.int(1)?, found))
}
