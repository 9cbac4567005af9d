//! The contract of the deliveries: what the deliverer and the operators' routes ask of a saga log.

use async_trait::async_trait;
use uuid::Uuid;

use super::alert::{Alert, AlertId};
use crate::{
    id::Epoch,
    log::LogError,
    store::{Page, StoreError},
    time::Timestamp,
};

/// How far a delivery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryState {
    /// It is sent, or sent again.
    Pending,
    /// The webhook took it.
    Delivered,
    /// It is not sent any more, unless an operator asks for it.
    GivenUp,
}

impl DeliveryState {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Pending, Self::Delivered, Self::GivenUp];

    /// As the log stores it.
    #[must_use]
    pub fn code(self) -> i64 {
        match self {
            Self::Pending => 0,
            Self::Delivered => 1,
            Self::GivenUp => 2,
        }
    }

    /// As the API shows it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::GivenUp => "given_up",
        }
    }

    /// The state with this name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// An alert and how far its delivery is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The alert.
    pub alert: Alert,
    /// How far it is.
    pub state: DeliveryState,
    /// The attempts since the alert was written, or since it was sent again by hand.
    pub attempts: u32,
    /// When it is sent next, while it is pending.
    pub next_attempt_at: Timestamp,
    /// The status of the last answer. `None`: there was none.
    pub last_status: Option<u16>,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
    /// When the webhook took it.
    pub delivered_at: Option<Timestamp>,
    /// How often an operator sent it again.
    pub resends: u32,
}

/// What came of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The alert.
    pub alert: AlertId,
    /// The attempts before.
    pub attempts_before: u32,
    /// The state from now on.
    pub state: DeliveryState,
    /// When it is sent next, if it is pending.
    pub next_attempt_at: Timestamp,
    /// The status of the answer.
    pub status: Option<u16>,
    /// Why it failed.
    pub error: Option<String>,
    /// When the webhook took it.
    pub delivered_at: Option<Timestamp>,
}

/// An order to send an alert again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resend {
    /// The alert.
    pub alert: AlertId,
    /// The identity of the order. Written again with the same one, it is the same order.
    pub order: Uuid,
    /// Who orders it.
    pub actor: String,
    /// Why.
    pub reason: String,
}

/// What came of sending an alert again by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resent {
    /// It is pending again.
    Pending {
        /// Its delivery from now on.
        delivery: Box<Delivery>,
        /// The number of the order in the audit.
        audit: i64,
    },
    /// It was pending already. Nothing was changed.
    WasPending,
    /// There is no such alert.
    Absent,
}

/// The pending deliveries, in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pending {
    /// How many there are.
    pub count: u64,
    /// When the oldest of their alerts was written.
    pub oldest: Option<Timestamp>,
}

/// The deliveries of a saga log. Every write proves the epoch.
#[async_trait]
pub trait Deliveries: Send + Sync {
    /// The pending deliveries whose time has come, the first ones first. Those whose row cannot be read are left out. A time that is
    /// further ahead than the pause after so many failures comes from a clock that was set back, and counts as come.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<Delivery>, StoreError>;

    /// The pending deliveries, in numbers.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn pending(&self) -> Result<Pending, StoreError>;

    /// Notes an attempt, and waits until the note is durable. Does nothing if it is noted already.
    ///
    /// # Errors
    /// `Fenced`: nothing was written. `Store`: see [`StoreError::commit_state`]; a repeat is harmless.
    ///
    /// # Cancel safety
    /// After the future is dropped, the note may or may not be written.
    async fn note(&self, epoch: Epoch, attempt: Attempt) -> Result<(), LogError>;

    /// Lists deliveries, the newest alerts first. `None` lists every state.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn list_alerts(
        &self,
        state: Option<DeliveryState>,
        page: Page<AlertId>,
    ) -> Result<Vec<Delivery>, StoreError>;

    /// Makes a delivery pending again that was delivered or given up. The order is in the audit with the same commit.
    ///
    /// # Errors
    /// As [`note`](Self::note).
    ///
    /// # Cancel safety
    /// As [`note`](Self::note).
    async fn resend(
        &self,
        epoch: Epoch,
        now: Timestamp,
        resend: Resend,
    ) -> Result<Resent, LogError>;

    /// Deletes some alerts before this one that are delivered or given up. Returns their number; 0 if there are none.
    ///
    /// # Errors
    /// As [`note`](Self::note).
    ///
    /// # Cancel safety
    /// As [`note`](Self::note).
    async fn collect_alerts(&self, epoch: Epoch, before: AlertId) -> Result<u64, LogError>;
}
