//! The plan's faults on watch: each waits for its trigger, and due.

use crate::world::plan::{
    CommitPoint, Fault, Host, InjectionPoint, MessageKind, MessagePoint, PlannedFault, Side,
    Trigger,
};
use std::collections::BTreeMap;

/// One fault on watch.
struct Watch {
    planned: PlannedFault,
    /// How many messages or commits have fitted its trigger.
    matched: u32,
    /// The messages or commits at whose end it will strike.
    marked: Vec<u64>,
    /// How often it has struck.
    fired: u32,
}

impl Watch {
    /// Whether this message or commit is marked; it is not any more.
    fn unmark(&mut self, number: u64) -> bool {
        let place = self.marked.iter().position(|marked| *marked == number);
        place.map(|place| self.marked.swap_remove(place)).is_some()
    }
}

/// The plan's faults on watch, and the injection points they could strike at.
pub struct TriggerSet {
    on: bool,
    watches: Vec<Watch>,
    messages: BTreeMap<(Host, Host, MessageKind), u32>,
    commits: BTreeMap<(Host, &'static str), u32>,
    points: Vec<InjectionPoint>,
    /// The places among them of the ends of messages and commits that have not come yet.
    ahead: BTreeMap<(Kind, u64), usize>,
    /// The places of those that were reached.
    reached: Vec<usize>,
}

/// What has a number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Message,
    Commit,
}

/// A fault whose moment has come: its place in the plan, and it.
pub type DueFault = (usize, Fault);

impl TriggerSet {
    pub(in crate::world) fn new(faults: &[PlannedFault]) -> Self {
        let watch = |planned: &PlannedFault| Watch {
            planned: planned.clone(),
            matched: 0,
            marked: Vec::new(),
            fired: 0,
        };
        Self {
            on: false,
            watches: faults.iter().map(watch).collect(),
            messages: BTreeMap::new(),
            commits: BTreeMap::new(),
            points: Vec::new(),
            ahead: BTreeMap::new(),
            reached: Vec::new(),
        }
    }

    pub(in crate::world) fn switch(&mut self, on: bool) {
        self.on = on;
    }

    pub(in crate::world) fn is_on(&self) -> bool {
        self.on
    }

    pub(in crate::world) fn fired(&self) -> Vec<bool> {
        self.watches.iter().map(|watch| watch.fired > 0).collect()
    }

    /// What kind of place a fault's trigger is.
    pub(in crate::world) fn class(&self, place: usize) -> String {
        self.watches[place].planned.trigger.class()
    }

    /// Where faults could have struck, and those of these places that were reached.
    pub(in crate::world) fn take_injection_points(
        &mut self,
    ) -> (Vec<InjectionPoint>, Vec<InjectionPoint>) {
        let reached = std::mem::take(&mut self.reached).into_iter();
        let reached = reached.map(|place| self.points[place].clone()).collect();
        (std::mem::take(&mut self.points), reached)
    }

    /// A message or commit begins: its beginning is reached, its end is ahead.
    fn begin(&mut self, kind: Kind, number: u64, points: [InjectionPoint; 2]) {
        let before = self.points.len();
        self.points.extend(points);
        self.reached.push(before);
        self.ahead.insert((kind, number), before + 1);
    }

    /// The end of a message or commit is reached.
    fn end(&mut self, kind: Kind, number: u64) {
        let end = self.ahead.remove(&(kind, number));
        self.reached.extend(end.filter(|_| self.on));
    }

    /// A fault was due but could not do anything: it does not count as struck.
    pub(in crate::world) fn not_injected(&mut self, place: usize) {
        self.watches[place].fired -= 1;
    }

    /// Faults due at this time, in milliseconds since the workload began.
    pub(in crate::world) fn at(&mut self, now_millis: u64) -> Vec<DueFault> {
        self.take_due(
            |watch| matches!(watch.planned.trigger, Trigger::At { millis } if millis <= now_millis && watch.fired == 0),
        )
    }

    /// Faults due at a request; those due at its reply are marked with its number.
    pub(in crate::world) fn request(
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
        let nth = *nth;
        let points = [Side::Before, Side::After].map(|side| {
            InjectionPoint::Message(MessagePoint {
                from,
                to,
                what: Some(what),
                saga: None,
                nth,
                every: None,
                side,
            })
        });
        self.begin(Kind::Message, message, points);
        self.take_due(|watch| {
            let Trigger::Message(point) = &watch.planned.trigger else {
                return false;
            };
            let fits = point.from == from
                && point.to == to
                && point.what.is_none_or(|wanted| wanted == what)
                && point.saga.is_none_or(|saga| sagas.contains(&saga));
            watch.matched += u32::from(fits);
            if !fits || !point.is_due(watch.matched) {
                return false;
            }
            watch
                .marked
                .extend((point.side == Side::After).then_some(message));
            point.side == Side::Before
        })
    }

    /// Faults due at the reply of a message.
    pub(in crate::world) fn reply(&mut self, message: u64) -> Vec<DueFault> {
        self.end(Kind::Message, message);
        self.take_due(|watch| {
            matches!(watch.planned.trigger, Trigger::Message(_)) && watch.unmark(message)
        })
    }

    /// Faults due before a commit; those due after it are marked with its number.
    pub(in crate::world) fn before_commit(
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
        let nth = *nth;
        let points = [Side::Before, Side::After].map(|side| {
            InjectionPoint::Commit(CommitPoint {
                host,
                what: Some(name.into()),
                nth,
                side,
            })
        });
        self.begin(Kind::Commit, commit, points);
        self.take_due(|watch| {
            let Trigger::Commit(point) = &watch.planned.trigger else {
                return false;
            };
            let fits =
                point.host == host && point.what.as_ref().is_none_or(|wanted| wanted == name);
            watch.matched += u32::from(fits);
            if !fits || watch.matched != point.nth {
                return false;
            }
            watch
                .marked
                .extend((point.side == Side::After).then_some(commit));
            point.side == Side::Before
        })
    }

    /// Faults due after a commit.
    pub(in crate::world) fn after_commit(&mut self, commit: u64) -> Vec<DueFault> {
        self.end(Kind::Commit, commit);
        self.take_due(|watch| {
            matches!(watch.planned.trigger, Trigger::Commit(_)) && watch.unmark(commit)
        })
    }

    fn take_due(&mut self, mut is_due: impl FnMut(&mut Watch) -> bool) -> Vec<DueFault> {
        if !self.on {
            return Vec::new();
        }
        let mut due = Vec::new();
        for (place, watch) in self.watches.iter_mut().enumerate() {
            if is_due(watch) {
                watch.fired += 1;
                due.push((place, watch.planned.fault));
            }
        }
        due
    }
}
