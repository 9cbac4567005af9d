//! How a coordinator reads the barrier rows of a participant: within a limit, and without an opinion on whether it is away.

use std::{
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use futures::FutureExt;
use likewise_saga::{
    coordinator::{CoordinatorConfig, Participant},
    id::SagaId,
    participant::{
        BarrierRow, BarrierRowsClient, ParticipantClient, RaiseError, Raised, Watermark,
        WatermarkClient,
    },
    protocol::{NoReply, StepKey, StepReply, StepRequest},
};
use uuid::Uuid;

use crate::shop::SHOP;

/// A service that answers nothing but a list of so many rows, or nothing at all.
#[derive(Clone, Copy)]
struct Rows(Option<usize>);

#[async_trait]
impl BarrierRowsClient for Rows {
    async fn read(&self, _: Vec<StepKey>) -> Result<Vec<Option<BarrierRow>>, NoReply> {
        match self.0 {
            Some(rows) => Ok(vec![None; rows]),
            None => pending().await,
        }
    }
}

#[async_trait]
impl ParticipantClient<StepRequest, Option<StepReply>> for Rows {
    async fn send(&self, _: Vec<StepRequest>) -> Result<Vec<Option<StepReply>>, NoReply> {
        Err(NoReply("no step is sent here".to_owned()))
    }
}

#[async_trait]
impl WatermarkClient for Rows {
    async fn raise(&self, _: Watermark) -> Result<Raised, RaiseError> {
        Err(NoReply("no watermark is published here".to_owned()).into())
    }
}

/// The wallet service, and how often it was probed: a service is probed because it is suspected.
fn wallet(rows: Rows) -> (Participant, Arc<AtomicU32>) {
    let config = CoordinatorConfig {
        step_timeout: Duration::from_secs(2),
        ..CoordinatorConfig::default()
    };
    let probes = Arc::<AtomicU32>::default();
    let counted = Arc::clone(&probes);
    let probe = Arc::new(move || {
        counted.fetch_add(1, Ordering::Relaxed);
        async { Ok(()) }.boxed()
    });
    let (steps, watermarks, rows) = (Arc::new(rows), Arc::new(rows), Arc::new(rows));
    let wallet = Participant::start("wallet", steps, watermarks, rows, probe, &config, &SHOP);
    (wallet, probes)
}

#[tokio::test(start_paused = true)]
async fn a_service_that_does_not_show_its_rows_is_given_up_after_the_step_time_out() {
    let (wallet, probes) = wallet(Rows(None));
    let step = StepKey {
        saga: SagaId(Uuid::nil()),
        step: 0,
    };
    let error = wallet.barrier_rows(vec![step]).await.unwrap_err();
    assert_eq!(error.to_string(), "wallet took longer than 2s");
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(probes.load(Ordering::Relaxed), 0, "it is not suspected");
}

#[tokio::test(start_paused = true)]
async fn a_list_of_another_length_is_no_reply() {
    let step = StepKey {
        saga: SagaId(Uuid::nil()),
        step: 0,
    };
    let read = |rows: Option<usize>, steps: usize| async move {
        let (wallet, _) = wallet(Rows(rows));
        wallet.barrier_rows(vec![step; steps]).await
    };
    let text = "the wallet service sent 1 rows for 2 steps";
    assert_eq!(read(Some(1), 2).await, Err(NoReply(text.to_owned())));
    assert_eq!(read(Some(2), 2).await, Ok(vec![None, None]));
    assert_eq!(read(None, 0).await, Ok(vec![]), "nothing is asked");
}
