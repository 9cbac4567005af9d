//! Planted bugs: three that only transfers can have, and all that any saga can have.

use std::sync::LazyLock;

use likewise_saga::{
    coordinator::Product,
    protocol::{Definition, RetryPolicy},
    store::Sql,
};
use likewise_world::prelude::*;

use super::{
    ACCOUNTS, CHECKS, NOTICES, TRANSFER, Transfer, Transfers,
    services::{Amounts, Notices},
    system::parts,
    transfer::PRODUCT,
    workload::{done, refused, transfer},
};

/// Every planted bug.
pub(crate) static ALL: LazyLock<Vec<PlantedBug>> = LazyLock::new(|| {
    let mut all = vec![UNDO_PAYS_TWICE, CREDIT_BEFORE_CHECKS, ONE_NOTICE_EACH];
    all.extend(of_any_saga::<Transfers>(CaughtByOwn {
        abort_without_seal: &["every-credit-is-noticed", "answers-move-money"],
        memory_log: &["money-is-conserved"],
        keys_by_clock: &["answers-move-money"],
        also: &[],
    }));
    all
});

impl Situations for Transfers {
    const FIRST: Host = ACCOUNTS;
    const LATER: Host = CHECKS;
    const LAST: Host = NOTICES;
    const OPERATION: MessageKind = TRANSFER;

    fn completes(client: i64, at_millis: u64) -> Operation {
        transfer(client, at_millis)
    }

    fn refused() -> Plan {
        refused()
    }

    /// The credit. The account service has done the debit before.
    fn committing() -> MessagePoint {
        MessagePoint::reply(Host::COORDINATOR, ACCOUNTS, MessageKind::DO, 2)
    }
}

const UNDO_PAYS_TWICE: PlantedBug = PlantedBug {
    name: "undo-pays-twice",
    about: "the compensation of a debit pays back twice the amount",
    caught_by: &["money-is-conserved", "answers-move-money"],
    change: Change::own(|| {
        let effect = Amounts(&TAKE_BACK_TWICE);
        Box::new(parts().with_effect("accounts", effect))
    }),
    plan: refused,
};

static TAKE_BACK_TWICE: Sql = Sql::sqlite_only(
    "take-back-twice",
    "UPDATE amounts SET taken = taken + 2 * min($3, 0), added = added - 2 * max($3, 0)
     WHERE account = $1 AND name = $2",
);

/// A check that refuses after the credit cannot turn the saga back any more.
const CREDIT_BEFORE_CHECKS: PlantedBug = PlantedBug {
    name: "credit-before-checks",
    about: "the credit, which is the pivot, comes before the checks: a transfer that is refused never ends",
    caught_by: &["every-saga-ends"],
    change: Change::own(|| {
        let product = &CREDIT_FIRST;
        Box::new(KitServices { product, ..parts() })
    }),
    plan: || refused().converging_within(10_000),
};

static CREDIT_FIRST: Product = Product {
    define: |_, args| {
        let transfer: Transfer = args.read().ok()?;
        let checks = transfer.checks();
        let checks = checks.map(|check| check.retry(RetryPolicy::default()));
        let steps = Definition::builder().step(transfer.debit());
        let steps = steps.pivot(transfer.credit()).parallel(checks);
        steps.step(transfer.notify()).build().ok()
    },
    ..PRODUCT
};

/// A step after the pivot must not refuse.
const ONE_NOTICE_EACH: PlantedBug = PlantedBug {
    name: "one-notice-each",
    about: "an account gets one notice at most: the notice of a second credit is refused",
    caught_by: &["every-saga-ends"],
    change: Change::own(|| Box::new(parts().with_effect("notices", Notices(&NOTE_ONCE)))),
    plan: || {
        let two = done().with_operation(transfer(2, 1_000));
        two.converging_within(10_000)
    },
};

static NOTE_ONCE: Sql = Sql::sqlite_only(
    "note-once",
    "INSERT INTO notices (saga, account) SELECT $1, $2
     WHERE NOT EXISTS (SELECT 1 FROM notices WHERE account = $2)",
);
