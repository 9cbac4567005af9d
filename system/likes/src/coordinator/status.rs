//! What a coordinator is now: `GET /v1/coordinator`, and what `/readyz` says of it.

use std::sync::Arc;

use axum::{Json, extract::State, http::Uri};
use serde::Serialize;

use super::{Coordinator, keeper::LeaderState};
use likewise_saga::id::Epoch;

/// What a coordinator is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Role {
    /// Drives the sagas.
    Holder,
    /// Passes wishes on to the holder, and takes over from it.
    Standby,
}

/// A coordinator's own view of it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct CoordinatorStatus {
    role: Role,
    /// The newest epoch of the saga log that it has seen.
    epoch: Option<Epoch>,
    /// Where the coordinator is that holds the log, if that is known and it has a lease.
    holder: Option<String>,
}

/// `GET /v1/coordinator`
pub(super) async fn show(State(coordinator): State<Arc<Coordinator>>) -> Json<CoordinatorStatus> {
    Json(coordinator.status())
}

impl Coordinator {
    /// What it is now.
    pub(crate) fn status(&self) -> CoordinatorStatus {
        if let Some(term) = self.term() {
            return CoordinatorStatus {
                role: Role::Holder,
                epoch: Some(term.epoch),
                holder: self.config.lease.as_ref().map(super::Lease::address),
            };
        }
        let seen = match &*self.standing.borrow() {
            LeaderState::Standby(seen) => seen.clone(),
            LeaderState::Holder(_) => None,
        };
        CoordinatorStatus {
            role: Role::Standby,
            epoch: seen.as_ref().map(|seen| seen.epoch),
            holder: seen.and_then(|seen| seen.holder),
        }
    }

    /// Whether it can take wishes, to carry them out or to pass them on; with a lease, what it is.
    pub(crate) async fn ready(&self) -> Result<Option<CoordinatorStatus>, String> {
        match self.term() {
            Some(term) if term.executor.is_fenced() => {
                return Err("another coordinator took over".to_owned());
            }
            Some(term) if !*term.recovered.borrow() => {
                return Err("open sagas are being taken up".to_owned());
            }
            None if self.holder().is_none() => {
                return Err("it is not known which coordinator holds the saga log".to_owned());
            }
            Some(_) | None => {}
        }
        self.log.ping().await.map_err(|error| error.to_string())?;
        Ok(self.config.lease.as_ref().map(|_| self.status()))
    }

    /// Where the coordinator is that holds the log, if it is another one.
    pub(super) fn holder(&self) -> Option<Uri> {
        let standing = self.standing.borrow();
        let LeaderState::Standby(Some(seen)) = &*standing else {
            return None;
        };
        let holder: Uri = seen.holder.as_ref()?.parse().ok()?;
        // Our own, of a term or of a process that has ended: nobody would answer there.
        let own = self.config.lease.as_ref().map(|lease| &lease.advertise);
        (own != Some(&holder) && holder.scheme().is_some()).then_some(holder)
    }
}
