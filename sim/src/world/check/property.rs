//! What must be true, and what an invariant found out about it.

/// Something that must be true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Property {
    /// Its name.
    pub name: &'static str,
    /// It, in one plain sentence.
    pub about: &'static str,
}

/// What an invariant has to say.
#[derive(Default)]
pub struct Findings {
    pub(super) exercised: Vec<(&'static str, u64)>,
    pub(super) violated: Vec<(&'static str, String)>,
}

impl Findings {
    /// The property was put to the test so often.
    pub fn exercised(&mut self, property: Property, times: u64) {
        if times > 0 {
            self.exercised.push((property.name, times));
        }
    }

    /// The property was put to the test, and holds unless there is something to say.
    pub fn require(&mut self, property: Property, holds: bool, detail: impl FnOnce() -> String) {
        self.exercised(property, 1);
        if !holds {
            self.violated.push((property.name, detail()));
        }
    }

    /// The violations so far.
    #[must_use]
    pub fn violations(&self) -> &[(&'static str, String)] {
        &self.violated
    }
}
