//! Short names from a small set: hosts, services, kinds of messages. A run compares and copies them millions of times, so a
//! name is one pointer. Names that are read from a file are kept for the rest of the process: there are few different ones.

use std::{
    cell::RefCell,
    collections::BTreeSet,
    fmt,
    sync::{Mutex, PoisonError},
};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A short name from a small set.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(&'static str);

impl Name {
    /// The service that drives sagas and owns the saga log. Every system has one; the other services execute steps.
    pub const COORDINATOR: Self = Self::new("coordinator");

    /// The name of this text.
    #[must_use]
    pub const fn new(text: &'static str) -> Self {
        Self(text)
    }

    /// The name of a text that does not live as long as the process.
    #[must_use]
    pub fn kept(text: &str) -> Self {
        // Runs on other threads must not wait for each other at every message.
        thread_local! {
            static SEEN: RefCell<BTreeSet<&'static str>> = const { RefCell::new(BTreeSet::new()) };
        }
        let seen = SEEN.with_borrow(|seen| seen.get(text).copied());
        Self(seen.unwrap_or_else(|| {
            let text = kept_for_all_threads(text);
            SEEN.with_borrow_mut(|seen| seen.insert(text));
            text
        }))
    }

    /// The text.
    #[must_use]
    pub const fn text(self) -> &'static str {
        self.0
    }
}

/// The text, allocated once in the process.
fn kept_for_all_threads(text: &str) -> &'static str {
    static KEPT: Mutex<BTreeSet<&str>> = Mutex::new(BTreeSet::new());
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = kept.get(text) {
        return known;
    }
    let text: &'static str = Box::leak(text.to_owned().into_boxed_str());
    kept.insert(text);
    text
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0)
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Ok(Self::kept(&text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_read_is_equal_to_the_constant() {
        let read: Name = serde_json::from_str("\"queue\"").unwrap();
        assert_eq!(read, Name::new("queue"));
        assert!(std::ptr::eq(read.text(), Name::kept("queue").text()));
    }
}
