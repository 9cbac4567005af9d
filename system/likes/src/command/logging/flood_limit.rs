//! A limit on the number of log lines: while a database is away, every request would log its failure.
//!
//! ```text
//!  event ──► its place in the source: lines in this minute ──┬─ at most 20 ──► logged
//!                                                            └─ more ────────► counted, and reported once a minute
//! ```
//!
//! Only lines of the levels INFO, WARN and ERROR are limited. Who asks for DEBUG wants every line.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;
use tracing::{
    Event, Level, Subscriber,
    callsite::Identifier,
    field::{Field, Visit},
};
use tracing_subscriber::{Layer, layer::Context};

/// How many lines one place in the source may log in one [`WINDOW`].
pub(super) const LINES_MAX: u32 = 20;
/// The time over which lines are counted.
const WINDOW: Duration = Duration::from_secs(60);
/// How often it is looked for what was left out.
const REPORT_PAUSE: Duration = Duration::from_secs(5);

/// The limit. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct FloodLimit(Arc<Mutex<HashMap<Identifier, Place>>>);

/// One place in the source that logs.
struct Place {
    /// When the first line of the window was logged.
    since: Instant,
    lines: u32,
    left_out: u32,
    message: String,
}

impl Place {
    fn new(now: Instant, message: String) -> Self {
        Self {
            since: now,
            lines: 0,
            left_out: 0,
            message,
        }
    }

    fn is_over(&self, now: Instant) -> bool {
        now.duration_since(self.since) >= WINDOW
    }
}

impl FloodLimit {
    /// Counts a line. Returns whether it may be logged.
    fn admit(&self, place: Identifier, now: Instant, message: impl FnOnce() -> String) -> bool {
        let mut places = self.places();
        let place = places
            .entry(place)
            .or_insert_with(|| Place::new(now, message()));
        // What was left out is reported first, so no count is lost.
        if place.is_over(now) && place.left_out == 0 {
            (place.since, place.lines) = (now, 0);
        }
        let is_admitted = place.lines < LINES_MAX;
        match is_admitted {
            true => place.lines += 1,
            false => place.left_out = place.left_out.saturating_add(1),
        }
        is_admitted
    }

    /// Takes the messages that were left out in windows that are over, with their number. `immediately` does not wait for the end
    /// of a window.
    fn take_left_out(&self, now: Instant, immediately: bool) -> Vec<(String, u32)> {
        let mut taken = Vec::new();
        self.places().retain(|_, place| {
            let is_over = immediately || place.is_over(now);
            if is_over && place.left_out > 0 {
                taken.push((place.message.clone(), place.left_out));
            }
            !is_over
        });
        taken
    }

    /// Logs what was left out, once a window. Never ends.
    ///
    /// # Cancel safety
    /// Safe.
    pub(crate) async fn watch(self) {
        loop {
            tokio::time::sleep(REPORT_PAUSE).await;
            self.report(false);
        }
    }

    /// Logs what was left out and not reported yet. Call it at the end.
    pub(crate) fn report_rest(&self) {
        self.report(true);
    }

    fn report(&self, immediately: bool) {
        for (like, left_out) in self.take_left_out(Instant::now(), immediately) {
            tracing::warn!(target: "likewise::log", left_out, like, "log lines were left out");
        }
    }

    fn places(&self) -> MutexGuard<'_, HashMap<Identifier, Place>> {
        // No change can panic half-way.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Subscriber> Layer<S> for FloodLimit {
    fn event_enabled(&self, event: &Event<'_>, _: Context<'_, S>) -> bool {
        let metadata = event.metadata();
        // The report itself must not be left out.
        if *metadata.level() > Level::INFO || metadata.target() == "likewise::log" {
            return true;
        }
        self.admit(metadata.callsite(), Instant::now(), || message(event))
    }
}

/// The message of an event.
fn message(event: &Event<'_>) -> String {
    struct Message(String);

    impl Visit for Message {
        fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
            if field.name() == "message" {
                self.0 = format!("{value:?}");
            }
        }
    }

    let mut message = Message(String::new());
    event.record(&mut message);
    message.0
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    /// Counts the events that come through.
    #[derive(Clone, Default)]
    struct Count(Arc<AtomicU32>);

    impl<S: Subscriber> Layer<S> for Count {
        fn on_event(&self, _: &Event<'_>, _: Context<'_, S>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn one_place_logs_at_most_twenty_lines_a_minute_and_what_is_left_out_is_counted() {
        let (limit, count) = (FloodLimit::default(), Count::default());
        let subscriber = tracing_subscriber::registry()
            .with(limit.clone())
            .with(count.clone());
        let _guard = tracing::subscriber::set_default(subscriber);
        let logged = || count.0.swap(0, Ordering::Relaxed);
        let burst = || (0..100).for_each(|number| tracing::warn!(number, "the server is away"));
        burst();
        assert_eq!(logged(), LINES_MAX);
        tracing::warn!("another place");
        assert_eq!(logged(), 1);
        (0..100).for_each(|_| tracing::debug!("details"));
        assert_eq!(logged(), 100, "who asks for details gets them");
        let left_out = |immediately| limit.take_left_out(Instant::now(), immediately);
        assert_eq!(left_out(false), [], "the minute is not over");
        tokio::time::advance(WINDOW).await;
        assert_eq!(left_out(false), [("the server is away".to_owned(), 80)]);
        burst();
        assert_eq!(logged(), LINES_MAX, "a new minute has begun");
        assert_eq!(left_out(true).len(), 1);
    }
}
