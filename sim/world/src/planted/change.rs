//! What a planted bug changes.

use likewise_saga::{service::KitParts, store::Synchronous};

use super::product;
use crate::SystemParts;

/// What a system under test has in place of the product's. One thing, so that nobody wonders what a check has caught.
#[derive(Clone, Copy)]
pub enum Change {
    /// The parts of the kit, one of them replaced. The product has those of [`product`].
    Kit(fn() -> KitParts),
    /// A part of the system itself.
    Own {
        /// All parts of the system, one of them replaced.
        parts: fn() -> Box<dyn SystemParts>,
        /// Whether its databases have another schema than the product's.
        changes_schema: bool,
    },
    /// A time-out is missing.
    Lacks(Timeout),
    /// The `synchronous` pragma of the SQLite files.
    Synchronous(Synchronous),
    /// The coordinators do not watch what they depend on.
    NeverWatches,
    /// The server refuses connections over its limit, and has no reserve for questions about its health.
    RefusesOverTheLimit,
}

/// A time-out of the product that a planted bug can lack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timeout {
    /// Of a statement that the database does not answer.
    Statement,
    /// Of an attempt at a request that a participant does not answer.
    Step,
    /// Of the answer to a client.
    Answer,
    /// The short pauses after the first failures. Without them every pause is the longest.
    ShortPauses,
}

impl Change {
    /// A part of the system itself, with the product's schema.
    #[must_use]
    pub const fn own(parts: fn() -> Box<dyn SystemParts>) -> Self {
        let changes_schema = false;
        Self::Own {
            parts,
            changes_schema,
        }
    }

    /// The product: nothing is changed.
    pub(crate) const NONE: Self = Self::Kit(product);

    /// Whether the services may begin with a prepared database, which has the product's schema and options.
    pub(crate) fn takes_prepared_databases(self) -> bool {
        let changes_schema = matches!(
            self,
            Self::Own {
                changes_schema: true,
                ..
            }
        );
        self.synchronous().is_none() && !changes_schema
    }

    /// The parts of the kit.
    #[must_use]
    pub fn kit(self) -> KitParts {
        match self {
            Self::Kit(kit) => kit(),
            _ => product(),
        }
    }

    /// Whether the system has this time-out.
    #[must_use]
    pub fn has_timeout(self, timeout: Timeout) -> bool {
        !matches!(self, Self::Lacks(lacks) if lacks == timeout)
    }

    /// The `synchronous` pragma of the SQLite files, if it is not what the product chooses.
    #[must_use]
    pub fn synchronous(self) -> Option<Synchronous> {
        match self {
            Self::Synchronous(synchronous) => Some(synchronous),
            _ => None,
        }
    }

    /// Whether the coordinators watch what they depend on.
    #[must_use]
    pub fn watches(self) -> bool {
        !matches!(self, Self::NeverWatches)
    }

    /// Whether the server accepts connections over its limit, into a small reserve.
    #[must_use]
    pub fn accepts_over_the_limit(self) -> bool {
        !matches!(self, Self::RefusesOverTheLimit)
    }
}
