//! The configuration of a coordinator: time limits that fit each other, and the lease.

use std::time::Duration;

use likewise::coordinator::{CoordinatorConfig, Lease, RecoveryConfig};
use likewise_saga::executor::ExecutorConfig;

use super::Failure;
use crate::command::{
    duration::DurationOption,
    options::{self, Sagas},
};

/// The default duration of a lease.
pub(super) const LEASE_DEFAULT: Duration = Duration::from_secs(5);
/// The shortest lease. The leader renews four times per lease, and a renewal is a database write. A shorter lease
/// would take a busy database for a dead leader.
const LEASE_MIN: Duration = Duration::from_millis(500);

/// Checks the options and applies them to the default configuration.
pub(super) fn coordinator(sagas: &Sagas) -> Result<CoordinatorConfig, Failure> {
    check_times(sagas)?;
    let default = CoordinatorConfig::default();
    Ok(CoordinatorConfig {
        step_timeout: sagas.step_timeout.0,
        saga_deadline: sagas.saga_deadline.0,
        answer_timeout: sagas.answer_timeout.0,
        recovery: RecoveryConfig {
            scan_interval: sagas.scan_interval.0,
            ..default.recovery
        },
        watch_interval: Some(sagas.watch_interval.0),
        executor: ExecutorConfig {
            park_after: sagas.park_after,
            pause_min: sagas.retry_pause_min.0,
            pause_max: sagas.retry_pause_max.0,
            sagas_open_max: usize::try_from(sagas.open_sagas_max).unwrap_or(usize::MAX),
            ..default.executor
        },
        ..default
    })
}

fn check_times(sagas: &Sagas) -> Result<(), Failure> {
    check_order(
        ("--step-timeout", sagas.step_timeout),
        ("--saga-deadline", sagas.saga_deadline),
        "otherwise no saga could complete",
    )?;
    check_order(
        ("--step-timeout", sagas.step_timeout),
        ("--answer-timeout", sagas.answer_timeout),
        "otherwise no client could get a reply",
    )?;
    check_order(
        ("--retry-pause-min", sagas.retry_pause_min),
        ("--retry-pause-max", sagas.retry_pause_max),
        "pauses grow from the first to the second",
    )
}

/// Checks that the first duration is not longer than the second.
pub(super) fn check_order(
    (short_name, short): (&str, DurationOption),
    (long_name, long): (&str, DurationOption),
    reason: &str,
) -> Result<(), Failure> {
    if short <= long {
        return Ok(());
    }
    Err(Failure::Configuration(format!(
        "{short_name} ({short}) must not be longer than {long_name} ({long}): {reason}"
    )))
}

/// The lease of a coordinator with `--advertise`; `None` without.
pub(super) fn lease(options: options::Lease) -> Result<Option<Lease>, Failure> {
    let duration = options.lease.map_or(LEASE_DEFAULT, |option| option.0);
    if duration < LEASE_MIN {
        return Err(Failure::Configuration(format!(
            "--lease ({duration:?}) must not be shorter than {LEASE_MIN:?}: a busy database would be taken for a dead coordinator"
        )));
    }
    let lease = |advertise| Lease::new(advertise, duration);
    Ok(options.advertise.map(lease))
}
