//! The environment of a simulated process: its clock, entropy, HTTP client and storage.
//!
//! Everything that a service takes from outside comes through this one struct, so a run depends on its plan alone.

use std::{
    sync::{Arc, LazyLock, Mutex, PoisonError},
    time::Duration,
};

use likewise_saga::{
    env::{Clock, Entropy, Env},
    security::{SecretSource, Secrets},
    time::Timestamp,
    trace::Tracer,
};
use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;

use super::incarnation::Incarnation;
use crate::{
    handle::World,
    network::http_client::FaultyHttpClient,
    plan::{Fault, Host},
    storage::store::SimStore,
};

/// The start of every run on the wall clock: 2026-01-01T00:00:00Z, in seconds since 1970.
pub(crate) const EPOCH_SECONDS: u64 = 1_767_225_600;

/// The environment of one process. Its entropy depends on the plan, the host and the incarnation.
#[must_use]
pub(crate) fn environment(world: &World, incarnation: &Arc<Incarnation>) -> Env {
    let host = world.hosts().number(incarnation.host);
    let of_process = (host << 32) ^ u64::from(incarnation.number);
    Env {
        clock: Arc::new(SimClock {
            world: world.clone(),
            host: incarnation.host,
        }),
        entropy: Arc::new(SimEntropy::new(world, of_process)),
        http_client: Arc::new(FaultyHttpClient::new(
            world.clone(),
            Arc::clone(incarnation),
        )),
        service_secrets: Arc::new(SimSecrets),
        store: Arc::new(SimStore::new(world.clone(), Arc::clone(incarnation))),
        tracer: Tracer::off(),
    }
}

/// The secret that the services of every run show each other.
pub(crate) const SERVICE_SECRET: &str = "the-secret-of-the-simulated-services";

/// The secrets of a process: those of every other one.
struct SimSecrets;

impl SecretSource for SimSecrets {
    fn current(&self) -> Option<Arc<Secrets>> {
        static SECRETS: LazyLock<Arc<Secrets>> =
            LazyLock::new(|| Arc::new(SERVICE_SECRET.parse().expect("a secret")));
        Some(Arc::clone(&SECRETS))
    }
}

/// The wall clock of a host. Clock faults make it wrong.
///
/// Only the wall clock can be wrong. Time-outs use tokio's clock, which is steady on every host, as a monotonic clock
/// is.
struct SimClock {
    world: World,
    host: Host,
}

impl Clock for SimClock {
    fn now(&self) -> Timestamp {
        let elapsed = turmoil::sim_elapsed().unwrap_or_default();
        let right = i128::from(EPOCH_SECONDS) * 1_000_000 + signed_micros(elapsed);
        let wrong_by = self.world.active_faults(|active_faults| {
            let errors =
                active_faults.map(|(fault, since)| error_micros(fault, since, elapsed, self.host));
            errors.sum::<i128>()
        });
        let shown = right + wrong_by;
        Timestamp(i64::try_from(shown.max(0)).unwrap_or(i64::MAX))
    }
}

/// The error that a fault adds to the clock of a host, in microseconds.
///
/// Errors of several faults add up.
fn error_micros(fault: Fault, since: Duration, now: Duration, of: Host) -> i128 {
    match fault {
        Fault::ClockSkew {
            host, by_millis, ..
        }
        | Fault::ClockJump { host, by_millis }
            if host == of =>
        {
            i128::from(by_millis) * 1_000
        }
        Fault::ClockDrift { host, percent, .. } if host == of => {
            signed_micros(now.saturating_sub(since)) * i128::from(percent) / 100
        }
        _ => 0,
    }
}

fn signed_micros(duration: Duration) -> i128 {
    i128::try_from(duration.as_micros()).unwrap_or(i128::MAX)
}

/// The random stream of one process. If the run is drawn anew, another stream takes its place.
struct SimEntropy {
    world: World,
    /// What distinguishes the streams of this process from those of the others.
    of_process: u64,
    /// The stream, with its noise.
    stream: Mutex<(u64, Pcg64Mcg)>,
}

impl SimEntropy {
    fn new(world: &World, of_process: u64) -> Self {
        let noise = world.plan().noise;
        Self {
            world: world.clone(),
            of_process,
            stream: Mutex::new((noise, Pcg64Mcg::seed_from_u64(noise ^ of_process))),
        }
    }
}

impl Entropy for SimEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        let mut stream = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(noise) = self.world.other_noise().filter(|noise| *noise != stream.0) {
            *stream = (noise, Pcg64Mcg::seed_from_u64(noise ^ self.of_process));
        }
        stream.1.fill_bytes(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::STORE;

    const HOST: Host = Host::COORDINATOR;

    fn wrong_by(fault: Fault) -> i128 {
        let (since, now) = (Duration::from_secs(10), Duration::from_secs(12));
        error_micros(fault, since, now, HOST)
    }

    #[test]
    fn a_clock_has_the_error_of_its_fault() {
        let (host, millis) = (HOST, 5_000);
        let skew = |by_millis| Fault::ClockSkew {
            host,
            by_millis,
            millis,
        };
        assert_eq!(wrong_by(skew(-70)), -70_000);
        let drift = |percent| Fault::ClockDrift {
            host,
            percent,
            millis,
        };
        assert_eq!(wrong_by(drift(50)), 1_000_000);
        assert_eq!(wrong_by(drift(-100)), -2_000_000, "it stops");
    }

    #[test]
    fn the_clock_of_another_host_is_right() {
        let host = STORE;
        assert_eq!(wrong_by(Fault::ClockJump { host, by_millis: 1 }), 0);
    }
}
