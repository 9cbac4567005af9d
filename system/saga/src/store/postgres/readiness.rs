//! Whether a database accepts writes: one probe a second at most, however many ask.

use std::{sync::Arc, time::Duration};

use tokio::{sync::Mutex, time::Instant};

use crate::store::error::StoreError;

/// How long the result of a probe is shared. A load balancer, a cluster and an operator may ask at one time, and a probe is
/// a write.
pub(super) const SHARED_FOR: Duration = Duration::from_secs(1);

/// The result of the last probe.
#[derive(Default)]
pub(in crate::store) struct SharedProbe(Mutex<Option<Probed>>);

struct Probed {
    at: Instant,
    result: Result<(), Arc<StoreError>>,
}

impl SharedProbe {
    /// Returns the last result if it is not older than a second, else runs the probe. Callers that come during a probe
    /// get its result.
    ///
    /// # Errors
    /// The probe's.
    ///
    /// # Cancel safety
    /// Safe.
    pub(in crate::store) async fn get_or_run(
        &self,
        probe: impl Future<Output = Result<(), StoreError>>,
    ) -> Result<(), Arc<StoreError>> {
        let mut last = self.0.lock().await;
        if let Some(last) = &*last
            && last.at.elapsed() < SHARED_FOR
        {
            return last.result.clone();
        }
        let result = probe.await.map_err(Arc::new);
        let at = Instant::now();
        let result_of_all = result.clone();
        *last = Some(Probed { at, result });
        result_of_all
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn callers_within_a_second_share_one_probe() {
        let (shared, probes) = (SharedProbe::default(), Cell::new(0));
        let probe = async || {
            probes.set(probes.get() + 1);
            tokio::time::sleep(SHARED_FOR).await;
            Err(StoreError::Exhausted)
        };
        let (first, second) = tokio::join!(shared.get_or_run(probe()), shared.get_or_run(probe()));
        assert!(first.is_err() && second.is_err());
        assert_eq!(probes.get(), 1);
        tokio::time::advance(SHARED_FOR).await;
        shared.get_or_run(probe()).await.unwrap_err();
        assert_eq!(probes.get(), 2);
    }
}
