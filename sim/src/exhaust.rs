//! Exhaustive search over single faults: record a clean run, list its cut points, strike each
//! with every fault that makes sense there.

use crate::{
    plan::{Action, Fault, Host, MessageCut, Plan, Side, Trigger, single},
    record::CutPoint,
    run::{RunError, run},
};

/// Longer than an attempt, shorter than the deadline: a retry overtakes what is held back.
const DELAY_MILLIS: u64 = 900;
/// Longer than the deadline and every retry of a run: long after the end.
const REPLAY_MILLIS: u64 = 12_000;
/// A cut of a link that a saga outlives, and one that outlives its deadline.
const PARTITION_MILLIS: [u64; 2] = [700, 4_500];
/// A process that is soon back, and one that comes back after the deadline.
const DOWN_MILLIS: [u64; 2] = [300, 4_500];

/// One cut point struck by one fault.
#[derive(Debug, Clone)]
pub struct Case {
    /// Where it strikes.
    pub cut: CutPoint,
    /// The clean plan with the one fault.
    pub plan: Plan,
}

/// The sagas that are searched: one like, one unlike, one like that must compensate.
#[must_use]
pub fn bases() -> Vec<Plan> {
    vec![
        single(Action::Like, false),
        single(Action::Unlike, false),
        single(Action::Like, true),
    ]
}

/// Every single fault at every cut point of a plan's clean run.
///
/// # Errors
/// [`RunError`] of the clean run.
pub fn cases(base: &Plan) -> Result<Vec<Case>, RunError> {
    let clean = run(base)?;
    let mut cases = Vec::new();
    for cut in clean.cuts {
        for fault in faults_at(&cut) {
            let mut plan = base.clone().with_fault(trigger(&cut), fault);
            plan.name = format!("{}: {fault} at {cut}", base.name);
            cases.push(Case {
                cut: cut.clone(),
                plan,
            });
        }
    }
    Ok(cases)
}

fn trigger(cut: &CutPoint) -> Trigger {
    match cut {
        CutPoint::Message(cut) => Trigger::Message(*cut),
        CutPoint::Commit(cut) => Trigger::Commit(cut.clone()),
    }
}

/// The faults that can strike at a cut point.
#[must_use]
pub fn faults_at(cut: &CutPoint) -> Vec<Fault> {
    match cut {
        CutPoint::Commit(cut) => crashes(&[cut.host]),
        CutPoint::Message(cut) => faults_at_message(cut),
    }
}

fn faults_at_message(cut: &MessageCut) -> Vec<Fault> {
    let (a, b) = (cut.from, cut.to);
    let mut faults = vec![Fault::Delay {
        millis: DELAY_MILLIS,
    }];
    match cut.side {
        Side::After => faults.push(Fault::LoseReply),
        Side::Before => faults.extend([
            Fault::LoseRequest,
            Fault::Duplicate { copies: 2 },
            Fault::ReplayLate {
                millis: REPLAY_MILLIS,
            },
        ]),
    }
    for millis in PARTITION_MILLIS {
        faults.extend([
            Fault::Partition { a, b, millis },
            Fault::PartitionOneWay {
                from: a,
                to: b,
                millis,
            },
            Fault::PartitionOneWay {
                from: b,
                to: a,
                millis,
            },
        ]);
    }
    faults.extend(crashes(&[a, b]));
    faults
}

fn crashes(hosts: &[Host]) -> Vec<Fault> {
    let services = hosts.iter().filter(|host| Host::SERVICES.contains(host));
    let crash = |host: &Host| {
        DOWN_MILLIS.map(|down_millis| Fault::Crash {
            host: *host,
            down_millis,
        })
    };
    services.flat_map(crash).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_sagas_have_cut_points_at_every_service() {
        for base in bases() {
            let cases = cases(&base).unwrap();
            for host in Host::SERVICES {
                let at_host =
                    |case: &&Case| matches!(&case.cut, CutPoint::Commit(cut) if cut.host == host);
                assert!(
                    cases.iter().filter(at_host).count() >= 2,
                    "{}: {host}",
                    base.name
                );
            }
        }
    }
}
