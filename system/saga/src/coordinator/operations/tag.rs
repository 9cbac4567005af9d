//! The tag of what an order is based on.

use std::hash::Hasher;

use siphasher::sip::SipHasher13;

/// What was seen of a saga, in three texts. An order that is based on it is refused if one of them has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenSaga {
    /// The log row with its epoch, and the epoch of the leader.
    pub row: String,
    /// The orders in force, and how many there were in this term. So the tag of one order is not that of the next one.
    pub orders: String,
    /// Every barrier row.
    pub barrier: String,
}

/// Makes a tag: the value of `ETag` and of `If-Match`.
pub type OrderTag = fn(&SeenSaga) -> String;

/// The tag of everything that was seen.
#[must_use]
pub fn order_tag(seen: &SeenSaga) -> String {
    let mut hasher = SipHasher13::new();
    for text in [&seen.row, &seen.orders, &seen.barrier] {
        hasher.write(text.as_bytes());
        hasher.write_u8(0xFF);
    }
    format!("\"{:016x}\"", hasher.finish())
}
