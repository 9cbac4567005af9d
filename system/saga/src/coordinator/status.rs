//! `GET /v1/coordinator`, and the coordinator's part of `/readyz`.

use std::sync::Arc;

use axum::{Json, extract::State};

use super::{
    instance::Coordinator,
    leadership::{CoordinatorStatus, EpochError, Term},
};
use crate::{http::Problem, service::CheckRun};

/// `GET /v1/coordinator`
///
/// # Errors
/// 503 if it cannot be verified that this coordinator holds the saga log.
pub(super) async fn show(
    State(coordinator): State<Arc<Coordinator>>,
) -> Result<Json<CoordinatorStatus>, Problem> {
    match coordinator.leadership.verify().await {
        Ok(()) | Err(EpochError::Stale) => Ok(Json(coordinator.leadership.status())),
        Err(error) => {
            tracing::warn!(%error, "the epoch could not be read");
            Err(Problem::unavailable(
                "It is not known which coordinator holds the saga log, because the log does not answer.",
            ))
        }
    }
}

impl Coordinator {
    /// Whether every saga can succeed here: the coordinator is a leader that has recovered, reaches all services and has nothing
    /// paused by an operator, or a standby that knows its leader, and the saga log answers. With a lease, returns the status as
    /// well; a coordinator without a lease is always the leader, so its status says nothing.
    ///
    /// # Errors
    /// The reason why it is not ready.
    pub async fn ready(&self, run: &CheckRun) -> Result<Option<CoordinatorStatus>, String> {
        let verified = self.leadership.verify().await;
        run.note("epoch", verified.map_err(|error| error.to_string()))?;
        let term = self.leadership.term();
        run.note("leadership", self.check_leadership(term.as_deref()))?;
        // The leader's readiness says whether it reaches the services.
        if term.is_some() {
            self.participants.check(run).await?;
        }
        let pinged = self.log.ping().await.map_err(|error| error.to_string());
        run.note("saga log", pinged)?;
        // The last one: a part that is silent is the more urgent reason.
        run.note("pauses", check_pauses(term.as_deref()))?;
        let has_lease = self.leadership.has_lease();
        Ok(has_lease.then(|| self.leadership.status()))
    }

    fn check_leadership(&self, term: Option<&Term>) -> Result<(), String> {
        match term {
            Some(term) if term.executor.is_fenced() => Err("another coordinator took over".into()),
            Some(term) if !term.is_recovered() => Err("open sagas are being recovered".into()),
            None if self.leadership.other_leader().is_none() => {
                Err("the coordinator that holds the saga log is not known".into())
            }
            _ => Ok(()),
        }
    }
}

/// Whether nothing is paused that a new saga may need. A standby does not know the pauses, and its leader says them.
fn check_pauses(term: Option<&Term>) -> Result<(), String> {
    let Some(term) = term else {
        return Ok(());
    };
    match term.executor.controls().first_pause_of_starts() {
        Some(pause) => Err(format!("an operator has paused {pause}")),
        None => Ok(()),
    }
}
