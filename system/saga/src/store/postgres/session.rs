//! The settings of every session: limits that the server keeps, and the query planner.

use std::time::Duration;

use sqlx::PgConnection;

use super::limits::Limits;

/// How long PostgreSQL keeps a transaction whose client sends nothing. Our transactions send one statement right after
/// another. A client that pauses inside a transaction would keep its locks, and nobody could take over the lease of the
/// saga log. SQLite has no such limit: a process that pauses inside a transaction keeps its file locked.
pub const IDLE_IN_TRANSACTION_TIMEOUT: Duration = Duration::from_secs(2);

/// When the server gives up a client whose machine is gone: silent for 10 s and three probes 5 s apart, or an answer that
/// is not acknowledged for 15 s. Until then its process occupies one of the server's connections.
const TCP_SETTINGS: [(&str, &str); 4] = [
    ("tcp_keepalives_idle", "10s"),
    ("tcp_keepalives_interval", "5s"),
    ("tcp_keepalives_count", "3"),
    ("tcp_user_timeout", "15s"),
];

/// Settings of the query planner. Every statement here finds its rows by an index, a batch at a time. A plan that is made
/// while a table is empty reads the whole table, and goes on doing so after the table has grown, until statistics are
/// gathered. So plans that read whole tables are disabled, and each plan is made once.
const PLANNER_SETTINGS: [(&str, &str); 5] = [
    ("enable_seqscan", "off"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
    ("plan_cache_mode", "force_generic_plan"),
    ("jit", "off"),
];

/// Applies the settings of a session with a statement: connection poolers in front of the server refuse them as options
/// of the connection.
pub(super) async fn apply(connection: &mut PgConnection, limits: Limits) -> sqlx::Result<()> {
    let (names, values): (Vec<_>, Vec<_>) = settings(limits).into_iter().unzip();
    sqlx::query("SELECT set_config(name, value, false) FROM unnest($1::text[], $2::text[]) AS s (name, value)")
        .bind(names)
        .bind(values)
        .execute(connection)
        .await
        .map(drop)
}

/// The statements that begin a transaction with these settings, for one round trip.
pub(super) fn begin(limits: Limits) -> String {
    let settings = settings(limits).into_iter();
    // The client of the server is the pooler, not this process.
    let settings = settings.filter(|(name, _)| !name.starts_with("tcp_"));
    let set = settings.map(|(name, value)| format!("; SET LOCAL {name} = '{value}'"));
    format!("BEGIN{}", set.collect::<String>())
}

/// The names and values of all settings.
fn settings(limits: Limits) -> Vec<(&'static str, String)> {
    let millis = |time: Duration| format!("{}ms", time.as_millis());
    let fixed = TCP_SETTINGS.iter().chain(&PLANNER_SETTINGS);
    let fixed = fixed.map(|(name, value)| (*name, (*value).to_owned()));
    [
        ("statement_timeout", millis(limits.statement)),
        ("lock_timeout", millis(limits.lock)),
        (
            "idle_in_transaction_session_timeout",
            millis(IDLE_IN_TRANSACTION_TIMEOUT),
        ),
    ]
    .into_iter()
    .chain(fixed)
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transaction_behind_a_pooler_begins_with_its_limits() {
        let limits = Limits {
            statement: Duration::from_secs(2),
            lock: Duration::from_millis(500),
        };
        let begin = begin(limits);
        assert!(
            begin.starts_with(
                "BEGIN; SET LOCAL statement_timeout = '2000ms'; SET LOCAL lock_timeout = '500ms';"
            ),
            "{begin}"
        );
        assert!(!begin.contains("tcp_"), "{begin}");
    }
}
