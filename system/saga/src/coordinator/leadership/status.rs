//! The state of a coordinator as clients see it.

use serde::Serialize;

use crate::{id::Epoch, lease::LeaseRow};

/// The role of a coordinator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Role {
    /// The leader: holds the saga log and drives the sagas. The API calls it `holder`.
    #[serde(rename = "holder")]
    Leader,
    /// Forwards requests to the leader, and takes over if the leader dies.
    Standby,
    /// Has lost the saga log to another coordinator, for good: it has no lease to stand by with.
    Fenced,
}

/// The state of a coordinator, as far as it knows.
#[derive(Debug, Clone, Serialize)]
pub struct CoordinatorStatus {
    role: Role,
    /// The newest epoch of the saga log that this coordinator has seen.
    epoch: Option<Epoch>,
    /// The address of the leader, if it is known and the leader has a lease.
    holder: Option<String>,
}

impl CoordinatorStatus {
    /// The status of a leader. `address` is its own address, if it has a lease.
    pub(super) fn leader(epoch: Epoch, address: Option<String>) -> Self {
        Self {
            role: Role::Leader,
            epoch: Some(epoch),
            holder: address,
        }
    }

    pub(in crate::coordinator) fn is_leader(&self) -> bool {
        self.role == Role::Leader
    }

    pub(in crate::coordinator) fn epoch(&self) -> Option<Epoch> {
        self.epoch
    }

    /// The status of a coordinator that was taken over and cannot stand by. It does not know the new leader.
    pub(super) fn fenced() -> Self {
        Self {
            role: Role::Fenced,
            epoch: None,
            holder: None,
        }
    }

    /// The status of a standby. `row` is the lease row as last read.
    pub(super) fn standby(row: Option<LeaseRow>) -> Self {
        Self {
            role: Role::Standby,
            epoch: row.as_ref().map(|row| row.epoch),
            holder: row.and_then(|row| row.holder),
        }
    }
}
