//! Compares a run with a target: whether a saga of the run has the state at some moment, and else how near one comes.
//!
//! A saga that has not ended is a moment of a run: the run goes on, heals and ends. So every moment is compared. A state in which a
//! request has failed must last for one attempt, or a state that every saga passes would be the same as one in which it is stuck.

use std::{collections::BTreeMap, fmt};

use likewise_world::{System, record::RunRecord};
use uuid::Uuid;

use super::{
    follow::{Followed, Follower},
    target::{SagaState, Target, end_word, order_word, status_word},
};

/// What differs between a saga of a run and a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Difference {
    /// No saga of the run has this kind.
    Kind,
    /// The status.
    Status,
    /// How it ended.
    End,
    /// Whether it is parked.
    Parked,
    /// What was ordered.
    Ordered,
    /// What is believed of a step.
    Believed(usize),
    /// The barrier row of a step.
    Row(usize),
    /// The state is the same, but not past the deadline, or not for long enough.
    Duration,
}

/// The moment of a run at which a saga is nearest to a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// What differs. Nothing: it is the same.
    pub differences: Vec<Difference>,
    /// The event after which it is so.
    pub event: usize,
    /// Its time, in simulated microseconds since the run began.
    pub at_micros: u64,
    /// The number of the saga, from 1. `None` if no message had a step of it.
    pub saga: Option<usize>,
    /// The state. `None` if the run has no such saga.
    pub state: Option<SagaState>,
}

impl Moment {
    /// How far it is from the target: 0 if it is the same. A state that only does not last is nearer than any other.
    #[must_use]
    pub fn distance(&self) -> usize {
        let is_short = self.differences.contains(&Difference::Duration);
        self.differences.len() * 2 - usize::from(is_short)
    }

    /// Whether the run shows the target.
    #[must_use]
    pub fn is_same(&self) -> bool {
        self.differences.is_empty()
    }
}

/// The first moment of a run that shows a target; else the first of the nearest ones.
#[must_use]
pub fn nearest_moment(system: &'static dyn System, record: &RunRecord, target: &Target) -> Moment {
    let mut search = Nearest::new(record, target);
    let mut follower = Follower::new(system, record);
    for (place, event) in record.events.iter().enumerate() {
        for id in follower.follow(event) {
            if let Some(saga) = follower.get(id).filter(|saga| saga.kind == target.kind) {
                search.see(id, saga, (place, event.at_micros));
            }
        }
        if search.best.is_same() {
            break;
        }
    }
    search.end();
    search.best
}

struct Nearest<'r> {
    record: &'r RunRecord,
    target: &'r Target,
    best: Moment,
    /// Sagas that have the state now, with the event from which on, and the time from which on it counts.
    same: BTreeMap<Uuid, Same>,
}

struct Same {
    moment: Moment,
    from_micros: u64,
}

impl<'r> Nearest<'r> {
    fn new(record: &'r RunRecord, target: &'r Target) -> Self {
        let best = Moment {
            differences: vec![Difference::Kind; usize::from(u8::MAX)],
            event: 0,
            at_micros: 0,
            saga: None,
            state: None,
        };
        Self {
            record,
            target,
            best,
            same: BTreeMap::new(),
        }
    }

    /// A saga may have changed at an event.
    fn see(&mut self, id: Uuid, saga: &Followed, (event, at_micros): (usize, u64)) {
        let differences = differences(self.target, &saga.state);
        if differences.is_empty() && self.same.contains_key(&id) {
            return;
        }
        if let Some(same) = self.same.remove(&id) {
            self.leave(same, at_micros);
        }
        let moment = Moment {
            differences,
            event,
            at_micros,
            saga: self.number(id),
            state: Some(saga.state.clone()),
        };
        if !moment.is_same() {
            return self.offer(moment);
        }
        let deadline = self.record.plan.timing.saga_deadline_millis * 1_000;
        let from_micros = match self.target.is_past_deadline {
            true => at_micros.max(saga.started_micros.saturating_add(deadline)),
            false => at_micros,
        };
        let same = Same {
            moment,
            from_micros,
        };
        match self.target.lasts || self.target.is_past_deadline {
            true => drop(self.same.insert(id, same)),
            false => self.offer(same.moment),
        }
    }

    /// A saga leaves the state of the target. It counts if it was in it for long enough.
    fn leave(&mut self, same: Same, at_micros: u64) {
        let attempt = self.record.plan.timing.step_timeout_millis * 1_000;
        let least = if self.target.lasts { attempt } else { 1 };
        let mut moment = same.moment;
        if at_micros < same.from_micros.saturating_add(least) {
            moment.differences.push(Difference::Duration);
        }
        self.offer(moment);
    }

    /// Of moments that are equally near, the first one stays.
    fn offer(&mut self, moment: Moment) {
        if moment.distance() < self.best.distance() {
            self.best = moment;
        }
    }

    /// The run has ended.
    fn end(&mut self) {
        let last = self.record.events.last();
        let at_micros = last.map_or(0, |event| event.at_micros);
        for same in std::mem::take(&mut self.same).into_values() {
            if !self.best.is_same() {
                self.leave(same, at_micros);
            }
        }
        if self.best.state.is_none() {
            self.best.differences.truncate(1);
        }
    }

    fn number(&self, id: Uuid) -> Option<usize> {
        let id = id.to_string();
        let place = self.record.saga_ids.iter().position(|known| *known == id);
        place.map(|place| place + 1)
    }
}

/// What differs between the state of a saga of the right kind and a target.
fn differences(target: &Target, found: &SagaState) -> Vec<Difference> {
    let wanted = &target.state;
    let mut differences = Vec::new();
    // Whether it has ended is part of the status.
    let has_one_end = wanted.end.is_some() != found.end.is_some();
    let facts = [
        (Difference::Status, wanted.status == found.status),
        (Difference::End, has_one_end || wanted.end == found.end),
        (Difference::Parked, wanted.parked == found.parked),
        (Difference::Ordered, wanted.ordered == found.ordered),
    ];
    let differing = facts.into_iter().filter(|(_, is_same)| !is_same);
    differences.extend(differing.map(|(difference, _)| difference));
    for (place, step) in wanted.steps.iter().enumerate() {
        let found = found.steps.get(place);
        if found.is_none_or(|found| found.believed != step.believed) {
            differences.push(Difference::Believed(place));
        }
        if found.is_none_or(|found| !step.row.is_met_by(found.row)) {
            differences.push(Difference::Row(place));
        }
    }
    differences
}

impl Difference {
    /// The difference in words, with what a run shows instead.
    #[must_use]
    pub fn words(self, target: &Target, moment: &Moment) -> String {
        let Some(found) = &moment.state else {
            return format!("no saga of kind {}", target.kind);
        };
        let step = |place: usize| {
            let step = target.steps.get(place);
            let (name, service) = step.map_or(("?", "?"), |(name, service)| (name, service));
            format!("step {place} {name} at {service}")
        };
        let found_step = |place: usize| found.steps.get(place);
        match self {
            Self::Kind => format!("no saga of kind {}", target.kind),
            Self::Status => format!(
                "the saga is {}, not {}",
                status_word(found.status),
                status_word(target.state.status)
            ),
            Self::End => {
                let word = |state: &SagaState| state.end.as_ref().and_then(end_word);
                let (is, not) = (word(found), word(&target.state));
                let none = || "with every step done".to_owned();
                format!(
                    "it ended {}, not {}",
                    is.unwrap_or_else(none),
                    not.unwrap_or_else(none)
                )
            }
            Self::Parked => match found.parked {
                true => "it is parked".to_owned(),
                false => "it is not parked".to_owned(),
            },
            Self::Ordered => match found.ordered {
                Some(order) => format!("an operator ordered: {}", order_word(order)),
                None => "no operator ordered anything".to_owned(),
            },
            Self::Believed(place) => {
                let is = found_step(place).map_or_else(String::new, |it| it.believed.to_string());
                format!("the log believes {is} of {}", step(place))
            }
            Self::Row(place) => {
                let is = found_step(place).map_or_else(String::new, |it| it.row.to_string());
                format!("the service has {is} for {}", step(place))
            }
            Self::Duration => "the state does not last".to_owned(),
        }
    }
}

impl fmt::Display for Target {
    /// The title, then a line for each step.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.title())?;
        for (place, (state, (name, service))) in
            self.state.steps.iter().zip(&self.steps).enumerate()
        {
            let (believed, row) = (state.believed, state.row);
            write!(
                f,
                "\nstep {place} {name} at {service}: log {believed}, service {row}"
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
