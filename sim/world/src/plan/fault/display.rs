//! Faults in words. Events of a run contain this text, so a change of it changes every hash.
//!
//! `cargo chaos` prints this text, and reports show it. `reports/src/analysis/narrative` has longer sentences.

use std::fmt;

use super::Fault;

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LoseRequest => write!(f, "lose the request"),
            Self::LoseReply => write!(f, "lose the reply"),
            Self::Duplicate { copies } => write!(f, "duplicate {copies}×"),
            Self::Delay { millis } => write!(f, "delay by {millis} ms"),
            Self::Reorder => write!(f, "let the next one overtake it"),
            Self::ReplayLate { millis } => write!(f, "replay {millis} ms later"),
            Self::Truncate { keep_percent } => write!(f, "cut the body to {keep_percent} %"),
            Self::Forge { status } => write!(f, "answer {status} in its place"),
            Self::Partition { a, b, millis } => write!(f, "partition {a}↔{b} for {millis} ms"),
            Self::PartitionOneWay { from, to, millis } => {
                write!(f, "partition {from}→{to} for {millis} ms")
            }
            Self::SlowLink {
                a,
                b,
                latency_millis,
                millis,
            } => write!(f, "slow {a}↔{b} by {latency_millis} ms for {millis} ms"),
            Self::Flap {
                a,
                b,
                times,
                millis,
            } => write!(f, "flap {a}↔{b} {times}× every {millis} ms"),
            Self::Crash { host, down_millis } => write!(f, "crash {host} for {down_millis} ms"),
            Self::PowerCut { host, down_millis } => {
                write!(f, "cut the power of {host} for {down_millis} ms")
            }
            Self::Pause { host, millis } => write!(f, "pause {host} for {millis} ms"),
            Self::Restart { host, down_millis } => {
                write!(f, "restart {host}, down for {down_millis} ms")
            }
            Self::Zombie { millis } => {
                write!(
                    f,
                    "freeze the driving coordinator until another took over, at most {millis} ms"
                )
            }
            Self::AcceptAndNeverAnswer { host, millis } => {
                write!(f, "let {host} answer no request for {millis} ms")
            }
            Self::UnreadableRow {
                host,
                column,
                down_millis,
            } => write!(
                f,
                "crash {host} for {down_millis} ms and damage the {column} of a saga"
            ),
            Self::SecondProcess { millis } => {
                write!(
                    f,
                    "start a second coordinator on the saga log for {millis} ms"
                )
            }
            Self::LoseConnection => write!(f, "lose the database connection"),
            Self::Busy { host, millis } => write!(f, "lock the database of {host} for {millis} ms"),
            Self::PoolExhausted { host, millis } => {
                write!(f, "exhaust the connections of {host} for {millis} ms")
            }
            Self::Outage { host, millis } => {
                write!(f, "take the database of {host} away for {millis} ms")
            }
            Self::SlowDatabase {
                host,
                extra_millis,
                millis,
            } => write!(
                f,
                "slow the database of {host} by {extra_millis} ms for {millis} ms"
            ),
            Self::Hang { host, millis } => {
                write!(f, "let the database of {host} hang for {millis} ms")
            }
            Self::SilentConnection => write!(f, "let the database connection go silent"),
            Self::TooManyClients { host, millis } => {
                write!(f, "refuse {host} new database connections for {millis} ms")
            }
            Self::OutsiderLock { host, millis } => {
                write!(f, "hold a lock in the database of {host} for {millis} ms")
            }
            Self::RefusedRow { item, millis } => {
                write!(f, "refuse row {item} of the batch for {millis} ms")
            }
            Self::DiskFull { host, millis } => write!(f, "fill the disk of {host} for {millis} ms"),
            Self::DiskError { host, millis } => {
                write!(f, "break the disk of {host} for {millis} ms")
            }
            Self::ClockSkew {
                host,
                by_millis,
                millis,
            } => write!(
                f,
                "set the clock of {host} {by_millis:+} ms for {millis} ms"
            ),
            Self::ClockDrift {
                host,
                percent,
                millis,
            } => write!(
                f,
                "let the clock of {host} run {percent:+} % for {millis} ms"
            ),
            Self::ClockJump { host, by_millis } => {
                write!(f, "let the clock of {host} jump {by_millis:+} ms")
            }
            Self::WithheldBody { millis } => write!(f, "withhold the body for {millis} ms"),
            Self::Disconnect { after_millis } => {
                write!(f, "the client leaves after {after_millis} ms")
            }
        }
    }
}
