//! Compares the sagas that have ended with the barrier rows of their steps.
//!
//! A page of the log is read before its barrier rows. A saga that has ended never changes, so the comparison is exact
//! even while the services run.

use likewise_saga::{id::SagaId, protocol::Status};

use super::{
    AuditDatabases, AuditError, AuditReport, Difference, StepFound, retention,
    tables::{LoggedSaga, SagaContent, SagaPages, StepRows},
};

/// Compares all sagas.
pub(super) async fn compare(
    databases: &AuditDatabases,
    report: &mut AuditReport,
) -> Result<(), AuditError> {
    let mut pages = SagaPages::all();
    let mut below_before = retention::below(&databases.coordinator).await?;
    loop {
        let sagas = pages.next(&databases.coordinator).await?;
        if sagas.is_empty() {
            return Ok(());
        }
        let rows = StepRows::of(databases, &sagas).await?;
        // Read after the barrier rows: those that were deleted before are below it.
        let below = retention::below(&databases.coordinator).await?;
        for saga in &sagas {
            compare_saga(saga, &rows, (below_before, below), report);
        }
        below_before = below;
    }
}

/// Whether the article of a saga must have existed. The log also has sagas of articles that never did, as clients send
/// any id; raising the identity to such an id would leave no ids for new articles.
fn may_have_had_effect(saga: &LoggedSaga, content: &SagaContent, rows: &StepRows) -> bool {
    let steps = content.steps.iter().enumerate();
    let mut found = steps.map(|(index, step)| rows.found(step.service, saga.id, index));
    content.status == Status::Completed
        || found.any(|found| matches!(found, StepFound::Done | StepFound::Undone))
}

/// `below` is the retention watermark before the saga was read, and after its barrier rows were.
fn compare_saga(
    saga: &LoggedSaga,
    rows: &StepRows,
    below: (Option<SagaId>, Option<SagaId>),
    report: &mut AuditReport,
) {
    report.checked.sagas += 1;
    let Some(content) = &saga.content else {
        report.add(Difference::UnreadableSaga { saga: saga.id });
        return;
    };
    if may_have_had_effect(saga, content, rows) {
        report.see_article(content.count.article_id);
    }
    report.checked.open_sagas += u64::from(content.status.is_open());
    if content.status.is_open() && Some(saga.id) < below.0 {
        report.add(Difference::OpenBelowWatermark { saga: saga.id });
    }
    for (index, step) in content.steps.iter().enumerate() {
        let service = step.service;
        let found = rows.found(service, saga.id, index);
        match (content.status, found) {
            (Status::Completed, StepFound::Done) => {}
            (Status::Completed, StepFound::Missing) if Some(saga.id) < below.1 => {}
            (Status::Completed, StepFound::Lost) => report.lost_steps += 1,
            (Status::Completed, found) => report.add(Difference::StepNotDone {
                saga: saga.id,
                step: index,
                service,
                found,
            }),
            (Status::Compensated, StepFound::Done) => report.add(Difference::StepNotUndone {
                saga: saga.id,
                step: index,
                service,
            }),
            _ => {}
        }
    }
}
