//! The two kinds of saga: a like, and its mirror image.

use crate::{
    article::CountArgs,
    id::{ArticleId, RecordId, UserId},
    user::{LikeArgs, Pair, UserLikeRecord},
};
use likewise_saga::{
    protocol::{Definition, Document, StepDefinition},
    time::Timestamp,
};

/// What is asked for; the saga log stores it as JSON, and recovery needs nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LikeSaga {
    /// Article count +1, then the record.
    Like(UserLikeRecord),
    /// The record away, then article count −1.
    Unlike {
        /// Who.
        user_id: UserId,
        /// What.
        article_id: ArticleId,
    },
}

impl LikeSaga {
    /// A like that will make this record.
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

    /// Its kind and arguments, as the log stores them.
    #[must_use]
    pub fn stored(&self) -> (String, Document) {
        let (kind, args) = match *self {
            Self::Like(record) => ("like", Document::of(&record)),
            Self::Unlike {
                user_id,
                article_id,
            } => (
                "unlike",
                Document::of(&Pair {
                    user_id,
                    article_id,
                }),
            ),
        };
        (kind.to_owned(), args)
    }

    fn read(kind: &str, args: &Document) -> Option<Self> {
        match kind {
            "like" => args.read().ok().map(Self::Like),
            "unlike" => {
                let pair: Pair = args.read().ok()?;
                Some(Self::Unlike {
                    user_id: pair.user_id,
                    article_id: pair.article_id,
                })
            }
            _ => None,
        }
    }

    /// Its steps, in order.
    #[must_use]
    pub fn definition(&self) -> Definition {
        let count = |article_id, delta| StepDefinition {
            service: "article",
            args: Document::of(&CountArgs { article_id, delta }),
        };
        let record = |args: LikeArgs| StepDefinition {
            service: "user",
            args: Document::of(&args),
        };
        let steps = match *self {
            Self::Like(like) => vec![count(like.article_id, 1), record(LikeArgs::Like(like))],
            Self::Unlike {
                user_id,
                article_id,
            } => {
                vec![
                    record(LikeArgs::Unlike {
                        user_id,
                        article_id,
                    }),
                    count(article_id, -1),
                ]
            }
        };
        Definition { steps }
    }
}

/// Derives a saga's steps from what the log stores.
#[must_use]
pub fn define(kind: &str, args: &Document) -> Option<Definition> {
    LikeSaga::read(kind, args).map(|saga| saga.definition())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_is_all_that_recovery_needs() {
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
