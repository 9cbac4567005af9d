//! What clients met while a fault was in force: outcomes and latencies of their operations, by kind of fault.
//!
//! ```text
//!  crash        |=========|              a window: from the fault's firing until it is over
//!  lose-reply        |                   the fault of one message is over as soon as it fires
//!  click A   |--|                        no fault
//!  click B       |-------|               crash, and lose-reply
//! ```
//!
//! A click counts under each kind of fault with a window that touches the time from its request to its answer, and
//! under "no fault" if there is none. `window_scan.rs` finds the windows and the clicks in a run's events.
//!
//! A click under several faults counts under each of them, so the columns of the table do not add up to the number of
//! clicks. The alternative, one row for each combination of faults, has too few clicks in a row.

use std::collections::BTreeMap;

use likewise_world::{
    plan::FaultKind,
    record::{Outcome, RunRecord},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    durations::Durations,
    window_scan::{Click, Scan, touch},
};
use crate::units::seconds;

/// What clients met, by the kind of fault in force; `None` holds what they met without any fault.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FaultWindows(BTreeMap<Option<FaultKind>, Window>);

/// What clients met in all windows of one kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Window {
    windows: u64,
    operations: BTreeMap<Outcome, u64>,
    latency: Durations,
}

/// The windows of one kind of fault in a report. Times are simulated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "WindowLine")]
pub struct WindowSummary {
    /// The kind of fault; `None`: no fault was in force.
    pub kind: Option<FaultKind>,
    /// The number of windows. Without a fault: the number of runs with an operation outside of all windows.
    pub windows: u64,
    /// Clicks by outcome.
    pub operations: BTreeMap<Outcome, u64>,
    /// The median latency from request to answer.
    pub p50_seconds: Option<f64>,
    /// The latency that 90 % of the clicks did not exceed.
    pub p90_seconds: Option<f64>,
    /// The latency that 99 % of the clicks did not exceed.
    pub p99_seconds: Option<f64>,
    /// The greatest latency.
    pub max_seconds: Option<f64>,
    /// Each latency in microseconds, with the number of clicks that had it.
    pub latency_micros: Durations,
}

impl FaultWindows {
    /// Adds a run.
    ///
    /// Every fault that fired has a window, also one without a click: its row shows that clients did not notice it.
    pub fn add(&mut self, record: &RunRecord) {
        let Scan { windows, clicks } = Scan::of(record);
        for (kind, _) in &windows {
            self.of(Some(*kind)).windows += 1;
        }
        let mut had_calm_click = false;
        for click in &clicks {
            let mut kinds: Vec<FaultKind> = windows
                .iter()
                .filter(|(_, window)| touch(*window, click.span))
                .map(|(kind, _)| *kind)
                .collect();
            // Two windows of one kind may touch the same click. It counts once.
            kinds.sort_unstable();
            kinds.dedup();
            had_calm_click |= kinds.is_empty();
            if kinds.is_empty() {
                self.of(None).count(click);
            }
            for kind in kinds {
                self.of(Some(kind)).count(click);
            }
        }
        if had_calm_click {
            self.of(None).windows += 1;
        }
    }

    /// Adds the windows of other runs.
    pub fn merge(&mut self, other: &Self) {
        for (kind, window) in &other.0 {
            let known = self.of(*kind);
            known.windows += window.windows;
            known.latency.merge(&window.latency);
            for (outcome, count) in &window.operations {
                *known.operations.entry(*outcome).or_default() += count;
            }
        }
    }

    /// The windows as a report holds them, one summary for each kind.
    #[must_use]
    pub fn summaries(&self) -> Vec<WindowSummary> {
        self.0
            .iter()
            .map(|(kind, window)| window.summary(*kind))
            .collect()
    }

    /// The windows with these summaries: the inverse of [`summaries`](Self::summaries).
    #[must_use]
    pub fn of_summaries(summaries: &[WindowSummary]) -> Self {
        let window = |summary: &WindowSummary| Window {
            windows: summary.windows,
            operations: summary.operations.clone(),
            latency: summary.latency_micros.clone(),
        };
        Self(summaries.iter().map(|it| (it.kind, window(it))).collect())
    }

    fn of(&mut self, kind: Option<FaultKind>) -> &mut Window {
        self.0.entry(kind).or_default()
    }
}

impl Window {
    fn count(&mut self, click: &Click) {
        *self.operations.entry(click.outcome).or_default() += 1;
        if let Some(micros) = click.latency_micros {
            self.latency.count(micros, 1);
        }
    }

    fn summary(&self, kind: Option<FaultKind>) -> WindowSummary {
        let latency = self.latency.quantiles();
        WindowSummary {
            kind,
            windows: self.windows,
            operations: self.operations.clone(),
            p50_seconds: latency.map(|it| seconds(it.p50_micros)),
            p90_seconds: latency.map(|it| seconds(it.p90_micros)),
            p99_seconds: latency.map(|it| seconds(it.p99_micros)),
            max_seconds: latency.map(|it| seconds(it.max_micros)),
            latency_micros: self.latency.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::records;
    use crate::samples::records::TILL;
    use likewise_world::{
        plan::{Fault, Fields, Host, Plan, Trigger},
        record::{Event, EventKind},
    };

    fn event(millis: u64, kind: EventKind) -> Event {
        Event {
            at_micros: millis * 1_000,
            host: Host::NETWORK,
            kind,
        }
    }

    fn click(operation: usize, from: u64, to: Option<u64>) -> Vec<Event> {
        let invoked = EventKind::Invoked {
            operation,
            click: 1,
            what: Fields::new(),
            key: None,
        };
        let returned = EventKind::Returned {
            operation,
            click: 1,
            outcome: Outcome::Ok,
            status: 200,
            body: String::new(),
        };
        let to = to.map(|to| event(to, returned));
        [event(from, invoked)].into_iter().chain(to).collect()
    }

    fn fired(fault: usize, millis: u64) -> Event {
        let what = String::new();
        event(millis, EventKind::Injected { fault, what })
    }

    fn phase(millis: u64, name: &str) -> Event {
        let name = name.to_owned();
        event(millis, EventKind::Phase { name })
    }

    /// The windows of a run with these events. Its faults are a crash of 100 ms, an outage and a lost reply.
    fn run(parts: &[Vec<Event>]) -> FaultWindows {
        let mut record = records::green();
        let at = |millis| Trigger::At { millis };
        let host = TILL;
        record.plan = Plan::new("windows")
            .with_fault(
                at(0),
                Fault::Crash {
                    host,
                    down_millis: 100,
                },
            )
            .with_fault(at(0), Fault::Outage { host, millis: 999 })
            .with_fault(at(0), Fault::LoseReply);
        record.events = parts.concat();
        record.events.sort_by_key(|event| event.at_micros);
        let mut windows = FaultWindows::default();
        windows.add(&record);
        windows
    }

    fn counted(windows: &FaultWindows, kind: Option<FaultKind>) -> u64 {
        let window = windows.0.get(&kind);
        window.map_or(0, |window| window.operations.values().sum())
    }

    /// The clicks are placed around the ends of the windows, where a comparison that is off by one would show.
    #[test]
    fn a_click_counts_in_every_window_that_it_touches() {
        let windows = run(&[
            vec![fired(0, 1_000), fired(2, 1_050)],
            click(0, 500, Some(999)),
            click(1, 990, Some(1_010)),
            click(2, 1_040, Some(1_060)),
            click(3, 1_101, Some(1_200)),
        ]);
        assert_eq!(counted(&windows, Some(FaultKind::Crash)), 2);
        assert_eq!(counted(&windows, Some(FaultKind::LoseReply)), 1);
        assert_eq!(counted(&windows, None), 2);
        let summaries = windows.summaries();
        let is_crash = |summary: &&WindowSummary| summary.kind == Some(FaultKind::Crash);
        let crash = summaries.iter().find(is_crash).unwrap();
        assert_eq!((crash.windows, crash.p50_seconds), (1, Some(0.02)));
    }

    /// In the last case the record has no end for it, so it lasts until the end of the run.
    #[test]
    fn a_lasting_fault_is_in_force_until_it_expires_or_heals() {
        let what = String::new();
        let expired = event(2_000, EventKind::Expired { fault: 1, what });
        let later = click(0, 2_100, Some(2_200));
        let windows = run(&[vec![fired(1, 1_000), expired], later.clone()]);
        assert_eq!(counted(&windows, Some(FaultKind::Outage)), 0);
        let windows = run(&[vec![fired(1, 1_000), phase(2_000, "healed")], later.clone()]);
        assert_eq!(counted(&windows, Some(FaultKind::Outage)), 0);
        let windows = run(&[vec![fired(1, 1_000)], later]);
        assert_eq!(counted(&windows, Some(FaultKind::Outage)), 1);
    }

    /// A latency of 0 for it would make an outage look fast.
    #[test]
    fn an_unanswered_click_is_unknown_and_clicks_of_the_probes_do_not_count() {
        let windows = run(&[
            click(0, 10, None),
            vec![phase(100, "probes")],
            click(1, 110, Some(120)),
        ]);
        let calm = &windows.summaries()[0];
        assert_eq!(calm.kind, None);
        assert_eq!(calm.operations, BTreeMap::from([(Outcome::Unknown, 1)]));
        assert_eq!(calm.p50_seconds, None);
    }

    #[test]
    fn windows_add_up_and_can_be_rebuilt_from_their_summaries() {
        let one = run(&[vec![fired(0, 1_000)], click(0, 990, Some(1_010))]);
        let mut two = one.clone();
        two.merge(&one);
        let of_crash = &two.summaries()[0];
        assert_eq!(
            (of_crash.windows, of_crash.operations[&Outcome::Ok]),
            (2, 2)
        );
        assert_eq!(FaultWindows::of_summaries(&two.summaries()), two);
    }
}
