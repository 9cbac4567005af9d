//! One incarnation of a service: how it is configured, opened, served and ended.
//!
//! It calls the same `open` and `serve` as the real process, with the simulated environment.

use std::{io, sync::Arc, time::Duration};

use http::Uri;
use likewise::{
    config::{Role, ServiceConfig},
    coordinator::{CoordinatorConfig, Lease, RecoveryConfig},
    service,
};
use likewise_saga::{
    executor::ExecutorConfig,
    http::{Limits, serve_within},
    store::{DatabaseUrl, OpenError, PoolConfig},
};

use tower::util::Either;

use super::{environment::environment, incarnation::Incarnation};
use crate::world::{
    handle::World,
    network::{arrivals::Watched, sockets::SimListener},
    plan::{Host, Service},
    record::EventKind,
    storage::disk::Keep,
    system::Timeout,
};

/// The pause between a failed start and the next attempt.
const START_AGAIN_AFTER: Duration = Duration::from_millis(500);
/// The time-out of a planted bug that has none: longer than any run.
const NO_TIMEOUT: Duration = Duration::from_secs(86_400);

/// Runs one incarnation of the service on a host, until it is killed or asked to stop.
///
/// # Errors
/// The service did not start although no fault explains that, or it cannot serve. The run has no record then.
pub(in crate::world) async fn run_incarnation(world: World, host: Host) -> turmoil::Result {
    let process = world.machine(host, |machine| {
        machine.process = Incarnation::new(host, machine.process.number + 1);
        Arc::clone(&machine.process)
    });
    let Some(process) = process else {
        return Err(format!("{host} is no machine").into());
    };
    world.note(
        host,
        EventKind::Started {
            incarnation: process.number,
        },
    );
    world.with_checker(|checker| checker.process_started(host));
    let served = async {
        let service = open(&world, &process).await?;
        let (listener, limits) = listen(&world, &process).await?;
        let (close, taken_over) = (Arc::clone(&service.close), Arc::clone(&service.taken_over));
        let routes = match world.is_bare() {
            true => Either::Left(service.routes()),
            false => Either::Right(Watched::new(service.routes(), world.clone(), host)),
        };
        let stop = async {
            tokio::select! {
                biased;
                () = process.until_asked_to_stop() => {}
                () = taken_over() => world.process_taken_over(host),
            }
        };
        serve_within(limits, listener, routes, stop).await?;
        close().await;
        // Its tasks may still hold sockets. They are closed here, in the order in which they were opened.
        process.die();
        process.freeze().await;
        Ok(())
    };
    // Biased: a process that is killed must not do another step first.
    tokio::select! {
        biased;
        () = process.until_killed() => Ok(()),
        ended = served => ended,
    }
}

/// The listener of a process, and the limits of its server. The limit on connections is the coordinator's.
async fn listen(world: &World, process: &Arc<Incarnation>) -> io::Result<(SimListener, Limits)> {
    let listener = SimListener::bind(Arc::clone(process)).await?;
    let usual = Limits::default();
    if !process.host.is_coordinator() {
        return Ok((listener, usual));
    }
    let connections_max = world.plan().limits.connections_max as usize;
    Ok(match world.accepts_over_the_limit() {
        true => {
            let limits = Limits {
                connections_max,
                ..usual
            };
            (listener, limits)
        }
        false => (listener.waiting_at(connections_max), usual),
    })
}

/// Opens the service. Faults of its database or disk may fail that. Then it is tried again, as a process supervisor
/// does.
async fn open(world: &World, process: &Arc<Incarnation>) -> Result<service::Service, OpenError> {
    loop {
        let config = config(world, process.host);
        match service::open(&config, environment(world, process), world.parts()).await {
            Err(error) if world.may_fail_to_start() => {
                let why = without_file_name(&error, &config);
                world.note(process.host, EventKind::NotStarted { why });
                // The next try begins with files of its own, as a process that starts again does.
                world.machine(process.host, |machine| machine.remount(Keep::Written));
                tokio::time::sleep(START_AGAIN_AFTER).await;
            }
            opened => return opened,
        }
    }
}

/// The text of an error without the file name, which differs from process to process for the same plan.
fn without_file_name(error: &OpenError, config: &ServiceConfig) -> String {
    let DatabaseUrl::Sqlite(file) = &config.database else {
        return error.to_string();
    };
    error.to_string().replace(&*file.to_string_lossy(), "file")
}

/// The configuration of the service on a host, with the current file names.
fn config(world: &World, host: Host) -> ServiceConfig {
    let service = host.service().unwrap_or(Service::Coordinator);
    let file = world.machine(host, |machine| machine.files.path(service.name()));
    ServiceConfig {
        role: role(host, service, world),
        database: DatabaseUrl::Sqlite(file.unwrap_or_default().into()),
        pool: PoolConfig::default(),
    }
}

fn role(host: Host, service: Service, world: &World) -> Role {
    let plan = world.plan();
    let limit = |timeout, limit| match world.has_timeout(timeout) {
        true => limit,
        false => NO_TIMEOUT,
    };
    let step_timeout = Duration::from_millis(plan.timing.step_timeout_millis);
    let (timing, limits) = (plan.timing, plan.limits);
    let uri = |name: &str| format!("http://{name}").parse::<Uri>().unwrap_or_default();
    let deadline = Duration::from_millis(timing.saga_deadline_millis);
    // An operator who starts one more coordinator forgets that it needs one.
    let has_lease = plan.topology.is_shared(service) && plan.second_coordinator() != Some(host);
    let lease = || Lease::new(uri(host.name()), deadline / 2);
    match service {
        Service::Article => Role::Article,
        Service::User => Role::User,
        Service::Coordinator => Role::Coordinator(Box::new(CoordinatorConfig {
            step_timeout: limit(Timeout::Step, step_timeout),
            saga_deadline: deadline,
            answer_timeout: limit(Timeout::Answer, timing.answer_timeout()),
            concurrency_max: limits.at_once_max as usize,
            lease: has_lease.then(lease),
            executor: ExecutorConfig {
                pause_min: Duration::from_millis(20),
                pause_max: Duration::from_secs(1),
                park_after: limits.park_after,
                sagas_open_max: limits.open_max as usize,
                settle_linger_max: Duration::from_millis(20),
            },
            recovery: RecoveryConfig {
                scan_interval: Duration::from_millis(timing.scan_every_millis),
                sagas_concurrent_max: 256,
            },
            watch_interval: plan.watch_interval().filter(|_| world.watches()),
            ..CoordinatorConfig::new(
                uri(Service::Article.address()),
                uri(Service::User.address()),
            )
        })),
    }
}
