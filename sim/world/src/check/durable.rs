//! What was committed is still there when a service restarts, also after a power cut.
//!
//! The other checks judge captured changes. This one reads the database.

use likewise_saga::protocol::Status;
use std::collections::BTreeMap;

use super::{Findings, ObservedState, Property};
use crate::plan::Host;

pub(crate) const PROPERTY: Property = Property {
    name: "committed-stays",
    about: "a service that starts again finds what it had committed, whatever ended it",
    exercised_by: "a process that starts again: `crash`, `restart` or `power-cut`, without a fault of disks",
    kept_by: "the sync of each commit: nothing is acknowledged before it is on the disk",
};

/// Judges what a service found in the tables of its database when it restarted.
///
/// `known` is what the captured commits added up to, `found` is what the file holds. Both directions are checked: a
/// lost commit and one that nobody made.
pub(super) fn reopened(
    (service, tables): (Host, &[&str]),
    known: &ObservedState,
    found: &ObservedState,
    findings: &mut Findings,
) {
    let lost = tables.iter().find_map(|table| match *table {
        "barrier" => steps(service, known, found),
        "sagas" => row_difference("saga", &statuses(known), &statuses(found)),
        // They are in the statuses.
        "saga_changes" | "saga_parks" => None,
        "retention" => (known.retained != found.retained).then(|| {
            let [known, found] = [known.retained, found.retained];
            format!("the log's retention watermarks were {known:?} and now are {found:?}")
        }),
        "saga_audit" => row_difference("order", &known.audit, &found.audit),
        "barrier_watermarks" => {
            let [known, found] = [known, found].map(|observed| observed.stored.get(&service));
            // The row of the set-up is no commit of the run.
            let is_lost = known.is_some_and(|known| found != Some(known));
            is_lost.then(|| format!("the stored watermark was {known:?} and now is {found:?}"))
        }
        // The process that starts takes the log over, and writes the epoch again.
        "shards" => (known.watermark != found.watermark).then(|| {
            let [known, found] = [known.watermark, found.watermark];
            format!("the log's watermark was {known:?} and now is {found:?}")
        }),
        own => known.own_part().lost_row(service, own, found.own_part()),
    });
    findings.require(PROPERTY, lost.is_none(), || {
        let lost = lost.unwrap_or_default();
        format!("the {service} service started again: {lost}")
    });
}

fn steps(service: Host, known: &ObservedState, found: &ObservedState) -> Option<String> {
    let of_service = |observed: &ObservedState| -> BTreeMap<_, _> {
        let rows = observed.barrier.iter();
        rows.filter(|((at, ..), _)| *at == service)
            .map(|(key, state)| (*key, *state))
            .collect()
    };
    row_difference("step", &of_service(known), &of_service(found))
}

/// The status code of each saga; -1 for an unknown one.
fn statuses(observed: &ObservedState) -> BTreeMap<uuid::Uuid, i64> {
    let sagas = observed.sagas.iter().filter(|(_, saga)| !saga.is_collected);
    let code = |status: Option<Status>| status.map_or(-1, Status::code);
    sagas.map(|(id, saga)| (*id, code(saga.status))).collect()
}

/// How the rows that a service found differ from those that were committed, each by its key. `None` if they are equal.
/// `what` says in words what a row is.
#[must_use]
pub fn row_difference<K: Ord, V: PartialEq + std::fmt::Debug>(
    what: &str,
    known: &BTreeMap<K, V>,
    found: &BTreeMap<K, V>,
) -> Option<String> {
    let lost = known
        .iter()
        .find(|(key, value)| found.get(key) != Some(value));
    match lost {
        Some((key, value)) => match found.get(key) {
            Some(other) => Some(format!("a {what} was {value:?} and now is {other:?}")),
            None => Some(format!("a {what}, {value:?}, is gone")),
        },
        None => (known.len() < found.len())
            .then(|| format!("there is a {what} that nobody had committed")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        check::samples::*,
        record::{Change, PropertyStatus},
    };

    const LOG_TABLES: [&str; 2] = ["sagas", "shards"];

    fn status(
        (service, tables): (Host, &[&str]),
        known: &[Change],
        found: &[Change],
    ) -> PropertyStatus {
        let run = Sample::of_system(&SHOP, Vec::new()).commit(service, known);
        run.reopen(service, tables, found).status(PROPERTY)
    }

    #[test]
    fn unchanged_rows_are_fine() {
        let store = [stock(1), step_new(1, 0, 0)];
        let status = status((STORE, &STORE_TABLES), &store, &store);
        assert_eq!(status, PropertyStatus::Passed);
    }

    /// In both directions: a row that is gone, and one that nobody committed.
    #[test]
    fn lost_and_changed_rows_are_violations() {
        let store = [stock(1), step_new(1, 0, 0)];
        let of_store = |known: &[Change], found: &[Change]| {
            let status = status((STORE, &STORE_TABLES), known, found);
            assert_eq!(status, PropertyStatus::Violated);
        };
        of_store(&store, &store[..1]);
        of_store(&store, &store[1..]);
        of_store(&store[..1], &store);
        of_store(&[stock(2)], &[stock(1)]);
        let sagas = |status| [saga(1, status, 1)];
        let lost = status((Host::COORDINATOR, &LOG_TABLES), &sagas(1), &sagas(0));
        assert_eq!(lost, PropertyStatus::Violated);
    }

    /// A service finds its own tables only, so the others are missing in what it finds.
    #[test]
    fn rows_of_another_service_are_ignored() {
        let run = Sample::of_system(&SHOP, Vec::new())
            .commit(STORE, &[stock(1), step_new(1, 0, 0)])
            .commit(Host::COORDINATOR, &[saga(1, 0, 1)])
            .reopen(TILL, &["barrier"], &[]);
        assert_eq!(run.status(PROPERTY), PropertyStatus::Passed);
    }
}
