//! The identities that travel between the services, each a type of its own so that a user
//! can never be passed for an article.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id!(
    /// An article; assigned by the article service's database, from 1.
    ArticleId(i64)
);
id!(
    /// A user; assigned elsewhere, from 1.
    UserId(i64)
);
id!(
    /// One like record in the user service; made by the coordinator, so that it is in the saga's
    /// arguments before the first message goes out.
    RecordId(Uuid)
);
id!(
    /// One saga, and the public transaction id (UUID version 7: sorts by start time).
    SagaId(Uuid)
);
id!(
    /// Who may write to a shard of the saga log; every takeover raises it, a stale one is refused.
    Epoch(i64)
);

/// A step's place in its saga's definition, from 0.
pub type StepIndex = usize;
