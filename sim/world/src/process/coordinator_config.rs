//! How a simulated coordinator is configured: by the plan alone. The checks derive their bounds on time from it.

use std::time::Duration;

use http::Uri;
use likewise_saga::{
    coordinator::{CoordinatorConfig, EventsConfig, Keep, Lease, RecoveryConfig, Retention},
    executor::ExecutorConfig,
};

use crate::{
    filled::batch_limits,
    network::receiver::alerts_config,
    plan::{Host, Name, Plan},
};

/// The configuration of the coordinator on a host.
pub(crate) fn coordinator_config(plan: &Plan, host: Host) -> CoordinatorConfig {
    let (timing, limits) = (plan.timing, plan.limits);
    let uri = |name: &str| format!("http://{name}").parse::<Uri>().unwrap_or_default();
    let deadline = Duration::from_millis(timing.saga_deadline_millis);
    let lease = || Lease::new(uri(host.name()), deadline / 2);
    // An operator who starts one more coordinator forgets that it needs one.
    let has_lease =
        plan.topology.is_shared(Name::COORDINATOR) && plan.second_coordinator() != Some(host);
    CoordinatorConfig {
        step_timeout: Duration::from_millis(timing.step_timeout_millis),
        saga_deadline: deadline,
        answer_timeout: timing.answer_timeout(),
        concurrency_max: limits.at_once_max as usize,
        lease: has_lease.then(lease),
        executor: ExecutorConfig {
            pause_min: Duration::from_millis(20),
            pause_max: Duration::from_secs(1),
            park_after: limits.park_after,
            sagas_open_max: limits.open_max as usize,
            settle_linger_max: Duration::from_millis(20),
            batches: batch_limits(&limits),
        },
        recovery: RecoveryConfig {
            scan_interval: Duration::from_millis(timing.scan_every_millis),
            sagas_concurrent_max: 256,
        },
        watch_interval: plan.watch_interval(),
        retention: plan.retention.map(|retention| Retention {
            sagas: Keep::For(Duration::from_millis(retention.sagas_millis)),
            keys: Duration::from_millis(retention.keys_millis),
        }),
        events: EventsConfig::default(),
        alerts: plan.receiver.as_ref().and_then(|_| alerts_config()),
        ..CoordinatorConfig::default()
    }
}
