//! Which part of the system a fault silences, as one coordinator sees it.

use std::time::Duration;

use crate::plan::{Fault, Host, Name, Plan};

/// A part without which no operation succeeds at a coordinator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SilentPart {
    /// A service that executes steps, with its database. The flag says that it still answers some requests.
    Service(Name, bool),
    /// The database of the coordinator itself.
    SagaLog,
}

impl SilentPart {
    /// The part that a fault silences for a coordinator. `None` if operations may still succeed there, or if the coordinator
    /// itself does not answer.
    ///
    /// With several processes of a service, the fault affects one of them only, and operations may succeed over another.
    pub(super) fn of(fault: &Fault, coordinator: Host, plan: &Plan) -> Option<Self> {
        let is_only = |host: &Host| {
            let service = host.service().filter(|it| *it != Name::COORDINATOR);
            service.filter(|it| !plan.topology.is_shared(*it))
        };
        let service = |host: Host, is_partly: bool| {
            is_only(&host).map(|service| Self::Service(service, is_partly))
        };
        match *fault {
            Fault::Crash { host, .. }
            | Fault::PowerCut { host, .. }
            | Fault::Pause { host, .. }
            | Fault::AcceptAndNeverAnswer { host, .. } => service(host, false),
            Fault::Partition { a, b, .. } | Fault::PartitionOneWay { from: a, to: b, .. }
                if a == coordinator || b == coordinator =>
            {
                service(if a == coordinator { b } else { a }, false)
            }
            Fault::Hang { host, .. }
            | Fault::Outage { host, .. }
            | Fault::PoolExhausted { host, .. } => match host == coordinator {
                true => Some(Self::SagaLog),
                false => service(host, false),
            },
            Fault::OutsiderLock { host, .. } | Fault::Busy { host, .. } => {
                match host == coordinator {
                    true => Some(Self::SagaLog),
                    false => service(host, true),
                }
            }
            // The steps of a service go on: it keeps the connection over which it writes.
            Fault::TooManyClients { host, .. } => (host == coordinator).then_some(Self::SagaLog),
            _ => None,
        }
    }

    /// How long the coordinator may go on calling itself ready.
    ///
    /// An answer proves for one interval that a service can be reached, and may itself be as old as an attempt may take.
    /// If a service answers lookups and applies no steps, an operation must have failed first: the prober sends one an interval.
    pub(super) fn noticed_within(
        self,
        watch_interval: Duration,
        step_timeout: Duration,
    ) -> Duration {
        match self {
            Self::Service(_, false) => watch_interval + step_timeout,
            Self::Service(_, true) => (watch_interval + step_timeout) * 2,
            // It is asked each time.
            Self::SagaLog => Duration::ZERO,
        }
    }

    /// Whether a reason for not being ready speaks of this part.
    pub(super) fn is_named_by(self, reason: &str) -> bool {
        match self {
            Self::Service(service, _) => reason.contains(&format!("the {service} service is away")),
            Self::SagaLog => !reason.contains("service is away"),
        }
    }
}
