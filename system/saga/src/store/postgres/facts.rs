//! What a PostgreSQL server says about itself, for an operator who looks for what is wrong.

use std::time::Duration;

use sqlx::{Row, postgres::PgRow};

use super::open::{close, connect};
use crate::{
    bound::{Bound, within},
    store::{
        OpenError,
        url::{DatabaseUrl, PostgresUrl},
    },
    time::Timestamp,
};

/// The limit of the question.
pub(super) const FACTS: Bound = Bound::new("the facts about the server", Duration::from_secs(10));

const SELECT: &str = "SELECT current_setting('server_version') AS version,
    current_setting('server_version_num')::int8 AS version_number,
    current_setting('max_connections')::int8 AS connections_max,
    current_setting('superuser_reserved_connections')::int8 AS reserved,
    (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS in_use,
    pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on' AS is_read_only,
    coalesce(current_setting('idle_session_timeout', true), '0') AS idle_session_timeout,
    (extract(epoch FROM clock_timestamp()) * 1000000)::int8 AS now";

/// What a server says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerFacts {
    /// Its version, such as `17.2`.
    pub version: String,
    /// The version as a number, such as 170002.
    pub version_number: i64,
    /// The connections that it accepts.
    pub connections_max: i64,
    /// Those of them that only an administrator gets.
    pub reserved: i64,
    /// Those that are open now, with the one that asked.
    pub in_use: i64,
    /// Whether it refuses writes.
    pub is_read_only: bool,
    /// When it ends sessions that do nothing; `0` means never.
    pub idle_session_timeout: String,
    /// Its clock.
    pub now: Timestamp,
}

/// Asks a server. Changes nothing.
///
/// # Errors
/// [`OpenError::Unreachable`].
///
/// # Cancel safety
/// Safe.
pub async fn server_facts(
    url: &DatabaseUrl,
    server: &PostgresUrl,
) -> Result<ServerFacts, OpenError> {
    let mut connection = connect(url, &server.options).await?;
    let asked = sqlx::query(SELECT)
        .persistent(false)
        .fetch_one(&mut connection);
    let row = within(FACTS, asked)
        .await
        .map_err(|error| OpenError::unreachable(url, error))?;
    let facts = row.and_then(|row| facts(&row));
    close(connection).await;
    facts.map_err(|error| OpenError::refused(url, &error))
}

fn facts(row: &PgRow) -> sqlx::Result<ServerFacts> {
    Ok(ServerFacts {
        version: row.try_get("version")?,
        version_number: row.try_get("version_number")?,
        connections_max: row.try_get("connections_max")?,
        reserved: row.try_get("reserved")?,
        in_use: row.try_get("in_use")?,
        is_read_only: row.try_get("is_read_only")?,
        idle_session_timeout: row.try_get("idle_session_timeout")?,
        now: Timestamp(row.try_get("now")?),
    })
}
