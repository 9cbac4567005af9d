//! The triggers of a plan's faults: which faults are due at a time, a message or a commit.
//!
//! ```text
//!  request #7 ──► count the matches of each trigger ──► due now, or marked for the reply of #7
//! ```
//!
//! The set also lists every injection point that the run passes. An exhaustive search takes its triggers from the list
//! of a clean run. What a due fault does is in `injection.rs`.

use std::collections::BTreeMap;

use crate::plan::{
    CommitPoint, Fault, Host, InjectionPoint, MessageKind, MessagePoint, Plan, PlannedFault, Side,
    Trigger,
};

/// One fault and the state of its trigger.
struct Watch {
    planned: PlannedFault,
    /// Messages or commits that matched the trigger.
    matched: u32,
    /// Numbers of the messages or commits at whose end the fault is due.
    marked: Vec<u64>,
    /// How often the fault has fired.
    fired: u32,
    /// Whether the fault belongs to the time after the event from which on the run is drawn anew.
    is_later: bool,
    /// When that time began, in milliseconds since the workload began. A trigger at a time counts from then on.
    since_millis: Option<u64>,
}

impl Watch {
    /// Removes the mark of this message or commit. Returns whether there was one.
    fn unmark(&mut self, number: u64) -> bool {
        let place = self.marked.iter().position(|marked| *marked == number);
        place.map(|place| self.marked.swap_remove(place)).is_some()
    }
}

/// The triggers of a plan's faults, and the injection points that the run has passed.
pub struct TriggerSet {
    on: bool,
    /// Whether the run is being drawn anew. Then only later faults can fire, and before it only the others.
    is_redrawn: bool,
    watches: Vec<Watch>,
    messages: BTreeMap<(Host, Host, MessageKind), u32>,
    commits: BTreeMap<(Host, &'static str), u32>,
    points: Vec<InjectionPoint>,
    /// Places in `points` of the ends of messages and commits that have not come yet.
    ahead: BTreeMap<(Kind, u64), usize>,
    /// Places in `points` of those that were reached.
    reached: Vec<usize>,
}

/// What a number belongs to: messages and commits are counted separately.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Message,
    Commit,
}

/// A fault that is due: its place in the plan, and the fault.
pub type DueFault = (usize, Fault);

impl TriggerSet {
    pub(crate) fn new(plan: &Plan) -> Self {
        let redraw = plan.redraw_after.as_ref();
        let later_from = redraw.map_or(usize::MAX, |redraw| redraw.later_faults_from);
        let watch = |(place, planned): (usize, &PlannedFault)| Watch {
            planned: planned.clone(),
            matched: 0,
            marked: Vec::new(),
            fired: 0,
            is_later: place >= later_from,
            since_millis: None,
        };
        Self {
            on: false,
            is_redrawn: false,
            watches: plan.faults.iter().enumerate().map(watch).collect(),
            messages: BTreeMap::new(),
            commits: BTreeMap::new(),
            points: Vec::new(),
            ahead: BTreeMap::new(),
            reached: Vec::new(),
        }
    }

    /// Switches all triggers on or off. Faults fire in one phase of a run only.
    pub(crate) fn switch(&mut self, on: bool) {
        self.on = on;
    }

    /// From now on the run is drawn anew: only the later faults of the plan can fire.
    pub(crate) fn redraw(&mut self) {
        self.is_redrawn = true;
    }

    pub(crate) fn is_on(&self) -> bool {
        self.on
    }

    /// Whether each fault of the plan has fired, in the order of the plan.
    pub(crate) fn fired(&self) -> Vec<bool> {
        self.watches.iter().map(|watch| watch.fired > 0).collect()
    }

    /// The class of a fault's trigger: its place in words, without numbers.
    pub(crate) fn class(&self, place: usize) -> String {
        self.watches[place].planned.trigger.class()
    }

    /// Takes the injection points of the run, and those of them that were reached.
    pub(crate) fn take_injection_points(&mut self) -> (Vec<InjectionPoint>, Vec<InjectionPoint>) {
        let reached = std::mem::take(&mut self.reached).into_iter();
        let reached = reached.map(|place| self.points[place].clone()).collect();
        (std::mem::take(&mut self.points), reached)
    }

    /// A message or commit begins: its first point is reached, its second one is ahead.
    fn begin(&mut self, kind: Kind, number: u64, points: [InjectionPoint; 2]) {
        let before = self.points.len();
        self.points.extend(points);
        self.reached.push(before);
        self.ahead.insert((kind, number), before + 1);
    }

    /// A message or commit ends: its second point is reached.
    fn end(&mut self, kind: Kind, number: u64) {
        let end = self.ahead.remove(&(kind, number));
        self.reached.extend(end.filter(|_| self.on));
    }

    /// A fault was due but could not do anything, so it does not count as fired.
    pub(crate) fn not_injected(&mut self, place: usize) {
        self.watches[place].fired -= 1;
    }

    /// A fault that was taken back has done something after all.
    pub(crate) fn injected(&mut self, place: usize) {
        self.watches[place].fired += 1;
    }

    /// The faults due at this time, in milliseconds since the workload began.
    pub(crate) fn at(&mut self, now_millis: u64) -> Vec<DueFault> {
        self.take_due(|watch| {
            let Trigger::At { millis } = watch.planned.trigger else {
                return false;
            };
            let since = match watch.is_later {
                true => *watch.since_millis.get_or_insert(now_millis),
                false => 0,
            };
            millis <= now_millis.saturating_sub(since) && watch.fired == 0
        })
    }

    /// The faults due at a request. Faults due at its reply are marked with its number.
    pub(crate) fn request(
        &mut self,
        message: u64,
        from: Host,
        to: Host,
        what: MessageKind,
        sagas: &[u32],
    ) -> Vec<DueFault> {
        if !self.on {
            return Vec::new();
        }
        let nth = self.messages.entry((from, to, what)).or_default();
        *nth += 1;
        let points = message_points(from, to, what, *nth);
        self.begin(Kind::Message, message, points);
        self.take_due(|watch| {
            let Trigger::Message(point) = &watch.planned.trigger else {
                return false;
            };
            let matches = point.from == from
                && point.to == to
                && point.what.is_none_or(|wanted| wanted == what)
                && point.saga.is_none_or(|saga| sagas.contains(&saga));
            watch.matched += u32::from(matches);
            if !matches || !point.is_due(watch.matched) {
                return false;
            }
            let at_reply = point.side == Side::After;
            watch.marked.extend(at_reply.then_some(message));
            !at_reply
        })
    }

    /// The faults due at the reply of a message.
    pub(crate) fn reply(&mut self, message: u64) -> Vec<DueFault> {
        self.end(Kind::Message, message);
        self.take_due(|watch| {
            matches!(watch.planned.trigger, Trigger::Message(_)) && watch.unmark(message)
        })
    }

    /// The faults due before a commit. Faults due after it are marked with its number.
    pub(crate) fn before_commit(
        &mut self,
        commit: u64,
        host: Host,
        name: &'static str,
    ) -> Vec<DueFault> {
        if !self.on {
            return Vec::new();
        }
        let nth = self.commits.entry((host, name)).or_default();
        *nth += 1;
        let points = commit_points(host, name, *nth);
        self.begin(Kind::Commit, commit, points);
        self.take_due(|watch| {
            let Trigger::Commit(point) = &watch.planned.trigger else {
                return false;
            };
            let matches =
                point.host == host && point.what.as_ref().is_none_or(|wanted| wanted == name);
            watch.matched += u32::from(matches);
            if !matches || watch.matched != point.nth {
                return false;
            }
            let after_commit = point.side == Side::After;
            watch.marked.extend(after_commit.then_some(commit));
            !after_commit
        })
    }

    /// The faults due after a commit.
    pub(crate) fn after_commit(&mut self, commit: u64) -> Vec<DueFault> {
        self.end(Kind::Commit, commit);
        self.take_due(|watch| {
            matches!(watch.planned.trigger, Trigger::Commit(_)) && watch.unmark(commit)
        })
    }

    /// The faults for which `is_due` holds, each counted as fired.
    fn take_due(&mut self, mut is_due: impl FnMut(&mut Watch) -> bool) -> Vec<DueFault> {
        if !self.on {
            return Vec::new();
        }
        let mut due = Vec::new();
        for (place, watch) in self.watches.iter_mut().enumerate() {
            if watch.is_later == self.is_redrawn && is_due(watch) {
                watch.fired += 1;
                due.push((place, watch.planned.fault));
            }
        }
        due
    }
}

/// The injection points of a message: its request and its reply.
fn message_points(from: Host, to: Host, what: MessageKind, nth: u32) -> [InjectionPoint; 2] {
    [Side::Before, Side::After].map(|side| {
        InjectionPoint::Message(MessagePoint {
            from,
            to,
            what: Some(what),
            saga: None,
            nth,
            every: None,
            side,
        })
    })
}

/// The injection points of a commit: before and after it.
fn commit_points(host: Host, name: &'static str, nth: u32) -> [InjectionPoint; 2] {
    [Side::Before, Side::After].map(|side| {
        InjectionPoint::Commit(CommitPoint {
            host,
            what: Some(name.into()),
            nth,
            side,
        })
    })
}
