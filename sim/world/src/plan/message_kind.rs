//! The kinds of messages, as plans and records name them.

use std::{borrow::Cow, fmt};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::Name;

/// What a message asks for. The kinds below are those of any saga; a system names its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MessageKind(Name);

impl MessageKind {
    /// A batch with an action.
    pub const DO: Self = Self::new("do");
    /// A batch with a compensation.
    pub const UNDO: Self = Self::new("undo");
    /// A batch with a seal.
    pub const SEAL: Self = Self::new("seal");
    /// The publication of a retention watermark.
    pub const WATERMARK: Self = Self::new("watermark");
    /// An order of an operator.
    pub const OPERATE: Self = Self::new("operate");
    /// An alert to the receiver of a plan.
    pub const ALERT: Self = Self::new("alert");
    /// Anything that the system has no name for.
    pub const OTHER: Self = Self::new("other");

    /// A kind of a system. Words are separated by `_`.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self(Name::new(name))
    }

    /// The kinds that every system has.
    pub const OF_ANY_SYSTEM: [Self; 7] = [
        Self::DO,
        Self::UNDO,
        Self::SEAL,
        Self::WATERMARK,
        Self::OPERATE,
        Self::ALERT,
        Self::OTHER,
    ];

    /// Its name, as plans contain it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.0.text()
    }

    /// Whether it is a batch of steps.
    #[must_use]
    pub fn has_steps(self) -> bool {
        [Self::DO, Self::UNDO, Self::SEAL].contains(&self)
    }
}

impl fmt::Display for MessageKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0.text().replace('_', " "))
    }
}

impl JsonSchema for MessageKind {
    fn schema_name() -> Cow<'static, str> {
        "MessageKind".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "What a message asks for: `do`, `undo` and `seal` are batches of steps, `watermark` publishes what may be deleted, `operate` is an order of an operator, `alert` goes to the receiver, `other` has no name. The other kinds are the system's.",
            "type": "string"
        })
    }
}
