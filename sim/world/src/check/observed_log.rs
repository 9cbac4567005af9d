//! The rows of the saga log in the observed state: starts, changes, marks for a person, the epoch and the watermark.

use likewise_saga::protocol::Status;
use uuid::Uuid;

use super::{
    delta::{Delta, ObservedSaga},
    observed_state::ObservedState,
    orders::AuditRow,
    saga_spec::SagaSpec,
};
use crate::{
    plan::Host,
    record::{Row, RowError},
};

impl ObservedState {
    pub(super) fn shard(&mut self, row: &Row) -> Result<Delta, RowError> {
        let after = row.integer("epoch")?;
        // A row of an older record has no watermark.
        let watermark = match row.text_or_null("watermark") {
            Err(_) => self.watermark,
            Ok(None) => None,
            Ok(Some(_)) => Some(row.parse("watermark")?),
        };
        let watermarks = (std::mem::replace(&mut self.watermark, watermark), watermark);
        let before = self.epoch.replace(after);
        if before.is_none_or(|before| before < after) {
            self.holder = self.writer;
        }
        Ok(Delta::Shard {
            before,
            after,
            watermarks,
        })
    }

    /// The row of a saga was deleted. What is known of the saga stays, because the checks compare with it.
    pub(super) fn saga_collected(&mut self, row: &Row) -> Result<Delta, RowError> {
        let saga: Uuid = row.parse("id")?;
        if let Some(saga) = self.sagas.get_mut(&saga) {
            saga.is_collected = true;
        }
        Ok(Delta::Collected { saga })
    }

    pub(super) fn retained(&mut self, row: &Row) -> Result<Delta, RowError> {
        let id = |column| {
            row.text_or_null(column)?
                .map(|_| row.parse(column))
                .transpose()
        };
        let after = [id("below")?, id("keys_below")?];
        let before = std::mem::replace(&mut self.retained, after);
        Ok(Delta::Retained { before, after })
    }

    /// An entry of the audit is never changed.
    pub(super) fn ordered(&mut self, row: &Row) -> Result<Delta, RowError> {
        let (number, entry) = (row.integer("number")?, AuditRow::read(row)?);
        let (saga, action) = (entry.saga, entry.action);
        self.audit.insert(number, entry);
        Ok(Delta::Ordered {
            number,
            saga,
            action,
        })
    }

    /// The row exists from the set-up on, and has the nil id while there is no watermark.
    pub(super) fn stored(&mut self, service: Host, row: &Row) -> Result<Delta, RowError> {
        let after = (row.parse("below")?, row.integer("epoch")?);
        let before = self.stored.insert(service, after);
        Ok(Delta::Stored {
            service,
            before,
            after,
        })
    }

    /// The row of a saga, which is written at its start. In older records it has the status as well, and each change of it.
    pub(super) fn saga(&mut self, row: &Row) -> Result<Delta, RowError> {
        let id: Uuid = row.parse("id")?;
        let before = self.sagas.get(&id);
        let status = match (row.integer("status"), before) {
            (Ok(code), _) => Status::of_code(code),
            (Err(_), Some(before)) => before.status,
            (Err(_), None) => Some(Status::Running),
        };
        let epoch = match (row.integer("status"), before) {
            (Err(_), Some(before)) => before.epoch,
            _ => row.integer("epoch")?,
        };
        let is_parked = row.integer("parked").is_ok_and(|parked| parked != 0);
        let key = row.text_or_null("request_key")?.map(str::to_owned);
        let lock_key = row.text("subject").ok().map(str::to_owned);
        let has_outcome = row.text("outcome").is_ok();
        if before.is_none() {
            self.started.insert(id);
        }
        let (steps, up_to_pivot) = match before {
            Some(before) => (before.steps, before.up_to_pivot),
            None => {
                let saga = self.system.saga(row.text("kind")?);
                let up_to_pivot = saga.map_or(0, SagaSpec::steps_up_to_pivot);
                (saga.map_or(0, |saga| saga.steps.len()), up_to_pivot)
            }
        };
        let after = ObservedSaga {
            status,
            parked: is_parked || before.is_some_and(|before| before.parked),
            epoch,
            recovered: before.is_some_and(|before| before.recovered || before.epoch != epoch),
            steps,
            up_to_pivot,
            key,
            lock_key,
            is_collected: false,
            settled: before.map_or(has_outcome, |before| before.settled),
        };
        Ok(self.saga_written(id, after, None))
    }

    /// A saga that ends in the commit that starts it was settled before.
    pub(super) fn saga_change(&mut self, row: &Row) -> Result<Delta, RowError> {
        let id: Uuid = row.parse("saga")?;
        let status = Status::of_code(row.integer("to_status")?);
        let is_parked = row.integer("parked")? != 0;
        let is_settled = self.started.contains(&id) && !status.is_some_and(Status::is_open);
        let left = row.integer("from_status")?;
        let written = (status, row.integer("epoch")?);
        self.saga_changed(id, written, (is_parked, is_settled), Some(left))
    }

    pub(super) fn saga_park(&mut self, row: &Row) -> Result<Delta, RowError> {
        let id: Uuid = row.parse("saga")?;
        let status = self.sagas.get(&id).and_then(|saga| saga.status);
        self.saga_changed(id, (status, row.integer("epoch")?), (true, false), None)
    }

    /// `parked` and `recovered` stay set: the summary counts the sagas to which that ever happened.
    fn saga_changed(
        &mut self,
        id: Uuid,
        (status, epoch): (Option<Status>, i64),
        (is_parked, is_settled): (bool, bool),
        left: Option<i64>,
    ) -> Result<Delta, RowError> {
        let before = self
            .sagas
            .get(&id)
            .ok_or_else(|| RowError::new("saga", "saga"))?;
        let after = ObservedSaga {
            status,
            parked: is_parked || before.parked,
            epoch,
            recovered: before.recovered || before.epoch != epoch,
            settled: is_settled || before.settled,
            ..before.clone()
        };
        Ok(self.saga_written(id, after, left))
    }

    fn saga_written(&mut self, id: Uuid, after: ObservedSaga, left: Option<i64>) -> Delta {
        let (status, epoch) = (after.status, after.epoch);
        let before = self.sagas.get(&id);
        let was_open = before.is_some_and(ObservedSaga::is_open);
        self.open += i64::from(after.is_open()) - i64::from(was_open);
        let before = self.sagas.insert(id, after);
        Delta::Saga {
            saga: id,
            before: before.as_ref().and_then(|before| before.status),
            after: status,
            epochs: (before.map(|before| before.epoch), epoch),
            left,
        }
    }
}
