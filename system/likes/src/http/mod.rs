//! What the HTTP routes of the three services share: the user header and the problems of likes.

pub(crate) mod problems;
mod user_id;

pub(crate) use user_id::{Caller, XUserId};
