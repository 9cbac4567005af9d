//! The table of all bounds of a process, made from its configuration.
//!
//! A test holds the table in `docs/operations.md` to this one, and requires that every named wait in the source has a row.

use std::time::Duration;

use likewise_saga::{
    bound::{Bound, BoundRow},
    http::{self, Limits},
    security::CREDENTIAL_FILES,
    store::{PoolConfig, postgres_bounds, sqlite_bounds},
};

use crate::coordinator::{self, CoordinatorConfig};

/// Creating the data folder, and locking the saga log in it. Nothing waits for another process here.
pub const DATA_FOLDER: Bound = Bound::new("the data folder", Duration::from_secs(10));

/// Reading the file of `--admin-token-file`.
pub const TOKEN_FILE: Bound = Bound::new("the token file", Duration::from_secs(10));
/// One request of `likewise saga` to the admin API. The coordinator asks the services for their rows, each within
/// `--step-timeout`.
pub const ADMIN_API: Bound = Bound::new("the admin API", Duration::from_secs(30));
/// The question of `likewise health`.
pub const HEALTH: Bound = Bound::new("a health check", Duration::from_secs(2));
/// One batch of spans, until the trace collector has taken it.
pub const TRACE_COLLECTOR: Bound = Bound::new("the trace collector", Duration::from_secs(5));
/// The spans that are left when the process stops.
pub const LAST_SPANS: Bound =
    Bound::new("sending the last spans, at a stop", Duration::from_secs(2));

/// Reading the file of `--ticket-key-file`.
pub const TICKET_KEY_FILE: Bound = Bound::new("the ticket key file", Duration::from_secs(10));

/// Reading the files of credentials, such as `--service-secret-file`, at the start.
pub const SECURITY_FILES: Bound = Bound::new("the security files", Duration::from_secs(10));

/// Reading the files of `--alert-secret-file` and `--alert-ca-file`, or the certificates of the operating system.
pub const ALERT_FILES: Bound = Bound::new("the alert files", Duration::from_secs(10));

/// Reading the configuration again, after SIGHUP.
pub const CONFIG_FILE: Bound =
    Bound::new("the configuration, after SIGHUP", Duration::from_secs(10));

/// One request of `likewise doctor` to a service.
pub const SERVICE_OF_DOCTOR: Bound =
    Bound::new("a service, for the doctor", Duration::from_secs(5));

/// Looking up the name of a host for `likewise doctor`.
pub const NAME_OF_HOST: Bound = Bound::new("the address of a host", Duration::from_secs(5));

/// Looking at a file for `likewise doctor`.
pub const FILE_OF_DOCTOR: Bound = Bound::new("a file, for the doctor", Duration::from_secs(5));

/// The bounds of a process with these configurations, in groups with a title.
#[must_use]
pub fn table(
    config: &CoordinatorConfig,
    pool: PoolConfig,
    limits: Limits,
) -> [(&'static str, Vec<BoundRow>); 7] {
    [
        ("Coordinator", coordinator::bounds(config)),
        ("HTTP", http(limits)),
        ("PostgreSQL", postgres_bounds(pool)),
        ("SQLite", sqlite(pool)),
        ("Traces", traces()),
        ("`likewise saga`", saga()),
        ("`likewise doctor`", doctor()),
    ]
}

fn traces() -> Vec<BoundRow> {
    let row = |bound: Bound, then| BoundRow::time(bound.name, bound.limit, "constant", then);
    vec![
        row(
            TRACE_COLLECTOR,
            "the batch is lost; nothing else waits for it",
        ),
        row(LAST_SPANS, "they are lost, and the process ends"),
    ]
}

fn saga() -> Vec<BoundRow> {
    let row = |Bound { name, limit }, then| BoundRow::time(name, limit, "constant", then);
    vec![
        row(
            ADMIN_API,
            "the next address of `--admin` is asked; an action is in doubt, with exit code 3",
        ),
        row(HEALTH, "`likewise health` says so, with exit code 1"),
    ]
}

fn doctor() -> Vec<BoundRow> {
    let row = |bound: Bound| {
        let then = "the item is wrong, and the next one is looked at";
        BoundRow::time(bound.name, bound.limit, "constant", then)
    };
    [SERVICE_OF_DOCTOR, NAME_OF_HOST, FILE_OF_DOCTOR]
        .map(row)
        .to_vec()
}

fn http(limits: Limits) -> Vec<BoundRow> {
    let files = [TOKEN_FILE, TICKET_KEY_FILE, ALERT_FILES].map(at_start);
    let again = |Bound { name, limit }, then| BoundRow::time(name, limit, "constant", then);
    let later = vec![
        again(CONFIG_FILE, "nothing is changed, and the log says so"),
        at_start(SECURITY_FILES),
        again(
            CREDENTIAL_FILES,
            "the credentials from before stay in force, and the files are read again",
        ),
    ];
    [http::bounds(limits), files.to_vec(), later].concat()
}

fn sqlite(pool: PoolConfig) -> Vec<BoundRow> {
    [vec![at_start(DATA_FOLDER)], sqlite_bounds(pool)].concat()
}

/// The row of a call to a disk at the start.
fn at_start(bound: Bound) -> BoundRow {
    BoundRow::time(
        bound.name,
        bound.limit,
        "constant",
        "the process exits and says that the disk does not answer",
    )
}

#[cfg(test)]
mod tests;
