//! What users met while a fault was in force: outcomes and latencies of their operations, by kind of fault.
//!
//! ```text
//!  crash        |=========|              a window: from the strike until the fault is over
//!  lose-reply        |                   a message's fault is over with its strike
//!  click A   |--|                        no fault
//!  click B       |-------|               crash, and lose-reply
//! ```
//!
//! A click is counted in every kind of which a window touches the time from its sending to its answer, and under "no
//! fault" if none does. A fault's window ends
//!
//! - at its `eased` event, if it is in force for a while (pauses, outages, slow links, wrong clocks);
//! - after the time that its plan gives it, if it takes a process down or cuts links, which has no such event; a
//!   process then needs a little longer to be up again;
//! - with its strike, if it happens to one message, connection or client;
//! - at the healing at the latest.
//!
//! Clicks of the checks' own questions are not counted. A click that was never answered has an unknown outcome and no
//! latency.

use std::collections::{BTreeMap, btree_map::Entry};

use likewise_sim::{
    plan::{Fault, FaultKind},
    record::{EventKind, Outcome, RunRecord},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{convergence::Times, report::seconds};

/// What users met, by the kind of fault in force; under nothing, what they met while no fault was.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Windows(BTreeMap<Option<FaultKind>, Window>);

/// What users met in windows of one kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Window {
    windows: u64,
    operations: BTreeMap<Outcome, u64>,
    latency: Times,
}

/// The windows of one kind of fault, in a report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WindowLine {
    /// The kind; nothing: no fault was in force.
    pub kind: Option<FaultKind>,
    /// How many windows there were; of no fault: how many runs had one.
    pub windows: u64,
    /// Clicks by outcome.
    pub operations: BTreeMap<Outcome, u64>,
    /// From the sending to the answer.
    pub p50_seconds: Option<f64>,
    /// Nine of ten were at least so fast.
    pub p90_seconds: Option<f64>,
    /// All but one of a hundred.
    pub p99_seconds: Option<f64>,
    /// The slowest.
    pub max_seconds: Option<f64>,
    /// Each latency in microseconds, and how many clicks had it.
    pub latency_micros: Times,
}

/// From, to, both in microseconds and both part of it.
type Span = (u64, u64);

impl Windows {
    /// Counts a run in.
    pub fn add(&mut self, record: &RunRecord) {
        let Watched { windows, clicks } = watch(record);
        for (kind, _) in &windows {
            self.of(Some(*kind)).windows += 1;
        }
        let mut was_calm = false;
        for click in &clicks {
            let mut met: Vec<FaultKind> = windows
                .iter()
                .filter(|(_, window)| touch(*window, click.span))
                .map(|(kind, _)| *kind)
                .collect();
            met.sort_unstable();
            met.dedup();
            was_calm |= met.is_empty();
            if met.is_empty() {
                self.of(None).count(click);
            }
            for kind in met {
                self.of(Some(kind)).count(click);
            }
        }
        if was_calm {
            self.of(None).windows += 1;
        }
    }

    /// Counts others in.
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

    /// For a report.
    #[must_use]
    pub fn lines(&self) -> Vec<WindowLine> {
        self.0
            .iter()
            .map(|(kind, window)| window.line(*kind))
            .collect()
    }

    /// It again, from a report.
    #[must_use]
    pub fn of_lines(lines: &[WindowLine]) -> Self {
        let window = |line: &WindowLine| Window {
            windows: line.windows,
            operations: line.operations.clone(),
            latency: line.latency_micros.clone(),
        };
        Self(lines.iter().map(|line| (line.kind, window(line))).collect())
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

    fn line(&self, kind: Option<FaultKind>) -> WindowLine {
        let latency = self.latency.convergence();
        WindowLine {
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

/// One click of a user.
struct Click {
    span: Span,
    outcome: Outcome,
    latency_micros: Option<u64>,
}

/// What a run's events say of windows and clicks.
struct Watched {
    windows: Vec<(FaultKind, Span)>,
    clicks: Vec<Click>,
}

fn watch(record: &RunRecord) -> Watched {
    let mut windows: Vec<(FaultKind, Span)> = Vec::new();
    // Windows of each fault that only its end will close, by their places.
    let mut open: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut asked: BTreeMap<(usize, u32), u64> = BTreeMap::new();
    let mut clicks = Vec::new();
    let mut last = 0;
    for event in &record.events {
        last = event.at_micros;
        match &event.kind {
            EventKind::Phase { name } if name == "healed" => {
                let healed = event.at_micros;
                windows
                    .iter_mut()
                    .for_each(|(_, span)| span.1 = span.1.min(healed));
                open.clear();
            }
            EventKind::Phase { name } if name == "probes" => break,
            EventKind::Injected { fault, .. } => {
                let Some(planned) = record.plan.faults.get(*fault) else {
                    continue;
                };
                let until = match planned_micros(&planned.fault) {
                    Some(micros) => event.at_micros.saturating_add(micros),
                    None => {
                        open.entry(*fault).or_default().push(windows.len());
                        u64::MAX
                    }
                };
                windows.push((planned.fault.kind(), (event.at_micros, until)));
            }
            EventKind::Expired { fault, .. } => {
                for place in open.remove(fault).unwrap_or_default() {
                    windows[place].1.1 = event.at_micros;
                }
            }
            EventKind::Invoked {
                operation, click, ..
            } => {
                asked.insert((*operation, *click), event.at_micros);
            }
            EventKind::Returned {
                operation,
                click,
                outcome,
                ..
            } => {
                if let Entry::Occupied(began) = asked.entry((*operation, *click)) {
                    let span = (began.remove(), event.at_micros);
                    clicks.push(Click {
                        span,
                        outcome: *outcome,
                        latency_micros: Some(span.1 - span.0),
                    });
                }
            }
            _ => {}
        }
    }
    let unanswered = asked.into_values().map(|began| Click {
        span: (began, last),
        outcome: Outcome::Unknown,
        latency_micros: None,
    });
    clicks.extend(unanswered);
    Watched { windows, clicks }
}

/// How long a fault is in force by its plan: 0 if it is over with its strike, nothing if an event says when it is.
fn planned_micros(fault: &Fault) -> Option<u64> {
    let millis = match *fault {
        Fault::Crash { down_millis, .. }
        | Fault::PowerCut { down_millis, .. }
        | Fault::Restart { down_millis, .. } => down_millis,
        Fault::Partition { millis, .. } | Fault::PartitionOneWay { millis, .. } => millis,
        Fault::Flap { times, millis, .. } => (u64::from(times) * 2)
            .saturating_sub(1)
            .saturating_mul(millis),
        _ if fault.lasts().is_some() => return None,
        _ => 0,
    };
    Some(millis.saturating_mul(1_000))
}

fn touch(one: Span, other: Span) -> bool {
    one.0 <= other.1 && other.0 <= one.1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;
    use likewise_sim::{
        plan::{Action, Host, Plan, Trigger},
        record::Event,
    };

    fn event(millis: u64, kind: EventKind) -> Event {
        Event {
            at_micros: millis * 1_000,
            host: Host::Network,
            kind,
        }
    }

    fn click(operation: usize, from: u64, to: Option<u64>) -> Vec<Event> {
        let invoked = EventKind::Invoked {
            operation,
            click: 1,
            user: 1,
            action: Action::Like,
            article: 1,
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

    fn struck(fault: usize, millis: u64) -> Event {
        let what = String::new();
        event(millis, EventKind::Injected { fault, what })
    }

    fn phase(millis: u64, name: &str) -> Event {
        let name = name.to_owned();
        event(millis, EventKind::Phase { name })
    }

    /// A run with a crash of 100 ms, an outage that eases, and a lost reply; with these events.
    fn run(parts: &[Vec<Event>]) -> Windows {
        let mut record = samples::green();
        let at = |millis| Trigger::At { millis };
        let host = Host::User;
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
        let mut windows = Windows::default();
        windows.add(&record);
        windows
    }

    fn counted(windows: &Windows, kind: Option<FaultKind>) -> u64 {
        let window = windows.0.get(&kind);
        window.map_or(0, |window| window.operations.values().sum())
    }

    #[test]
    fn a_click_counts_in_every_window_that_it_touches() {
        let windows = run(&[
            vec![struck(0, 1_000), struck(2, 1_050)],
            click(0, 500, Some(999)),
            click(1, 990, Some(1_010)),
            click(2, 1_040, Some(1_060)),
            click(3, 1_101, Some(1_200)),
        ]);
        assert_eq!(counted(&windows, Some(FaultKind::Crash)), 2);
        assert_eq!(counted(&windows, Some(FaultKind::LoseReply)), 1);
        assert_eq!(counted(&windows, None), 2);
        let lines = windows.lines();
        let is_crash = |line: &&WindowLine| line.kind == Some(FaultKind::Crash);
        let crash = lines.iter().find(is_crash).unwrap();
        assert_eq!((crash.windows, crash.p50_seconds), (1, Some(0.02)));
    }

    #[test]
    fn a_lasting_fault_is_in_force_until_it_eases_or_heals() {
        let what = String::new();
        let eased = event(2_000, EventKind::Expired { fault: 1, what });
        let later = click(0, 2_100, Some(2_200));
        let windows = run(&[vec![struck(1, 1_000), eased], later.clone()]);
        assert_eq!(counted(&windows, Some(FaultKind::Outage)), 0);
        let windows = run(&[
            vec![struck(1, 1_000), phase(2_000, "healed")],
            later.clone(),
        ]);
        assert_eq!(counted(&windows, Some(FaultKind::Outage)), 0);
        let windows = run(&[vec![struck(1, 1_000)], later]);
        assert_eq!(counted(&windows, Some(FaultKind::Outage)), 1);
    }

    #[test]
    fn what_was_never_answered_is_unknown_and_the_checks_own_questions_do_not_count() {
        let windows = run(&[
            click(0, 10, None),
            vec![phase(100, "probes")],
            click(1, 110, Some(120)),
        ]);
        let calm = &windows.lines()[0];
        assert_eq!(calm.kind, None);
        assert_eq!(calm.operations, BTreeMap::from([(Outcome::Unknown, 1)]));
        assert_eq!(calm.p50_seconds, None);
    }

    #[test]
    fn windows_add_up_and_survive_their_lines() {
        let one = run(&[vec![struck(0, 1_000)], click(0, 990, Some(1_010))]);
        let mut two = one.clone();
        two.merge(&one);
        let of_crash = &two.lines()[0];
        assert_eq!(
            (of_crash.windows, of_crash.operations[&Outcome::Ok]),
            (2, 2)
        );
        assert_eq!(Windows::of_lines(&two.lines()), two);
    }
}
