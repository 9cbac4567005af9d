//! What an operation of a plan does, if it is about likes.

use serde::{Deserialize, Serialize};

use likewise_world::{
    check::ClientOp,
    plan::{Fields, Operation, Problem, read_fields, write_fields},
};

/// The action of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// `POST /articles/{id}/like`
    Like,
    /// `PUT /v1/articles/{id}/likes/me`
    KeepLiked,
    /// `DELETE /v1/articles/{id}/likes/me`
    Unlike,
}

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LikeOperation {
    /// The user.
    pub user: i64,
    /// The action.
    pub action: Action,
    /// The article, from 1.
    pub article: u32,
}

impl LikeOperation {
    /// Reads what an operation does.
    ///
    /// # Panics
    /// The fields are not those of a like. A run begins with a validated plan, which has no such operation.
    #[must_use]
    pub fn of(operation: &Operation) -> Self {
        Self::of_fields(&operation.what)
    }

    /// Reads what an operation does.
    ///
    /// # Panics
    /// As [`LikeOperation::of`].
    #[must_use]
    pub fn of_fields(what: &Fields) -> Self {
        Self::try_of(what).unwrap_or_else(|problem| panic!("{problem}"))
    }

    /// Reads what a click of a client did.
    ///
    /// # Panics
    /// As [`LikeOperation::of`].
    #[must_use]
    pub fn of_click(click: &ClientOp) -> Self {
        Self::of_fields(&click.what)
    }

    /// The user and the article.
    #[must_use]
    pub fn pair(self) -> (i64, i64) {
        (self.user, i64::from(self.article))
    }

    /// Reads what an operation does, or says which field is wrong.
    ///
    /// # Errors
    /// A field is missing, unknown, or of another type.
    pub fn try_of(what: &Fields) -> Result<Self, Problem> {
        read_fields(what)
    }

    /// The fields of an operation.
    #[must_use]
    pub fn fields(self) -> Fields {
        write_fields(&self)
    }

    /// Changes what an operation does.
    ///
    /// # Panics
    /// As [`LikeOperation::of`].
    pub fn edit(operation: &mut Operation, edit: impl FnOnce(&mut Self)) {
        let mut what = Self::of(operation);
        edit(&mut what);
        operation.what = what.fields();
    }
}

/// An operation with a key, one click, a long time-out and two retries.
#[must_use]
pub fn operation(user: i64, action: Action, article: u32, at_millis: u64) -> Operation {
    let what = LikeOperation {
        user,
        action,
        article,
    };
    Operation::new(what.fields(), at_millis)
}
