//! A request to block or unblock a user, and the `Idempotency-Key` under which it is done once.
//!
//! Both requests are idempotent, but a late repeat is not harmless: it would block a user who was unblocked since. So the
//! key is stored in the transaction of the effect, and a repeat under the key does nothing.

use likewise_saga::{
    protocol::Document,
    store::{Sql, StoreError, Tx, sql},
};
use serde_json::json;

use crate::id::UserId;

static INSERT: Sql = sql!("user_request_insert");
static FIND: Sql = sql!("user_request_find");

/// Why a user was neither blocked nor unblocked.
#[derive(Debug, thiserror::Error)]
pub enum BlockError {
    /// The `Idempotency-Key` was used with another request for this user. Nothing was done.
    #[error("this Idempotency-Key was used with another request")]
    KeyReused,
    /// The database failed: see the error's effect. Repeating is safe.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Block or unblock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BlockAction {
    Block,
    Unblock,
}

/// A request, with the key if the client sent one.
pub(super) struct BlockRequest {
    pub(super) action: BlockAction,
    pub(super) user: UserId,
    pub(super) key: Option<String>,
}

/// What a request finds under its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyUse {
    /// Nothing: this is the first request under the key, or it has no key.
    First,
    /// The same request, which was done.
    Repeat,
    /// Another request.
    Reused,
}

impl BlockRequest {
    /// Stores the key, in the transaction of the effect. A concurrent request under the same key waits for that transaction.
    ///
    /// # Errors
    /// The engine's. Afterwards the transaction can only be rolled back.
    pub(super) async fn claim_key(&self, tx: &mut Tx<'_>) -> Result<KeyUse, StoreError> {
        let Some(key) = &self.key else {
            return Ok(KeyUse::First);
        };
        let (user, fingerprint) = (self.user.0, self.fingerprint());
        let new = [user.into(), key.clone().into(), fingerprint.into()];
        if tx.execute(&INSERT, new).await? == 1 {
            return Ok(KeyUse::First);
        }
        let found = tx.rows(&FIND, [user.into(), key.clone().into()]).await?;
        let found = found
            .first()
            .ok_or_else(|| StoreError::Invariant("a row is missing".to_owned()))?;
        Ok(match found.int(0)? == fingerprint {
            true => KeyUse::Repeat,
            false => KeyUse::Reused,
        })
    }

    /// A hash of method, route and user. It is stored, so these texts must never change.
    fn fingerprint(&self) -> i64 {
        let operation = match self.action {
            BlockAction::Block => "PUT /v1/users/{user_id}/block",
            BlockAction::Unblock => "DELETE /v1/users/{user_id}/block",
        };
        Document::from(json!({ "operation": operation, "user": self.user })).fingerprint()
    }
}
