//! The event stream of a run in the making, and its rolling hash.

use std::hash::Hash;

use siphasher::sip128::{Hasher128, SipHasher13};

use super::Event;

/// The most events of one run. A run with more would not end.
pub(crate) const EVENTS_MAX: usize = 2_000_000;

/// The event stream of a run.
#[derive(Default)]
pub struct Recorder {
    hasher: SipHasher13,
    events: Vec<Event>,
}

impl Recorder {
    /// Appends an event. Returns its place.
    pub fn push(&mut self, event: Event) -> usize {
        event.hash(&mut self.hasher);
        self.events.push(event);
        self.events.len() - 1
    }

    /// Whether the run has more events than any run that ends.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.events.len() >= EVENTS_MAX
    }

    /// The last event.
    #[must_use]
    pub fn last(&self) -> Option<&Event> {
        self.events.last()
    }

    /// The number of events.
    #[must_use]
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether there are no events.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// The rolling hash over all events, in hexadecimal.
    #[must_use]
    pub fn hash(&self) -> String {
        let hash = self.hasher.finish128();
        format!("{:016x}{:016x}", hash.h1, hash.h2)
    }

    /// Takes the events.
    #[must_use]
    pub fn take(&mut self) -> Vec<Event> {
        // The number of events is part of the hash: a run that is a prefix of another must not be equal to it.
        self.events.len().hash(&mut self.hasher);
        std::mem::take(&mut self.events)
    }
}
