//! What operators order, and which orders are open.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde::Serialize;

use crate::id::SagaId;

/// What an operator orders. Only the direction and the pause of something outlive the leader that carries the order out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// Send what is under way of a saga again now.
    Retry {
        /// The saga.
        saga: SagaId,
    },
    /// Give a saga a direction. The latest order counts.
    Direct {
        /// The saga.
        saga: SagaId,
        /// Where it is to go.
        direction: Direction,
    },
    /// Send nothing.
    Pause(PauseOf),
    /// Send again.
    Resume(PauseOf),
    /// Send an alert about a saga again.
    Resend {
        /// The saga.
        saga: SagaId,
    },
}

/// The direction that an operator gives to a saga.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Undo it, if its participants say that this is still possible.
    Abort,
    /// Complete it, whatever its deadline is.
    ForceComplete,
}

impl Direction {
    /// Its name in the audit and in answers.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Abort => "abort",
            Self::ForceComplete => "force_complete",
        }
    }

    pub(super) fn verb(self) -> &'static str {
        match self {
            Self::Abort => "abort",
            Self::ForceComplete => "complete",
        }
    }
}

/// What is paused.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum PauseOf {
    /// One saga.
    Saga(SagaId),
    /// All sagas of a kind.
    Kind(String),
    /// All steps at a service.
    Service(String),
}

impl PauseOf {
    /// Its scope in the audit: `saga`, `kind` or `service`.
    #[must_use]
    pub fn scope(&self) -> &'static str {
        match self {
            Self::Saga(_) => "saga",
            Self::Kind(_) => "kind",
            Self::Service(_) => "service",
        }
    }

    /// Its target in the audit: an id or a name.
    #[must_use]
    pub fn target(&self) -> String {
        match self {
            Self::Saga(saga) => saga.to_string(),
            Self::Kind(name) | Self::Service(name) => name.clone(),
        }
    }

    /// What the audit says with this scope and target. `None` if it is no pause.
    #[must_use]
    pub fn of_audit(scope: &str, target: &str) -> Option<Self> {
        match scope {
            "saga" => target.parse().ok().map(SagaId).map(Self::Saga),
            "kind" => Some(Self::Kind(target.to_owned())),
            "service" => Some(Self::Service(target.to_owned())),
            _ => None,
        }
    }
}

impl fmt::Display for PauseOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Saga(saga) => write!(f, "saga {saga}"),
            Self::Kind(name) => write!(f, "the kind {name}"),
            Self::Service(name) => write!(f, "the {name} service"),
        }
    }
}

impl Order {
    /// Its name in the audit.
    #[must_use]
    pub fn action(&self) -> &'static str {
        match self {
            Self::Retry { .. } => "retry",
            Self::Direct { direction, .. } => direction.name(),
            Self::Pause(_) => "pause",
            Self::Resume(_) => "resume",
            Self::Resend { .. } => "resend",
        }
    }

    /// What it concerns.
    #[must_use]
    pub fn target(&self) -> PauseOf {
        match self {
            Self::Retry { saga } | Self::Direct { saga, .. } | Self::Resend { saga } => {
                PauseOf::Saga(*saga)
            }
            Self::Pause(target) | Self::Resume(target) => target.clone(),
        }
    }

    /// The order that the audit has under these names. `None` if it is none that outlives its leader.
    #[must_use]
    pub fn of_audit(action: &str, scope: &str, target: &str) -> Option<Self> {
        let target = PauseOf::of_audit(scope, target)?;
        let direct = |direction| match target {
            PauseOf::Saga(saga) => Some(Self::Direct { saga, direction }),
            _ => None,
        };
        match action {
            "abort" => direct(Direction::Abort),
            "force_complete" => direct(Direction::ForceComplete),
            "pause" => Some(Self::Pause(target)),
            "resume" => Some(Self::Resume(target)),
            _ => None,
        }
    }
}

/// The orders that are in force.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OpenOrders {
    directions: BTreeMap<SagaId, Direction>,
    paused: BTreeSet<PauseOf>,
}

impl OpenOrders {
    /// Takes note of an order. Orders come in the order of the audit.
    pub fn apply(&mut self, order: &Order) {
        match order {
            Order::Retry { .. } | Order::Resend { .. } => {}
            Order::Direct { saga, direction } => drop(self.directions.insert(*saga, *direction)),
            Order::Pause(target) => drop(self.paused.insert(target.clone())),
            Order::Resume(target) => drop(self.paused.remove(target)),
        }
    }

    /// Forgets a saga that has ended.
    pub fn forget(&mut self, saga: SagaId) {
        self.directions.remove(&saga);
        self.paused.remove(&PauseOf::Saga(saga));
    }

    /// The latest order about a saga's direction.
    #[must_use]
    pub fn direction(&self, saga: SagaId) -> Option<Direction> {
        self.directions.get(&saga).copied()
    }

    /// Whether exactly this is paused.
    #[must_use]
    pub fn is_paused(&self, target: &PauseOf) -> bool {
        self.paused.contains(target)
    }

    /// What is paused of kinds and services.
    pub fn paused_kinds_and_services(&self) -> impl Iterator<Item = &PauseOf> {
        let paused = self.paused.iter();
        paused.filter(|target| !matches!(target, PauseOf::Saga(_)))
    }

    /// Why nothing is sent of a saga of this kind to a service.
    #[must_use]
    pub fn pause(&self, saga: SagaId, kind: &str, service: &str) -> Option<PauseOf> {
        let of_saga = PauseOf::Saga(saga);
        match self.paused.contains(&of_saga) {
            true => Some(of_saga),
            false => self.pause_of_starts(kind, std::iter::once(service)),
        }
    }

    /// Why no saga of a kind may start that needs these services.
    #[must_use]
    pub fn pause_of_starts<'s>(
        &self,
        kind: &str,
        services: impl Iterator<Item = &'s str>,
    ) -> Option<PauseOf> {
        let services = services.map(|service| PauseOf::Service(service.to_owned()));
        let mut all = std::iter::once(PauseOf::Kind(kind.to_owned())).chain(services);
        all.find(|target| self.paused.contains(target))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn the_latest_order_counts_and_the_audit_brings_it_back() {
        let saga = SagaId(Uuid::from_u128(7));
        let orders = [
            Order::Direct {
                saga,
                direction: Direction::Abort,
            },
            Order::Pause(PauseOf::Saga(saga)),
            Order::Pause(PauseOf::Kind("like".to_owned())),
            Order::Pause(PauseOf::Service("user".to_owned())),
            Order::Direct {
                saga,
                direction: Direction::ForceComplete,
            },
            Order::Resume(PauseOf::Kind("like".to_owned())),
        ];
        let mut open = OpenOrders::default();
        for order in &orders {
            let target = order.target();
            let read = Order::of_audit(order.action(), target.scope(), &target.target());
            assert_eq!(read.as_ref(), Some(order));
            open.apply(order);
        }
        assert_eq!(open.direction(saga), Some(Direction::ForceComplete));
        assert_eq!(
            open.pause(saga, "like", "article"),
            Some(PauseOf::Saga(saga))
        );
        let user = Some(PauseOf::Service("user".to_owned()));
        assert_eq!(open.pause_of_starts("like", ["user"].into_iter()), user);
        assert_eq!(open.pause_of_starts("like", ["article"].into_iter()), None);
        open.forget(saga);
        assert_eq!(open.direction(saga), None);
        assert_eq!(open.pause(saga, "like", "article"), None);
    }

    #[test]
    fn a_retry_a_resent_alert_and_the_end_of_an_order_do_not_outlive_the_leader() {
        for action in ["retry", "resend", "settled", ""] {
            assert_eq!(Order::of_audit(action, "kind", "like"), None, "{action}");
        }
        assert_eq!(Order::of_audit("abort", "kind", "like"), None);
        assert_eq!(Order::of_audit("pause", "saga", "no id"), None);
    }
}
