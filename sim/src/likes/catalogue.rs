//! The catalogue of scenarios: named situations, each with a plan that can be run and read.
//!
//! `cargo chaos replay NAME` runs one. Each shows one promise of the saga in its smallest form, so a reader sees the
//! mechanism before reading a campaign's report.

use crate::world::plan::{
    Action, CommitPoint, Fault, Host, MessageKind, MessagePoint, Operation, Plan, Side, Trigger,
    single,
};

/// A named situation.
pub struct Scenario {
    /// The name, which is also the name of the plan.
    pub name: &'static str,
    /// What happens, in one sentence.
    pub about: &'static str,
    plan: fn() -> Plan,
}

const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "happy-path",
        about: "one like without faults",
        plan: || single(Action::Like, false),
    },
    Scenario {
        name: "record-refused",
        about: "the user service refuses the record: the count is compensated",
        plan: || single(Action::Like, true),
    },
    Scenario {
        name: "undo-delivered-three-times",
        about: "the only compensation arrives three times and has its effect once",
        plan: undo_delivered_three_times,
    },
    Scenario {
        name: "action-after-its-end",
        about: "the saga is sealed and compensated while an action is delayed; the action arrives last and is rejected",
        plan: action_after_its_end,
    },
    Scenario {
        name: "late-duplicate",
        about: "both actions of a completed like, and of a compensated one, arrive again long after the end",
        plan: late_duplicate,
    },
    Scenario {
        name: "coordinator-killed-after-start",
        about: "the coordinator crashes after it has committed the saga and before it sends the first message",
        plan: || crash_at_log_commit(single(Action::Like, false), 1, Side::After),
    },
    Scenario {
        name: "coordinator-killed-after-answer",
        about: "the coordinator crashes after it has answered and before it logs the end of the saga",
        plan: || crash_at_log_commit(single(Action::Like, false), 2, Side::Before),
    },
    Scenario {
        name: "coordinator-killed-before-undo",
        about: "the coordinator crashes after it has logged the decision to compensate and before it compensates",
        plan: || crash_at_log_commit(single(Action::Like, true), 2, Side::After),
    },
    Scenario {
        name: "partition-outlives-deadline",
        about: "the user service is unreachable until after the saga's deadline",
        plan: partition_outlives_deadline,
    },
    Scenario {
        name: "unlike-undone",
        about: "an unlike cannot lower the count in time: the same record is restored",
        plan: unlike_undone,
    },
    Scenario {
        name: "dying-user-service",
        about: "200 users like one article while the user service crashes five times",
        plan: dying_user_service,
    },
    Scenario {
        name: "impatient-user",
        about: "one user likes, unlikes and likes again, with double clicks and short time-outs",
        plan: impatient_user,
    },
];

/// Every scenario, in the order in which `cargo chaos list` shows them.
#[must_use]
pub fn all() -> &'static [Scenario] {
    SCENARIOS
}

/// The plan of the scenario with this name. `None` if there is none.
#[must_use]
pub fn plan(name: &str) -> Option<Plan> {
    let scenario = all().iter().find(|scenario| scenario.name == name)?;
    let mut plan = (scenario.plan)();
    plan.name = name.to_owned();
    Some(plan)
}

/// A trigger at the first message of a kind from the coordinator to a service.
fn first(to: Host, what: MessageKind, side: Side) -> Trigger {
    Trigger::Message(MessagePoint {
        from: Host::Coordinator,
        to,
        what: Some(what),
        saga: None,
        nth: 1,
        every: None,
        side,
    })
}

/// A plan in which the coordinator crashes before or after its `nth` commit to the saga log.
fn crash_at_log_commit(plan: Plan, nth: u32, side: Side) -> Plan {
    let point = CommitPoint {
        host: Host::Coordinator,
        what: Some("saga-log".into()),
        nth,
        side,
    };
    let crash = Fault::Crash {
        host: Host::Coordinator,
        down_millis: 500,
    };
    // The run must not end before the coordinator is back: a second operation keeps it going.
    plan.with_operation(Operation::new(2, Action::Like, 1, 2_000))
        .with_fault(Trigger::Commit(point), crash)
}

/// The network duplicates the compensation twice. The barrier row must make the copies harmless.
fn undo_delivered_three_times() -> Plan {
    let undo = first(Host::Article, MessageKind::Undo, Side::Before);
    single(Action::Like, true).with_fault(undo, Fault::Duplicate { copies: 2 })
}

/// A hanging action: the partition outlasts the deadline, so the saga is sealed before the delayed action arrives.
fn action_after_its_end() -> Plan {
    let record = first(Host::User, MessageKind::Do, Side::Before);
    let partition = Fault::Partition {
        a: Host::Coordinator,
        b: Host::User,
        millis: 3_500,
    };
    single(Action::Like, false)
        .with_fault(record.clone(), Fault::Delay { millis: 8_000 })
        .with_fault(record, partition)
}

/// One like completes and one is compensated, because its user is blocked. Copies of their actions arrive 8 s later.
fn late_duplicate() -> Plan {
    let replay = Fault::ReplayLate { millis: 8_000 };
    let mut plan = single(Action::Like, false)
        .with_operation(Operation::new(2, Action::Like, 1, 1_000))
        .with_fault(first(Host::Article, MessageKind::Do, Side::Before), replay)
        .with_fault(first(Host::User, MessageKind::Do, Side::Before), replay);
    let second = Trigger::Message(MessagePoint {
        from: Host::Coordinator,
        to: Host::Article,
        what: Some(MessageKind::Do),
        saga: None,
        nth: 2,
        every: None,
        side: Side::Before,
    });
    plan = plan.with_fault(second, replay);
    plan.blocked_users = vec![2];
    plan
}

/// The coordinator cannot know whether the record exists. It must seal the step before it compensates.
fn partition_outlives_deadline() -> Plan {
    let partition = Fault::Partition {
        a: Host::Coordinator,
        b: Host::User,
        millis: 6_000,
    };
    single(Action::Like, false)
        .with_fault(first(Host::User, MessageKind::Do, Side::Before), partition)
}

/// The second action at the article service belongs to the unlike: the like before it has sent the first.
fn unlike_undone() -> Plan {
    let count = Trigger::Message(MessagePoint {
        from: Host::Coordinator,
        to: Host::Article,
        what: Some(MessageKind::Do),
        saga: None,
        nth: 2,
        every: None,
        side: Side::Before,
    });
    let partition = Fault::Partition {
        a: Host::Coordinator,
        b: Host::Article,
        millis: 4_000,
    };
    single(Action::Unlike, false).with_fault(count, partition)
}

/// Likes arrive every 20 ms for four seconds. The crashes are 900 ms apart and last 400 ms.
fn dying_user_service() -> Plan {
    let mut plan = Plan::new("");
    for user in 1..=200 {
        let at_millis = u64::try_from(user).unwrap_or(0) * 20;
        plan.workload
            .push(Operation::new(user, Action::Like, 1, at_millis));
    }
    for crash in 0..5 {
        let trigger = Trigger::At {
            millis: 300 + crash * 900,
        };
        let fault = Fault::Crash {
            host: Host::User,
            down_millis: 400,
        };
        plan = plan.with_fault(trigger, fault);
    }
    plan
}

/// Without idempotency keys every click and every retry is a saga of its own, so the lock on the pair decides.
fn impatient_user() -> Plan {
    let impatient = |action, at_millis| Operation {
        clicks: 2,
        timeout_millis: 120,
        retries: 1,
        keyed: false,
        ..Operation::new(1, action, 1, at_millis)
    };
    Plan::new("")
        .with_operation(impatient(Action::Like, 0))
        .with_operation(impatient(Action::Unlike, 100))
        .with_operation(impatient(Action::Like, 200))
        .with_fault(
            first(Host::User, MessageKind::Do, Side::After),
            Fault::LoseReply,
        )
}
