//! A fault and its injection point in words: `the first reply to do from till to coordinator was lost`.
//!
//! A fault is data, and `Display` writes it in the notation of plans. This file writes it for people who have not
//! read the documentation of plans.

use likewise_world::plan::{CommitPoint, Fault, MessagePoint, PlannedFault, Side, Trigger};

/// The fault and where it fired, as a clause.
///
/// A fault of a message is told as something that happened to the message. Every other fault is told as something
/// that happened to the world when its trigger was reached.
pub(super) fn clause(planned: &PlannedFault) -> String {
    let fault = &planned.fault;
    match (&planned.trigger, message_effect(fault)) {
        (Trigger::Message(point), Some(effect)) => format!("{} {effect}", message(point)),
        (trigger, _) => format!("{} {}", world_effect(fault), place(trigger)),
    }
}

/// Where a fault of the world fired. Its trigger need not be on the host that it affects.
fn place(trigger: &Trigger) -> String {
    match trigger {
        Trigger::At { millis } => format!("at {millis} ms"),
        Trigger::Message(point) => format!("at {}", message(point)),
        Trigger::Commit(point) => commit(point),
    }
}

/// Every field that narrows the point down has its word, so that two different points never read the same.
fn message(point: &MessagePoint) -> String {
    let (half, of, from, to) = match point.side {
        Side::Before => ("request", "of", point.from, point.to),
        // A reply goes in the opposite direction.
        Side::After => ("reply", "to", point.to, point.from),
    };
    let which = match point.every {
        None => format!("the {}", ordinal(point.nth)),
        Some(1) if point.nth == 1 => "every".to_owned(),
        Some(1) => format!("from the {} on every", ordinal(point.nth)),
        Some(every) => format!(
            "from the {} on every {}",
            ordinal(point.nth),
            ordinal(every)
        ),
    };
    let what = point.what.map(|what| format!(" {of} {what}"));
    let saga = point.saga.map(|saga| format!(" of saga {saga}"));
    format!(
        "{which} {half}{}{} from {from} to {to}",
        what.unwrap_or_default(),
        saga.unwrap_or_default()
    )
}

/// *Just* before or after: nothing else happens between the commit and the fault.
fn commit(point: &CommitPoint) -> String {
    let side = match point.side {
        Side::Before => "before",
        Side::After => "after",
    };
    let what = point.what.as_deref().map(|what| format!(" of {what}"));
    format!(
        "just {side} the {} {}{} at {}",
        ordinal(point.nth),
        point.noun(),
        what.unwrap_or_default(),
        point.host
    )
}

/// What a fault does to the message that triggers it; `None` if it affects something else.
fn message_effect(fault: &Fault) -> Option<String> {
    Some(match fault {
        Fault::LoseRequest | Fault::LoseReply => "was lost".to_owned(),
        Fault::Duplicate { copies } => format!("arrived {} times", copies + 1),
        Fault::Delay { millis } => format!("was delayed by {millis} ms"),
        Fault::Reorder => "was overtaken by the next one".to_owned(),
        Fault::ReplayLate { millis } => format!("was delivered again {millis} ms later"),
        Fault::Truncate { keep_percent } => format!("was truncated to {keep_percent} %"),
        Fault::Forge { status } => format!("was answered with {status} by the network"),
        Fault::WithheldBody { millis } => format!("withheld its body for {millis} ms"),
        Fault::Disconnect { after_millis } => format!("lost its client after {after_millis} ms"),
        _ => return None,
    })
}

/// What a fault does to a link, a host, a database, a disk or a clock.
fn world_effect(fault: &Fault) -> String {
    match *fault {
        Fault::Partition { a, b, millis } => {
            format!("{a} and {b} were partitioned for {millis} ms")
        }
        Fault::PartitionOneWay { from, to, millis } => {
            format!("messages from {from} to {to} were blocked for {millis} ms")
        }
        Fault::SlowLink {
            a,
            b,
            latency_millis,
            millis,
        } => format!(
            "the link between {a} and {b} had a latency of {latency_millis} ms for {millis} ms"
        ),
        Fault::Flap {
            a,
            b,
            times,
            millis,
        } => format!("{a} and {b} were partitioned {times} times for {millis} ms each"),
        Fault::Crash { host, down_millis } => format!("{host} crashed (down for {down_millis} ms)"),
        Fault::PowerCut { host, down_millis } => {
            format!("{host} lost power (down for {down_millis} ms)")
        }
        Fault::Pause { host, millis } => format!("{host} was paused for {millis} ms"),
        Fault::Restart { host, down_millis } => {
            format!("{host} was restarted (down for {down_millis} ms)")
        }
        Fault::Zombie { .. } => {
            "the active coordinator was paused until another took over".to_owned()
        }
        Fault::AcceptAndNeverAnswer { host, millis } => {
            format!("{host} accepted requests and answered none for {millis} ms")
        }
        Fault::UnreadableRow {
            host,
            column,
            down_millis,
        } => format!(
            "{host} crashed (down for {down_millis} ms) and somebody damaged the {column} of a saga"
        ),
        Fault::SecondProcess { millis } => {
            format!("a second coordinator ran on the saga log for {millis} ms")
        }
        Fault::LoseConnection => "the database connection was lost".to_owned(),
        Fault::Busy { host, millis } => {
            format!("the database of {host} was locked for {millis} ms")
        }
        Fault::PoolExhausted { host, millis } => {
            format!("{host} had no free database connection for {millis} ms")
        }
        Fault::Outage { host, millis } => {
            format!("the database of {host} was unavailable for {millis} ms")
        }
        Fault::SlowDatabase {
            host,
            extra_millis,
            millis,
        } => {
            format!("transactions of {host} took {extra_millis} ms longer for {millis} ms")
        }
        Fault::Hang { host, millis } => {
            format!("the database of {host} answered no statement for {millis} ms")
        }
        Fault::SilentConnection => "the database connection went silent".to_owned(),
        Fault::TooManyClients { host, millis } => {
            format!("the database refused {host} new connections for {millis} ms")
        }
        Fault::OutsiderLock { host, millis } => {
            format!("somebody else held a lock in the database of {host} for {millis} ms")
        }
        Fault::RefusedRow { item, millis } => {
            format!("the database refused row {item} of the batch for {millis} ms")
        }
        Fault::DiskFull { host, millis } => format!("the disk of {host} was full for {millis} ms"),
        Fault::DiskError { host, millis } => format!("the disk of {host} failed for {millis} ms"),
        Fault::ClockSkew {
            host,
            by_millis,
            millis,
        } => format!("the clock of {host} was wrong by {by_millis:+} ms for {millis} ms"),
        Fault::ClockDrift {
            host,
            percent,
            millis,
        } => format!("the clock of {host} drifted by {percent:+} % for {millis} ms"),
        Fault::ClockJump { host, by_millis } => {
            format!("the clock of {host} jumped by {by_millis:+} ms")
        }
        // Message faults have a message trigger, or the plan would be invalid. So they do not come here.
        ref other => other.to_string(),
    }
}

/// `11th` to `13th` are the exceptions of English.
fn ordinal(number: u32) -> String {
    match number {
        1 => "first".to_owned(),
        2 => "second".to_owned(),
        3 => "third".to_owned(),
        more => match (more % 10, more % 100) {
            (1, rest) if rest != 11 => format!("{more}st"),
            (2, rest) if rest != 12 => format!("{more}nd"),
            (3, rest) if rest != 13 => format!("{more}rd"),
            _ => format!("{more}th"),
        },
    }
}

#[cfg(test)]
mod tests {
    use likewise_search::exhaustive::faults_at;
    use likewise_world::{
        plan::{Host, MessageKind},
        record::InjectionPoint,
    };

    use super::*;
    use crate::samples::records::TILL;

    fn reply(nth: u32) -> MessagePoint {
        MessagePoint::reply(Host::COORDINATOR, TILL, MessageKind::DO, nth)
    }

    #[test]
    fn a_message_fault_is_described_at_its_message() {
        let lost = PlannedFault {
            trigger: Trigger::Message(reply(2)),
            fault: Fault::LoseReply,
        };
        assert_eq!(
            clause(&lost),
            "the second reply to do from till to coordinator was lost"
        );
    }

    #[test]
    fn any_other_fault_is_described_with_its_injection_point() {
        let crashed = PlannedFault {
            trigger: Trigger::Commit(CommitPoint::after(TILL, "steps", 21)),
            fault: Fault::Crash {
                host: TILL,
                down_millis: 5,
            },
        };
        assert_eq!(
            clause(&crashed),
            "till crashed (down for 5 ms) just after the 21st commit of steps at till"
        );
    }

    /// The notation of plans has arrows. A sentence must not fall back to it for a new kind of fault.
    #[test]
    fn every_fault_has_a_clause_without_symbols() {
        let point = InjectionPoint::Message(reply(1));
        for fault in faults_at(&point) {
            let trigger = Trigger::Message(reply(1));
            let clause = clause(&PlannedFault { trigger, fault });
            assert!(!clause.contains('→') && !clause.contains('↔'), "{clause}");
        }
    }

    #[test]
    fn ordinals_have_their_suffix() {
        let ordinals: Vec<_> = [1, 3, 11, 12, 23, 42].map(ordinal).into();
        assert_eq!(ordinals, ["first", "third", "11th", "12th", "23rd", "42nd"]);
    }
}
