//! Lessons: the few situations that a passing campaign shows its reader, each by its smallest run.
//!
//! A green report says that nothing broke. These runs say what did not break it: a saga that was undone, a late copy that was refused,
//! a leader that was replaced. They are told from the record alone, so any system has them.

use likewise_world::{
    plan::FaultKind,
    record::{EventKind, Outcome, PROBE, RunRecord, StepNote},
};

/// The barrier's reply to an action that came after its end.
const DEAD: &str = "dead";
const DO: &str = "do";

/// A situation that is worth reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lesson {
    /// A fault made a saga go back, and everything that was done was undone.
    Compensated,
    /// A copy of an action arrived after its end and was refused.
    LateDuplicateRefused,
    /// A coordinator went away, and another one or its next start finished its sagas.
    Takeover,
    /// A saga was parked and ended all the same.
    ParkedAndHealed,
    /// A link was cut, and every saga ended.
    PartitionOutlived,
    /// Two operations of different clients overlapped.
    TwoAtOnce,
}

impl Lesson {
    /// All lessons, in the order in which a report tells them.
    pub const ALL: [Self; 6] = [
        Self::Compensated,
        Self::LateDuplicateRefused,
        Self::Takeover,
        Self::ParkedAndHealed,
        Self::PartitionOutlived,
        Self::TwoAtOnce,
    ];

    /// Its name.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Compensated => "Compensated",
            Self::LateDuplicateRefused => "A late duplicate is refused",
            Self::Takeover => "Takeover",
            Self::ParkedAndHealed => "Parked, then healed",
            Self::PartitionOutlived => "A partition is outlived",
            Self::TwoAtOnce => "Two clients at once",
        }
    }

    /// What the run shows, in one sentence.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Compensated => {
                "A fault kept a saga from being completed: each step that was done was undone, exactly once."
            }
            Self::LateDuplicateRefused => {
                "An action arrived after its saga had settled it. The barrier row refused it, so it had no effect."
            }
            Self::Takeover => {
                "A coordinator went away with open sagas. Its successor read them from the log and finished them."
            }
            Self::ParkedAndHealed => {
                "A saga failed so often that it was parked for an operator. When the faults ended, it ended too."
            }
            Self::PartitionOutlived => {
                "Two hosts could not reach each other. When the link was back, every saga ended, done or undone as a whole."
            }
            Self::TwoAtOnce => {
                "Two clients acted at the same time. Neither lost the effect of the other, and the numbers agree."
            }
        }
    }

    /// The event at which the run shows it; `None` if it does not. A run that violates a property shows nothing.
    #[must_use]
    pub fn shown_at(self, record: &RunRecord) -> Option<usize> {
        if !record.is_green() {
            return None;
        }
        match self {
            Self::Compensated if record.sagas.compensated > 0 => injected(record, |_| true),
            Self::Compensated => None,
            Self::LateDuplicateRefused => late_duplicate(record),
            Self::Takeover => takeover(record),
            // The log of the run says at the end that it was parked; the fault is where to begin to read.
            Self::ParkedAndHealed if record.sagas.parked > 0 && record.sagas.open == 0 => {
                injected(record, |_| true)
            }
            Self::ParkedAndHealed => None,
            Self::PartitionOutlived => {
                let is_partition = |kind| kind == FaultKind::Partition;
                (record.sagas.open == 0 && record.sagas.completed + record.sagas.compensated > 0)
                    .then(|| injected(record, is_partition))
                    .flatten()
            }
            Self::TwoAtOnce => overlap(record),
        }
    }
}

/// The event of the first injection of such a fault.
fn injected(record: &RunRecord, is_wanted: impl Fn(FaultKind) -> bool) -> Option<usize> {
    let of_kind = record.injections.iter().filter(|it| is_wanted(it.kind));
    of_kind.map(|it| it.event).min()
}

/// A reply that says that the action came too late.
fn late_duplicate(record: &RunRecord) -> Option<usize> {
    let is_refused = |note: &StepNote| note.op == DO && note.reply.as_deref() == Some(DEAD);
    record.events.iter().position(|event| match &event.kind {
        // A probe of the harness sends late actions on purpose, after the end of every run.
        EventKind::Replied { message, steps, .. } | EventKind::Repeated { message, steps, .. } => {
            *message != PROBE && steps.iter().any(is_refused)
        }
        _ => false,
    })
}

/// Where a coordinator went away, if sagas were recovered.
fn takeover(record: &RunRecord) -> Option<usize> {
    if record.sagas.recovered == 0 {
        return None;
    }
    record.events.iter().position(|event| {
        matches!(
            event.kind,
            EventKind::TakenOver | EventKind::Crashed | EventKind::LostPower | EventKind::Stopped
        )
    })
}

/// Where an operation of one client begins while one of another client goes on, if both succeed. A client's operation waits for its
/// previous one unless the plan says that it overlaps, so the two have different clients.
fn overlap(record: &RunRecord) -> Option<usize> {
    let is_done = |wanted: usize| {
        record.events.iter().any(|event| {
            matches!(event.kind, EventKind::Returned { operation, outcome: Outcome::Ok, .. } if operation == wanted)
        })
    };
    let waits = |operation: usize| {
        let planned = record.plan.workload.get(operation);
        planned.is_some_and(|it| !it.overlaps)
    };
    let mut open: Vec<usize> = Vec::new();
    for (index, event) in record.events.iter().enumerate() {
        match event.kind {
            EventKind::Invoked { operation, .. } if !open.contains(&operation) => {
                let other = open.iter().find(|other| is_done(**other));
                if other.is_some() && waits(operation) && is_done(operation) {
                    return Some(index);
                }
                open.push(operation);
            }
            EventKind::Returned { operation, .. } => open.retain(|it| *it != operation),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{events::event, records};
    use likewise_world::{
        plan::{Host, Operation},
        record::{Ending, Injection},
    };

    fn shown(record: &RunRecord) -> Vec<Lesson> {
        let is_shown = |lesson: &Lesson| lesson.shown_at(record).is_some();
        Lesson::ALL.into_iter().filter(is_shown).collect()
    }

    /// The green run after a fault of this kind at its second event.
    fn after(kind: FaultKind) -> RunRecord {
        let mut record = records::green();
        record.injections = vec![Injection {
            fault: 0,
            kind,
            place: String::new(),
            event: 1,
            endings: vec![Ending::Compensated],
        }];
        record
    }

    #[test]
    fn a_plain_run_and_a_red_one_teach_nothing() {
        assert_eq!(shown(&records::green()), []);
        let mut red = records::red();
        red.sagas.compensated = 1;
        assert_eq!(shown(&red), []);
    }

    #[test]
    fn the_counts_and_the_faults_of_a_run_say_what_it_teaches() {
        let mut record = after(FaultKind::LoseReply);
        assert_eq!(shown(&record), []);
        record.sagas.compensated = 1;
        assert_eq!(Lesson::Compensated.shown_at(&record), Some(1));
        record.sagas.parked = 1;
        record.sagas.open = 0;
        assert_eq!(
            shown(&record),
            [Lesson::Compensated, Lesson::ParkedAndHealed]
        );
        let mut record = after(FaultKind::Partition);
        record.sagas.completed = 1;
        assert_eq!(shown(&record), [Lesson::PartitionOutlived]);
        record.sagas.open = 1;
        assert_eq!(shown(&record), [], "a saga did not end");
    }

    #[test]
    fn a_refused_action_and_a_takeover_are_found_among_the_events() {
        let mut record = records::green();
        let late = StepNote {
            saga: 1,
            step: 0,
            op: "do".into(),
            reply: Some(DEAD.into()),
        };
        let probed = EventKind::Replied {
            message: PROBE,
            status: 200,
            steps: vec![late.clone()],
        };
        record.events.push(event(8, records::STORE, probed));
        assert_eq!(
            Lesson::LateDuplicateRefused.shown_at(&record),
            None,
            "a probe"
        );
        let at = record.events.len();
        record.events.push(event(
            9,
            records::STORE,
            EventKind::Repeated {
                message: 1,
                status: 200,
                steps: vec![late],
            },
        ));
        assert_eq!(Lesson::LateDuplicateRefused.shown_at(&record), Some(at));
        record
            .events
            .push(event(10, records::STORE, EventKind::Crashed));
        assert_eq!(
            Lesson::Takeover.shown_at(&record),
            None,
            "no saga was recovered"
        );
        record.sagas.recovered = 1;
        assert_eq!(Lesson::Takeover.shown_at(&record), Some(at + 1));
    }

    #[test]
    fn two_operations_are_of_two_clients_if_neither_waits_for_the_other() {
        let mut record = records::green();
        let operation = Operation::new(serde_json::Map::new(), 0);
        record.plan.workload = vec![operation.clone(), operation];
        let invoked = |operation| EventKind::Invoked {
            operation,
            click: 1,
            what: serde_json::Map::new(),
            key: None,
        };
        let returned = |operation| EventKind::Returned {
            operation,
            click: 1,
            outcome: Outcome::Ok,
            status: 200,
            body: String::new(),
        };
        let kinds = [invoked(0), invoked(1), returned(0), returned(1)];
        record.events = kinds.map(|kind| event(1, Host::CLIENTS, kind)).into();
        assert_eq!(Lesson::TwoAtOnce.shown_at(&record), Some(1));
        record.plan.workload[1].overlaps = true;
        assert_eq!(Lesson::TwoAtOnce.shown_at(&record), None, "one client");
        record.plan.workload[1].overlaps = false;
        record.events.swap(1, 2);
        assert_eq!(
            Lesson::TwoAtOnce.shown_at(&record),
            None,
            "one after the other"
        );
    }
}
