//! The configuration of a coordinator: time limits that fit each other, the lease and the retention.

use std::time::Duration;

use likewise::coordinator::{
    CoordinatorConfig, Keep, Lease, Limit, RecoveryConfig, Retention, RetentionError,
};
use likewise_saga::executor::ExecutorConfig;

use super::Failure;
use crate::command::{
    duration::DurationOption,
    options::{self, Retain, Sagas},
    retention_option::RetentionOption,
};

/// The default duration of a lease.
pub(super) const LEASE_DEFAULT: Duration = Duration::from_secs(5);
/// The shortest lease. The leader renews four times per lease, and a renewal is a database write. A shorter lease
/// would take a busy database for a dead leader.
const LEASE_MIN: Duration = Duration::from_millis(500);

/// How long keys are honoured, unless sagas are kept longer.
const KEYS_DEFAULT: Duration = Duration::from_secs(24 * 60 * 60);

/// What to keep, if the options fit each other and the configured limits.
///
/// # Errors
/// [`Failure::Configuration`]: the option to change, and why.
pub(super) fn retention(
    retain: &Retain,
    config: &CoordinatorConfig,
) -> Result<Option<Retention>, Failure> {
    let given = retain.retention_keys.map(|keys| keys.0);
    let RetentionOption::Keep(sagas) = retain.retention else {
        let without = "--retention-keys needs --retention: without it keys are kept for ever";
        return match given {
            None => Ok(None),
            Some(_) => Err(Failure::Configuration(without.to_owned())),
        };
    };
    let keys = given.unwrap_or(match sagas {
        Keep::For(sagas) => KEYS_DEFAULT.max(sagas),
        Keep::Last(_) => KEYS_DEFAULT,
    });
    let retention = Retention { sagas, keys };
    let refused = |error| Failure::Configuration(reason(error, retain.retention));
    retention.check(config).map_err(refused)?;
    Ok(Some(retention))
}

/// Why a retention is refused, in the names of the options.
fn reason(error: RetentionError, given: RetentionOption) -> String {
    match error {
        RetentionError::KeysShorter { keys, .. } => format!(
            "--retention-keys ({keys:?}) must not be shorter than --retention ({given}): a repeated request would find its saga, and not its key"
        ),
        RetentionError::TooFew { .. } => {
            format!("--retention ({given}) is too little: give at least 16rows")
        }
        RetentionError::TooShort {
            kept,
            longest,
            limit,
        } => {
            let option = match given {
                RetentionOption::Keep(Keep::For(time)) if time == kept => "--retention",
                _ => "--retention-keys",
            };
            let (limit, why) = match limit {
                Limit::Answer => ("--answer-timeout", "a client may still wait for an answer"),
                Limit::Deadline => ("--saga-deadline", "its steps may still be sent"),
                Limit::Lease => ("--lease", "a former leader may still send its steps"),
            };
            format!("{option} ({kept:?}) must not be shorter than {limit} ({longest:?}): {why}")
        }
    }
}

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
    let of_saga = check_order(
        ("--step-timeout", sagas.step_timeout),
        ("--saga-deadline", sagas.saga_deadline),
        "otherwise no saga could complete",
    );
    let of_answer = check_order(
        ("--step-timeout", sagas.step_timeout),
        ("--answer-timeout", sagas.answer_timeout),
        "otherwise no client could get a reply",
    );
    let of_pauses = check_order(
        ("--retry-pause-min", sagas.retry_pause_min),
        ("--retry-pause-max", sagas.retry_pause_max),
        "pauses grow from the first to the second",
    );
    Failure::all([of_saga, of_answer, of_pauses])
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
