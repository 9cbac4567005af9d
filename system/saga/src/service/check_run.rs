//! The checks of `/readyz`, each with its name: what they found, since when, and their last failure.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde_json::{Value, json};
use tokio::time::Instant;

/// What the checks of a listener have found so far. Clones share it.
#[derive(Clone, Default)]
pub(super) struct CheckHistory(Arc<Mutex<BTreeMap<String, Found>>>);

/// What a check has found.
struct Found {
    is_ok: bool,
    since: Instant,
    last_failure: Option<(Instant, String)>,
}

impl CheckHistory {
    fn note(&self, name: &str, result: &Result<(), String>) {
        let now = Instant::now();
        let mut all = self.lock();
        let is_ok = result.is_ok();
        let first = || Found {
            is_ok,
            since: now,
            last_failure: None,
        };
        if !all.contains_key(name) {
            all.insert(name.to_owned(), first());
        }
        let Some(found) = all.get_mut(name) else {
            return;
        };
        if found.is_ok != is_ok {
            (found.is_ok, found.since) = (is_ok, now);
        }
        if let Err(reason) = result {
            found.last_failure = Some((now, reason.clone()));
        }
    }

    /// All checks, in the order of their names.
    pub(super) fn to_json(&self) -> Value {
        let check = |(name, found): (&String, &Found)| {
            let failure = found.last_failure.as_ref().map(
                |(at, reason)| json!({ "reason": reason, "seconds_ago": at.elapsed().as_secs() }),
            );
            json!({
                "name": name,
                "status": if found.is_ok { "ok" } else { "failed" },
                "for_seconds": found.since.elapsed().as_secs(),
                "last_failure": failure,
            })
        };
        self.lock().iter().map(check).collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Found>> {
        // No change can panic half-way.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One run of the checks. The default one notes nothing and stops at the first failure.
#[derive(Clone, Default)]
pub struct CheckRun {
    history: Option<CheckHistory>,
    runs_all: bool,
    first_failure: Arc<Mutex<Option<String>>>,
}

impl CheckRun {
    /// A run that is noted. With `runs_all` it does not stop at the first failure.
    pub(super) fn noted(history: &CheckHistory, runs_all: bool) -> Self {
        Self {
            history: Some(history.clone()),
            runs_all,
            first_failure: Arc::default(),
        }
    }

    /// Notes what a check found. The name must be the same in each run.
    ///
    /// # Errors
    /// The check failed, and the run stops here.
    pub fn note(&self, name: &str, result: Result<(), String>) -> Result<(), String> {
        if let Some(history) = &self.history {
            history.note(name, &result);
        }
        match result {
            Err(reason) if self.runs_all => {
                self.lock().get_or_insert(reason);
                Ok(())
            }
            result => result,
        }
    }

    /// The first failure of a run that does not stop.
    pub(super) fn first_failure(&self) -> Option<String> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Option<String>> {
        self.first_failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_check_shows_since_when_it_is_as_it_is_and_its_last_failure() {
        let history = CheckHistory::default();
        let note = |result: Result<(), &str>| {
            let run = CheckRun::noted(&history, true);
            let result = result.map_err(str::to_owned);
            assert_eq!(run.note("database", result), Ok(()), "the run goes on");
            run.first_failure()
        };
        let wait = |seconds| tokio::time::advance(Duration::from_secs(seconds));
        let check = |status, for_seconds, last_failure: Value| json!([{ "name": "database", "status": status, "for_seconds": for_seconds, "last_failure": last_failure }]);
        assert_eq!(note(Ok(())), None);
        wait(10).await;
        assert_eq!(note(Ok(())), None);
        assert_eq!(history.to_json(), check("ok", 10, Value::Null));
        assert_eq!(note(Err("it is away")), Some("it is away".to_owned()));
        wait(5).await;
        note(Err("it is silent")).unwrap();
        wait(2).await;
        let failure = json!({ "reason": "it is silent", "seconds_ago": 2 });
        assert_eq!(history.to_json(), check("failed", 7, failure));
        note(Ok(()));
        wait(3).await;
        let failure = json!({ "reason": "it is silent", "seconds_ago": 5 });
        assert_eq!(history.to_json(), check("ok", 3, failure));
    }

    #[test]
    fn a_run_that_nobody_watches_stops_at_the_first_failure() {
        let failed = CheckRun::default().note("database", Err("it is away".to_owned()));
        assert_eq!(failed, Err("it is away".to_owned()));
    }
}
