//! The protocol as it is, and without each of the things it rests on: what the search must find, or it is blind.

use likewise_saga::protocol::{Rules, SagaRules};

use crate::rule_variants::{AbortWithoutSeal, UnsentIsDead};

/// The protocol, or one that lacks something.
#[derive(Clone, Copy)]
pub struct Protocol {
    /// What it is called.
    pub name: &'static str,
    /// What is different, in one sentence.
    pub about: &'static str,
    /// The property that a search must find violated; nothing, if every property must hold.
    pub broken: Option<&'static str>,
    pub(super) rules: &'static dyn Rules,
    pub(super) tombstone: bool,
    pub(super) durable_refusal: bool,
    pub(super) fence: bool,
}

/// The protocol as it is.
pub const TRUE_PROTOCOL: Protocol = Protocol {
    name: "protocol",
    about: "the product's own rules",
    broken: None,
    rules: &SagaRules,
    tombstone: true,
    durable_refusal: true,
    fence: true,
};

/// The protocol without one of its parts.
pub const MUTANTS: [Protocol; 5] = [
    Protocol {
        name: "no-tombstone",
        about: "an undo or a seal that finds nothing leaves nothing",
        broken: Some("no-done-after-tomb"),
        tombstone: false,
        ..TRUE_PROTOCOL
    },
    Protocol {
        name: "soft-refusal",
        about: "a refusal is rolled back with its barrier row",
        broken: Some("likes-equal-records"),
        durable_refusal: false,
        ..TRUE_PROTOCOL
    },
    Protocol {
        name: "abort-without-seal",
        about: "recovery and the deadline turn a saga back without sealing its steps",
        broken: Some("acknowledged-like-stays"),
        rules: &AbortWithoutSeal,
        ..TRUE_PROTOCOL
    },
    Protocol {
        name: "unsent-is-dead",
        about: "in doubt, a step that was not sent from here is not sealed: the product's rule until this search broke it",
        broken: Some("acknowledged-like-stays"),
        rules: &UnsentIsDead,
        ..TRUE_PROTOCOL
    },
    // The barrier and the seals alone keep every property: the epoch spares work, it does not carry the proof.
    Protocol {
        name: "no-fence",
        about: "the log takes a stale epoch's writes, compared by status alone",
        broken: None,
        fence: false,
        ..TRUE_PROTOCOL
    },
];
