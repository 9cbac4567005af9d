//! What the databases of transfers hold, as the invariants read it.

use std::collections::BTreeMap;

use likewise_barrier::BarrierState;
use likewise_world::{
    check::{Delta, SystemState, row_difference},
    plan::Host,
    record::{Change, ChangeOp, Row, RowError},
};
use uuid::Uuid;

use super::{ACCOUNTS, NOTICES, services::Entry};

/// Transfers' part of the observed state.
#[derive(Clone, Default)]
pub(crate) struct Observed {
    /// What each amount was opened with, and what it is, by name and account.
    pub(crate) amounts: BTreeMap<(String, i64), (i64, i64)>,
    /// The notices, with their sagas.
    pub(crate) notices: BTreeMap<i64, Uuid>,
    /// What each step that is done has changed, by saga and step.
    pub(crate) done: BTreeMap<(Uuid, i64), Entry>,
}

impl Observed {
    /// The balances: the account, what it was opened with, and what it has.
    pub(crate) fn balances(&self) -> impl Iterator<Item = (i64, i64, i64)> {
        let balances = self
            .amounts
            .iter()
            .filter(|((name, _), _)| name == "balance");
        balances.map(|((_, account), (opening, amount))| (*account, *opening, *amount))
    }
}

impl SystemState for Observed {
    fn own_row_changed(&mut self, _: Host, change: &Change) -> Result<(), RowError> {
        let row = &change.row;
        if change.table == "amounts" {
            let amount = (row.text("name")?.to_owned(), row.integer("account")?);
            let cents = (row.integer("opening")?, row.integer("amount")?);
            self.amounts.insert(amount, cents);
        } else if change.op == ChangeOp::Delete {
            self.notices.remove(&row.integer("notice")?);
        } else {
            self.notices
                .insert(row.integer("notice")?, row.parse("saga")?);
        }
        Ok(())
    }

    /// The undo data of a step that is done says what it has changed.
    fn saga_row_changed(&mut self, delta: &Delta, row: &Row) -> Result<(), RowError> {
        if let Delta::Barrier {
            service,
            saga,
            step,
            after,
            ..
        } = delta
            && *service != NOTICES
        {
            self.done.remove(&(*saga, *step));
            let undo_data = row.text_or_null("kept")?.unwrap_or_default();
            let entry = serde_json::from_str(undo_data).ok();
            let entry = entry.filter(|_| *after == Some(BarrierState::Done));
            self.done.extend(entry.map(|entry| ((*saga, *step), entry)));
        }
        Ok(())
    }

    fn effect_change(&self, after: &dyn SystemState) -> Option<String> {
        let after: &Self = after.of_type();
        let amounts = row_difference("amount", &self.amounts, &after.amounts);
        amounts.or_else(|| row_difference("notice", &self.notices, &after.notices))
    }

    /// Two services have a table of amounts, and `found` holds those of one.
    fn lost_row(&self, service: Host, table: &str, found: &dyn SystemState) -> Option<String> {
        let found: &Self = found.of_type();
        let mut own = self.amounts.clone();
        own.retain(|(name, _), _| (name == "balance") == (service == ACCOUNTS));
        match table {
            "amounts" => row_difference("amount", &own, &found.amounts),
            _ => row_difference("notice", &self.notices, &found.notices),
        }
    }

    fn copy(&self) -> Box<dyn SystemState> {
        Box::new(self.clone())
    }
}
