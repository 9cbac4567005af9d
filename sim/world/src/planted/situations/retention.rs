//! Small plans for the planted bugs of retention. Sagas are kept for 6 s: the answer to a client may take as long.

use super::Situations;
use crate::plan::{Fault, Host, MessageKind, MessagePoint, Plan};

/// For how long sagas are kept.
const SAGAS_MILLIS: u64 = 6_000;
/// For how long keys are kept: longer than the run.
const KEYS_MILLIS: u64 = 60_000;

/// Two sagas, and a last one when the first two are collected.
pub(super) fn collected<S: Situations>() -> Plan {
    let operations = (1..).zip([0, 500, 1_000, 20_000]);
    let operations = operations.map(|(client, at_millis)| S::completes(client, at_millis));
    let plan = operations.fold(Plan::new(""), Plan::with_operation);
    plan.with_retention(SAGAS_MILLIS, KEYS_MILLIS)
}

/// The first step arrives once more when its saga is collected.
pub(super) fn repeated_late<S: Situations>() -> Plan {
    let first = MessagePoint::request(Host::COORDINATOR, S::FIRST, MessageKind::DO, 1);
    collected::<S>().with_fault(first, Fault::ReplayLate { millis: 12_000 })
}

/// The first publication arrives long after later ones.
pub(super) fn late_publication<S: Situations>() -> Plan {
    let first = MessagePoint::request(Host::COORDINATOR, S::FIRST, MessageKind::WATERMARK, 1);
    collected::<S>().with_fault(first, Fault::Delay { millis: 8_000 })
}
