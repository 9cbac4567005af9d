//! The first wrong change of a run: the commit after which the system could not be right any more.
//!
//! ```text
//!  barrier rows say what may act  ──►  an effect that was not allowed to act
//!  the first violation            ──►  the commit, the message or the answer that showed it
//!  numbers that must meet         ──►  the commit after which they never met again
//! ```
//!
//! The barrier comes first because it needs no property: an effect that acts twice is wrong in any system, whichever check
//! notices it. So runs with one mistake have one cause, although other faults led there and other properties found it.

use likewise_barrier::BarrierState;
use likewise_world::{
    plan::{Host, Side},
    record::{Event, EventKind, RunRecord, Violation},
};

use super::{barrier_rows::BarrierRows, last_touch, parting};
use crate::analysis::narrative::phases;

/// What is wrong with a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrong {
    /// An action took effect although its barrier row said that it had acted.
    ActionTwice,
    /// A compensation took effect although its barrier row said that it had acted.
    CompensationTwice,
    /// An action took effect although its barrier row said that it must not.
    ActionAfterEnd,
    /// A step took effect again because its barrier row had been deleted.
    AfterDeletion,
    /// Something else, which a property noticed.
    Noticed,
}

impl Wrong {
    /// The change in a few words. Runs with the same words have one cause.
    pub(super) fn words(self) -> Option<&'static str> {
        match self {
            Self::ActionTwice => Some("an action ran twice"),
            Self::CompensationTwice => Some("a compensation ran twice"),
            Self::ActionAfterEnd => Some("an action ran after its end was settled"),
            Self::AfterDeletion => Some("a step ran again after its barrier row was deleted"),
            Self::Noticed => None,
        }
    }

    /// The same mistake, as a property states it that tries a step once more without a trace in the run.
    fn of_property(property: &str) -> Self {
        match property {
            "undo-twice-is-undo" => Self::CompensationTwice,
            "redo-after-undo-is-dead" | "early-undo-wins" | "undo-first-holds" => {
                Self::ActionAfterEnd
            }
            _ => Self::Noticed,
        }
    }
}

/// The step whose change is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WrongStep {
    /// The id of its saga, as rows have it.
    pub(super) saga: String,
    /// Its number in the saga.
    pub(super) step: i64,
    /// What its barrier row said before. `None` if the row had been deleted.
    pub(super) before: Option<BarrierState>,
}

/// The first wrong change of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WrongChange {
    /// What is wrong.
    pub(super) wrong: Wrong,
    /// The place of its event.
    pub(super) event: usize,
    /// The step, if it is known.
    pub(super) step: Option<WrongStep>,
    /// Whether the numbers that must meet parted here for good.
    pub(super) parted: Option<String>,
    /// Whether nothing followed that had to follow: the event is the last one of a saga that never ended.
    pub(super) is_last: bool,
}

impl WrongChange {
    /// The first wrong change of a run. `None` if no property was violated.
    pub(super) fn of(record: &RunRecord) -> Option<Self> {
        let first = record.violations.first()?;
        let by_property = Wrong::of_property(&first.property);
        // The laws of compensations are tried in savepoints. What really changed comes later, if at all.
        let until = match by_property {
            Wrong::Noticed => first.event + 1,
            _ => record.events.len(),
        };
        let seen = BarrierRows::first_wrong(record, until);
        if let Some(seen) = seen.filter(|it| by_property.allows(it.wrong)) {
            return Some(seen);
        }
        Some(Self {
            wrong: by_property,
            ..Self::noticed(record, first)
        })
    }

    /// Where a violation was noticed, or what led to it if that was too late to explain anything.
    fn noticed(record: &RunRecord, violation: &Violation) -> Self {
        let at = |event| Self {
            wrong: Wrong::Noticed,
            event,
            step: None,
            parted: None,
            is_last: false,
        };
        if !is_late(record, violation) {
            return at(own_event(record, violation));
        }
        let is_about_ends = ENDINGS.contains(&violation.property.as_str());
        let open = last_touch::of_open_saga(record, violation.event);
        if let Some(event) = open.filter(|_| is_about_ends) {
            return Self {
                is_last: true,
                ..at(event)
            };
        }
        match parting::of_numbers(record, violation) {
            Some((event, words)) => Self {
                parted: Some(words),
                ..at(event)
            },
            None => at(last_answer(record, violation)),
        }
    }

    /// What runs with this cause have in common.
    pub(super) fn signature(&self, record: &RunRecord) -> String {
        let Some(first) = record.violations.first() else {
            return String::new();
        };
        match self.wrong.words() {
            Some(words) => words.to_owned(),
            None if self.is_last => "a saga never ended".to_owned(),
            None => format!("{} {}", first.property, place(record, first)),
        }
    }
}

impl Wrong {
    /// Whether a property that states this mistake is about a change with that one.
    fn allows(self, other: Self) -> bool {
        self == Self::Noticed || self == other
    }
}

/// The properties that are about a saga that does not end.
const ENDINGS: [&str; 2] = ["every-saga-ends", "heals-within-bound"];

/// The last answer to a client before a violation that was noticed at rest. Without one, the violation.
fn last_answer(record: &RunRecord, violation: &Violation) -> usize {
    let until = violation.event.min(record.events.len());
    let is_answer = |event: &Event| matches!(event.kind, EventKind::Returned { .. });
    let last = record.events[..until].iter().rposition(is_answer);
    last.unwrap_or_else(|| own_event(record, violation))
}

/// Whether a property is a law of compensations, which the harness tries in savepoints.
pub(super) fn is_law(property: &str) -> bool {
    const LAWS: [&str; 4] = [
        "undo-twice-is-undo",
        "redo-after-undo-is-dead",
        "early-undo-wins",
        "undo-beside-do-is-nothing",
    ];
    LAWS.contains(&property)
}

/// Whether a violation was noticed only at rest, when nothing happened any more.
fn is_late(record: &RunRecord, violation: &Violation) -> bool {
    let host = host_of(record, violation);
    host.is_none_or(|host| host == Host::NETWORK)
}

/// The host at which a violation was noticed.
fn host_of(record: &RunRecord, violation: &Violation) -> Option<Host> {
    record.events.iter().find_map(|event| match &event.kind {
        EventKind::Violated { property, .. } if *property == violation.property => Some(event.host),
        _ => None,
    })
}

/// The event that a violation is about. The commit of a compensation comes after the laws were tried at it.
fn own_event(record: &RunRecord, violation: &Violation) -> usize {
    let last = record.events.len().saturating_sub(1);
    let place = violation.event.min(last);
    let is_law = is_law(&violation.property);
    let Some(host) = host_of(record, violation).filter(|_| is_law) else {
        return place;
    };
    let later = record.events.iter().enumerate().skip(place);
    let mut commits = later.filter(|(_, event)| {
        event.host == host && matches!(event.kind, EventKind::Committed { .. })
    });
    commits.next().map_or(place, |(place, _)| place)
}

/// Where a violation was noticed, without hosts: the services of a saga fail alike.
fn place(record: &RunRecord, violation: &Violation) -> String {
    if is_late(record, violation) {
        return "at rest".to_owned();
    }
    match record
        .events
        .get(own_event(record, violation))
        .map(|it| &it.kind)
    {
        Some(EventKind::Committed { what, .. }) => format!("at a commit of {what}"),
        Some(EventKind::Returned { .. }) => "at an answer".to_owned(),
        Some(EventKind::Sent { what, .. }) => format!("at a message of {what}"),
        Some(EventKind::Read { .. }) => "at a read".to_owned(),
        _ => "in the run".to_owned(),
    }
}

/// Whether an event belongs to the probes of the harness at the end of a run.
pub(super) fn is_of_probes(record: &RunRecord, place: usize) -> bool {
    let begins =
        |event: &Event| matches!(&event.kind, EventKind::Phase { name } if name == phases::PROBES);
    let probes = record.events.iter().position(begins);
    probes.is_some_and(|probes| probes < place)
}

/// Whether a message or its reply was lost on the way.
pub(super) fn lost(events: &[Event], message: u64) -> Option<Side> {
    events.iter().find_map(|event| match event.kind {
        EventKind::Lost {
            message: lost,
            side,
        } if lost == message => Some(side),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::records;

    #[test]
    fn a_second_compensation_is_found_in_the_barrier_rows() {
        let record = records::red();
        let change = WrongChange::of(&record).unwrap();
        assert_eq!(change.wrong, Wrong::CompensationTwice);
        let step = change.step.as_ref().unwrap();
        assert_eq!((step.step, step.before), (0, Some(BarrierState::Undone)));
        assert_eq!(change.signature(&record), "a compensation ran twice");
    }

    /// Whichever property notices it: the cause is the change.
    #[test]
    fn a_change_is_the_same_whichever_property_notices_it() {
        let mut record = records::red();
        for property in ["another", "undo-twice-is-undo"] {
            record.violations[0].property = property.to_owned();
            let change = WrongChange::of(&record).unwrap();
            assert_eq!(change.signature(&record), "a compensation ran twice");
        }
    }

    /// Without the rows of the barrier, it is what a property noticed, and where.
    #[test]
    fn a_change_that_the_rows_allow_is_named_by_its_property() {
        let mut record = records::red();
        for event in &mut record.events {
            if let EventKind::Committed { changes, .. } = &mut event.kind {
                changes.retain(|change| change.table != "barrier");
            }
        }
        let change = WrongChange::of(&record).unwrap();
        assert_eq!(change.wrong, Wrong::Noticed);
        assert_eq!(change.event, record.violations[0].event);
        let signature = change.signature(&record);
        assert!(signature.starts_with("sold-equals-orders "), "{signature}");
    }

    #[test]
    fn a_saga_that_never_ends_is_wrong_after_its_last_event() {
        let mut record = records::red();
        record.violations[0].property = "every-saga-ends".to_owned();
        for event in &mut record.events {
            match &mut event.kind {
                EventKind::Committed { changes, .. } => {
                    changes.retain(|change| change.table != "barrier");
                }
                EventKind::Violated { property, .. } => {
                    *property = "every-saga-ends".to_owned();
                    event.host = Host::NETWORK;
                }
                _ => {}
            }
        }
        let change = WrongChange::of(&record).unwrap();
        assert!(change.is_last, "{change:?}");
        let last = &record.events[change.event].kind;
        assert!(
            matches!(last, EventKind::Sent { message: 7, .. }),
            "{last:?}"
        );
        assert_eq!(change.signature(&record), "a saga never ended");
    }

    #[test]
    fn numbers_that_must_meet_part_at_a_commit() {
        let record = records::red();
        let (event, words) = parting::of_numbers(&record, &record.violations[0]).unwrap();
        assert!(matches!(
            record.events[event].kind,
            EventKind::Committed { .. }
        ));
        assert_eq!(
            words,
            "the two numbers of item 1 differ: sold −1, ordered 0"
        );
    }
}
