//! Finds fault windows and clicks in the events of one run.
//!
//! A fault's window begins when it fires. It ends, and at the latest when the faults heal:
//!
//! - with the event that says so, if the fault lasts (pauses, outages, slow links, wrong clocks);
//! - after the time in its plan, if it takes a process down or cuts links, which has no such event; the process then
//!   needs a little longer to be up again;
//! - at once, if it affects one message, connection or client.
//!
//! The clicks of the final probes are not counted. A click without an answer has an unknown outcome and no latency.

use std::collections::{BTreeMap, btree_map::Entry};

use likewise_world::{
    plan::{Fault, FaultKind},
    record::{EventKind, Outcome, RunRecord},
};

use super::narrative::phases::{HEALED, PROBES};

/// Start and end in simulated microseconds, both inclusive.
pub(super) type Span = (u64, u64);

/// One click of a client.
pub(super) struct Click {
    pub(super) span: Span,
    pub(super) outcome: Outcome,
    pub(super) latency_micros: Option<u64>,
}

/// The windows and the clicks of a run.
///
/// A window without an end in the record goes on to the end of the run.
#[derive(Default)]
pub(super) struct Scan {
    pub(super) windows: Vec<(FaultKind, Span)>,
    pub(super) clicks: Vec<Click>,
}

impl Scan {
    pub(super) fn of(record: &RunRecord) -> Self {
        let mut scanner = Scanner::default();
        let mut last_micros = 0;
        for event in &record.events {
            last_micros = event.at_micros;
            match &event.kind {
                EventKind::Phase { name } if name == HEALED => scanner.heal(event.at_micros),
                EventKind::Phase { name } if name == PROBES => break,
                EventKind::Injected { fault, .. } => {
                    if let Some(planned) = record.plan.faults.get(*fault) {
                        scanner.open(*fault, &planned.fault, event.at_micros);
                    }
                }
                EventKind::Expired { fault, .. } => scanner.close(*fault, event.at_micros),
                EventKind::Invoked {
                    operation, click, ..
                } => {
                    scanner
                        .invoked
                        .insert((*operation, *click), event.at_micros);
                }
                EventKind::Returned {
                    operation,
                    click,
                    outcome,
                    ..
                } => scanner.answer((*operation, *click), *outcome, event.at_micros),
                _ => {}
            }
        }
        scanner.finish(last_micros)
    }
}

/// The state of a scan between two events.
#[derive(Default)]
struct Scanner {
    scan: Scan,
    /// By fault, the indices of its windows that only an event closes.
    open: BTreeMap<usize, Vec<usize>>,
    /// When clicks without an answer were sent, by operation and click.
    invoked: BTreeMap<(usize, u32), u64>,
}

impl Scanner {
    fn open(&mut self, index: usize, fault: &Fault, at_micros: u64) {
        let until = match planned_micros(fault) {
            Some(micros) => at_micros.saturating_add(micros),
            None => {
                let window = self.scan.windows.len();
                self.open.entry(index).or_default().push(window);
                u64::MAX
            }
        };
        self.scan.windows.push((fault.kind(), (at_micros, until)));
    }

    /// A fault that fires repeatedly has several windows. One event ends all of them.
    fn close(&mut self, fault: usize, at_micros: u64) {
        for window in self.open.remove(&fault).unwrap_or_default() {
            self.scan.windows[window].1.1 = at_micros;
        }
    }

    /// Healing ends every fault, whatever its plan says.
    fn heal(&mut self, at_micros: u64) {
        for (_, span) in &mut self.scan.windows {
            span.1 = span.1.min(at_micros);
        }
        self.open.clear();
    }

    /// An answer without an open click is ignored.
    fn answer(&mut self, click: (usize, u32), outcome: Outcome, at_micros: u64) {
        if let Entry::Occupied(sent) = self.invoked.entry(click) {
            let span = (sent.remove(), at_micros);
            self.scan.clicks.push(Click {
                span,
                outcome,
                latency_micros: Some(span.1 - span.0),
            });
        }
    }

    fn finish(mut self, last_micros: u64) -> Scan {
        let unanswered = self.invoked.into_values().map(|sent| Click {
            span: (sent, last_micros),
            outcome: Outcome::Unknown,
            latency_micros: None,
        });
        self.scan.clicks.extend(unanswered);
        self.scan
    }
}

/// How long a fault is in force by its plan: 0 if it is over at once, `None` if an event ends it.
fn planned_micros(fault: &Fault) -> Option<u64> {
    let millis = match *fault {
        Fault::Crash { down_millis, .. }
        | Fault::UnreadableRow { down_millis, .. }
        | Fault::PowerCut { down_millis, .. }
        | Fault::Restart { down_millis, .. } => down_millis,
        Fault::WithheldBody { millis } | Fault::SecondProcess { millis } => millis,
        Fault::Partition { millis, .. } | Fault::PartitionOneWay { millis, .. } => millis,
        // The gaps between the cuts are as long as the cuts.
        Fault::Flap { times, millis, .. } => (u64::from(times) * 2)
            .saturating_sub(1)
            .saturating_mul(millis),
        _ if fault.lasts().is_some() => return None,
        _ => 0,
    };
    Some(millis.saturating_mul(1_000))
}

/// Ends are inclusive: a click that is sent in the microsecond in which a fault ends may have met it.
pub(super) fn touch(one: Span, other: Span) -> bool {
    one.0 <= other.1 && other.0 <= one.1
}
