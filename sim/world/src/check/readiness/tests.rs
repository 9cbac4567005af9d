//! Readiness is judged by answers and operations made by hand.

use super::*;
use crate::check::{
    CheckedSystem,
    fault_windows::FaultWindows,
    samples::{SHOP, STORE, TILL},
};

const SECOND: Duration = Duration::from_secs(1);
const HOST: Host = Host::COORDINATOR;
const READY: (u16, &str) = (200, r#"{"status":"ready"}"#);

fn readiness() -> Readiness {
    let plan = Plan::new("x").with_prober();
    Readiness::new(&plan, SHOP.nouns())
}

fn windows(faults: &[Fault]) -> FaultWindows {
    let mut windows = FaultWindows::default();
    for fault in faults {
        windows.fired(fault, SECOND * 10);
    }
    windows
}

fn hang(host: Host) -> Fault {
    Fault::Hang {
        host,
        millis: 10_000,
    }
}

/// How often an answer at this time was judged, and how often it was a violation.
fn judged(faults: &[Fault], at: Duration, (status, body): (u16, &str)) -> (usize, usize) {
    let mut findings = Findings::default();
    let answer = ReadyAnswer {
        host: HOST,
        sent: at,
        received: at + SECOND / 10,
        status,
        body,
    };
    readiness().judge_answer(&answer, windows(faults).all(), &mut findings);
    (findings.exercised.len(), findings.violations().len())
}

#[test]
fn ready_may_last_for_an_interval_and_a_time_out_after_a_service_goes_silent() {
    let till = [hang(TILL)];
    assert_eq!(judged(&till, SECOND * 11, READY), (0, 0));
    assert_eq!(judged(&till, SECOND * 12, READY), (1, 1));
    assert_eq!(judged(&till, SECOND * 21, READY), (0, 0), "it is over");
}

#[test]
fn a_partition_silences_a_service_unless_a_delayed_message_crosses_it() {
    let partition = Fault::PartitionOneWay {
        from: HOST,
        to: TILL,
        millis: 10_000,
    };
    let slow = Fault::SlowLink {
        a: HOST,
        b: TILL,
        latency_millis: 1,
        millis: 1_000,
    };
    assert_eq!(judged(&[partition], SECOND * 13, READY), (1, 1));
    assert_eq!(judged(&[partition, slow], SECOND * 13, READY), (0, 0));
}

/// Also a crash: another fault may have started the process before its time, as in seed 92622.
#[test]
fn a_pause_and_a_crash_end_with_the_next_process() {
    let (host, millis) = (TILL, 10_000);
    let down_millis = millis;
    for fault in [
        Fault::Pause { host, millis },
        Fault::Crash { host, down_millis },
        Fault::PowerCut { host, down_millis },
    ] {
        let mut findings = Findings::default();
        let mut windows = windows(&[fault]);
        let answer = ReadyAnswer {
            host: HOST,
            sent: SECOND * 13,
            received: SECOND * 13,
            status: READY.0,
            body: READY.1,
        };
        readiness().judge_answer(&answer, windows.all(), &mut findings);
        assert_eq!(findings.violations().len(), 1, "{fault}");
        windows.process_started(TILL, SECOND * 11);
        readiness().judge_answer(&answer, windows.all(), &mut findings);
        assert_eq!(findings.violations().len(), 1, "{fault}: a new process");
    }
}

#[test]
fn a_wrong_clock_of_a_coordinator_disturbs_an_operation_and_that_of_a_service_does_not() {
    let skew = |host| Fault::ClockSkew {
        host,
        by_millis: -5_000,
        millis: 1_000,
    };
    assert_eq!(operation(&[skew(HOST)], SECOND * 11, Some(500)), (0, 0));
    assert_eq!(operation(&[skew(TILL)], SECOND * 11, Some(500)), (1, 1));
}

#[test]
fn ready_ends_at_once_if_the_saga_log_is_silent() {
    assert_eq!(judged(&[hang(HOST)], SECOND * 11, READY), (1, 1));
}

#[test]
fn the_reason_must_name_the_silent_part() {
    let till = [hang(TILL)];
    let right = (503, r#"{"reason":"the till service is away: silent"}"#);
    assert_eq!(judged(&till, SECOND * 12, right), (2, 0));
    let wrong = (503, r#"{"reason":"the store service is away: silent"}"#);
    assert_eq!(judged(&till, SECOND * 12, wrong), (2, 1));
    let both = [hang(TILL), hang(STORE)];
    assert_eq!(judged(&both, SECOND * 12, wrong), (2, 0), "either is true");
}

/// How often an operation after *ready* was judged, and how often it was a violation.
fn operation(faults: &[Fault], at: Duration, status: Option<u16>) -> (usize, usize) {
    operation_that_took(SECOND, faults, at, status)
}

fn operation_that_took(
    took: Duration,
    faults: &[Fault],
    at: Duration,
    status: Option<u16>,
) -> (usize, usize) {
    let mut findings = Findings::default();
    let after = OperationAfterReady {
        host: HOST,
        asked: at,
        ready: at,
        sent: at,
        ended: at + took,
        status,
    };
    readiness().judge_operation(&after, windows(faults).all(), &mut findings);
    (findings.exercised.len(), findings.violations().len())
}

#[test]
fn an_operation_after_ready_must_succeed_if_no_fault_disturbs_it() {
    assert_eq!(operation(&[], SECOND * 30, Some(200)), (1, 0));
    assert_eq!(operation(&[], SECOND * 30, Some(503)), (1, 1));
    let no_answer = |took| {
        let at = SECOND * 30;
        operation_that_took(took, &[], at, None)
    };
    let bound = readiness().answer;
    assert_eq!(no_answer(bound), (0, 0), "over an old connection");
    assert_eq!(no_answer(bound + SECOND), (1, 1));
    let till = [hang(TILL)];
    assert_eq!(
        operation(&till, SECOND * 9, Some(503)),
        (0, 0),
        "a new fault"
    );
    assert_eq!(operation(&till, SECOND * 21, Some(503)), (0, 0), "too soon");
    assert_eq!(operation(&till, SECOND * 30, Some(503)), (1, 1));
}
