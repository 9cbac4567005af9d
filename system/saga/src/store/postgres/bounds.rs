//! The bounds on waits for PostgreSQL.

use super::{
    facts::FACTS,
    limits::Limits,
    open::{CHECK_LIMITS, CONNECT_TIMEOUT, MIGRATION_LIMITS},
    pool::{AGE_MAX, CLOSE_IDLE_AFTER, CLOSE_TIMEOUT, TEST_TIMEOUT},
    readiness::SHARED_FOR,
    session::IDLE_IN_TRANSACTION_TIMEOUT,
    transaction::SHORT_LOCK_TIMEOUT,
};
use crate::{
    bound::BoundRow,
    store::{
        blocked::{HALVING_MAX, SHORT_WAITS_FOR},
        pool_config::PoolConfig,
    },
};

/// The rows of the table.
pub(in crate::store) fn bounds(config: PoolConfig) -> Vec<BoundRow> {
    let mut rows = statements(Limits::of(config)).to_vec();
    rows.extend(connections(config));
    rows.extend(at_start());
    rows
}

fn statements(limits: Limits) -> [BoundRow; 8] {
    [
        BoundRow::time(
            "a statement",
            limits.statement,
            "`--statement-timeout`",
            "the server ends it; nothing was done",
        ),
        BoundRow::time(
            "the answer of the database",
            limits.answer_timeout(),
            "`--statement-timeout` + 500 ms",
            "the connection is closed; the outcome of a commit is in doubt, and the service looks it up",
        ),
        BoundRow::time(
            "a lock",
            limits.lock,
            "`--lock-timeout`",
            "the statement fails; a batch of steps or of log entries is divided until those that need the lock are alone",
        ),
        BoundRow::time(
            "a lock, while a batch is divided",
            SHORT_LOCK_TIMEOUT,
            "constant",
            "the part fails, or is divided again",
        ),
        BoundRow::time(
            "dividing a batch",
            HALVING_MAX,
            "constant",
            "the parts that are left are tried once each, and not divided; what fails is sent again",
        ),
        BoundRow::time(
            "short waits, after a lock took too long",
            SHORT_WAITS_FOR,
            "constant",
            "the next batch waits for `--lock-timeout` again",
        ),
        BoundRow::time(
            "a transaction whose client is silent",
            IDLE_IN_TRANSACTION_TIMEOUT,
            "constant",
            "the server ends it and releases its locks",
        ),
        BoundRow::time(
            "sharing the result of a readiness probe",
            SHARED_FOR,
            "constant",
            "the next question runs a new probe",
        ),
    ]
}

fn connections(config: PoolConfig) -> [BoundRow; 6] {
    [
        BoundRow::time(
            "a free database connection",
            config.acquire_timeout,
            "`--acquire-timeout`",
            "503; nothing was done",
        ),
        BoundRow::time(
            "a connection to the database",
            config.acquire_timeout,
            "`--acquire-timeout`; 10 s at start",
            "503 with the server's reason; at start the process exits",
        ),
        BoundRow::time(
            "the test of an idle connection",
            TEST_TIMEOUT,
            "constant",
            "it is closed, with all others that were idle as long",
        ),
        BoundRow::time(
            "an idle database connection",
            CLOSE_IDLE_AFTER,
            "constant",
            "it is closed, except the last one",
        ),
        BoundRow::time(
            "the age of a database connection",
            AGE_MAX,
            "constant",
            "it is closed after its statement",
        ),
        BoundRow::time(
            "the end of a database connection",
            CLOSE_TIMEOUT,
            "constant; 10 s at start",
            "the server notices by itself",
        ),
    ]
}

fn at_start() -> [BoundRow; 5] {
    [
        BoundRow::time(
            "the first connection, at start",
            CONNECT_TIMEOUT,
            "constant",
            "the process exits with the server's reason",
        ),
        BoundRow::time(
            "the list of the tables",
            CHECK_LIMITS.answer_timeout(),
            "constant",
            "the process exits; nothing was changed",
        ),
        BoundRow::time(
            "the migration",
            MIGRATION_LIMITS.answer_timeout(),
            "constant",
            "the process exits; the migration is rolled back",
        ),
        BoundRow::time(
            "a lock, during a migration",
            MIGRATION_LIMITS.lock,
            "constant",
            "the process exits; the migration is rolled back",
        ),
        BoundRow::time(
            FACTS.name,
            FACTS.limit,
            "constant",
            "`likewise doctor` says that the server does not answer",
        ),
    ]
}
