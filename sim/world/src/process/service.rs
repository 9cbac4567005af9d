//! One incarnation of a service: how it is configured, opened, served and ended.
//!
//! It calls the same `open` and `serve` as the real process, with the simulated environment.

use std::{io, sync::Arc, time::Duration};

use likewise_saga::{
    coordinator::CoordinatorConfig,
    http::{Limits, serve_within},
    service::Service,
    store::{DatabaseUrl, OpenError, PoolConfig},
};

use tower::util::Either;

use super::{
    admin::admin_routes, coordinator_config::coordinator_config, environment::environment,
    incarnation::Incarnation,
};
use crate::{
    ProcessStart,
    filled::batch_limits,
    handle::World,
    network::{arrivals::Watched, sockets::SimListener},
    plan::{Host, Name},
    planted::Timeout,
    record::EventKind,
    storage::disk::Keep,
};

/// The pause between a failed start and the next attempt.
const START_AGAIN_AFTER: Duration = Duration::from_millis(500);
/// The time-out of a planted bug that has none: longer than any run.
const NO_TIMEOUT: Duration = Duration::from_secs(86_400);

/// Runs one incarnation of the service on a host, until it is killed or asked to stop.
///
/// # Errors
/// The service did not start although no fault explains that, or it cannot serve. The run has no record then.
pub(crate) async fn run_incarnation(world: World, host: Host) -> turmoil::Result {
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
    let now = turmoil::sim_elapsed().unwrap_or_default();
    world.with_checker(|checker| checker.process_started(host, now));
    let served = async {
        let mut service = open(&world, &process).await?;
        let admin = admin_routes(&world, std::mem::take(&mut service.admin));
        let (listener, limits) = listen(&world, &process).await?;
        let (close, taken_over) = (Arc::clone(&service.close), Arc::clone(&service.taken_over));
        let routes = match world.is_bare() {
            true => Either::Left(service.routes()),
            false => {
                let routes = (service.routes(), admin);
                Either::Right(Watched::new(routes, world.clone(), host))
            }
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
async fn open(world: &World, process: &Arc<Incarnation>) -> Result<Service, OpenError> {
    loop {
        let database = database(world, process.host);
        let start = ProcessStart {
            service: service_of(process.host),
            database: database.clone(),
            pool: PoolConfig::default(),
            env: environment(world, process),
            coordinator: coordinator(process.host, world),
            batches: batch_limits(&world.plan().limits),
        };
        match world.parts().open(start).await {
            Err(error) if world.may_fail_to_start() => {
                let why = without_file_name(&error, &database);
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
fn without_file_name(error: &OpenError, database: &DatabaseUrl) -> String {
    let DatabaseUrl::Sqlite(file) = database else {
        return error.to_string();
    };
    error.to_string().replace(&*file.to_string_lossy(), "file")
}

/// The service of a process. Only services have processes.
fn service_of(host: Host) -> Name {
    host.service().unwrap_or(Name::COORDINATOR)
}

/// The database of the service on a host, under its current file name.
fn database(world: &World, host: Host) -> DatabaseUrl {
    let service = service_of(host);
    let file = world.machine(host, |machine| machine.files.path(service.text()));
    DatabaseUrl::Sqlite(file.unwrap_or_default().into())
}

/// The configuration by the plan, without the time-out that a planted bug lacks.
fn coordinator(host: Host, world: &World) -> CoordinatorConfig {
    let mut config = coordinator_config(world.plan(), host);
    if !world.watches() {
        config.watch_interval = None;
    }
    if !world.has_timeout(Timeout::Step) {
        config.step_timeout = NO_TIMEOUT;
    }
    if !world.has_timeout(Timeout::Answer) {
        config.answer_timeout = NO_TIMEOUT;
    }
    if !world.has_timeout(Timeout::ShortPauses) {
        config.executor.pause_min = config.executor.pause_max;
    }
    config
}
