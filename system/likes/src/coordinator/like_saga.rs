//! The two kinds of saga: a like, and its mirror image, an unlike.
//!
//! ```text
//!  like     article count +1  ──►  insert the record
//!  unlike   remove the record ──►  article count −1
//! ```
//!
//! The record is the last step of a like, and a compensated unlike restores the same record. So a record
//! that a lookup finds always belongs to a finished like. Only the absence of a record may be temporary.

use likewise_saga::{
    protocol::{Definition, Document, StepDefinition},
    time::Timestamp,
};

use crate::{
    article::{self, CountArgs},
    id::{ArticleId, RecordId, UserId},
    user::{self, LikeArgs, Pair, UserLikeRecord},
};

const LIKE: &str = "like";
const UNLIKE: &str = "unlike";
/// The kinds of sagas.
pub(super) const KINDS: &[&str] = &[LIKE, UNLIKE];

/// A saga's kind and arguments. The saga log stores them as JSON; recovery needs nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LikeSaga {
    /// Adds 1 to the article's count, then inserts this record.
    Like(UserLikeRecord),
    /// Removes the record, then subtracts 1 from the article's count.
    Unlike {
        /// The user whose record is removed.
        user_id: UserId,
        /// The article that is no longer liked.
        article_id: ArticleId,
    },
}

impl LikeSaga {
    /// A like that inserts a record with this identity and time.
    #[must_use]
    pub fn like(
        user_id: UserId,
        article_id: ArticleId,
        id: RecordId,
        created_at: Timestamp,
    ) -> Self {
        Self::Like(UserLikeRecord {
            id,
            user_id,
            article_id,
            created_at,
        })
    }

    /// The kind and the arguments as the log stores them.
    #[must_use]
    pub fn stored(&self) -> (String, Document) {
        let (kind, args) = match *self {
            Self::Like(record) => (LIKE, Document::of(&record)),
            Self::Unlike {
                user_id,
                article_id,
            } => (
                UNLIKE,
                Document::of(&Pair {
                    user_id,
                    article_id,
                }),
            ),
        };
        (kind.to_owned(), args)
    }

    /// Reads back what [`stored`](Self::stored) returned; `None` for an unknown kind or unreadable
    /// arguments.
    fn read(kind: &str, args: &Document) -> Option<Self> {
        match kind {
            LIKE => args.read().ok().map(Self::Like),
            UNLIKE => {
                let pair: Pair = args.read().ok()?;
                Some(Self::Unlike {
                    user_id: pair.user_id,
                    article_id: pair.article_id,
                })
            }
            _ => None,
        }
    }

    /// The steps, in order.
    #[must_use]
    pub fn definition(&self) -> Definition {
        let count = |article_id, delta| {
            let args = Document::of(&CountArgs { article_id, delta });
            StepDefinition::new("count", article::SERVICE, args)
        };
        let record =
            |args: LikeArgs| StepDefinition::new("record", user::SERVICE, Document::of(&args));
        let [first, second] = match *self {
            Self::Like(like) => [count(like.article_id, 1), record(LikeArgs::Like(like))],
            Self::Unlike {
                user_id,
                article_id,
            } => [
                record(LikeArgs::Unlike {
                    user_id,
                    article_id,
                }),
                count(article_id, -1),
            ],
        };
        let definition = Definition::builder().step(first).step(second).build();
        definition.unwrap_or_else(|invalid| unreachable!("two steps with two names: {invalid}"))
    }
}

/// Derives a saga's steps from the kind and the arguments that the log stores.
///
/// Returns `None` for an unknown kind: a newer version may have written the row.
#[must_use]
pub fn define(kind: &str, args: &Document) -> Option<Definition> {
    LikeSaga::read(kind, args).map(|saga| saga.definition())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stored_kind_and_arguments_are_enough_for_recovery() {
        let like = LikeSaga::like(
            UserId(1),
            ArticleId(2),
            RecordId(uuid::Uuid::from_u128(3)),
            Timestamp(4),
        );
        let unlike = LikeSaga::Unlike {
            user_id: UserId(1),
            article_id: ArticleId(2),
        };
        for saga in [like, unlike] {
            let (kind, args) = saga.stored();
            assert_eq!(define(&kind, &args), Some(saga.definition()));
        }
        assert_eq!(define("share", &Document::default()), None);
    }
}
