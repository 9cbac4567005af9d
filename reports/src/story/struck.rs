//! A fault and where it struck, in plain words: `the first reply of do from coordinator to user was lost`.

use likewise_sim::plan::{CommitPoint, Fault, MessagePoint, PlannedFault, Side, Trigger};

/// What struck and where, as a clause.
pub(super) fn told(planned: &PlannedFault) -> String {
    let fault = &planned.fault;
    match (&planned.trigger, of_its_message(fault)) {
        (Trigger::Message(cut), Some(happened)) => format!("{} {happened}", message(cut)),
        (trigger, _) => format!("{} {}", happened(fault), place(trigger)),
    }
}

fn place(trigger: &Trigger) -> String {
    match trigger {
        Trigger::At { millis } => format!("at {millis} ms"),
        Trigger::Message(cut) => format!("at {}", message(cut)),
        Trigger::Commit(cut) => commit(cut),
    }
}

fn message(cut: &MessagePoint) -> String {
    let (half, of, from, to) = match cut.side {
        Side::Before => ("request", "of", cut.from, cut.to),
        // A reply goes the other way.
        Side::After => ("reply", "to", cut.to, cut.from),
    };
    let which = match cut.every {
        None => format!("the {}", ordinal(cut.nth)),
        Some(1) if cut.nth == 1 => "every".to_owned(),
        Some(1) => format!("from the {} on every", ordinal(cut.nth)),
        Some(every) => format!("from the {} on every {}", ordinal(cut.nth), ordinal(every)),
    };
    let what = cut.what.map(|what| format!(" {of} {what}"));
    let saga = cut.saga.map(|saga| format!(" of saga {saga}"));
    format!(
        "{which} {half}{}{} from {from} to {to}",
        what.unwrap_or_default(),
        saga.unwrap_or_default()
    )
}

fn commit(cut: &CommitPoint) -> String {
    let side = match cut.side {
        Side::Before => "before",
        Side::After => "after",
    };
    let what = cut.what.as_deref().map(|what| format!(" of {what}"));
    format!(
        "just {side} the {} commit{} at {}",
        ordinal(cut.nth),
        what.unwrap_or_default(),
        cut.host
    )
}

/// What a fault of one message does to it.
fn of_its_message(fault: &Fault) -> Option<String> {
    Some(match fault {
        Fault::LoseRequest | Fault::LoseReply => "was lost".to_owned(),
        Fault::Duplicate { copies } => format!("arrived {} times", copies + 1),
        Fault::Delay { millis } => format!("was held back for {millis} ms"),
        Fault::Reorder => "was overtaken by the next one".to_owned(),
        Fault::ReplayLate { millis } => format!("arrived once more {millis} ms later"),
        Fault::Truncate { keep_percent } => format!("was cut to {keep_percent} %"),
        Fault::Forge { status } => format!("was answered with {status} by somebody else"),
        Fault::Disconnect { after_millis } => format!("lost its client after {after_millis} ms"),
        _ => return None,
    })
}

/// What a fault of the world does.
fn happened(fault: &Fault) -> String {
    match *fault {
        Fault::Partition { a, b, millis } => format!("{a} and {b} were parted for {millis} ms"),
        Fault::PartitionOneWay { from, to, millis } => {
            format!("nothing passed from {from} to {to} for {millis} ms")
        }
        Fault::SlowLink {
            a,
            b,
            latency_millis,
            millis,
        } => format!("packets between {a} and {b} took {latency_millis} ms for {millis} ms"),
        Fault::Flap {
            a,
            b,
            times,
            millis,
        } => format!("{a} and {b} were parted {times} times for {millis} ms each"),
        Fault::Crash { host, down_millis } => format!("{host} was killed for {down_millis} ms"),
        Fault::PowerCut { host, down_millis } => {
            format!("{host} lost its power for {down_millis} ms")
        }
        Fault::Pause { host, millis } => format!("{host} stood still for {millis} ms"),
        Fault::Restart { host, down_millis } => {
            format!("{host} was restarted and down for {down_millis} ms")
        }
        Fault::Zombie { .. } => {
            "the driving coordinator stood still until another took over".to_owned()
        }
        Fault::LoseConnection => "the database connection broke".to_owned(),
        Fault::Busy { host, millis } => {
            format!("the database of {host} was locked for {millis} ms")
        }
        Fault::PoolExhausted { host, millis } => {
            format!("{host} had no free database connection for {millis} ms")
        }
        Fault::Outage { host, millis } => {
            format!("the database of {host} was away for {millis} ms")
        }
        Fault::SlowDatabase {
            host,
            extra_millis,
            millis,
        } => {
            format!("transactions of {host} took {extra_millis} ms longer for {millis} ms")
        }
        Fault::DiskFull { host, millis } => format!("the disk of {host} was full for {millis} ms"),
        Fault::DiskError { host, millis } => format!("the disk of {host} failed for {millis} ms"),
        Fault::ClockSkew {
            host,
            by_millis,
            millis,
        } => format!("the clock of {host} was {by_millis:+} ms wrong for {millis} ms"),
        Fault::ClockDrift {
            host,
            percent,
            millis,
        } => format!("the clock of {host} ran {percent:+} % wrong for {millis} ms"),
        Fault::ClockJump { host, by_millis } => {
            format!("the clock of {host} jumped by {by_millis:+} ms")
        }
        // Those of a message strike where there is one: the plan would not be valid otherwise.
        ref other => other.to_string(),
    }
}

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
    use likewise_sim::{
        exhaustive::faults_at,
        plan::{Host, MessageKind},
        record::InjectionPoint,
    };

    use super::*;

    fn reply(nth: u32) -> MessagePoint {
        MessagePoint::reply(Host::Coordinator, Host::User, MessageKind::Do, nth)
    }

    #[test]
    fn what_happens_to_a_message_is_said_of_the_message() {
        let lost = PlannedFault {
            trigger: Trigger::Message(reply(2)),
            fault: Fault::LoseReply,
        };
        assert_eq!(
            told(&lost),
            "the second reply to do from user to coordinator was lost"
        );
    }

    #[test]
    fn what_happens_to_the_world_is_said_with_its_place() {
        let killed = PlannedFault {
            trigger: Trigger::Commit(CommitPoint::after(Host::User, "steps", 21)),
            fault: Fault::Crash {
                host: Host::User,
                down_millis: 5,
            },
        };
        assert_eq!(
            told(&killed),
            "user was killed for 5 ms just after the 21st commit of steps at user"
        );
    }

    #[test]
    fn every_fault_has_plain_words() {
        let cut = InjectionPoint::Message(reply(1));
        for fault in faults_at(&cut) {
            let trigger = Trigger::Message(reply(1));
            let said = told(&PlannedFault { trigger, fault });
            assert!(!said.contains('→') && !said.contains('↔'), "{said}");
        }
    }

    #[test]
    fn numbers_are_said_as_places() {
        let said: Vec<_> = [1, 3, 11, 12, 23, 42].map(ordinal).into();
        assert_eq!(said, ["first", "third", "11th", "12th", "23rd", "42nd"]);
    }
}
