//! The arguments and the result of the user service's step.

use likewise_saga::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::UserLikeRecord;
use crate::id::{ArticleId, RecordId, UserId};

/// The arguments of a step.
///
/// The fields are in alphabetical order, as those of [`UserLikeRecord`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case", try_from = "LikeFields")]
pub enum LikeArgs {
    /// Insert this record.
    Like(UserLikeRecord),
    /// Remove the record of this user and article.
    Unlike {
        /// The article.
        article_id: ArticleId,
        /// The user.
        user_id: UserId,
    },
}

/// The fields of the arguments, in any order. serde would buffer all fields of a tagged enum until it has read the tag;
/// a plain struct is read without a buffer.
#[derive(Deserialize)]
struct LikeFields {
    action: Action,
    article_id: ArticleId,
    created_at: Option<Timestamp>,
    id: Option<RecordId>,
    user_id: UserId,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Action {
    Like,
    Unlike,
}

impl TryFrom<LikeFields> for LikeArgs {
    type Error = &'static str;

    fn try_from(fields: LikeFields) -> Result<Self, Self::Error> {
        let (article_id, user_id) = (fields.article_id, fields.user_id);
        Ok(match fields.action {
            Action::Like => Self::Like(UserLikeRecord {
                article_id,
                created_at: fields.created_at.ok_or("missing field `created_at`")?,
                id: fields.id.ok_or("missing field `id`")?,
                user_id,
            }),
            Action::Unlike => Self::Unlike {
                article_id,
                user_id,
            },
        })
    }
}

/// The result of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordResult {
    /// The record that was inserted or removed.
    pub record_id: RecordId,
}

#[cfg(test)]
mod tests {
    use likewise_saga::protocol::Document;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn arguments_survive_a_round_trip_and_keep_their_text() {
        let like = LikeArgs::Like(UserLikeRecord {
            id: RecordId(Uuid::from_u128(7)),
            user_id: UserId(1),
            article_id: ArticleId(2),
            created_at: Timestamp(1_234_567),
        });
        let unlike = LikeArgs::Unlike {
            user_id: UserId(1),
            article_id: ArticleId(2),
        };
        for args in [like, unlike] {
            let document = Document::of(&args);
            assert_eq!(document.read::<LikeArgs>().unwrap(), args);
            // Otherwise a step that is repeated after an update would have another fingerprint.
            assert_eq!(document, serde_json::json!(args).into());
        }
    }

    #[test]
    fn incomplete_arguments_are_an_error() {
        for text in [
            r#"{"action":"like","article_id":2,"created_at":4,"user_id":1}"#,
            r#"{"action":"like","article_id":2,"id":"00000000-0000-0000-0000-000000000007","user_id":1}"#,
            r#"{"action":"unlike","article_id":2}"#,
            r#"{"action":"share","article_id":2,"user_id":1}"#,
            r#"{"article_id":2,"user_id":1}"#,
        ] {
            assert!(serde_json::from_str::<LikeArgs>(text).is_err(), "{text}");
        }
    }
}
