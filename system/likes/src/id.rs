//! The identities of the like service. Each is a separate type, so that a user cannot be confused with an
//! article.

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
    /// An article. Assigned by the article service's database, from 1.
    ArticleId(i64)
);
id!(
    /// A user. Assigned outside of Likewise, from 1.
    UserId(i64)
);
id!(
    /// A like record in the user service. The coordinator generates it before the saga starts, so that it is
    /// part of the saga's arguments and a repeated step inserts the same record.
    RecordId(Uuid)
);
