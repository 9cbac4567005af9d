//! Database faults: what the active ones do to a unit of storage work before it begins.

use std::{io, time::Duration};

use likewise_saga::store::{StoreError, Unit, UnitKind};

use crate::{
    handle::World,
    plan::{Fault, Host},
};

/// How long a process waits for a connection of an exhausted pool.
const POOL_WAIT: Duration = Duration::from_millis(200);
/// How long a process waits for a lock that another writer holds.
const LOCK_WAIT: Duration = Duration::from_millis(100);
/// The unit of work that proves that the database accepts writes.
const PING: &str = "ping";
/// How often a hanging statement checks whether the fault is over.
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(10);

/// Delays a unit of work by the active faults of its database, or fails it.
///
/// # Errors
/// A fault failed the unit before it began, so nothing was done.
pub(crate) async fn delay_or_fail(world: &World, host: Host, unit: Unit) -> Result<(), StoreError> {
    let faults = world.active_faults(|active_faults| {
        let of_host = active_faults.filter(|(fault, _)| fault.hosts() == [host]);
        of_host.map(|(fault, _)| fault).collect::<Vec<_>>()
    });
    // A ping takes what a write takes.
    let writes = unit.kind == UnitKind::Write || unit.name == PING;
    for fault in faults {
        match fault {
            Fault::SlowDatabase { extra_millis, .. } => {
                tokio::time::sleep(Duration::from_millis(extra_millis)).await;
            }
            Fault::Outage { .. } => return Err(StoreError::Absent(refused().into())),
            Fault::PoolExhausted { .. } if unit.kind != UnitKind::Open => {
                tokio::time::sleep(POOL_WAIT).await;
                return Err(StoreError::Exhausted);
            }
            Fault::Hang { .. } => until_over(world, fault).await,
            Fault::OutsiderLock { .. } if writes => {
                until_over(world, fault).await;
            }
            Fault::TooManyClients { .. } if unit.kind != UnitKind::Write => {
                return Err(StoreError::Absent(too_many_clients().into()));
            }
            Fault::Busy { .. } if writes => {
                tokio::time::sleep(LOCK_WAIT).await;
                return Err(StoreError::Absent(locked().into()));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Holds the answer of a commit while the database of a host hangs.
pub(crate) async fn hold_answer(world: &World, machine: Host) {
    let hangs = |fault: &Fault| matches!(*fault, Fault::Hang { host, .. } if host == machine);
    let active = world.active_faults(|active_faults| {
        let mut faults = active_faults.map(|(fault, _)| fault);
        faults.find(hangs)
    });
    if let Some(fault) = active {
        until_over(world, fault).await;
    }
}

/// Waits until a fault is not active any more. Without a time-out of its own, the service waits as long.
async fn until_over(world: &World, fault: Fault) {
    let is_it = |(active, _): &(Fault, Duration)| *active == fault;
    while world.active_faults(|active_faults| active_faults.filter(is_it).count() > 0) {
        tokio::time::sleep(LOOK_AGAIN_AFTER).await;
    }
}

/// The error of a driver whose connection breaks.
pub(crate) fn connection_lost() -> sqlx::Error {
    let error = io::Error::new(io::ErrorKind::ConnectionReset, "the connection was lost");
    sqlx::Error::Io(error)
}

fn refused() -> sqlx::Error {
    let error = io::Error::new(io::ErrorKind::ConnectionRefused, "the database is away");
    sqlx::Error::Io(error)
}

/// As PostgreSQL says it.
fn too_many_clients() -> sqlx::Error {
    sqlx::Error::Protocol("sorry, too many clients already".to_owned())
}

fn locked() -> sqlx::Error {
    sqlx::Error::Protocol("database is locked".to_owned())
}
