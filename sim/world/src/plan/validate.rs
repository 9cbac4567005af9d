//! Validation: what makes a plan impossible to run. It names something that does not exist, or it contradicts itself.

mod fault;
mod workload;

use std::{fmt, time::Duration};

use super::{Fault, Limits, Name, OPERATORS_MAX, Plan, ReceiverAnswer, Topology};
use crate::{Hosts, System, record::EVENTS_MAX};

/// The longest that a fault may last or a client may wait. No run is longer.
const MILLIS_MAX: u64 = 3_600_000;
/// The longest tick. Several fit into the shortest time-out.
const TICK_MAX_MILLIS: u64 = 100;
/// The longest latency. A request of the set-up needs up to four of them, and must be answered in 2 s.
const LATENCY_MAX_MILLIS: u64 = 300;

/// The most answers of a receiver that go wrong. The pause between attempts doubles with each of them, and the run waits.
const RECEIVER_ANSWERS_MAX: usize = 6;

/// What makes a plan impossible to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The path to the wrong part of the plan, such as `faults[1]`.
    pub at: String,
    /// What is wrong there.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.at, self.what)
    }
}

impl Problem {
    /// A problem at a place of the plan.
    #[must_use]
    pub fn new(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self {
            at: place.into(),
            what: what.into(),
        }
    }
}

/// The first problem of a plan. `None` if it can be run.
///
/// Plans are written by people and mutated by machines, so a run never starts with one that was not checked. Only the
/// first problem is reported: the others are often its consequences.
#[must_use]
pub fn problem(system: &dyn System, plan: &Plan) -> Option<Problem> {
    system
        .problem(plan)
        .or_else(|| timing(plan))
        .or_else(|| limits(&plan.limits))
        .or_else(|| retention(plan))
        .or_else(|| too_many(system, &plan.topology))
        .or_else(|| operators(plan))
        .or_else(|| receiver(plan))
        .or_else(|| workload::problem(plan))
        .or_else(|| faults(system, plan))
        .or_else(|| redraw(plan))
}

/// Times that no run can have. A latency below one tick is impossible, because packets move at ticks only.
fn timing(plan: &Plan) -> Option<Problem> {
    let timing = &plan.timing;
    if timing.tick_millis == 0 || timing.latency_max_millis < timing.tick_millis {
        let what = "a tick must be at least 1 ms, and no longer than the longest latency";
        return Some(Problem::new("timing", what));
    }
    if timing.tick_millis > TICK_MAX_MILLIS {
        let what = format!("a tick can be {TICK_MAX_MILLIS} ms at most");
        return Some(Problem::new("timing.tick_millis", what));
    }
    if timing.latency_max_millis > LATENCY_MAX_MILLIS {
        let what = format!("the longest latency can be {LATENCY_MAX_MILLIS} ms at most");
        return Some(Problem::new("timing.latency_max_millis", what));
    }
    if timing.step_timeout_millis < 2 * timing.latency_max_millis {
        let what = "an attempt at a step must be allowed two latencies, or none is ever answered";
        return Some(Problem::new("timing.step_timeout_millis", what));
    }
    let all = [
        timing.latency_max_millis,
        timing.step_timeout_millis,
        timing.saga_deadline_millis,
        timing.scan_every_millis,
        timing.heal_after_millis,
        timing.converge_within_millis,
    ];
    let is_wrong = |millis: &u64| *millis == 0 || *millis > MILLIS_MAX;
    all.iter().any(is_wrong).then(|| {
        let what = format!("every time must be 1 to {MILLIS_MAX} ms: no run is longer");
        Problem::new("timing", what)
    })
}

/// A second part of the run that cannot begin, or that has other faults than the plan lists.
fn redraw(plan: &Plan) -> Option<Problem> {
    let redraw = plan.redraw_after.as_ref()?;
    if redraw.event >= EVENTS_MAX {
        let what = format!("no run has more than {EVENTS_MAX} events");
        return Some(Problem::new("redraw_after.event", what));
    }
    let faults = plan.faults.len();
    if redraw.later_faults_from > faults {
        let what = format!("the plan has only {faults} faults");
        return Some(Problem::new("redraw_after.later_faults_from", what));
    }
    let is_hash = |text: &String| text.len() == 32 && text.chars().all(|c| c.is_ascii_hexdigit());
    if redraw.prefix.as_ref().is_some_and(|text| !is_hash(text)) {
        let what = "a hash of events has 32 hexadecimal digits";
        return Some(Problem::new("redraw_after.prefix", what));
    }
    // Another process of the coordinator would have stood by from the start on.
    let mut later = plan
        .faults
        .iter()
        .enumerate()
        .skip(redraw.later_faults_from);
    later
        .find(|(_, planned)| matches!(planned.fault, Fault::SecondProcess { .. }))
        .map(|(place, _)| {
            let what = "a second process would change the run from its start on";
            Problem::new(format!("faults[{place}]"), what)
        })
}

/// Periods that the system refuses at its start.
fn retention(plan: &Plan) -> Option<Problem> {
    let retention = plan.retention?;
    let (sagas, keys) = (retention.sagas_millis, retention.keys_millis);
    let shortest = plan.timing.answer_timeout();
    if Duration::from_millis(sagas) < shortest {
        let what = format!(
            "sagas must be kept for as long as an answer may take, {} ms",
            shortest.as_millis()
        );
        return Some(Problem::new("retention.sagas_millis", what));
    }
    if keys < sagas {
        let what = "keys must be kept for as long as sagas";
        return Some(Problem::new("retention.keys_millis", what));
    }
    (keys > MILLIS_MAX).then(|| {
        let what = format!("every time must be 1 to {MILLIS_MAX} ms: no run is longer");
        Problem::new("retention", what)
    })
}

/// More operators than a plan can have.
fn operators(plan: &Plan) -> Option<Problem> {
    (plan.operators > OPERATORS_MAX).then(|| {
        let what = format!("there can be {OPERATORS_MAX} at most");
        Problem::new("operators", what)
    })
}

/// Answers that no receiver gives, or more than a run could need.
fn receiver(plan: &Plan) -> Option<Problem> {
    let answers = &plan.receiver.as_ref()?.answers;
    if answers.len() > RECEIVER_ANSWERS_MAX {
        let what = format!("there can be {RECEIVER_ANSWERS_MAX} at most");
        return Some(Problem::new("receiver.answers", what));
    }
    answers.iter().enumerate().find_map(|(place, answer)| {
        let what = match *answer {
            ReceiverAnswer::Status { status } if !(300..600).contains(&status) => {
                format!("status {status} is no refusal, 300 to 599")
            }
            ReceiverAnswer::Late { millis } if millis > MILLIS_MAX => {
                format!("it would last longer than {MILLIS_MAX} ms: no run does")
            }
            _ => return None,
        };
        Some(Problem::new(format!("receiver.answers[{place}]"), what))
    })
}

/// A limit of zero would refuse every request.
fn limits(limits: &Limits) -> Option<Problem> {
    let all = [
        limits.park_after,
        limits.open_max,
        limits.at_once_max,
        limits.connections_max,
        limits.batch_max.unwrap_or(1),
        limits.queue_max.unwrap_or(1),
    ];
    all.contains(&0).then(|| {
        Problem::new(
            "limits",
            "every limit must be at least 1: with less, nothing could be done",
        )
    })
}

/// More processes than a service has hosts, or none.
fn too_many(system: &dyn System, topology: &Topology) -> Option<Problem> {
    let names: Vec<Name> = system
        .services()
        .iter()
        .map(|service| service.name)
        .collect();
    if let Some(unknown) = topology.unknown(&names) {
        let names: Vec<_> = names.into_iter().map(Name::text).collect();
        let what = format!(
            "there is no service `{unknown}`: there are {}",
            names.join(", ")
        );
        return Some(Problem::new("topology", what));
    }
    system.services().iter().find_map(|service| {
        let (wanted, most) = (topology.replicas(service.name), service.replicas_max);
        (wanted == 0 || wanted > most).then(|| {
            let name = service.name;
            let what = format!("there can be 1 to {most} processes of the {name}, not {wanted}");
            Problem::new("topology", what)
        })
    })
}

fn faults(system: &dyn System, plan: &Plan) -> Option<Problem> {
    let hosts = Hosts::of_plan(system.services(), plan);
    let kinds = system.message_kinds();
    plan.faults.iter().enumerate().find_map(|(place, planned)| {
        let why = fault::problem((&hosts, &plan.topology), &kinds, planned);
        why.map(|why| Problem::new(format!("faults[{place}]"), why))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Host, MessageKind, MessagePoint, Trigger};
    use crate::testing::{SHOP, STORE, one_order};

    fn of_fault(trigger: impl Into<Trigger>, fault: Fault) -> String {
        problem(&SHOP, &Plan::new("x").with_fault(trigger, fault))
            .unwrap()
            .to_string()
    }

    #[test]
    fn a_trigger_must_fit_its_fault() {
        let at = Trigger::At { millis: 1 };
        assert_eq!(
            of_fault(at.clone(), Fault::LoseReply),
            "faults[0]: lose-reply needs a message trigger with side after"
        );
        assert_eq!(
            of_fault(at, Fault::LoseConnection),
            "faults[0]: lose-connection needs a commit trigger"
        );
        let step = MessagePoint::request(Host::COORDINATOR, STORE, MessageKind::DO, 1);
        assert_eq!(
            of_fault(step, Fault::Disconnect { after_millis: 1 }),
            "faults[0]: disconnect needs a message from clients"
        );
    }

    #[test]
    fn a_fault_must_name_a_host_of_the_topology() {
        let crash = |host| Fault::Crash {
            host,
            down_millis: 1,
        };
        let at = Trigger::At { millis: 1 };
        let why = of_fault(at.clone(), crash(Host::CLIENTS));
        assert!(
            why.ends_with("crash cannot be injected at clients, only at a service"),
            "{why}"
        );
        let why = of_fault(at, crash(Host::constant("store-2")));
        assert!(why.contains("there is no host `store-2`"), "{why}");
    }

    #[test]
    fn a_retention_fits_the_answer_and_its_keys() {
        let why = |sagas, keys| {
            let plan = one_order().with_retention(sagas, keys);
            problem(&SHOP, &plan).map(|problem| problem.to_string())
        };
        assert_eq!(why(6_000, 6_000), None);
        assert_eq!(
            why(5_999, 60_000).unwrap(),
            "retention.sagas_millis: sagas must be kept for as long as an answer may take, 6000 ms"
        );
        assert_eq!(
            why(6_000, 5_999).unwrap(),
            "retention.keys_millis: keys must be kept for as long as sagas"
        );
    }

    #[test]
    fn a_topology_has_bounds() {
        let mut plan = Plan::new("x");
        plan.topology = Topology::default().with(Name::COORDINATOR, 4);
        assert_eq!(
            problem(&SHOP, &plan).unwrap().to_string(),
            "topology: there can be 1 to 3 processes of the coordinator, not 4"
        );
    }

    type Change = fn(&mut Plan);

    #[test]
    fn extreme_numbers_are_refused_with_their_place() {
        let place = |change: Change| {
            let mut plan = one_order();
            change(&mut plan);
            problem(&SHOP, &plan).map(|problem| problem.at)
        };
        let extremes: [(&str, Change); 5] = [
            ("timing.tick_millis", |plan| {
                plan.timing.tick_millis = MILLIS_MAX;
                plan.timing.latency_max_millis = MILLIS_MAX;
            }),
            ("timing.latency_max_millis", |plan| {
                plan.timing.latency_max_millis = MILLIS_MAX;
            }),
            ("workload[0].clicks", |plan| {
                plan.workload[0].clicks = u32::MAX
            }),
            ("workload[0].retries", |plan| {
                plan.workload[0].retries = u32::MAX
            }),
            ("workload", |plan| {
                plan.workload = vec![plan.workload[0].clone(); 20_001]
            }),
        ];
        for (at, change) in extremes {
            assert_eq!(place(change).as_deref(), Some(at));
        }
    }

    #[test]
    fn a_plan_has_two_operators_at_most() {
        let plan = |operators| crate::testing::one_order().with_operators(operators);
        assert_eq!(problem(&SHOP, &plan(2)), None);
        let found = problem(&SHOP, &plan(3)).unwrap();
        assert_eq!(found.to_string(), "operators: there can be 2 at most");
    }

    #[test]
    fn a_receiver_answers_what_a_receiver_can_answer() {
        let found = |answers: &[ReceiverAnswer]| {
            let plan = crate::testing::one_order().with_receiver(answers);
            problem(&SHOP, &plan).map(|problem| problem.to_string())
        };
        let status = |status| ReceiverAnswer::Status { status };
        assert_eq!(found(&[status(410), ReceiverAnswer::Never]), None);
        assert_eq!(
            found(&[status(500), status(204)]).unwrap(),
            "receiver.answers[1]: status 204 is no refusal, 300 to 599"
        );
        let late = ReceiverAnswer::Late { millis: u64::MAX };
        assert!(found(&[late]).unwrap().contains("no run does"));
        let most = found(&[status(500); 7]).unwrap();
        assert_eq!(most, "receiver.answers: there can be 6 at most");
    }

    #[test]
    fn a_limit_of_zero_is_refused() {
        let mut plan = Plan::new("x");
        plan.limits.at_once_max = 0;
        assert_eq!(problem(&SHOP, &plan).unwrap().at, "limits");
    }

    #[test]
    fn no_fault_lasts_longer_than_a_run() {
        let outage = Fault::Outage {
            host: STORE,
            millis: u64::MAX,
        };
        let why = of_fault(Trigger::At { millis: 1 }, outage);
        assert!(why.contains("no run does"), "{why}");
        let jump = Fault::ClockJump {
            host: STORE,
            by_millis: -1,
        };
        let plan = Plan::new("x").with_fault(Trigger::At { millis: 1 }, jump);
        assert_eq!(problem(&SHOP, &plan), None, "a jump is for good");
        let mut plan = Plan::new("x");
        plan.timing.saga_deadline_millis = 0;
        assert_eq!(problem(&SHOP, &plan).unwrap().at, "timing");
    }
}
