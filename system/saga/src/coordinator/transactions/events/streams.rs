//! How many streams there may be: of one user, and in all.

use std::{
    collections::BTreeMap,
    hash::Hasher,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use siphasher::sip::SipHasher13;

use super::config::EventsConfig;
use crate::http::Problem;

/// The open streams of one coordinator.
#[derive(Default)]
pub(in crate::coordinator) struct Streams(Arc<Mutex<Open>>);

#[derive(Default)]
struct Open {
    all: usize,
    /// How many each user has. `None`: those whose user is not known.
    of_users: BTreeMap<Option<String>, usize>,
    /// How many there were since the start.
    begun: u64,
}

/// The right to have one stream open. Dropping it gives it back.
pub(super) struct StreamPermit {
    streams: Arc<Mutex<Open>>,
    user: Option<String>,
}

impl Streams {
    /// # Errors
    /// 429 if this user has too many streams, 503 if there are too many in all.
    pub(super) fn enter(
        &self,
        user: Option<String>,
        config: &EventsConfig,
    ) -> Result<StreamPermit, Problem> {
        let mut open = locked(&self.0);
        let of_user = open.of_users.get(&user).copied().unwrap_or_default();
        let of_user_max = match user {
            Some(_) => config.streams_per_user_max,
            None => config.streams_max.div_ceil(2),
        };
        if open.all >= config.streams_max {
            let detail = "Nothing was done: too many streams are open; read the transaction.";
            let (policy, unit) = ("streams", "concurrent-streams");
            return Err(Problem::overloaded(
                detail,
                policy,
                unit,
                config.streams_max,
            ));
        }
        if of_user >= of_user_max {
            return Err(Problem::too_many_streams(of_user_max));
        }
        open.all += 1;
        open.begun += 1;
        *open.of_users.entry(user.clone()).or_default() += 1;
        Ok(StreamPermit {
            streams: Arc::clone(&self.0),
            user,
        })
    }

    /// How long the client of the newest stream waits before it comes back. The jitter is a hash of a counter: it need not be
    /// secret, and so it takes nothing from the random numbers of a run.
    pub(super) fn retry(&self, config: &EventsConfig) -> Duration {
        let mut hasher = SipHasher13::new();
        hasher.write_u64(locked(&self.0).begun);
        let most = u64::try_from(config.retry.as_millis()).unwrap_or(u64::MAX);
        let jitter = hasher.finish() % most.saturating_add(1).max(1);
        config.retry + Duration::from_millis(jitter)
    }
}

impl Drop for StreamPermit {
    fn drop(&mut self) {
        let mut open = locked(&self.streams);
        open.all -= 1;
        if let Some(of_user) = open.of_users.get_mut(&self.user) {
            *of_user -= 1;
            if *of_user == 0 {
                open.of_users.remove(&self.user);
            }
        }
    }
}

fn locked(open: &Mutex<Open>) -> MutexGuard<'_, Open> {
    open.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> EventsConfig {
        EventsConfig {
            streams_max: 4,
            streams_per_user_max: 2,
            ..EventsConfig::default()
        }
    }

    fn user(name: &str) -> Option<String> {
        Some(name.to_owned())
    }

    #[test]
    fn r17_a_user_has_so_many_streams_and_gets_one_back_when_one_ends() {
        let (streams, config) = (Streams::default(), config());
        let first = streams.enter(user("7"), &config).ok();
        let _second = streams.enter(user("7"), &config).ok().unwrap();
        assert!(streams.enter(user("7"), &config).is_err());
        let _other = streams.enter(user("8"), &config).ok().unwrap();
        drop(first);
        let _third = streams.enter(user("7"), &config).ok().unwrap();
    }

    #[test]
    fn r17_clients_without_a_user_leave_half_of_the_streams_to_the_others() {
        let (streams, config) = (Streams::default(), config());
        let unknown: Vec<_> = (0..2).map(|_| streams.enter(None, &config).ok()).collect();
        assert!(unknown.iter().all(Option::is_some));
        assert!(streams.enter(None, &config).is_err());
        let known: Vec<_> = ["7", "8"]
            .map(|name| streams.enter(user(name), &config).ok())
            .into();
        assert!(known.iter().all(Option::is_some));
        assert!(streams.enter(user("9"), &config).is_err(), "four in all");
        drop((unknown, known));
        assert!(locked(&streams.0).of_users.is_empty());
    }

    #[test]
    fn r17_clients_come_back_at_different_times() {
        let (streams, config) = (Streams::default(), EventsConfig::default());
        let times = (0..100).map(|_| {
            drop(streams.enter(None, &config).ok().unwrap());
            streams.retry(&config)
        });
        let times: std::collections::BTreeSet<_> = times.collect();
        assert!(times.len() > 50, "{times:?}");
        assert!(
            times
                .iter()
                .all(|time| (config.retry..=config.retry * 2).contains(time))
        );
    }
}
