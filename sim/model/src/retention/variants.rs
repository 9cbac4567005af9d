//! The rules of retention, and the rules without one of their parts. The search must find what then goes wrong.

/// The rules of retention or a mutant of them.
#[derive(Debug, Clone, Copy)]
pub struct RetentionProtocol {
    /// The name in reports.
    pub name: &'static str,
    /// How it differs from the rules, in one sentence.
    pub about: &'static str,
    /// The property that a search must find violated. `None` if every property must hold.
    pub broken: Option<&'static str>,
    /// Whether a leader proves its epoch in the log before it publishes.
    pub(super) fence: bool,
    /// Whether the ids of later sagas are above every watermark.
    pub(super) rising_ids: bool,
    /// Whether a service stores the watermark, and so refuses what is below, before it deletes.
    pub(super) refuse_first: bool,
    /// Whether a deletion waits for transactions that began before the watermark was stored.
    pub(super) wait: bool,
}

/// The rules as they are.
pub const RETENTION_PROTOCOL: RetentionProtocol = RetentionProtocol {
    name: "retention",
    about: "rows are deleted below a watermark, by the product's own rules",
    broken: None,
    fence: true,
    rising_ids: true,
    refuse_first: true,
    wait: true,
};

/// The mutants: each lacks one part of the rules.
pub const RETENTION_MUTANTS: [RetentionProtocol; 4] = [
    RetentionProtocol {
        name: "unfenced-watermark",
        about: "a leader publishes what it knows, without proving its epoch: it may not know a saga of its successor",
        broken: Some("no-open-saga-is-stale"),
        fence: false,
        ..RETENTION_PROTOCOL
    },
    RetentionProtocol {
        name: "ids-fall-back",
        about: "a saga may start below the watermark, as after a jump of the clock",
        broken: Some("no-open-saga-is-stale"),
        rising_ids: false,
        ..RETENTION_PROTOCOL
    },
    RetentionProtocol {
        name: "delete-before-refuse",
        about: "rows are deleted when the watermark arrives, before it is stored",
        broken: Some("an-ended-saga-keeps-its-effect"),
        refuse_first: false,
        ..RETENTION_PROTOCOL
    },
    RetentionProtocol {
        name: "delete-at-once",
        about: "rows are deleted while a transaction from before the watermark goes on",
        broken: Some("an-ended-saga-keeps-its-effect"),
        wait: false,
        ..RETENTION_PROTOCOL
    },
];
