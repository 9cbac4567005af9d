//! The catalogue: situations with a name, each a plan that anyone can run and read.

use crate::world::plan::{
    Action, CommitPoint, Fault, Host, MessageKind, MessagePoint, Operation, Plan, Side, Trigger,
    single,
};

/// A situation with a name.
pub struct Scenario {
    /// Its name.
    pub name: &'static str,
    /// What happens, in one sentence.
    pub about: &'static str,
    plan: fn() -> Plan,
}

/// All of them.
#[must_use]
pub fn all() -> &'static [Scenario] {
    &[
        Scenario {
            name: "happy-path",
            about: "one like, nothing goes wrong",
            plan: || single(Action::Like, false),
        },
        Scenario {
            name: "record-refused",
            about: "the user service refuses the record: the count is taken back",
            plan: || single(Action::Like, true),
        },
        Scenario {
            name: "undo-delivered-three-times",
            about: "the only compensation arrives three times and takes back once",
            plan: undo_delivered_three_times,
        },
        Scenario {
            name: "action-after-its-end",
            about: "the saga is settled and undone while an action is still under way; it arrives last and is refused",
            plan: action_after_its_end,
        },
        Scenario {
            name: "late-duplicate",
            about: "both actions of a finished like, and of an undone one, arrive again long after the end",
            plan: late_duplicate,
        },
        Scenario {
            name: "coordinator-killed-after-start",
            about: "the coordinator dies between committing the saga and sending its first message",
            plan: || killed(single(Action::Like, false), 1, Side::After),
        },
        Scenario {
            name: "coordinator-killed-after-answer",
            about: "the coordinator dies after it has answered, before the end is in its log",
            plan: || killed(single(Action::Like, false), 2, Side::Before),
        },
        Scenario {
            name: "coordinator-killed-before-undo",
            about: "the coordinator dies between deciding to compensate and compensating",
            plan: || killed(single(Action::Like, true), 2, Side::After),
        },
        Scenario {
            name: "partition-outlives-deadline",
            about: "the user service is out of reach until after the saga's deadline",
            plan: partition_outlives_deadline,
        },
        Scenario {
            name: "unlike-undone",
            about: "an unlike cannot take the count back in time: the same record is restored",
            plan: unlike_undone,
        },
        Scenario {
            name: "dying-user-service",
            about: "200 users like one article while the user service keeps dying",
            plan: dying_user_service,
        },
        Scenario {
            name: "impatient-user",
            about: "one user likes, unlikes and likes again, double-clicks, and does not wait for answers",
            plan: impatient_user,
        },
    ]
}

/// The plan of the scenario of this name.
#[must_use]
pub fn plan(name: &str) -> Option<Plan> {
    let scenario = all().iter().find(|scenario| scenario.name == name)?;
    let mut plan = (scenario.plan)();
    plan.name = name.to_owned();
    Some(plan)
}

/// The first message of its kind from the coordinator to a service.
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

fn killed(plan: Plan, nth: u32, side: Side) -> Plan {
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
    // A second operation keeps the users busy until the coordinator is back.
    plan.with_operation(Operation::new(2, Action::Like, 1, 2_000))
        .with_fault(Trigger::Commit(point), crash)
}

fn undo_delivered_three_times() -> Plan {
    let undo = first(Host::Article, MessageKind::Undo, Side::Before);
    single(Action::Like, true).with_fault(undo, Fault::Duplicate { copies: 2 })
}

fn action_after_its_end() -> Plan {
    let record = first(Host::User, MessageKind::Do, Side::Before);
    let cut_off = Fault::Partition {
        a: Host::Coordinator,
        b: Host::User,
        millis: 3_500,
    };
    single(Action::Like, false)
        .with_fault(record.clone(), Fault::Delay { millis: 8_000 })
        .with_fault(record, cut_off)
}

fn late_duplicate() -> Plan {
    let late = Fault::ReplayLate { millis: 8_000 };
    let mut plan = single(Action::Like, false)
        .with_operation(Operation::new(2, Action::Like, 1, 1_000))
        .with_fault(first(Host::Article, MessageKind::Do, Side::Before), late)
        .with_fault(first(Host::User, MessageKind::Do, Side::Before), late);
    let second = Trigger::Message(MessagePoint {
        from: Host::Coordinator,
        to: Host::Article,
        what: Some(MessageKind::Do),
        saga: None,
        nth: 2,
        every: None,
        side: Side::Before,
    });
    plan = plan.with_fault(second, late);
    plan.blocked_users = vec![2];
    plan
}

fn partition_outlives_deadline() -> Plan {
    let cut_off = Fault::Partition {
        a: Host::Coordinator,
        b: Host::User,
        millis: 6_000,
    };
    single(Action::Like, false)
        .with_fault(first(Host::User, MessageKind::Do, Side::Before), cut_off)
}

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
    let cut_off = Fault::Partition {
        a: Host::Coordinator,
        b: Host::Article,
        millis: 4_000,
    };
    single(Action::Unlike, false).with_fault(count, cut_off)
}

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

fn impatient_user() -> Plan {
    let hurried = |action, at_millis| Operation {
        clicks: 2,
        timeout_millis: 120,
        retries: 1,
        keyed: false,
        ..Operation::new(1, action, 1, at_millis)
    };
    Plan::new("")
        .with_operation(hurried(Action::Like, 0))
        .with_operation(hurried(Action::Unlike, 100))
        .with_operation(hurried(Action::Like, 200))
        .with_fault(
            first(Host::User, MessageKind::Do, Side::After),
            Fault::LoseReply,
        )
}
