//! Random places for faults: times, messages, commits and links.
//!
//! Places are drawn without knowledge of the run. Some are never reached, and their faults do not fire. To know
//! better, each plan would have to be run once without faults, which doubles the price of a seed.

use rand::{RngExt, seq::IndexedRandom};
use rand_pcg::Pcg64Mcg;

use super::SPREAD_MILLIS;
use crate::{
    System,
    plan::{CommitPoint, Host, MessageKind, MessagePoint, Side, Trigger},
};

/// The places of a system.
pub(super) struct Places {
    /// The first host of each service.
    services: Vec<Host>,
    /// Those of them that execute steps.
    participants: Vec<Host>,
}

impl Places {
    /// The places of a system.
    pub(super) fn of(system: &dyn System) -> Self {
        Self {
            services: system.hosts(),
            participants: system.participants(),
        }
    }

    /// A trigger of any kind: a time, a message or a commit.
    pub(super) fn anywhere(&self, rng: &mut Pcg64Mcg) -> Trigger {
        match rng.random_range(0..3) {
            0 => Trigger::At {
                millis: rng.random_range(0..SPREAD_MILLIS),
            },
            1 => {
                let side = side(rng);
                self.message(rng, side)
            }
            _ => self.commit(rng),
        }
    }

    /// A message. Actions are drawn more often than compensations and seals, as they are sent more often; numbers beyond
    /// what a run sends would never fire.
    pub(super) fn message(&self, rng: &mut Pcg64Mcg, side: Side) -> Trigger {
        let kinds = [
            MessageKind::DO,
            MessageKind::DO,
            MessageKind::DO,
            MessageKind::UNDO,
            MessageKind::SEAL,
        ];
        let (from, to, what, most) = match rng.random_range(0..6) {
            0 => (Host::CLIENTS, Host::COORDINATOR, None, 30),
            1 => (Host::COORDINATOR, self.service_with_steps(rng), None, 60),
            _ => {
                let what = kinds.choose(rng).copied();
                let most = if what == Some(MessageKind::DO) { 25 } else { 3 };
                (Host::COORDINATOR, self.service_with_steps(rng), what, most)
            }
        };
        Trigger::Message(MessagePoint {
            from,
            to,
            what,
            saga: None,
            nth: rng.random_range(1..=most),
            every: None,
            side,
        })
    }

    /// A commit of the saga log or of steps.
    pub(super) fn commit(&self, rng: &mut Pcg64Mcg) -> Trigger {
        let host = self.service(rng);
        let what = match host.is_coordinator() {
            true => "saga-log",
            false => "steps",
        };
        Trigger::Commit(CommitPoint {
            host,
            what: Some(what.into()),
            nth: rng.random_range(1..=25),
            side: side(rng),
        })
    }

    /// The moment before a commit of the saga log or of steps.
    pub(super) fn before_commit(&self, rng: &mut Pcg64Mcg) -> Trigger {
        match self.commit(rng) {
            Trigger::Commit(point) => Trigger::Commit(CommitPoint {
                side: Side::Before,
                ..point
            }),
            other => other,
        }
    }

    /// The first host of a service. The topology spreads faults over the replicas later.
    pub(super) fn service(&self, rng: &mut Pcg64Mcg) -> Host {
        self.services[rng.random_range(0..self.services.len())]
    }

    /// The first host of a service that executes steps.
    pub(super) fn service_with_steps(&self, rng: &mut Pcg64Mcg) -> Host {
        match self.participants[..] {
            [] => Host::COORDINATOR,
            // The draw for two services is part of what a seed means.
            [first, second] => match rng.random_bool(0.5) {
                true => first,
                false => second,
            },
            _ => self.participants[rng.random_range(0..self.participants.len())],
        }
    }

    /// A link that carries traffic: the participants never talk to each other directly. A link to a participant is drawn
    /// twice as often as the clients' own.
    pub(super) fn link(&self, rng: &mut Pcg64Mcg) -> (Host, Host) {
        match rng.random_range(0..1 + 2 * self.participants.len()) {
            0 => (Host::CLIENTS, Host::COORDINATOR),
            place => (Host::COORDINATOR, self.participants[(place - 1) / 2]),
        }
    }
}

/// Before or after, with equal probability.
pub(super) fn side(rng: &mut Pcg64Mcg) -> Side {
    match rng.random_bool(0.5) {
        true => Side::Before,
        false => Side::After,
    }
}
