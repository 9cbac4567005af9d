//! Likes, as their coordinator sees them.

use likewise_saga::coordinator::Product;

use super::like_saga::{KINDS, define};
use crate::http::Caller;

/// Likes, as their coordinator sees them.
///
/// Recorded runs contain the words, so changing one changes the event stream of every run in which it occurs.
pub static LIKES: Product = Product {
    define,
    kinds: KINDS,
    steps_max: 2,
    noun: "like",
    locked: "this user for this article",
    check: "the check of both services",
    client: |request| {
        let Caller(user) = Caller::of(request)?;
        Ok(user.map(|user| user.to_string()))
    },
};
