//! The catalogue: named situations, each a plan that anyone can run and read.
//!
//! `cargo chaos list` prints the catalogue, `cargo chaos replay NAME --story` tells one scenario, and `tests/stories.rs`
//! has a test for each of them.

use likewise_harness::Scenario;

use likewise_sim_likes::names::{ARTICLE, USER};
use likewise_sim_likes::{Action, MISSING_ARTICLE, operation, single, with_blocked};
use likewise_world::plan::{
    CommitPoint, Fault, Host, MessageKind, MessagePoint, Name, Operation, Plan, ReceiverAnswer,
    SagaColumn, Side, Topology, Trigger,
};

/// All scenarios.
pub const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "happy-path",
        about: "one like; nothing goes wrong",
        build: || single(Action::Like, false),
    },
    Scenario {
        name: "record-refused",
        about: "the user service refuses the record, so the count is compensated",
        build: || single(Action::Like, true),
    },
    Scenario {
        name: "undo-delivered-three-times",
        about: "the only compensation arrives three times and has an effect once",
        build: undo_delivered_three_times,
    },
    Scenario {
        name: "action-after-its-end",
        about: "the saga is sealed and compensated while an action is still in flight; the action arrives last and is refused",
        build: action_after_its_end,
    },
    Scenario {
        name: "late-duplicate",
        about: "both actions of a completed like, and of a compensated one, arrive again long after the end",
        build: late_duplicate,
    },
    Scenario {
        name: "coordinator-killed-after-start",
        about: "the coordinator is killed after it committed the saga and before it sent the first message",
        build: || killed(single(Action::Like, false), 1, Side::After),
    },
    Scenario {
        name: "coordinator-killed-after-answer",
        about: "the coordinator is killed after it answered and before it logged the end of the saga",
        build: || killed(single(Action::Like, false), 2, Side::Before),
    },
    Scenario {
        name: "coordinator-killed-before-undo",
        about: "the coordinator is killed after it decided to compensate and before it compensates",
        build: || killed(single(Action::Like, true), 2, Side::After),
    },
    Scenario {
        name: "partition-outlives-deadline",
        about: "the user service is unreachable until after the saga's deadline",
        build: partition_outlives_deadline,
    },
    Scenario {
        name: "one-connection-goes-silent",
        about: "the article service's database connection never answers again; the next step uses another one",
        build: one_connection_goes_silent,
    },
    Scenario {
        name: "a-silent-service-ends-readiness",
        about: "the user service's database hangs; the coordinator stops saying that it is ready, and names the service",
        build: a_silent_service_ends_readiness,
    },
    Scenario {
        name: "a-standby-takes-over",
        about: "the leader dies in the middle of a saga; a standby takes the saga log over within the lease and ends the saga",
        build: a_standby_takes_over,
    },
    Scenario {
        name: "a-damaged-row-stops-one-saga",
        about: "the row of an open saga is damaged while the coordinator is down; other likes go on, and the saga ends once the row is restored",
        build: a_damaged_row_stops_one_saga,
    },
    Scenario {
        name: "a-reader-sees-a-like-come-and-go",
        about: "a user likes an article and takes the like back at once, while somebody reads counts and pages",
        build: a_reader_sees_a_like_come_and_go,
    },
    Scenario {
        name: "what-does-not-exist",
        about: "a user likes an article that was never made and takes back what it never liked, while somebody asks for what does not exist",
        build: what_does_not_exist,
    },
    Scenario {
        name: "unlike-undone",
        about: "an unlike cannot decrement the count in time, so the same record is restored",
        build: unlike_undone,
    },
    Scenario {
        name: "dying-user-service",
        about: "200 users like one article while the user service crashes again and again",
        build: dying_user_service,
    },
    Scenario {
        name: "collected-then-repeated",
        about: "a like is collected by retention; then its two steps and the publication of the watermark arrive once more",
        build: collected_then_repeated,
    },
    Scenario {
        name: "thirty-periods",
        about: "600 likes and unlikes over 30 periods of retention; no table holds more than two periods",
        build: || thirty_periods(600, 2_000),
    },
    Scenario {
        name: "operators-at-work",
        about: "the article service is slow, and two operators retry, abort, complete, pause and resume what is stuck",
        build: operators_at_work,
    },
    Scenario {
        name: "alerts-reach-a-failing-receiver",
        about: "likes are parked and end; the receiver of their alerts fails, closes, is silent and is late, and the leader dies",
        build: alerts_reach_a_failing_receiver,
    },
    Scenario {
        name: "impatient-user",
        about: "one user likes, unlikes and likes again, double-clicks, and does not wait for answers",
        build: impatient_user,
    },
];

/// A message from the coordinator to a service: the `nth` one of its kind.
fn message(to: Host, what: MessageKind, nth: u32, side: Side) -> Trigger {
    Trigger::Message(MessagePoint {
        from: Host::COORDINATOR,
        to,
        what: Some(what),
        saga: None,
        nth,
        every: None,
        side,
    })
}

/// The coordinator is killed at its `nth` commit to the saga log.
fn killed(plan: Plan, nth: u32, side: Side) -> Plan {
    let commit = CommitPoint {
        host: Host::COORDINATOR,
        what: Some("saga-log".into()),
        nth,
        side,
    };
    let crash = Fault::Crash {
        host: Host::COORDINATOR,
        down_millis: 500,
    };
    // The run must not end before the coordinator is back, so a second operation starts later.
    plan.with_operation(operation(2, Action::Like, 1, 2_000))
        .with_fault(Trigger::Commit(commit), crash)
}

/// The leader stays down for longer than the lease.
fn a_standby_takes_over() -> Plan {
    let crash = Fault::Crash {
        host: Host::COORDINATOR,
        down_millis: 10_000,
    };
    let mut plan =
        single(Action::Like, false).with_fault(CommitPoint::after(ARTICLE, "steps", 1), crash);
    plan.topology = Topology::default().with(Name::COORDINATOR, 2);
    plan
}

fn undo_delivered_three_times() -> Plan {
    let undo = message(ARTICLE, MessageKind::UNDO, 1, Side::Before);
    single(Action::Like, true).with_fault(undo, Fault::Duplicate { copies: 2 })
}

fn action_after_its_end() -> Plan {
    let record = message(USER, MessageKind::DO, 1, Side::Before);
    // Longer than the deadline of the saga, and shorter than the delay of the action.
    let partition = Fault::Partition {
        a: Host::COORDINATOR,
        b: USER,
        millis: 3_500,
    };
    single(Action::Like, false)
        .with_fault(record.clone(), Fault::Delay { millis: 8_000 })
        .with_fault(record, partition)
}

fn late_duplicate() -> Plan {
    let late = Fault::ReplayLate { millis: 8_000 };
    let first_count = message(ARTICLE, MessageKind::DO, 1, Side::Before);
    let record = message(USER, MessageKind::DO, 1, Side::Before);
    let second_count = message(ARTICLE, MessageKind::DO, 2, Side::Before);
    let mut plan = single(Action::Like, false)
        .with_operation(operation(2, Action::Like, 1, 1_000))
        .with_fault(first_count, late)
        .with_fault(record, late)
        .with_fault(second_count, late);
    // The like of the second user is refused and compensated.
    plan = with_blocked(plan, &[2]);
    plan
}

/// Sagas are kept for 6 s. The first one is collected about 7 s after its end.
fn collected_then_repeated() -> Plan {
    let late = Fault::ReplayLate { millis: 12_000 };
    let count = message(ARTICLE, MessageKind::DO, 1, Side::Before);
    let record = message(USER, MessageKind::DO, 1, Side::Before);
    let watermark = message(USER, MessageKind::WATERMARK, 1, Side::Before);
    let plan = single(Action::Like, false)
        .with_operation(operation(2, Action::Like, 1, 500))
        .with_operation(operation(3, Action::Like, 1, 1_000))
        .with_operation(operation(4, Action::Like, 1, 10_000));
    plan.with_retention(6_000, 60_000)
        .with_fault(count, late)
        .with_fault(record, late)
        .with_fault(watermark, Fault::ReplayLate { millis: 5_000 })
}

/// Users like and unlike articles for thirty periods of retention. A third of the requests have a key, which is kept as long.
#[must_use]
pub fn thirty_periods(sagas: u32, period_millis: u64) -> Plan {
    const USERS: u32 = 20;
    const ARTICLES: u32 = 10;
    let mut plan = Plan::new("").with_retention(period_millis, period_millis);
    plan.set_up.insert("articles".to_owned(), ARTICLES.into());
    plan.timing.saga_deadline_millis = period_millis / 2;
    plan.timing.heal_after_millis = period_millis * 40;
    for number in 0..sagas {
        let (user, round) = (number % USERS + 1, number / USERS);
        let action = match round % 2 {
            0 => Action::Like,
            _ => Action::Unlike,
        };
        let at_millis = u64::from(number) * period_millis * 30 / u64::from(sagas);
        let article = round / 2 % ARTICLES + 1;
        plan.workload.push(Operation {
            keyed: number % 3 == 0,
            retries: 0,
            ..operation(i64::from(user), action, article, at_millis)
        });
    }
    plan
}

fn partition_outlives_deadline() -> Plan {
    let record = message(USER, MessageKind::DO, 1, Side::Before);
    let partition = Fault::Partition {
        a: Host::COORDINATOR,
        b: USER,
        millis: 6_000,
    };
    single(Action::Like, false).with_fault(record, partition)
}

fn unlike_undone() -> Plan {
    // The plan likes first. The second message to the article service is the one of the unlike.
    let count = message(ARTICLE, MessageKind::DO, 2, Side::Before);
    let partition = Fault::Partition {
        a: Host::COORDINATOR,
        b: ARTICLE,
        millis: 4_000,
    };
    single(Action::Unlike, false).with_fault(count, partition)
}

fn one_connection_goes_silent() -> Plan {
    let count = CommitPoint::before(ARTICLE, "steps", 1);
    single(Action::Like, false)
        .with_operation(operation(2, Action::Like, 1, 3_000))
        .with_fault(count, Fault::SilentConnection)
}

fn a_silent_service_ends_readiness() -> Plan {
    let hang = Fault::Hang {
        host: USER,
        millis: 2_500,
    };
    let mut plan = single(Action::Like, false)
        .with_prober()
        .with_operation(operation(2, Action::Like, 1, 6_500))
        .with_fault(Trigger::At { millis: 1_500 }, hang);
    plan.workload[0].at_millis = 100;
    plan
}

fn a_damaged_row_stops_one_saga() -> Plan {
    let damaged = Fault::UnreadableRow {
        host: Host::COORDINATOR,
        column: SagaColumn::Args,
        down_millis: 500,
    };
    // The client does not repeat its request, or it would wait for its saga.
    let impatient = Operation {
        retries: 0,
        ..operation(1, Action::Like, 1, 0)
    };
    Plan::new("")
        .with_operation(impatient)
        .with_operation(operation(2, Action::Like, 1, 6_000))
        .with_fault(
            CommitPoint::after(Host::COORDINATOR, "saga-log", 1),
            damaged,
        )
}

fn dying_user_service() -> Plan {
    let mut plan = Plan::new("");
    for user in 1..=200 {
        let at_millis = u64::try_from(user).unwrap_or(0) * 20;
        plan.workload
            .push(operation(user, Action::Like, 1, at_millis));
    }
    for crash in 0..5 {
        let trigger = Trigger::At {
            millis: 300 + crash * 900,
        };
        let fault = Fault::Crash {
            host: USER,
            down_millis: 400,
        };
        plan = plan.with_fault(trigger, fault);
    }
    plan
}

fn a_reader_sees_a_like_come_and_go() -> Plan {
    let right_after = Operation {
        overlaps: true,
        ..operation(1, Action::Unlike, 1, 1_000)
    };
    let record_reply = message(USER, MessageKind::DO, 1, Side::After);
    Plan::new("")
        .with_operation(operation(1, Action::Like, 1, 1_000))
        .with_operation(right_after)
        .with_fault(record_reply, Fault::LoseReply)
        .with_reader()
}

/// The article service is away at first, so the first lookup of the article fails and is repeated.
fn what_does_not_exist() -> Plan {
    let away = Fault::Crash {
        host: ARTICLE,
        down_millis: 300,
    };
    Plan::new("")
        .with_operation(operation(1, Action::Like, MISSING_ARTICLE, 0))
        .with_operation(operation(1, Action::Unlike, MISSING_ARTICLE, 700))
        .with_operation(operation(1, Action::Unlike, 1, 1_900))
        .with_fault(Trigger::At { millis: 0 }, away)
        .with_reader_of_missing()
}

/// Requests take longer than their time-out, so likes stay open and their steps are done meanwhile.
fn operators_at_work() -> Plan {
    let likes = (1..).zip([0, 600, 1_200, 1_800, 2_400, 3_000]);
    let likes = likes.map(|(user, at_millis)| operation(user, Action::Like, 1, at_millis));
    let slow = MessagePoint {
        every: Some(1),
        ..MessagePoint::request(Host::COORDINATOR, ARTICLE, MessageKind::DO, 1)
    };
    let plan = likes.fold(Plan::new(""), Plan::with_operation);
    let plan = plan.with_fault(slow, Fault::Delay { millis: 700 });
    plan.with_operators(2)
}

/// The first record is held back for longer than its time-out, so the likes are parked, and undone at their deadline.
fn alerts_reach_a_failing_receiver() -> Plan {
    let likes =
        (1..=2).map(|user: i64| operation(user, Action::Like, 1, 600 * user.unsigned_abs()));
    let slow = MessagePoint {
        every: Some(1),
        ..MessagePoint::request(Host::COORDINATOR, USER, MessageKind::DO, 1)
    };
    let noted = CommitPoint::after(Host::COORDINATOR, "note-alert", 2);
    let crash = Fault::Crash {
        host: Host::COORDINATOR,
        down_millis: 500,
    };
    let mut plan = likes.fold(Plan::new(""), Plan::with_operation);
    plan.limits.park_after = 1;
    let plan = plan.with_fault(slow, Fault::Delay { millis: 700 });
    plan.with_fault(Trigger::Commit(noted), crash)
        .with_receiver([
            ReceiverAnswer::Status { status: 503 },
            ReceiverAnswer::Close,
            ReceiverAnswer::Never,
            ReceiverAnswer::Late { millis: 16_000 },
        ])
}

fn impatient_user() -> Plan {
    let hurried = |action, at_millis| Operation {
        clicks: 2,
        timeout_millis: 120,
        retries: 1,
        keyed: false,
        ..operation(1, action, 1, at_millis)
    };
    let first_record_reply = message(USER, MessageKind::DO, 1, Side::After);
    Plan::new("")
        .with_operation(hurried(Action::Like, 0))
        .with_operation(hurried(Action::Unlike, 100))
        .with_operation(hurried(Action::Like, 200))
        .with_fault(first_record_reply, Fault::LoseReply)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_are_the_names_of_the_plans() {
        for (place, scenario) in SCENARIOS.iter().enumerate() {
            assert_eq!(scenario.plan().name, scenario.name);
            let later = &SCENARIOS[place + 1..];
            let is_unique = later.iter().all(|other| other.name != scenario.name);
            assert!(is_unique, "{} is there twice", scenario.name);
        }
    }
}
