//! Parking a saga whose row may be unreadable.

use likewise_saga::{
    log::{LogError, SagaLog},
    protocol::Status,
    time::Timestamp,
};

use crate::{
    common::{Databases, on_both_engines},
    saga_log_fixture::{NOW, append, change, id, log, start},
};

on_both_engines! {
    only_an_open_saga_is_parked_and_only_under_the_current_epoch
}

async fn only_an_open_saga_is_parked_and_only_under_the_current_epoch(databases: &Databases) {
    let (log, stale) = log(databases).await;
    append(&log, stale, &[start(1, "a", None), start(2, "b", None)]).await;
    append(
        &log,
        stale,
        &[change(2, Status::Running, Status::Completed)],
    )
    .await;
    let later = Timestamp(NOW.0 + 9);
    for number in [1, 2, 9] {
        log.park(stale, later, id(number), "why").await.unwrap();
    }
    let parked = async |number| {
        let row = log.find(id(number)).await.unwrap().unwrap().unwrap();
        (row.parked, row.updated_at, row.steps.is_some())
    };
    assert_eq!(parked(1).await, (true, later, false));
    assert_eq!(parked(2).await, (false, NOW, true));
    let epoch = log.take_over().await.unwrap();
    append(&log, epoch, &[start(3, "c", None)]).await;
    let refused = log.park(stale, later, id(3), "why").await.unwrap_err();
    assert!(matches!(refused, LogError::Fenced { .. }), "{refused}");
    assert_eq!(parked(3).await, (false, NOW, false));
}
