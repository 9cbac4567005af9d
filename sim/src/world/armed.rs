//! The plan's faults on watch: each waits for its trigger, and strikes.

use crate::{
    plan::{CommitCut, Fault, Host, MessageCut, MessageKind, PlannedFault, Side, Trigger},
    record::CutPoint,
};
use std::collections::BTreeMap;

/// One fault on watch.
struct Watch {
    planned: PlannedFault,
    /// How many messages or commits have fitted its trigger.
    seen: u32,
    /// The messages or commits at whose end it will strike.
    marked: Vec<u64>,
    /// How often it has struck.
    struck: u32,
}

impl Watch {
    /// Whether this message or commit is marked; it is not any more.
    fn unmark(&mut self, number: u64) -> bool {
        let place = self.marked.iter().position(|marked| *marked == number);
        place.map(|place| self.marked.swap_remove(place)).is_some()
    }
}

/// The plan's faults on watch, and the cut points they could strike at.
pub struct Armed {
    on: bool,
    watches: Vec<Watch>,
    messages: BTreeMap<(Host, Host, MessageKind), u32>,
    commits: BTreeMap<(Host, &'static str), u32>,
    cuts: Vec<CutPoint>,
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
pub type Strike = (usize, Fault);

impl Armed {
    pub(super) fn new(faults: &[PlannedFault]) -> Self {
        let watch = |planned: &PlannedFault| Watch {
            planned: planned.clone(),
            seen: 0,
            marked: Vec::new(),
            struck: 0,
        };
        Self {
            on: false,
            watches: faults.iter().map(watch).collect(),
            messages: BTreeMap::new(),
            commits: BTreeMap::new(),
            cuts: Vec::new(),
            ahead: BTreeMap::new(),
            reached: Vec::new(),
        }
    }

    pub(super) fn switch(&mut self, on: bool) {
        self.on = on;
    }

    pub(super) fn is_on(&self) -> bool {
        self.on
    }

    pub(super) fn struck(&self) -> Vec<bool> {
        self.watches.iter().map(|watch| watch.struck > 0).collect()
    }

    /// What kind of place a fault's trigger is.
    pub(super) fn class(&self, place: usize) -> String {
        self.watches[place].planned.trigger.class()
    }

    /// Where faults could have struck, and those of these places that were reached.
    pub(super) fn take_cuts(&mut self) -> (Vec<CutPoint>, Vec<CutPoint>) {
        let reached = std::mem::take(&mut self.reached).into_iter();
        let reached = reached.map(|place| self.cuts[place].clone()).collect();
        (std::mem::take(&mut self.cuts), reached)
    }

    /// A message or commit begins: its beginning is reached, its end is ahead.
    fn begin(&mut self, kind: Kind, number: u64, cuts: [CutPoint; 2]) {
        let before = self.cuts.len();
        self.cuts.extend(cuts);
        self.reached.push(before);
        self.ahead.insert((kind, number), before + 1);
    }

    /// The end of a message or commit is reached.
    fn end(&mut self, kind: Kind, number: u64) {
        let end = self.ahead.remove(&(kind, number));
        self.reached.extend(end.filter(|_| self.on));
    }

    /// A fault was due but could not do anything: it does not count as struck.
    pub(super) fn missed(&mut self, place: usize) {
        self.watches[place].struck -= 1;
    }

    /// Faults due at this time, in milliseconds since the workload began.
    pub(super) fn at(&mut self, now_millis: u64) -> Vec<Strike> {
        self.strikes(
            |watch| matches!(watch.planned.trigger, Trigger::At { millis } if millis <= now_millis && watch.struck == 0),
        )
    }

    /// Faults due at a request; those due at its reply are marked with its number.
    pub(super) fn request(
        &mut self,
        message: u64,
        from: Host,
        to: Host,
        what: MessageKind,
        sagas: &[u32],
    ) -> Vec<Strike> {
        if !self.on {
            return Vec::new();
        }
        let nth = self.messages.entry((from, to, what)).or_default();
        *nth += 1;
        let nth = *nth;
        let cuts = [Side::Before, Side::After].map(|side| {
            CutPoint::Message(MessageCut {
                from,
                to,
                what: Some(what),
                saga: None,
                nth,
                every: None,
                side,
            })
        });
        self.begin(Kind::Message, message, cuts);
        self.strikes(|watch| {
            let Trigger::Message(cut) = &watch.planned.trigger else {
                return false;
            };
            let fits = cut.from == from
                && cut.to == to
                && cut.what.is_none_or(|wanted| wanted == what)
                && cut.saga.is_none_or(|saga| sagas.contains(&saga));
            watch.seen += u32::from(fits);
            if !fits || !cut.is_due(watch.seen) {
                return false;
            }
            watch
                .marked
                .extend((cut.side == Side::After).then_some(message));
            cut.side == Side::Before
        })
    }

    /// Faults due at the reply of a message.
    pub(super) fn reply(&mut self, message: u64) -> Vec<Strike> {
        self.end(Kind::Message, message);
        self.strikes(|watch| {
            matches!(watch.planned.trigger, Trigger::Message(_)) && watch.unmark(message)
        })
    }

    /// Faults due before a commit; those due after it are marked with its number.
    pub(super) fn before_commit(
        &mut self,
        commit: u64,
        host: Host,
        name: &'static str,
    ) -> Vec<Strike> {
        if !self.on {
            return Vec::new();
        }
        let nth = self.commits.entry((host, name)).or_default();
        *nth += 1;
        let nth = *nth;
        let cuts = [Side::Before, Side::After].map(|side| {
            CutPoint::Commit(CommitCut {
                host,
                what: Some(name.into()),
                nth,
                side,
            })
        });
        self.begin(Kind::Commit, commit, cuts);
        self.strikes(|watch| {
            let Trigger::Commit(cut) = &watch.planned.trigger else {
                return false;
            };
            let fits = cut.host == host && cut.what.as_ref().is_none_or(|wanted| wanted == name);
            watch.seen += u32::from(fits);
            if !fits || watch.seen != cut.nth {
                return false;
            }
            watch
                .marked
                .extend((cut.side == Side::After).then_some(commit));
            cut.side == Side::Before
        })
    }

    /// Faults due after a commit.
    pub(super) fn after_commit(&mut self, commit: u64) -> Vec<Strike> {
        self.end(Kind::Commit, commit);
        self.strikes(|watch| {
            matches!(watch.planned.trigger, Trigger::Commit(_)) && watch.unmark(commit)
        })
    }

    fn strikes(&mut self, mut due: impl FnMut(&mut Watch) -> bool) -> Vec<Strike> {
        if !self.on {
            return Vec::new();
        }
        let mut strikes = Vec::new();
        for (place, watch) in self.watches.iter_mut().enumerate() {
            if due(watch) {
                watch.struck += 1;
                strikes.push((place, watch.planned.fault));
            }
        }
        strikes
    }
}
