//! The identities of the like service. Each is a type of its own, so that a user can never be passed for an article.

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
    /// One like record in the user service. The coordinator generates it, so that it is in the saga's arguments before
    /// the first message is sent.
    RecordId(Uuid)
);
