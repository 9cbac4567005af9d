//! Planted bugs: three that only transfers can have, and all that any saga can have.

use std::sync::{Arc, LazyLock};

use likewise_saga::{
    coordinator::Product,
    participant::OneByOne,
    protocol::{Definition, RetryPolicy},
    service::KitParts,
    store::Sql,
};
use likewise_world::{
    KitServices, SystemParts,
    plan::{Host, MessageKind, Operation, Plan},
    planted::{CaughtByOwn, Change, PlantedBug, Situations, of_any_saga},
};

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
}

const fn own(parts: fn() -> Box<dyn SystemParts>) -> Change {
    let changes_schema = false;
    Change::Own {
        parts,
        changes_schema,
    }
}

/// A saga that cannot end is waited for shortly.
fn soon(mut plan: Plan) -> Plan {
    plan.timing.converge_within_millis = 10_000;
    plan
}

const UNDO_PAYS_TWICE: PlantedBug = PlantedBug {
    name: "undo-pays-twice",
    about: "the compensation of a debit pays back twice the amount",
    caught_by: &["money-is-conserved", "answers-move-money"],
    change: own(|| {
        let effect = Arc::new(OneByOne(Amounts(&TAKE_BACK_TWICE)));
        Box::new(parts(KitParts::default()).with_effect("accounts", effect))
    }),
    plan: refused,
};

static TAKE_BACK_TWICE: Sql = Sql::sqlite_only(
    "take-back-twice",
    "UPDATE amounts SET amount = amount - 2 * $3 WHERE account = $1 AND name = $2",
);

/// A check that refuses after the credit cannot turn the saga back any more.
const CREDIT_BEFORE_CHECKS: PlantedBug = PlantedBug {
    name: "credit-before-checks",
    about: "the credit, which is the pivot, comes before the checks: a transfer that is refused never ends",
    caught_by: &["every-saga-ends"],
    change: own(|| {
        let product = &CREDIT_FIRST;
        Box::new(KitServices {
            product,
            ..parts(KitParts::default())
        })
    }),
    plan: || soon(refused()),
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
    change: own(|| {
        let effect = Arc::new(OneByOne(Notices(&NOTE_ONCE)));
        Box::new(parts(KitParts::default()).with_effect("notices", effect))
    }),
    plan: || soon(done().with_operation(transfer(2, 1_000))),
};

static NOTE_ONCE: Sql = Sql::sqlite_only(
    "note-once",
    "INSERT INTO notices (saga, account) SELECT $1, $2
     WHERE NOT EXISTS (SELECT 1 FROM notices WHERE account = $2)",
);
