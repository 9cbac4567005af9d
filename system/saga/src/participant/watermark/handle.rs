//! What a process of a participant does with a publication: it stores the watermark, then collects what is below.

use std::sync::Arc;

use async_trait::async_trait;

use super::{
    RaiseError, Raised, Watermark, WatermarkClient, WatermarkStore, collection::Collection,
};
use crate::{
    id::SagaId,
    protocol::NoReply,
    store::{Database, StoreError},
};

/// The watermark of a participant's database. Clones share it. It is also the client for a leader in the same process.
#[derive(Clone)]
pub struct Watermarks(Arc<Shared>);

struct Shared {
    database: Database,
    store: Arc<dyn WatermarkStore>,
    collection: Collection,
}

impl Watermarks {
    /// The watermark in this database. Does nothing until one is published.
    #[must_use]
    pub fn new(database: Database, store: Arc<dyn WatermarkStore>) -> Self {
        Self(Arc::new(Shared {
            collection: Collection::new(database.clone(), Arc::clone(&store)),
            database,
            store,
        }))
    }

    /// The watermark that this process has learnt of, and how many barrier rows it has deleted.
    pub(crate) fn counts(&self) -> (Option<SagaId>, u64) {
        self.0.collection.counts()
    }

    /// Stores a watermark, unless it would go back: the inner error is what is stored then. Rows below it are collected from
    /// then on, also if it was stored before: this process may have been started since.
    ///
    /// # Errors
    /// [`StoreError`]. If its effect is unknown, the watermark may have been stored.
    pub async fn store(
        &self,
        watermark: Watermark,
    ) -> Result<Result<Raised, Watermark>, StoreError> {
        let raised = self.0.store.raise(&self.0.database, watermark).await?;
        // Only what is certainly committed: a row may be deleted because its saga is refused.
        if let Ok(raised) = raised {
            self.0.collection.collect_below(raised);
        }
        Ok(raised)
    }
}

#[async_trait]
impl WatermarkClient for Watermarks {
    async fn raise(&self, watermark: Watermark) -> Result<Raised, RaiseError> {
        let stored = self.store(watermark).await;
        let stored = stored.map_err(|error| NoReply(error.to_string()))?;
        stored.map_err(|stored| RaiseError::Refused { stored })
    }
}
