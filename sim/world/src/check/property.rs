//! A property, and what an invariant finds out about it.
//!
//! "Exercised" is counted with every judgement, because a check that never had anything to judge proves nothing.

/// A property that must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Property {
    /// Its name, in plans, records and reports.
    pub name: &'static str,
    /// The property in one plain sentence.
    pub about: &'static str,
    /// What a run must have so that the property is exercised: an operation, a fault or an option of a plan. A campaign that never
    /// exercises the property says it.
    pub exercised_by: &'static str,
    /// The part of the system that keeps it, and its rule. A failing report says it: this is what did not hold.
    pub kept_by: &'static str,
}

impl Property {
    /// The same property in the words of one system.
    #[must_use]
    pub const fn in_words(self, about: &'static str) -> Self {
        Self { about, ..self }
    }
}

/// What the invariants found out at one moment of a run.
#[derive(Default)]
pub struct Findings {
    pub(super) exercised: Vec<(&'static str, u64)>,
    pub(super) violated: Vec<(&'static str, String)>,
}

impl Findings {
    /// The property was exercised this many times. A property that was never exercised is not reported as passed.
    pub fn exercised(&mut self, property: Property, times: u64) {
        if times > 0 {
            self.exercised.push((property.name, times));
        }
    }

    /// The property was exercised once. If it does not hold, `detail` says what was seen.
    pub fn require(&mut self, property: Property, holds: bool, detail: impl FnOnce() -> String) {
        self.exercised(property, 1);
        if !holds {
            self.violated.push((property.name, detail()));
        }
    }

    /// Adds what was found out. If the condition does not hold, it did not exercise this property; a violation counts all the
    /// same.
    pub(super) fn extend_if(&mut self, condition: bool, property: Property, found: Self) {
        let exercised = found.exercised.into_iter();
        let counts = |(name, _): &(&str, u64)| condition || *name != property.name;
        self.exercised.extend(exercised.filter(counts));
        self.violated.extend(found.violated);
    }

    /// The violations so far, in order.
    #[must_use]
    pub fn violations(&self) -> &[(&'static str, String)] {
        &self.violated
    }
}
