//! What the databases of transfers hold, as the invariants read it.

use likewise_world::prelude::*;
use serde::Deserialize;
use uuid::Uuid;

use super::services::Entry;

/// The rows, and what each step that is done has changed.
pub(crate) type Observed = KeyedRows<Entry>;

/// A row of `amounts`.
#[derive(Deserialize)]
pub(crate) struct Amount {
    pub(crate) account: i64,
    pub(crate) name: String,
    taken: i64,
    added: i64,
}

/// A row of `notices`.
#[derive(Deserialize)]
pub(crate) struct Notice {
    pub(crate) saga: Uuid,
}

impl Amount {
    /// How it has changed since it was opened.
    pub(crate) fn changed(&self) -> i64 {
        self.added - self.taken
    }
}

/// Nothing yet.
pub(crate) fn empty() -> Observed {
    let rows = Observed::default().with::<Amount>("amounts", &["account", "name"]);
    rows.with::<Notice>("notices", &["notice"])
}

/// The balances of all accounts.
pub(crate) fn balances(observed: &ObservedState) -> impl Iterator<Item = &Amount> {
    let amounts = observed.own::<Observed>().rows::<Amount>();
    amounts.filter(|it| it.name == "balance")
}
