//! A saga log whose first appends have faults.
//!
//! The difference between [`AppendFault::Unconfirmed`] and [`AppendFault::Lost`] is invisible to the coordinator at
//! first. It must look the saga up before it says anything to the client.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use likewise::service::Parts;
use likewise_saga::{
    id::{Epoch, SagaId},
    log::{
        EndCursor, LogEntry, LogError, LogHead, LogReply, SagaLog, SqlSagaLog, StatusFilter,
        StoredSaga,
    },
    service::KitParts,
    store::{Database, Page, StoreError},
    time::Timestamp,
};

/// The fault of one append.
#[derive(Clone, Copy)]
pub enum AppendFault {
    /// The batch is stored, but not confirmed.
    Unconfirmed,
    /// The batch is neither stored nor confirmed.
    Lost,
    /// The append fails before its commit.
    Refused,
    /// Another coordinator took over the log.
    Fenced,
    /// The append never returns.
    Hangs,
}

/// The faults of the first appends with starts, or with status changes. Later appends have none.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum LogFaults {
    LoseConfirmation,
    LoseStart,
    LoseStatusChangeConfirmation,
    LoseConfirmationAndRefuse,
    LoseConfirmationAndFence,
    LoseStartAndFence,
    Refuse,
    Fence,
    Hang,
    /// No append fails, but a saga cannot be read by its id.
    FailFinds,
}

impl LogFaults {
    fn sequence(self) -> &'static [AppendFault] {
        match self {
            Self::LoseConfirmation | Self::LoseStatusChangeConfirmation => {
                &[AppendFault::Unconfirmed]
            }
            Self::LoseStart => &[AppendFault::Lost],
            Self::LoseConfirmationAndRefuse => &[AppendFault::Unconfirmed, AppendFault::Refused],
            Self::LoseConfirmationAndFence => &[AppendFault::Unconfirmed, AppendFault::Fenced],
            Self::LoseStartAndFence => &[AppendFault::Lost, AppendFault::Fenced],
            Self::FailFinds => &[],
            Self::Refuse => &[AppendFault::Refused],
            Self::Fence => &[AppendFault::Fenced],
            Self::Hang => &[AppendFault::Hangs],
        }
    }

    fn applies_to(self, entry: &LogEntry) -> bool {
        match entry {
            LogEntry::Start(_) => self != Self::LoseStatusChangeConfirmation,
            LogEntry::StatusChange(_) => self == Self::LoseStatusChangeConfirmation,
        }
    }
}

/// A saga log with faults.
pub struct FaultyLog {
    log: SqlSagaLog,
    faults: LogFaults,
    /// The number of faults that fired.
    fired: AtomicUsize,
}

impl FaultyLog {
    pub fn parts(faults: LogFaults) -> Parts {
        // `KitParts::log` is a plain function and cannot capture the faults: one function for each variant.
        macro_rules! over {
            ($($variant:ident)*) => {
                match faults {
                    $(LogFaults::$variant => |database| Self::over(database, LogFaults::$variant),)*
                }
            };
        }
        let log: fn(Database) -> Arc<dyn SagaLog> = over!(
            LoseConfirmation LoseStart LoseStatusChangeConfirmation LoseConfirmationAndRefuse
            LoseConfirmationAndFence LoseStartAndFence Refuse Fence Hang FailFinds
        );
        let parts = KitParts {
            log,
            ..KitParts::default()
        };
        parts.into()
    }

    fn over(database: Database, faults: LogFaults) -> Arc<dyn SagaLog> {
        Arc::new(Self {
            log: SqlSagaLog::new(database),
            faults,
            fired: AtomicUsize::new(0),
        })
    }
}

#[async_trait]
impl SagaLog for FaultyLog {
    async fn take_over(&self) -> Result<Epoch, StoreError> {
        self.log.take_over().await
    }

    async fn append(
        &self,
        epoch: Epoch,
        now: Timestamp,
        entries: &[LogEntry],
    ) -> Result<Vec<LogReply>, LogError> {
        let applies = entries.iter().any(|entry| self.faults.applies_to(entry));
        let fault = match applies {
            true => {
                let index = self.fired.fetch_add(1, Ordering::SeqCst);
                self.faults.sequence().get(index)
            }
            false => None,
        };
        let failed = || sqlx::Error::PoolClosed.into();
        match fault {
            None => return self.log.append(epoch, now, entries).await,
            Some(AppendFault::Hangs) => std::future::pending().await,
            Some(AppendFault::Refused) => {
                return Err(LogError::Store(StoreError::Absent(failed())));
            }
            Some(AppendFault::Fenced) => return Err(LogError::Fenced { epoch }),
            Some(AppendFault::Lost) => {}
            Some(AppendFault::Unconfirmed) => drop(self.log.append(epoch, now, entries).await?),
        }
        Err(LogError::Store(StoreError::Unknown(failed())))
    }

    async fn park(
        &self,
        epoch: Epoch,
        now: Timestamp,
        saga: SagaId,
        reason: &str,
    ) -> Result<(), LogError> {
        self.log.park(epoch, now, saga, reason).await
    }

    async fn holder(&self, epoch: Epoch, lock_key: &str) -> Result<Option<SagaId>, StoreError> {
        self.log.holder(epoch, lock_key).await
    }

    async fn find(&self, saga: SagaId) -> Result<Option<StoredSaga>, StoreError> {
        match self.faults {
            LogFaults::FailFinds => Err(StoreError::Absent(sqlx::Error::PoolClosed.into())),
            _ => self.log.find(saga).await,
        }
    }

    async fn find_by_key(&self, request_key: &str) -> Result<Option<StoredSaga>, StoreError> {
        self.log.find_by_key(request_key).await
    }

    async fn list(
        &self,
        filter: StatusFilter,
        page: Page<SagaId>,
    ) -> Result<Vec<StoredSaga>, StoreError> {
        self.log.list(filter, page).await
    }

    async fn list_ended(
        &self,
        page: Page<EndCursor>,
    ) -> Result<Vec<(Option<EndCursor>, StoredSaga)>, StoreError> {
        self.log.list_ended(page).await
    }

    async fn head(&self) -> Result<LogHead, StoreError> {
        self.log.head().await
    }

    async fn ping(&self) -> Result<(), Arc<StoreError>> {
        self.log.ping().await
    }
}
