//! A call to the file system at a start, with a limit: a disk may neither answer nor fail.

use std::fmt::Display;

use likewise_saga::{
    bound::{Bound, within},
    store::StoreExecutor,
};
use tokio::sync::oneshot;

use super::Failure;

/// Makes a call that blocks on a disk. One that reaches its limit goes on until the process ends, and the error names the
/// `place`.
///
/// # Errors
/// That of the call. [`Failure::Internal`]: the disk did not answer in time.
pub(super) async fn on_disk<T: Send + 'static>(
    bound: Bound,
    executor: &dyn StoreExecutor,
    place: impl Display,
    call: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let (sender, receiver) = oneshot::channel();
    let call = Box::new(move || {
        // Nobody waits for it once it was given up.
        let _ = sender.send(call());
    });
    let called = async {
        executor.call_blocking(call).await;
        receiver.await
    };
    match within(bound, called).await {
        Ok(Ok(done)) => done,
        Ok(Err(_)) => Err(Failure::Internal("the runtime stopped".to_owned())),
        Err(overdue) => Err(Failure::Internal(format!(
            "{place}: {overdue}\nCheck that the disk or the network file system answers. Then start again."
        ))),
    }
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use futures::future::BoxFuture;
    use likewise::bounds::DATA_FOLDER;
    use likewise_saga::store::{StoreError, Unit};

    use super::*;

    struct SilentDisk;

    #[async_trait]
    impl StoreExecutor for SilentDisk {
        async fn execute(
            &self,
            _: Unit,
            work: BoxFuture<'_, Result<(), StoreError>>,
        ) -> Result<(), StoreError> {
            work.await
        }

        async fn call_blocking(&self, call: Box<dyn FnOnce() + Send>) {
            std::future::pending::<()>().await;
            drop(call);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn r24_a_silent_disk_of_the_data_folder_is_given_up_and_named() {
        let failure = on_disk(DATA_FOLDER, &SilentDisk, "data", || Ok(())).await;
        let failure = failure.unwrap_err();
        let text = failure.to_string();
        for part in [
            "data: the data folder took longer than 10s",
            "Check that the disk",
        ] {
            assert!(text.contains(part), "{text}");
        }
    }
}
