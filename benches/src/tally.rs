//! What came back: how many, how soon, and what the counts must be now.

use std::time::Duration;

use hdrhistogram::Histogram;

use crate::{mix::Ask, series::Series};

/// The slowest that is told apart, in microseconds: a minute.
const MICROS_MAX: u64 = 60_000_000;

/// What became of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// Carried out.
    Done,
    /// Refused because too much is going on, before anything was done.
    Refused { retry_after: bool },
    /// It may or may not have been carried out.
    InDoubt,
    /// An answer that this load should not get.
    Unexpected(u16),
}

/// Latencies, in microseconds.
pub(crate) type Latencies = Histogram<u64>;

/// An empty histogram of three significant digits.
pub(crate) fn latencies() -> Latencies {
    Histogram::new_with_bounds(1, MICROS_MAX, 3).expect("the bounds are constant and valid")
}

/// What is known of one article's count.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Book {
    /// Acknowledged likes less acknowledged unlikes.
    pub(crate) acknowledged: i64,
    /// Likes in doubt.
    pub(crate) likes_in_doubt: i64,
    /// Unlikes in doubt.
    pub(crate) unlikes_in_doubt: i64,
}

/// Everything that is counted.
pub(crate) struct Tally {
    pub(crate) likes: u64,
    pub(crate) unlikes: u64,
    pub(crate) reads: u64,
    pub(crate) refused: u64,
    /// Refusals without `Retry-After`.
    pub(crate) refused_bare: u64,
    pub(crate) in_doubt: u64,
    /// How many of each status that should not have come.
    pub(crate) unexpected: std::collections::BTreeMap<u16, u64>,
    /// Of writes that were carried out, from when they should have begun.
    pub(crate) writes: Latencies,
    /// Of reads, likewise.
    pub(crate) looks: Latencies,
    /// Of refusals, from when they were sent.
    pub(crate) refusals: Latencies,
    pub(crate) books: Vec<Book>,
    pub(crate) series: Series,
    /// Whether the warm-up is over.
    pub(crate) measuring: bool,
}

impl Tally {
    pub(crate) fn new(articles: usize) -> Self {
        Self {
            likes: 0,
            unlikes: 0,
            reads: 0,
            refused: 0,
            refused_bare: 0,
            in_doubt: 0,
            unexpected: std::collections::BTreeMap::new(),
            writes: latencies(),
            looks: latencies(),
            refusals: latencies(),
            books: vec![Book::default(); articles],
            series: Series::default(),
            measuring: false,
        }
    }

    /// Counts one request. `waited` is from when it should have begun, `took` from when it was sent.
    pub(crate) fn count(
        &mut self,
        ask: Ask,
        place: usize,
        end: End,
        waited: Duration,
        took: Duration,
    ) {
        self.enter(ask, place, end);
        if !self.measuring {
            return;
        }
        match (end, ask) {
            (End::Done, Ask::Like | Ask::Unlike) => {
                self.writes.saturating_record(micros(waited));
                match ask {
                    Ask::Like => self.likes += 1,
                    _ => self.unlikes += 1,
                }
            }
            (End::Done, _) => {
                self.looks.saturating_record(micros(waited));
                self.reads += 1;
            }
            (End::Refused { retry_after }, _) => {
                self.refusals.saturating_record(micros(took));
                self.refused += 1;
                self.refused_bare += u64::from(!retry_after);
            }
            (End::InDoubt, _) => self.in_doubt += 1,
            (End::Unexpected(status), _) => *self.unexpected.entry(status).or_default() += 1,
        }
        self.series.count(end, micros(waited));
    }

    /// The books are kept from the first request on, measured or not.
    fn enter(&mut self, ask: Ask, place: usize, end: End) {
        let book = &mut self.books[place];
        match (ask, end) {
            (Ask::Like, End::Done) => book.acknowledged += 1,
            (Ask::Unlike, End::Done) => book.acknowledged -= 1,
            (Ask::Like, End::InDoubt) => book.likes_in_doubt += 1,
            (Ask::Unlike, End::InDoubt) => book.unlikes_in_doubt += 1,
            _ => {}
        }
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX).max(1)
}
