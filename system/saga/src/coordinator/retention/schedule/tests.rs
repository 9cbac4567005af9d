//! The rules, also through random histories: nothing is deleted early, nothing goes back, and what is old enough goes.

use std::collections::BTreeMap;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;

fn id(number: u64) -> SagaId {
    SagaId(Uuid::from_u128(number.into()))
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn retention(sagas: Keep, keys: u64) -> Retention {
    Retention {
        sagas,
        keys: seconds(keys),
    }
}

/// A log whose sagas end, and its leader. Its marks have no places of ends.
struct History {
    schedule: Schedule,
    /// The time for which some leader held the log, and where each leader began.
    time: Duration,
    began: (Duration, Duration),
    /// The ends that are counted by this leader, on top of what it read.
    counted: (u64, u64),
    /// The next saga, and the time of each end.
    next: u64,
    ends: BTreeMap<u64, Duration>,
}

impl History {
    fn new(retention: Retention) -> Self {
        Self {
            schedule: Schedule::new(retention, Retained::default()),
            time: Duration::ZERO,
            began: (Duration::ZERO, Duration::ZERO),
            counted: (0, 0),
            next: 1,
            ends: BTreeMap::new(),
        }
    }

    /// Sagas start and end at once.
    fn end(&mut self, sagas: u64) {
        for _ in 0..sagas {
            self.ends.insert(self.next, self.time);
            self.next += 1;
        }
        self.counted.1 += sagas;
    }

    fn reading(&self) -> Reading {
        Reading {
            clock: self.began.0 + (self.time - self.began.1),
            ended: self.counted.0 + self.counted.1,
            watermark: (self.next > 1).then(|| id(self.next)),
        }
    }

    /// The leader makes an update, which is stored or is lost.
    fn tick(&mut self, is_stored: bool) -> RetentionUpdate {
        let now = self.reading();
        let update = self.schedule.next(now);
        if is_stored {
            let mark = update.mark.map(|below| Mark {
                clock: update.clock,
                ended: update.ended,
                below,
                ends: None,
            });
            self.schedule.stored(now, &update, mark);
        }
        update
    }

    /// Another leader takes over: it knows what is stored.
    fn take_over(&mut self) {
        self.began = (self.schedule.retained.clock, self.time);
        self.counted = (self.schedule.retained.ended, 0);
    }

    /// Ticks for a while, at the pace of the schedule.
    fn pass(&mut self, time: Duration) {
        let until = self.time + time;
        while self.time < until {
            self.time += self.schedule.interval().min(until - self.time);
            self.tick(true);
        }
    }

    fn below(&self) -> Option<SagaId> {
        self.schedule.retained.below
    }

    fn keys_below(&self) -> Option<SagaId> {
        self.schedule.retained.keys_below
    }

    /// The sagas below a watermark.
    fn gone(&self, below: Option<SagaId>) -> impl Iterator<Item = (u64, Duration)> {
        let ends = self.ends.iter().map(|(saga, at)| (*saga, *at));
        ends.take_while(move |(saga, _)| Some(id(*saga)) < below)
    }
}

#[test]
fn sagas_go_after_their_period_and_keys_after_theirs() {
    let mut history = History::new(retention(Keep::For(seconds(160)), 320));
    history.end(5);
    history.pass(seconds(159));
    assert_eq!(history.below(), None);
    history.end(2);
    history.pass(seconds(21));
    assert_eq!((history.below(), history.keys_below()), (Some(id(6)), None));
    history.pass(seconds(180));
    assert_eq!(
        (history.below(), history.keys_below()),
        (Some(id(8)), Some(id(6)))
    );
    history.pass(seconds(200));
    assert_eq!(history.keys_below(), Some(id(8)));
    assert_eq!(history.schedule.retained.marks, []);
}

/// However long nobody led the log: the period counts the time of leaders.
#[test]
fn a_takeover_goes_on_with_the_clock_that_is_stored() {
    let mut history = History::new(retention(Keep::For(seconds(160)), 160));
    history.end(5);
    history.pass(seconds(100));
    // What the leader has not stored is lost, which only makes the clock slower.
    history.time += seconds(9);
    history.take_over();
    let read = history.schedule.retained.clock;
    assert_eq!(history.reading().clock, read);
    history.pass(seconds(59));
    assert_eq!(history.below(), None);
    history.pass(seconds(20));
    assert_eq!(history.below(), Some(id(6)));
}

#[test]
fn the_last_sagas_are_kept() {
    let mut history = History::new(retention(Keep::Last(160), 40));
    for _ in 0..16 {
        history.end(10);
        history.pass(seconds(1));
    }
    assert_eq!(history.below(), None);
    history.end(10);
    history.pass(seconds(2));
    assert_eq!(history.below(), Some(id(11)));
    assert_eq!(
        history.keys_below(),
        None,
        "keys are kept for a time all the same"
    );
    history.pass(seconds(40));
    assert_eq!(history.keys_below(), Some(id(11)));
}

/// A longer period than before, and a damaged mark.
#[test]
fn no_watermark_goes_back_or_exceeds_that_of_the_log() {
    let mark = |clock, below| Mark {
        clock: seconds(clock),
        ended: 0,
        below: id(below),
        ends: None,
    };
    let retained = Retained {
        clock: seconds(1_000),
        below: Some(id(50)),
        keys_below: Some(id(40)),
        watermark: Some(id(90)),
        marks: vec![mark(100, 45), mark(101, 91)],
        ..Retained::default()
    };
    let schedule = Schedule::new(retention(Keep::For(seconds(100)), 100), retained);
    let update = schedule.next(Reading {
        clock: Duration::ZERO,
        ended: 0,
        watermark: None,
    });
    assert_eq!(update.clock, seconds(1_000));
    let raise = update.raise.expect("the keys");
    assert_eq!((raise.below, raise.keys_below), (id(50), Some(id(45))));
}

#[test]
fn a_reader_may_miss_what_ended_up_to_the_mark_after_the_watermark() {
    let ends = |position| {
        Some(EndCursor {
            epoch: crate::id::Epoch(1),
            position,
            saga: id(1),
        })
    };
    let mark = |clock, below| Mark {
        clock: seconds(clock),
        ended: 0,
        below: id(below),
        ends: ends(i64::try_from(below).unwrap()),
    };
    let retained = Retained {
        marks: vec![mark(1, 10), mark(2, 20), mark(3, 30)],
        ..Retained::default()
    };
    let schedule = Schedule::new(retention(Keep::For(seconds(98)), 98), retained);
    let update = schedule.next(Reading {
        clock: seconds(100),
        ended: 0,
        watermark: Some(id(40)),
    });
    let raise = update.raise.expect("the second mark is old enough");
    assert_eq!((raise.below, raise.ends), (id(20), ends(30)));
}

/// What happens to a log and its leader.
#[derive(Debug, Clone, Copy)]
enum Happening {
    End(u64),
    Pass(u64),
    Tick { is_stored: bool },
    TakeOver,
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        3 => (1_u64..40).prop_map(Happening::End),
        6 => (1_u64..60).prop_map(Happening::Pass),
        2 => any::<bool>().prop_map(|is_stored| Happening::Tick { is_stored }),
        1 => Just(Happening::TakeOver),
    ]
}

fn keep() -> impl Strategy<Value = Keep> {
    prop_oneof![
        (16_u64..600).prop_map(|sagas| Keep::For(seconds(sagas))),
        (16_u64..300).prop_map(Keep::Last),
    ]
}

impl History {
    /// Nothing may be gone that is younger than its period.
    fn check(&self, before: &Retained) -> Result<(), TestCaseError> {
        let Retention { sagas, keys } = self.schedule.retention;
        let retained = &self.schedule.retained;
        prop_assert!(retained.clock >= before.clock && retained.clock <= self.time);
        prop_assert!(retained.below >= before.below);
        prop_assert!(retained.keys_below >= before.keys_below);
        prop_assert!(retained.keys_below <= retained.below);
        prop_assert!(retained.below <= retained.watermark);
        for (saga, at) in self.gone(retained.below) {
            match sagas {
                Keep::For(sagas) => {
                    prop_assert!(self.time - at >= sagas, "saga {saga} ended at {at:?}");
                }
                Keep::Last(sagas) => prop_assert!(self.next - 1 - saga >= sagas, "saga {saga}"),
            }
        }
        for (saga, at) in self.gone(retained.keys_below) {
            prop_assert!(self.time - at >= keys, "the key of {saga} ended at {at:?}");
        }
        let marks = &retained.marks;
        prop_assert!(marks.is_sorted_by(|one, next| one.clock < next.clock));
        Ok(())
    }
}

proptest! {
    #[test]
    fn nothing_goes_early_or_back_and_in_the_end_everything_goes(
        sagas in keep(),
        more in 0_u64..600,
        happenings in prop::collection::vec(happening(), 1..80),
    ) {
        let period = match sagas {
            Keep::For(sagas) => sagas.as_secs(),
            Keep::Last(_) => 16,
        };
        let mut history = History::new(retention(sagas, period + more));
        for happening in happenings {
            let before = history.schedule.retained.clone();
            match happening {
                Happening::End(sagas) => history.end(sagas),
                Happening::Pass(time) => history.pass(seconds(time)),
                Happening::Tick { is_stored } => drop(history.tick(is_stored)),
                Happening::TakeOver => history.take_over(),
            }
            history.check(&before)?;
        }
        // Enough ends for a number of sagas to be kept, and enough time for keys.
        for _ in 0..40 {
            history.end(10);
            history.pass(seconds(period + more) / 16);
        }
        history.pass(seconds(period + more) * 5 / 4);
        let kept = match sagas {
            Keep::For(_) => 0,
            Keep::Last(sagas) => sagas + sagas / 8 + 20,
        };
        let gone = history.gone(history.keys_below()).count() as u64;
        prop_assert!(gone + kept >= history.next - 1, "{gone} of {} are gone", history.next - 1);
        let marks = history.schedule.retained.marks.len();
        prop_assert!(marks <= 64, "{marks} marks");
    }
}
