//! The retention watermark at a participant: below it no saga is open, and none will ever be.
//!
//! ```text
//!  leader ──► POST /v1/watermarks ──► store: raise ──► every step below is stale
//!                                       └─► collection: delete the rows below, once no step works with an older watermark
//! ```
//!
//! The leader of the saga log decides how far the watermark rises, and its epoch fences it. The participant only stores it, in
//! its own database: so a refusal and a deletion rest on the same durable row, also with several processes over one database.
//!
//! Files: `store.rs` (the statements), `handle.rs` (what a process does with a publication), `routes.rs` (HTTP),
//! `http_client.rs` (the leader's side), `collection.rs` (the deletion).

mod collection;
mod handle;
mod http_client;
mod routes;
mod store;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{
    id::{Epoch, SagaId},
    protocol::NoReply,
};

pub use collection::COLLECT_ROWS_MAX;
pub use handle::Watermarks;
pub(super) use http_client::HttpWatermarks;
pub use routes::routes;
pub use store::{Collected, SqlWatermarkStore, WatermarkStore};

/// A retention watermark: no saga of the shard with a smaller id is open, and none will ever be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Watermark {
    /// The shard of the saga log. There is no other than 0 yet.
    pub shard: i16,
    /// The smallest saga that is not below the watermark.
    pub below: SagaId,
    /// The epoch of the leader that publishes it.
    pub epoch: Epoch,
}

/// A participant has stored a watermark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Raised {
    /// What is stored now.
    pub stored: Watermark,
    /// What was stored before; `None` if there was no watermark. A leader that knows of a higher one, which was confirmed, learns
    /// from it that the participant's database was restored from an older copy.
    pub before: Option<Watermark>,
}

/// Why a participant has not confirmed a watermark.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RaiseError {
    /// The watermark would go back, or comes from a leader that was replaced. Nothing was changed.
    #[error("the participant has the watermark {} of epoch {}", .stored.below, .stored.epoch)]
    Refused {
        /// What is stored.
        stored: Watermark,
    },
    /// No usable reply arrived. The watermark may have been stored; publishing it again is safe.
    #[error(transparent)]
    NoReply(#[from] NoReply),
}

/// How a leader publishes watermarks to one participant.
#[async_trait]
pub trait WatermarkClient: Send + Sync {
    /// Publishes a watermark. An equal one is confirmed, too. The caller adds the time-out.
    ///
    /// # Errors
    /// [`RaiseError`]; see its variants.
    ///
    /// # Cancel safety
    /// Dropping the future leaves the watermark as unknown as [`RaiseError::NoReply`].
    async fn raise(&self, watermark: Watermark) -> Result<Raised, RaiseError>;
}

/// What a participant does with a publication.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Decision {
    /// It is stored already.
    Keep,
    /// It is stored in place of the older one.
    Store,
    /// It is refused.
    Refuse,
}

impl Watermark {
    /// Decides about a publication. Neither the epoch nor the id may go back: a leader of an older epoch may not know which sagas
    /// are open, and what was refused must stay refused.
    fn decide(self, stored: Option<Self>) -> Decision {
        match stored {
            None => Decision::Store,
            Some(stored) if self == stored => Decision::Keep,
            Some(stored) if self.epoch < stored.epoch || self.below < stored.below => {
                Decision::Refuse
            }
            Some(_) => Decision::Store,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watermark(below: u128, epoch: i64) -> Watermark {
        Watermark {
            shard: 0,
            below: SagaId(uuid::Uuid::from_u128(below)),
            epoch: Epoch(epoch),
        }
    }

    #[test]
    fn neither_the_id_nor_the_epoch_goes_back() {
        let decide = |below, epoch| watermark(below, epoch).decide(Some(watermark(5, 3)));
        assert_eq!(decide(5, 3), Decision::Keep);
        assert_eq!(decide(6, 3), Decision::Store);
        assert_eq!(decide(5, 4), Decision::Store);
        assert_eq!(decide(6, 4), Decision::Store);
        assert_eq!(decide(4, 3), Decision::Refuse);
        assert_eq!(decide(4, 4), Decision::Refuse);
        assert_eq!(decide(5, 2), Decision::Refuse);
        assert_eq!(decide(6, 2), Decision::Refuse);
        assert_eq!(watermark(1, 1).decide(None), Decision::Store);
    }

    #[test]
    fn a_watermark_is_read_and_written_as_the_protocol_says() {
        let text = r#"{"shard":0,"below":"00000000-0000-0000-0000-000000000005","epoch":3}"#;
        assert_eq!(serde_json::to_string(&watermark(5, 3)).unwrap(), text);
        assert_eq!(
            serde_json::from_str::<Watermark>(text).unwrap(),
            watermark(5, 3)
        );
    }
}
