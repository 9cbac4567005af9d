//! The protocol as it is, and its mutants: the protocol without one of the parts that it rests on.
//!
//! The search must find a counter-example in each mutant that has one. A search that does not would prove nothing about
//! the protocol itself.

use likewise_protocol::{Rules, SagaRules};

use likewise_protocol::rule_variants::{AbortWithoutSeal, UnsentIsDead};

/// The protocol or a mutant of it.
#[derive(Clone, Copy)]
pub struct Protocol {
    /// The name in reports.
    pub name: &'static str,
    /// How it differs from the protocol, in one sentence.
    pub about: &'static str,
    /// The property that a search must find violated. `None` if every property must hold.
    pub broken: Option<&'static str>,
    /// Why every property holds although a part is missing.
    pub why_right: Option<&'static str>,
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
    why_right: None,
    rules: &SagaRules,
    tombstone: true,
    durable_refusal: true,
    fence: true,
};

/// The mutants: each lacks one part of the protocol.
pub const MUTANTS: [Protocol; 5] = [
    Protocol {
        name: "no-tombstone",
        about: "an undo or a seal that finds no row leaves no tombstone",
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
        about: "recovery and the deadline compensate a saga without sealing its steps",
        broken: Some("acknowledged-like-stays"),
        rules: &AbortWithoutSeal,
        ..TRUE_PROTOCOL
    },
    Protocol {
        name: "unsent-is-dead",
        about: "in doubt, a step that this coordinator has not sent is not sealed: the product's rule until this search found the error",
        broken: Some("acknowledged-like-stays"),
        rules: &UnsentIsDead,
        ..TRUE_PROTOCOL
    },
    Protocol {
        name: "no-fence",
        about: "the log takes a stale epoch's writes, compared by status alone",
        broken: None,
        why_right: Some(
            "this is right: the barrier and the seals settle what happened, whichever process writes. The fence stops a replaced leader \
             early and guards what the model leaves out, the checks before a saga; these properties do not rest on it",
        ),
        fence: false,
        ..TRUE_PROTOCOL
    },
];
