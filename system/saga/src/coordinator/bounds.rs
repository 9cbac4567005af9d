//! The bounds of a coordinator, as rows of the table of bounds, and the times that follow from its configuration.

use std::time::Duration;

use super::{
    config::CoordinatorConfig,
    forward::NETWORK_ALLOWANCE,
    leadership::{self, Lease},
    product::Product,
    recovery::{FIRST_SCAN_RETRY_INTERVAL, PAGE_RETRIES_MAX},
    transactions,
};
use crate::{alerts, bound::BoundRow};

/// The requests for one step at the most: its action, its seal and its compensation.
const REQUESTS_PER_STEP: u32 = 3;
/// The time-outs that one request may take: its own, after that of the batch before it.
const TIMEOUTS_PER_REQUEST: u32 = 2;
/// How much longer than configured a pause may be: the jitter adds up to the pause itself.
const JITTER: u32 = 2;

/// The longest pause after `failures` failed attempts in a row at one request, at least one: it doubles with each of them,
/// and the jitter doubles it once more.
#[must_use]
pub fn pause_longest(config: &CoordinatorConfig, failures: u32) -> Duration {
    let executor = &config.executor;
    let doubled = 1_u32.checked_shl(failures.saturating_sub(1));
    let pause = doubled.map_or(executor.pause_max, |by| {
        executor.pause_min.saturating_mul(by)
    });
    pause.min(executor.pause_max) * JITTER
}

/// How long a saga of the product takes at the most if every request is answered within its time-out: forward, then sealed
/// and undone.
#[must_use]
pub fn settles_within(config: &CoordinatorConfig, product: &Product) -> Duration {
    let requests = product.steps_max * REQUESTS_PER_STEP;
    let request = config.step_timeout * TIMEOUTS_PER_REQUEST + pause_longest(config, 1);
    request * requests
}

/// How long an open saga of the product takes at the most after everything that failed works again: a coordinator holds the
/// log, a scan finds the saga, a pause may have just begun, and the saga settles.
#[must_use]
pub fn heals_within(config: &CoordinatorConfig, product: &Product) -> Duration {
    let takeover = config
        .lease
        .as_ref()
        .map_or(Duration::ZERO, Lease::takeover_max);
    let pause = config.executor.pause_max * JITTER;
    takeover
        + FIRST_SCAN_RETRY_INTERVAL
        + config.recovery.scan_interval
        + pause
        + settles_within(config, product)
}

/// The bounds of a coordinator with this configuration. `own` are those of waits that the product adds to a request.
#[must_use]
pub fn bounds(
    config: &CoordinatorConfig,
    product: &Product,
    own: impl IntoIterator<Item = BoundRow>,
) -> Vec<BoundRow> {
    let mut rows = requests(config, product);
    rows.extend(own);
    rows.push(BoundRow::time(
        "the answer to a probe",
        config.step_timeout,
        "`--step-timeout`",
        "the service counts as away: not ready",
    ));
    rows.extend(sagas(config, product));
    rows.extend(recovery(config, product));
    rows.extend(transactions::bounds(&config.events));
    rows.extend(config.lease.iter().flat_map(leadership::bounds));
    rows.extend(alerts::bounds());
    rows
}

fn requests(config: &CoordinatorConfig, product: &Product) -> Vec<BoundRow> {
    const SHARE: &str = "`--answer-timeout`, shared";
    let answer = config.answer_timeout;
    vec![
        BoundRow::time(
            "the answer to a client",
            answer,
            "`--answer-timeout`",
            "503: in doubt if a saga may have started",
        ),
        BoundRow::time(
            "the recovery of open sagas",
            answer,
            SHARE,
            "503; nothing was done",
        ),
        BoundRow::time(
            "the requests before",
            answer,
            SHARE,
            "503; nothing was done",
        ),
        BoundRow::time("the sagas before", answer, SHARE, "503; nothing was done"),
        BoundRow::time(
            "the saga log",
            answer,
            SHARE,
            "503; in doubt if the saga is known, else nothing was done",
        ),
        BoundRow::time(product.check, answer, SHARE, "503; nothing was done"),
        BoundRow::time(
            "the start of the saga",
            answer,
            SHARE,
            "503, in doubt; the start goes on",
        ),
        BoundRow::time(
            "the end of the saga",
            answer,
            SHARE,
            "503, in doubt; the saga goes on",
        ),
        BoundRow::time(
            "the leader",
            answer + NETWORK_ALLOWANCE,
            "`--answer-timeout` + 1 s",
            "503, in doubt, from the standby that forwarded",
        ),
    ]
}

fn sagas(config: &CoordinatorConfig, product: &Product) -> Vec<BoundRow> {
    let executor = &config.executor;
    vec![
        BoundRow::time(
            "a request to a service",
            config.step_timeout,
            "`--step-timeout`",
            "its effect is unknown; it is sent again",
        ),
        BoundRow::time(
            "a saga goes forward",
            config.saga_deadline,
            "`--saga-deadline`",
            "no more actions are sent; its steps are sealed",
        ),
        BoundRow::time(
            "the first pause between two attempts",
            pause_longest(config, 1),
            "2 × `--retry-pause-min`, with the jitter",
            "the request is sent again; the next pause is twice as long",
        ),
        BoundRow::time(
            "the longest pause between two attempts",
            executor.pause_max * JITTER,
            "2 × `--retry-pause-max`, with the jitter",
            "the request is sent again",
        ),
        BoundRow::times(
            "attempts at one request",
            executor.park_after,
            "`--park-after`",
            "the saga is parked, an alert is logged, and the retries go on",
        ),
        BoundRow::time(
            "to settle, if the services answer",
            settles_within(config, product),
            format!(
                "{} steps of {REQUESTS_PER_STEP} requests: {TIMEOUTS_PER_REQUEST} × `--step-timeout` and a first pause each",
                product.steps_max
            ),
            "see the attempts at one request",
        ),
        BoundRow::time(
            "to heal, after what failed works again",
            heals_within(config, product),
            "`--scan-interval`, a takeover, the longest pause, and the time to settle",
            "a defect: the simulator checks it (`heals-within-bound`)",
        ),
        BoundRow::time(
            "the end of a saga waits for other log entries",
            executor.settle_linger_max,
            "constant",
            "it is logged",
        ),
    ]
}

fn recovery(config: &CoordinatorConfig, product: &Product) -> Vec<BoundRow> {
    let watch = config.watch_interval.unwrap_or_default();
    let page_retries = u32::try_from(PAGE_RETRIES_MAX).unwrap_or(u32::MAX);
    vec![
        BoundRow::time(
            "the pause between two scans",
            config.recovery.scan_interval,
            "`--scan-interval`",
            "open sagas that nobody drives are taken up",
        ),
        BoundRow::time(
            "the pause after a failed first scan",
            FIRST_SCAN_RETRY_INTERVAL,
            "constant",
            format!(
                "it is tried again; until it succeeds {}s get 503",
                product.noun
            ),
        ),
        BoundRow::times(
            "retries of one page of a scan",
            page_retries,
            "constant",
            "the scan is given up, and the next one begins after its pause",
        ),
        BoundRow::time(
            "the pause between two checks of the epoch or of a service that is away",
            watch,
            "`--watch-interval`",
            "it is checked",
        ),
    ]
}
