//! When a phase of a run is over: the set-up at the latest, and the world at rest.

use std::{collections::BTreeSet, time::Duration};

use uuid::Uuid;

use super::{World, check::Checker};

/// How long the set-up may take, in simulated time, without its requests.
const SETUP_WITHIN: Duration = Duration::from_secs(60);
/// How many latencies and ticks a request of the set-up may take: there and back, over a new connection.
const SETUP_REQUEST_HOPS: u32 = 4;

/// How long the set-up of the world may take.
pub(super) fn set_up_within(world: &World) -> Duration {
    let plan = world.plan();
    let hop = Duration::from_millis(plan.timing.latency_max_millis + plan.timing.tick_millis);
    let requests = world.system().set_up(plan).len();
    let requests = u32::try_from(requests).unwrap_or(u32::MAX);
    SETUP_WITHIN + hop * SETUP_REQUEST_HOPS.saturating_mul(requests)
}

/// Whether nothing is in progress. A paused process is not at rest: what it does when it resumes is still to come.
pub(super) fn is_at_rest(world: &World) -> bool {
    let up = world.hosts().all().all(|host| {
        world.machine(host, |machine| machine.up && !machine.process.is_paused()) == Some(true)
    });
    let second = world.second_coordinator();
    let has_second =
        second.and_then(|host| world.machine(host, |machine| machine.up)) == Some(true);
    let up = up && !has_second;
    let is_idle = world.operations_done() && world.deliveries_done() && has_no_open_saga(world);
    // A client may leave while its operation is on its way to a coordinator, in the sockets of one that is paused, or waits for a
    // service that is down. Its saga then starts after the clients are done.
    up && is_idle && !world.may_start_a_saga()
}

/// The sagas that are open.
pub(super) fn open_sagas(world: &World) -> BTreeSet<Uuid> {
    world.with_checker(|checker| {
        let all = checker.observed().sagas.iter();
        all.filter(|(_, saga)| saga.is_open())
            .map(|(id, _)| *id)
            .collect()
    })
}

/// Whether no saga is open.
pub(super) fn has_no_open_saga(world: &World) -> bool {
    world.with_checker(|checker| checker.observed().open_sagas() == 0)
}

/// Whether a property is violated, or one of these sagas is still open.
pub(super) fn has_found_something(world: &World, open_before: &BTreeSet<Uuid>) -> bool {
    let is_violated = |checker: &mut Checker| !checker.violations().is_empty();
    world.with_checker(is_violated) || !open_sagas(world).is_disjoint(open_before)
}
