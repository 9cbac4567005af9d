//! Random places for faults: times, messages, commits and links.
//!
//! Places are drawn without knowledge of the run. Some are never reached, and their faults do not fire. To know
//! better, each plan would have to be run once without faults, which doubles the price of a seed.

use rand::{RngExt, seq::IndexedRandom};
use rand_pcg::Pcg64Mcg;

use super::SPREAD_MILLIS;
use crate::world::plan::{CommitPoint, Host, MessageKind, MessagePoint, Side, Trigger};

/// A trigger of any kind: a time, a message or a commit.
pub(super) fn anywhere(rng: &mut Pcg64Mcg) -> Trigger {
    match rng.random_range(0..3) {
        0 => Trigger::At {
            millis: rng.random_range(0..SPREAD_MILLIS),
        },
        1 => {
            let side = side(rng);
            message(rng, side)
        }
        _ => commit(rng),
    }
}

/// A message. Actions are drawn more often than compensations and seals, as they are sent more often; numbers beyond what
/// a run sends would never fire.
pub(super) fn message(rng: &mut Pcg64Mcg, side: Side) -> Trigger {
    let kinds = [
        MessageKind::Do,
        MessageKind::Do,
        MessageKind::Do,
        MessageKind::Undo,
        MessageKind::Seal,
    ];
    let (from, to, what, most) = match rng.random_range(0..6) {
        0 => (Host::Clients, Host::Coordinator, None, 30),
        1 => (Host::Coordinator, service_with_steps(rng), None, 60),
        _ => {
            let what = kinds.choose(rng).copied();
            let most = if what == Some(MessageKind::Do) { 25 } else { 3 };
            (Host::Coordinator, service_with_steps(rng), what, most)
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
pub(super) fn commit(rng: &mut Pcg64Mcg) -> Trigger {
    let host = service(rng);
    let what = match host {
        Host::Coordinator => "saga-log",
        _ => "steps",
    };
    Trigger::Commit(CommitPoint {
        host,
        what: Some(what.into()),
        nth: rng.random_range(1..=25),
        side: side(rng),
    })
}

/// Before or after, with equal probability.
pub(super) fn side(rng: &mut Pcg64Mcg) -> Side {
    match rng.random_bool(0.5) {
        true => Side::Before,
        false => Side::After,
    }
}

/// The first host of a service. The topology spreads faults over the replicas later.
pub(super) fn service(rng: &mut Pcg64Mcg) -> Host {
    Host::SERVICES[rng.random_range(0..Host::SERVICES.len())]
}

/// The first host of a service that executes steps.
pub(super) fn service_with_steps(rng: &mut Pcg64Mcg) -> Host {
    match rng.random_bool(0.5) {
        true => Host::Article,
        false => Host::User,
    }
}

/// A link that carries traffic: the services never talk to each other directly.
pub(super) fn link(rng: &mut Pcg64Mcg) -> (Host, Host) {
    match rng.random_range(0..5) {
        0 => (Host::Clients, Host::Coordinator),
        1 | 2 => (Host::Coordinator, Host::Article),
        _ => (Host::Coordinator, Host::User),
    }
}
