//! The open sagas of one epoch in the leader's memory: their statuses, and the locks that they hold.
//!
//! Under its epoch only the leader writes, so this is what the log holds, except for what is in doubt: an append whose fate is
//! unknown may still be committed. What it would start keeps its lock, and what it would end keeps its lock as well, until an
//! answer of the database settles the doubt.
//!
//! ```text
//!  plan ── marks all that is sent as in doubt ──► append ──► settle, or forget if nothing was written
//! ```

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::{LogEntry, LogProgress, NewSaga, StatusChange};
use crate::{
    id::{Epoch, SagaId},
    protocol::Status,
};

/// The open sagas under an epoch.
pub(super) struct OpenSagas {
    pub(super) epoch: Epoch,
    sagas: BTreeMap<SagaId, OpenSaga>,
    by_lock_key: BTreeSet<(String, SagaId)>,
    /// The highest identity that this epoch started.
    newest: Option<SagaId>,
    /// Every saga with a smaller identity has ended, and the log knows it.
    watermark: Option<SagaId>,
    /// The highest watermark that an append may have written. Nothing below it may start any more: the append's answer may be lost.
    floor: Option<SagaId>,
    /// The number of ends since the watermark was written.
    ends: u32,
    /// The highest identity that the log had when the open sagas were read.
    newest_read: Option<SagaId>,
    /// The number of ends under this epoch.
    ended: u64,
}

struct OpenSaga {
    /// `None` if it cannot be read. The saga then locks nothing, and is open all the same.
    lock_key: Option<String>,
    status: Status,
    in_doubt: bool,
}

/// What to do with an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Send it to the database.
    Send,
    /// The saga is not in the status from which the entry changes it.
    Lost,
    /// Another saga holds the lock key.
    Locked(SagaId),
    /// The start may be in the log already, and another saga that may have ended holds its lock key.
    InDoubt,
    /// The identity is below a watermark. The log has no such open saga.
    TooOld,
}

/// What to do with the entries of a batch.
pub(super) struct Plan {
    pub(super) verdicts: Vec<Verdict>,
    /// The watermark to write with the batch.
    pub(super) mark: Option<SagaId>,
    /// The sagas that were added, and those that were not in doubt before.
    added: Vec<SagaId>,
    doubted: Vec<SagaId>,
}

/// What the log has of an entry that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// The entry was written.
    Written,
    /// It was not, and the saga has this status. `None` if it is not in the log.
    Found(Option<Status>),
}

impl OpenSagas {
    /// No open saga.
    pub(super) fn new(epoch: Epoch, watermark: Option<SagaId>) -> Self {
        Self {
            epoch,
            sagas: BTreeMap::new(),
            by_lock_key: BTreeSet::new(),
            newest: None,
            watermark,
            floor: watermark,
            ends: 0,
            newest_read: None,
            ended: 0,
        }
    }

    /// All sagas up to this one were read from the log.
    pub(super) fn read_up_to(&mut self, newest: Option<SagaId>) {
        // An empty log has no newest saga.
        self.newest_read = newest.filter(|newest| !newest.0.is_nil());
    }

    /// Adds a saga that was read from the log.
    pub(super) fn add(&mut self, saga: SagaId, lock_key: Option<String>, status: Status) {
        self.insert(saga, lock_key, status, false);
    }

    /// Decides what to do with a batch, and marks what is sent as in doubt. With `mark_every` ends since the last watermark, the
    /// batch writes another one.
    pub(super) fn plan(&mut self, entries: &[LogEntry], mark_every: u32) -> Plan {
        let mut plan = Plan {
            verdicts: vec![Verdict::Send; entries.len()],
            mark: None,
            added: Vec::new(),
            doubted: Vec::new(),
        };
        self.fill(&mut plan, entries);
        if self.ends >= mark_every {
            plan.mark = self.next_watermark();
            self.floor = self.floor.max(plan.mark);
        }
        plan
    }

    fn fill(&mut self, plan: &mut Plan, entries: &[LogEntry]) {
        // Changes come before starts: a change may release the lock key of a start.
        let mut after: BTreeMap<SagaId, Status> = BTreeMap::new();
        for (entry, verdict) in entries.iter().zip(&mut plan.verdicts) {
            let LogEntry::StatusChange(change) = entry else {
                continue;
            };
            match self.can_change(change, after.get(&change.saga)) {
                true => {
                    after.insert(change.saga, change.to);
                    self.doubt(change.saga, &mut plan.doubted);
                }
                false => *verdict = Verdict::Lost,
            }
        }
        for (entry, place) in entries.iter().zip(0..) {
            let LogEntry::Start(new) = entry else {
                continue;
            };
            plan.verdicts[place] = match new.settled.is_some() {
                // It is never open, so it may be below the watermark, and it locks nothing. But that nothing was to be done is no
                // truth while another saga holds the key: its effect may be taken back.
                true => (self.holders(new, &after).next()).map_or(Verdict::Send, Verdict::Locked),
                false => self.lock(new, &after, plan),
            };
        }
    }

    /// Whether the saga may be in the status from which it is changed. `after` is its status after the changes before this one.
    fn can_change(&self, change: &StatusChange, after: Option<&Status>) -> bool {
        match (self.sagas.get(&change.saga), after) {
            (_, Some(after)) => *after == change.from,
            (Some(open), None) => open.in_doubt || open.status == change.from,
            (None, None) => false,
        }
    }

    /// The other sagas that hold the key of a start, without those that end before it.
    fn holders<'a>(
        &'a self,
        new: &'a NewSaga,
        after: &'a BTreeMap<SagaId, Status>,
    ) -> impl Iterator<Item = SagaId> + 'a {
        let ends = |saga: &SagaId| after.get(saga).is_some_and(|status| !status.is_open());
        let holders = self.holders_of(&new.lock_key);
        holders.filter(move |saga| *saga != new.id && !ends(saga))
    }

    /// The sagas that hold a lock key, or may hold it.
    pub(super) fn holders_of<'a>(&'a self, lock_key: &'a str) -> impl Iterator<Item = SagaId> + 'a {
        let first = (lock_key.to_owned(), SagaId(Uuid::nil()));
        let holders = self.by_lock_key.range(first..);
        let holders = holders.take_while(move |(key, _)| key == lock_key);
        holders.map(|(_, saga)| *saga)
    }

    /// Locks the key of a start.
    fn lock(
        &mut self,
        new: &NewSaga,
        after: &BTreeMap<SagaId, Status>,
        plan: &mut Plan,
    ) -> Verdict {
        if self.floor.is_some_and(|floor| new.id < floor) {
            return Verdict::TooOld;
        }
        let holder = self.holders(new, after).next();
        let itself = self.sagas.get(&new.id);
        match (holder, itself) {
            (Some(_), Some(itself)) if itself.in_doubt => Verdict::InDoubt,
            (Some(holder), _) => Verdict::Locked(holder),
            (None, Some(_)) => {
                self.doubt(new.id, &mut plan.doubted);
                Verdict::Send
            }
            (None, None) => {
                self.insert(new.id, Some(new.lock_key.clone()), Status::Running, true);
                plan.added.push(new.id);
                Verdict::Send
            }
        }
    }

    /// Nothing of a batch was written.
    pub(super) fn forget(&mut self, plan: &Plan) {
        for saga in &plan.added {
            self.remove(*saga);
        }
        for saga in &plan.doubted {
            if let Some(open) = self.sagas.get_mut(saga) {
                open.in_doubt = false;
            }
        }
    }

    /// The log has answered what became of an entry that was sent.
    pub(super) fn settle(&mut self, entry: &LogEntry, fate: Fate) {
        let (saga, status) = match (entry, fate) {
            (LogEntry::Start(new), Fate::Written) => {
                self.newest = self.newest.max(Some(new.id));
                (new.id, (new.settled.is_none()).then_some(Status::Running))
            }
            (LogEntry::StatusChange(change), Fate::Written) => (change.saga, Some(change.to)),
            (LogEntry::Start(NewSaga { id, .. }), Fate::Found(status)) => (*id, status),
            (LogEntry::StatusChange(change), Fate::Found(status)) => (change.saga, status),
        };
        let is_settled =
            fate == Fate::Written && matches!(entry, LogEntry::Start(new) if new.settled.is_some());
        let has_ended = status.is_some_and(|status| !status.is_open()) && self.has(saga);
        self.ended += u64::from(is_settled || has_ended);
        match (
            status.filter(|status| status.is_open()),
            self.sagas.get_mut(&saga),
        ) {
            (Some(status), Some(open)) => {
                open.status = status;
                open.in_doubt = false;
            }
            (Some(_), None) => {}
            (None, _) => self.remove(saga),
        }
    }

    /// A batch wrote this watermark.
    pub(super) fn marked(&mut self, watermark: SagaId) {
        self.watermark = self.watermark.max(Some(watermark));
        self.ends = 0;
    }

    /// The log's own watermark, the number of ends under this epoch, and what the watermark can be raised to now. From then on
    /// nothing below that may start.
    pub(super) fn raise(&mut self) -> (LogProgress, Option<SagaId>) {
        let progress = LogProgress {
            watermark: self.watermark,
            ended: self.ended,
        };
        let lowest_open = self.sagas.keys().next().copied();
        let next = lowest_open.or(self.newest.max(self.newest_read));
        let next = next.filter(|next| Some(*next) > self.watermark);
        self.floor = self.floor.max(next);
        (progress, next)
    }

    /// Whether a saga may be open.
    pub(super) fn has(&self, saga: SagaId) -> bool {
        self.sagas.contains_key(&saga)
    }

    /// The highest identity below which every saga has ended, what is in doubt excepted. `None` if it is no higher than the one
    /// that the log has.
    fn next_watermark(&self) -> Option<SagaId> {
        let lowest_open = self.sagas.keys().next().copied();
        let next = lowest_open.or(self.newest)?;
        (Some(next) > self.watermark).then_some(next)
    }

    fn doubt(&mut self, saga: SagaId, doubted: &mut Vec<SagaId>) {
        if let Some(open) = self.sagas.get_mut(&saga).filter(|open| !open.in_doubt) {
            open.in_doubt = true;
            doubted.push(saga);
        }
    }

    fn insert(&mut self, saga: SagaId, lock_key: Option<String>, status: Status, in_doubt: bool) {
        if let Some(lock_key) = &lock_key {
            self.by_lock_key.insert((lock_key.clone(), saga));
        }
        let open = OpenSaga {
            lock_key,
            status,
            in_doubt,
        };
        self.sagas.insert(saga, open);
    }

    fn remove(&mut self, saga: SagaId) {
        if let Some(open) = self.sagas.remove(&saga) {
            if let Some(lock_key) = open.lock_key {
                self.by_lock_key.remove(&(lock_key, saga));
            }
            self.ends = self.ends.saturating_add(1);
        }
    }
}

#[cfg(test)]
mod tests;
