//! Whether a service can be reached, as far as the coordinator knows.
//!
//! ```text
//!              a batch fails, or readiness is asked for ──► probe ──► fails: away, a warning
//!   reachable                                                          │
//!        ▲                                                             ▼
//!        └──────── succeeds: a warning ◄──── one probe per interval ── away
//! ```
//!
//! A batch that fails says little: one message may be lost, one connection broken. So a failure only causes a probe,
//! and the probe decides. A batch that succeeds spares the probe: a busy coordinator sends none.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{Mutex as AsyncMutex, Notify},
    time::Instant,
};

use super::probe::Probe;
use crate::bound::{Bound, within};

/// Whether one service can be reached.
pub(super) struct Reachability {
    service: &'static str,
    probe: Probe,
    /// The time limit of a probe.
    timeout: Duration,
    /// The pause between two probes, and how long an answer proves that the service can be reached. `None`: there are
    /// no probes, and the service always counts as reachable.
    interval: Option<Duration>,
    /// What cannot succeed while the service is away.
    noun: &'static str,
    state: Mutex<State>,
    /// Wakes [`watch`](Self::watch).
    suspected: Notify,
    /// Held during a probe: those who ask at the same time share it.
    probing: AsyncMutex<()>,
}

#[derive(Default)]
struct State {
    /// When the service last answered.
    answered_at: Option<Instant>,
    /// Whether a request failed since the last probe.
    is_suspect: bool,
    away: Option<Away>,
}

/// A service that cannot do its work.
struct Away {
    since: Instant,
    cause: String,
}

impl Reachability {
    pub(super) fn new(
        service: &'static str,
        probe: Probe,
        timeout: Duration,
        interval: Option<Duration>,
        noun: &'static str,
    ) -> Self {
        Self {
            service,
            probe,
            timeout,
            interval,
            noun,
            state: Mutex::default(),
            suspected: Notify::new(),
            probing: AsyncMutex::new(()),
        }
    }

    /// Whether it counts as reachable, as far as is known. Asks nobody.
    pub(super) fn is_reachable(&self) -> bool {
        self.state().away.is_none()
    }

    /// Notes that the service has answered a request.
    pub(super) fn note_answer(&self) {
        self.state().answered_at = Some(Instant::now());
    }

    /// Notes that the service has not answered a request, or could not do its work.
    pub(super) fn suspect(&self) {
        self.state().is_suspect = true;
        self.suspected.notify_one();
    }

    /// Whether the service can be reached now. Asks it, unless it answered within the last interval.
    ///
    /// # Errors
    /// It cannot; the text says which service and why.
    pub(super) async fn check(&self) -> Result<(), String> {
        if let Some(known) = self.known() {
            return known;
        }
        let _turn = self.probing.lock().await;
        // Somebody else may have probed it meanwhile.
        match self.known() {
            Some(known) => known,
            None => self.probe().await,
        }
    }

    /// Probes the service when it is suspected, and once per interval while it is away. Never ends.
    ///
    /// # Cancel safety
    /// Safe.
    pub(super) async fn watch(self: Arc<Self>, interval: Duration) {
        loop {
            if self.state().away.is_none() {
                self.suspected.notified().await;
            }
            let turn = self.probing.lock().await;
            // It is logged and shown by the readiness.
            let _ = self.probe().await;
            drop(turn);
            tokio::time::sleep(interval).await;
        }
    }

    /// What is known without a probe. `None` if the last answer is too old, or something failed since.
    fn known(&self) -> Option<Result<(), String>> {
        let Some(interval) = self.interval else {
            return Some(Ok(()));
        };
        let state = self.state();
        if let Some(away) = &state.away {
            return Some(Err(self.text(&away.cause)));
        }
        let is_fresh = |at: Instant| at.elapsed() <= interval;
        (!state.is_suspect && state.answered_at.is_some_and(is_fresh)).then_some(Ok(()))
    }

    /// Probes the service, and notes and logs what has changed.
    async fn probe(&self) -> Result<(), String> {
        let bound = Bound::new("the answer to a probe", self.timeout);
        let probed = within(bound, (self.probe)()).await;
        let probed = probed.unwrap_or_else(|overdue| Err(overdue.to_string()));
        match probed {
            Ok(()) => self.note_ready(),
            Err(cause) => {
                let text = self.text(&cause);
                self.note_away(cause);
                return Err(text);
            }
        }
        Ok(())
    }

    fn note_ready(&self) {
        let mut state = self.state();
        state.answered_at = Some(Instant::now());
        state.is_suspect = false;
        if let Some(away) = state.away.take() {
            let away_for = away.since.elapsed();
            tracing::warn!(service = self.service, ?away_for, "a service is back");
        }
    }

    fn note_away(&self, cause: String) {
        let mut state = self.state();
        state.is_suspect = false;
        match &mut state.away {
            Some(away) => away.cause = cause,
            None => {
                tracing::warn!(
                    service = self.service,
                    cause,
                    "a service is away; no {} can succeed until it is back",
                    self.noun
                );
                let since = Instant::now();
                state.away = Some(Away { since, cause });
                self.suspected.notify_one();
            }
        }
    }

    fn text(&self, cause: &str) -> String {
        format!("the {} service is away: {cause}", self.service)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No change of the state can panic half-way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use futures::FutureExt;

    use super::*;

    const INTERVAL: Duration = Duration::from_secs(1);
    const TIMEOUT: Duration = Duration::from_millis(300);

    /// What the probes of a test find.
    #[derive(Default)]
    struct Service {
        cause: Mutex<Option<&'static str>>,
        probes: AtomicU32,
    }

    impl Service {
        fn set(&self, cause: Option<&'static str>) {
            *self.cause.lock().unwrap() = cause;
        }

        fn probes(&self) -> u32 {
            self.probes.load(Ordering::SeqCst)
        }
    }

    fn reachability(interval: Option<Duration>) -> (Arc<Service>, Arc<Reachability>) {
        let service = Arc::new(Service::default());
        let probed = Arc::clone(&service);
        let probe: Probe = Arc::new(move || {
            probed.probes.fetch_add(1, Ordering::SeqCst);
            let cause = *probed.cause.lock().unwrap();
            async move {
                match cause {
                    Some("silent") => std::future::pending().await,
                    Some(cause) => Err(cause.to_owned()),
                    None => Ok(()),
                }
            }
            .boxed()
        });
        let reachability = Reachability::new("user", probe, TIMEOUT, interval, "like");
        (service, Arc::new(reachability))
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_spares_the_probe_for_one_interval() {
        let (service, reachability) = reachability(Some(INTERVAL));
        reachability.note_answer();
        tokio::time::sleep(INTERVAL).await;
        assert_eq!(reachability.check().await, Ok(()));
        assert_eq!(service.probes(), 0);
        tokio::time::sleep(INTERVAL).await;
        assert_eq!(reachability.check().await, Ok(()));
        assert_eq!(service.probes(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_that_the_probe_does_not_confirm_changes_nothing() {
        let (service, reachability) = reachability(Some(INTERVAL));
        reachability.note_answer();
        reachability.suspect();
        assert_eq!(reachability.check().await, Ok(()));
        assert_eq!(service.probes(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_service_that_is_away_is_probed_once_per_interval_until_it_is_back() {
        let (service, reachability) = reachability(Some(INTERVAL));
        let watching = tokio::spawn(Arc::clone(&reachability).watch(INTERVAL));
        service.set(Some("its database is full"));
        reachability.suspect();
        tokio::time::sleep(INTERVAL * 10 - TIMEOUT).await;
        assert_eq!(service.probes(), 10);
        assert_eq!(
            reachability.check().await,
            Err("the user service is away: its database is full".to_owned())
        );
        assert_eq!(service.probes(), 10, "the watch probes it");
        service.set(None);
        tokio::time::sleep(INTERVAL * 3).await;
        assert_eq!(reachability.check().await, Ok(()));
        watching.abort();
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_service_is_away_after_the_time_limit_of_one_probe() {
        let (service, reachability) = reachability(Some(INTERVAL));
        service.set(Some("silent"));
        let asked_at = Instant::now();
        let asked = (0..10).map(|_| reachability.check());
        for answer in futures::future::join_all(asked).await {
            let text = answer.unwrap_err();
            assert!(text.contains("took longer than 300ms"), "{text}");
        }
        assert_eq!(asked_at.elapsed(), TIMEOUT, "all of them share one probe");
    }

    #[tokio::test(start_paused = true)]
    async fn without_an_interval_nothing_is_probed() {
        let (service, reachability) = reachability(None);
        reachability.suspect();
        assert_eq!(reachability.check().await, Ok(()));
        assert_eq!(service.probes(), 0);
    }
}
