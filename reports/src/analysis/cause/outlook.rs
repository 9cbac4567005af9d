//! When a failure was baked in, in words: the events of a run after which it became likely, and certain.

use likewise_search::futures::Futures;
use likewise_world::record::{EventKind, RunRecord};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::moment;

/// If so many futures fail from the start on, no event decided it.
const DECIDED_PERCENT: u32 = 90;

/// How many futures of each event of a failing run fail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Outlook {
    /// The events that were forked, in order.
    pub forks: Vec<ForkShare>,
    /// The event after which at least half of the futures fail. Missing: it is not so before the violation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub likely: Option<Turn>,
    /// The event after which all futures fail. Missing: it is not so before the violation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certain: Option<Turn>,
    /// The place of the event that showed the violation.
    pub violation: usize,
    /// The runs that it took.
    pub runs: u64,
    /// The same in words.
    pub sentence: String,
}

/// The futures of one event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ForkShare {
    /// The place of the event.
    pub event: usize,
    /// When it happened, in simulated microseconds.
    pub at_micros: u64,
    /// The futures that failed.
    pub failed: u32,
    /// The futures that were run.
    pub futures: u32,
}

/// An event after which more futures fail than before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Turn {
    /// The place of the event.
    pub event: usize,
    /// When it happened, in simulated microseconds.
    pub at_micros: u64,
    /// The event in words.
    pub what: String,
}

impl Outlook {
    /// The futures of this run.
    #[must_use]
    pub fn of(record: &RunRecord, futures: &Futures) -> Self {
        let at_micros = |event: usize| record.events.get(event).map_or(0, |it| it.at_micros);
        let forks = futures.forks.iter().map(|fork| ForkShare {
            event: fork.event,
            at_micros: at_micros(fork.event),
            failed: fork.failed,
            futures: fork.futures,
        });
        let turn = |event: usize| Turn {
            event,
            at_micros: at_micros(event),
            what: words(record, event),
        };
        let mut outlook = Self {
            forks: forks.collect(),
            likely: futures.likely.map(turn),
            certain: futures.certain.map(turn),
            violation: record.violations.first().map_or(0, |it| it.event),
            runs: futures.runs,
            sentence: String::new(),
        };
        outlook.sentence = outlook.sentence();
        outlook
    }

    /// When the failure became likely and certain, in one or two sentences.
    fn sentence(&self) -> String {
        let start = self.forks.first().map_or(0, ForkShare::percent);
        let each = self.each();
        if start >= DECIDED_PERCENT {
            return format!(
                "From the start on {start} % of {each} futures fail: the workload alone decides it."
            );
        }
        match (&self.likely, &self.certain) {
            (Some(likely), Some(certain)) if likely.event != certain.event => {
                let (event, what) = (likely.event, &likely.what);
                let certain = self.turn(certain);
                format!("It became likely with event {event} ({what}). {certain}")
            }
            (_, Some(certain)) => self.turn(certain),
            (Some(likely), None) => {
                let likely = self.turn(likely);
                format!("{likely} Nothing before the violation makes it certain.")
            }
            (None, None) => format!(
                "At the start {start} % of {each} futures fail. Nothing before the violation makes it likely."
            ),
        }
    }

    /// An event with the shares after and before it.
    fn turn(&self, turn: &Turn) -> String {
        let at = self.forks.iter().position(|fork| fork.event == turn.event);
        let after = at.map_or(0, |place| self.forks[place].percent());
        let before = at.and_then(|place| place.checked_sub(1));
        let before = before.map(|place| format!(", {} % before it", self.forks[place].percent()));
        format!(
            "From event {} on ({}) {after} % of {} futures fail{}.",
            turn.event,
            turn.what,
            self.each(),
            before.unwrap_or_default()
        )
    }

    /// The futures of each event.
    fn each(&self) -> u32 {
        let futures = self.forks.iter().map(|fork| fork.futures);
        futures.max().unwrap_or(0)
    }
}

impl ForkShare {
    /// The share that failed, in percent.
    #[must_use]
    pub fn percent(&self) -> u32 {
        match self.futures {
            0 => 0,
            all => self.failed * 100 / all,
        }
    }
}

/// An event in words.
fn words(record: &RunRecord, event: usize) -> String {
    let Some(it) = record.events.get(event) else {
        return "the end of the run".to_owned();
    };
    match &it.kind {
        EventKind::Phase { name } => format!("the phase “{name}” began"),
        _ => moment::event_words(record, event),
    }
}

#[cfg(test)]
mod tests {
    use likewise_search::futures::Fork;

    use super::*;
    use crate::samples::records;

    fn sentence(shares: &[(usize, u32)], likely: Option<usize>, certain: Option<usize>) -> String {
        let fork = |(event, failed): &(usize, u32)| Fork {
            event: *event,
            failed: *failed,
            futures: 40,
        };
        let futures = Futures {
            forks: shares.iter().map(fork).collect(),
            likely,
            certain,
            runs: 80,
            is_complete: true,
        };
        Outlook::of(&records::red(), &futures).sentence
    }

    #[test]
    fn it_says_when_a_failure_became_likely_and_certain() {
        let shares = [(5, 2), (16, 4), (17, 40)];
        let certain = sentence(&shares, Some(17), Some(17));
        insta::assert_snapshot!(certain, @r#"
        From event 17 on (the reply to message 6 was lost) 100 % of 40 futures fail, 10 % before it.
        "#);
        let likely = sentence(&[(5, 2), (14, 30), (17, 40)], Some(14), Some(17));
        assert!(
            likely.starts_with("It became likely with event 14"),
            "{likely}"
        );
        let always = sentence(&[(5, 40), (17, 40)], Some(5), Some(5));
        assert!(always.starts_with("From the start on 100 %"), "{always}");
        let never = sentence(&[(5, 2), (17, 4)], None, None);
        assert!(never.ends_with("makes it likely."), "{never}");
    }
}
