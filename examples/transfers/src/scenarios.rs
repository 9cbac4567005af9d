//! Situations that anyone can replay: `cargo run -p likewise-transfers -- replay late-notice --story`.

use likewise_harness::Scenario;
use likewise_world::plan::{Fault, Host, MessageKind, MessagePoint, Plan};

use super::{ACCOUNTS, NOTICES, done, refused};

/// All scenarios.
pub static SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "refused-by-a-check",
        about: "the account that gets the money is blocked, so the debit and the other check are taken back",
        build: refused,
    },
    Scenario {
        name: "late-notice",
        about: "the notice service is away for longer than the deadline; the client has its answer, and the notice follows",
        build: late_notice,
    },
    Scenario {
        name: "credit-without-a-reply",
        about: "no reply to the credit arrives until the deadline; its seal says that it is done, and the saga goes forward",
        build: credit_without_a_reply,
    },
];

fn late_notice() -> Plan {
    let notify = MessagePoint::request(Host::COORDINATOR, NOTICES, MessageKind::DO, 1);
    let (a, b, millis) = (Host::COORDINATOR, NOTICES, 6_000);
    done().with_fault(notify, Fault::Partition { a, b, millis })
}

/// The first action at the account service is the debit.
fn credit_without_a_reply() -> Plan {
    let credit = MessagePoint::reply(Host::COORDINATOR, ACCOUNTS, MessageKind::DO, 2);
    let every = Some(1);
    done().with_fault(MessagePoint { every, ..credit }, Fault::LoseReply)
}
