//! The scope of a fault: its kind, how long it lasts, and which hosts it names.

use std::time::Duration;

use super::{Family, Fault, FaultKind};
use crate::plan::Host;

impl Fault {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> FaultKind {
        match self {
            Self::LoseRequest => FaultKind::LoseRequest,
            Self::LoseReply => FaultKind::LoseReply,
            Self::Duplicate { .. } => FaultKind::Duplicate,
            Self::Delay { .. } => FaultKind::Delay,
            Self::Reorder => FaultKind::Reorder,
            Self::ReplayLate { .. } => FaultKind::ReplayLate,
            Self::Truncate { .. } => FaultKind::Truncate,
            Self::Forge { .. } => FaultKind::Forge,
            Self::Partition { .. } => FaultKind::Partition,
            Self::PartitionOneWay { .. } => FaultKind::PartitionOneWay,
            Self::SlowLink { .. } => FaultKind::SlowLink,
            Self::Flap { .. } => FaultKind::Flap,
            Self::Crash { .. } => FaultKind::Crash,
            Self::PowerCut { .. } => FaultKind::PowerCut,
            Self::Pause { .. } => FaultKind::Pause,
            Self::Restart { .. } => FaultKind::Restart,
            Self::Zombie { .. } => FaultKind::Zombie,
            Self::AcceptAndNeverAnswer { .. } => FaultKind::AcceptAndNeverAnswer,
            Self::UnreadableRow { .. } => FaultKind::UnreadableRow,
            Self::SecondProcess { .. } => FaultKind::SecondProcess,
            Self::LoseConnection => FaultKind::LoseConnection,
            Self::Busy { .. } => FaultKind::Busy,
            Self::PoolExhausted { .. } => FaultKind::PoolExhausted,
            Self::Outage { .. } => FaultKind::Outage,
            Self::SlowDatabase { .. } => FaultKind::SlowDatabase,
            Self::Hang { .. } => FaultKind::Hang,
            Self::SilentConnection => FaultKind::SilentConnection,
            Self::TooManyClients { .. } => FaultKind::TooManyClients,
            Self::OutsiderLock { .. } => FaultKind::OutsiderLock,
            Self::RefusedRow { .. } => FaultKind::RefusedRow,
            Self::DiskFull { .. } => FaultKind::DiskFull,
            Self::DiskError { .. } => FaultKind::DiskError,
            Self::ClockSkew { .. } => FaultKind::ClockSkew,
            Self::ClockDrift { .. } => FaultKind::ClockDrift,
            Self::ClockJump { .. } => FaultKind::ClockJump,
            Self::Disconnect { .. } => FaultKind::Disconnect,
            Self::WithheldBody { .. } => FaultKind::WithheldBody,
        }
    }

    /// Whether it affects only the message or commit at which it is injected.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.kind().family() == Family::Message
            || matches!(
                self,
                Self::Disconnect { .. }
                    | Self::WithheldBody { .. }
                    | Self::LoseConnection
                    | Self::SilentConnection
            )
    }

    /// Whether it may keep a statement waiting without an answer.
    #[must_use]
    pub fn may_hang_statements(&self) -> bool {
        matches!(
            self,
            Self::Hang { .. } | Self::SilentConnection | Self::OutsiderLock { .. }
        )
    }

    /// How long it stays active. `None` for a fault of a moment.
    #[must_use]
    pub fn lasts(&self) -> Option<Duration> {
        match *self {
            Self::SlowLink { millis, .. }
            | Self::Pause { millis, .. }
            | Self::Zombie { millis }
            | Self::AcceptAndNeverAnswer { millis, .. }
            | Self::Busy { millis, .. }
            | Self::PoolExhausted { millis, .. }
            | Self::Outage { millis, .. }
            | Self::SlowDatabase { millis, .. }
            | Self::Hang { millis, .. }
            | Self::TooManyClients { millis, .. }
            | Self::OutsiderLock { millis, .. }
            | Self::RefusedRow { millis, .. }
            | Self::DiskFull { millis, .. }
            | Self::DiskError { millis, .. }
            | Self::ClockSkew { millis, .. }
            | Self::ClockDrift { millis, .. } => Some(Duration::from_millis(millis)),
            // It ends when the run heals.
            Self::ClockJump { .. } => Some(Duration::MAX),
            _ => None,
        }
    }

    /// How long it has an effect by itself: for as long as it is active, a process is down, a link is cut or a message is
    /// held back.
    #[must_use]
    pub fn acts_for(&self) -> Duration {
        let millis = match *self {
            Self::Crash { down_millis, .. }
            | Self::UnreadableRow { down_millis, .. }
            | Self::PowerCut { down_millis, .. }
            | Self::Restart { down_millis, .. } => down_millis,
            Self::Partition { millis, .. }
            | Self::PartitionOneWay { millis, .. }
            | Self::Delay { millis }
            | Self::ReplayLate { millis }
            | Self::WithheldBody { millis }
            | Self::SecondProcess { millis } => millis,
            Self::Flap { times, millis, .. } => millis.saturating_mul(u64::from(times) * 2),
            _ => return self.lasts().unwrap_or_default(),
        };
        Duration::from_millis(millis)
    }

    /// The hosts that it names.
    #[must_use]
    pub fn hosts(&self) -> Vec<Host> {
        let mut named = Vec::new();
        let _ = self.on_hosts(|host| {
            named.push(host);
            host
        });
        named
    }

    /// The same fault on other hosts: `other` maps each of its hosts.
    #[must_use]
    pub fn on_hosts(mut self, mut other: impl FnMut(Host) -> Host) -> Self {
        match &mut self {
            Self::Partition { a, b, .. }
            | Self::SlowLink { a, b, .. }
            | Self::Flap { a, b, .. }
            | Self::PartitionOneWay { from: a, to: b, .. } => {
                *a = other(*a);
                *b = other(*b);
            }
            Self::Crash { host, .. }
            | Self::PowerCut { host, .. }
            | Self::Pause { host, .. }
            | Self::Restart { host, .. }
            | Self::AcceptAndNeverAnswer { host, .. }
            | Self::UnreadableRow { host, .. }
            | Self::Busy { host, .. }
            | Self::PoolExhausted { host, .. }
            | Self::Outage { host, .. }
            | Self::SlowDatabase { host, .. }
            | Self::Hang { host, .. }
            | Self::TooManyClients { host, .. }
            | Self::OutsiderLock { host, .. }
            | Self::DiskFull { host, .. }
            | Self::DiskError { host, .. }
            | Self::ClockSkew { host, .. }
            | Self::ClockDrift { host, .. }
            | Self::ClockJump { host, .. } => *host = other(*host),
            Self::LoseRequest
            | Self::SecondProcess { .. }
            | Self::LoseReply
            | Self::Duplicate { .. }
            | Self::Delay { .. }
            | Self::Reorder
            | Self::ReplayLate { .. }
            | Self::Truncate { .. }
            | Self::Forge { .. }
            | Self::Zombie { .. }
            | Self::LoseConnection
            | Self::SilentConnection
            | Self::RefusedRow { .. }
            | Self::Disconnect { .. }
            | Self::WithheldBody { .. } => {}
        }
        self
    }
}
