//! Readiness and health under faults: a prober asks, and sends a like after each *ready*.

use likewise_sim_likes::names::USER;
use likewise_sim_likes::{Action, operation};
use likewise_world::{
    plan::{Fault, Host, Plan, Trigger},
    record::{EventKind, RunRecord},
};

use crate::{count, run_with_faults};

/// When the fault of a test is injected.
const FAULT_AT_MILLIS: u64 = 1_500;

/// One like, a fault for a while, and a like long after it.
fn probed(fault: Fault) -> RunRecord {
    let trigger = Trigger::At {
        millis: FAULT_AT_MILLIS,
    };
    let plan = Plan::new("x")
        .with_prober()
        .with_operation(operation(1, Action::Like, 1, 0))
        .with_operation(operation(2, Action::Like, 1, 12_000))
        .with_fault(trigger, fault);
    run_with_faults(&plan)
}

/// What the coordinator said, in order: nothing if it was ready, else the reason.
fn said(record: &RunRecord) -> Vec<&str> {
    let said = record.events.iter().filter_map(|event| match &event.kind {
        EventKind::Readiness { reason, .. } => Some(reason.as_str()),
        _ => None,
    });
    said.collect()
}

fn exercised(record: &RunRecord, property: &str) -> u64 {
    let mut properties = record.properties.iter();
    let found = properties.find(|found| found.name == property);
    found.expect("the property exists").exercised
}

#[test]
fn ready_ends_while_a_service_is_silent_and_names_it() {
    let (host, millis) = (USER, 4_000);
    for fault in [
        Fault::Hang { host, millis },
        Fault::Outage { host, millis },
        Fault::AcceptAndNeverAnswer { host, millis },
        Fault::OutsiderLock { host, millis },
        Fault::Pause { host, millis },
    ] {
        let record = probed(fault);
        let said = said(&record);
        assert_eq!(
            (said.first(), said.last()),
            (Some(&""), Some(&"")),
            "{fault}"
        );
        let away = |reason: &&&str| reason.contains("the user service is away");
        assert_eq!(said.iter().filter(away).count(), said.len() - 2, "{said:?}");
        assert!(said.len() > 2, "{fault}: {said:?}");
        assert!(exercised(&record, "ready-tells-the-truth") >= 6, "{fault}");
    }
}

#[test]
fn ready_ends_while_the_saga_log_is_silent() {
    let (host, millis) = (Host::COORDINATOR, 4_000);
    for fault in [
        Fault::Hang { host, millis },
        Fault::Outage { host, millis },
        Fault::OutsiderLock { host, millis },
    ] {
        let record = probed(fault);
        let said = said(&record);
        assert!(said.len() > 2, "{fault}: {said:?}");
        assert!(
            said.iter().all(|reason| !reason.contains("service")),
            "{said:?}"
        );
        assert_eq!(said.last(), Some(&""), "{fault}");
    }
}

#[test]
fn a_coordinator_whose_database_hangs_is_alive() {
    let record = probed(Fault::Hang {
        host: Host::COORDINATOR,
        millis: 4_000,
    });
    assert!(exercised(&record, "health-is-answered") >= 5);
}

#[test]
fn a_like_after_ready_is_sent_and_succeeds() {
    let record = probed(Fault::ClockSkew {
        host: USER,
        by_millis: 5,
        millis: 1,
    });
    let likes = count(
        &record,
        |kind| matches!(kind, EventKind::Sent { path, .. } if path == "POST /articles/2/like"),
    );
    assert!(likes >= 10, "one a second, not {likes}");
    assert!(exercised(&record, "ready-tells-the-truth") >= 10);
    assert_eq!(record.sagas.completed as usize, likes + 2);
}
