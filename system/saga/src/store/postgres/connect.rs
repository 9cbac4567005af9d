//! Opens a connection to PostgreSQL for the pool.

use std::time::Duration;

use sqlx::{Connection as _, PgConnection, postgres::PgConnectOptions};

use super::{limits::Limits, session};
use crate::{
    bound::{Bound, within},
    store::error::EngineError,
};

/// SQLSTATE codes of a server that refuses a connection now but may accept one soon: too many clients, still starting.
const BUSY: [&str; 2] = ["53300", "57P03"];

/// How connections are opened.
pub(super) struct Connector {
    pub(super) options: PgConnectOptions,
    /// Whether the connection is ours alone. If a pooler shares it, each transaction makes its settings itself.
    pub(super) prepared: bool,
    pub(super) limits: Limits,
    /// How long a server may take to accept a connection and its settings.
    pub(super) timeout: Duration,
}

impl Connector {
    /// Opens a connection and applies the settings of a session.
    ///
    /// # Errors
    /// The server's or the network's, or [`EngineError::Overdue`].
    ///
    /// # Cancel safety
    /// Safe: a connection that is not complete is closed.
    pub(super) async fn connect(&self) -> Result<PgConnection, EngineError> {
        let bound = Bound::new("a connection to the database", self.timeout);
        Ok(within(bound, self.establish()).await??)
    }

    async fn establish(&self) -> sqlx::Result<PgConnection> {
        let mut connection = PgConnection::connect_with(&self.options).await?;
        if self.prepared {
            session::apply(&mut connection, self.limits).await?;
        }
        Ok(connection)
    }
}

/// Whether the server may accept a connection soon.
pub(super) fn is_busy(error: &EngineError) -> bool {
    let code = error.postgres_code();
    code.is_some_and(|code| BUSY.contains(&code.as_ref()))
}
