//! What was committed is still there when a service restarts, also after a power cut.
//!
//! The other checks judge captured changes. This one reads the database.

use crate::likes::names::{ARTICLE, USER};
use likewise_saga::protocol::Status;
use std::collections::BTreeMap;

use super::{Findings, ObservedState, Property};
use crate::world::plan::Host;

pub(crate) const PROPERTY: Property = Property {
    name: "committed-stays",
    about: "a service that starts again finds what it had committed, whatever ended it",
};

/// Judges what a service found in its database when it restarted.
///
/// `known` is what the captured commits added up to, `found` is what the file holds. Both directions are checked: a
/// lost commit and one that nobody made.
pub(super) fn reopened(
    service: Host,
    known: &ObservedState,
    found: &ObservedState,
    findings: &mut Findings,
) {
    // Each service owns some of the tables: the others are empty in `found`.
    let lost = difference("count", &known.counts, &found.counts)
        .filter(|_| service == ARTICLE)
        .or_else(|| steps(service, known, found))
        .or_else(|| {
            let records = difference("record", &known.likes, &found.likes);
            records.filter(|_| service == USER)
        })
        .or_else(|| {
            let sagas = difference("saga", &statuses(known), &statuses(found));
            sagas.filter(|_| service == Host::COORDINATOR)
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
    difference("step", &of_service(known), &of_service(found))
}

/// The status code of each saga; -1 for an unknown one.
fn statuses(observed: &ObservedState) -> BTreeMap<uuid::Uuid, i64> {
    let sagas = observed.sagas.iter();
    let code = |status: Option<Status>| status.map_or(-1, Status::code);
    sagas.map(|(id, saga)| (*id, code(saga.status))).collect()
}

fn difference<K: Ord, V: PartialEq + std::fmt::Debug>(
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
    use crate::world::{
        check::samples::*,
        record::{Change, PropertyStatus},
    };

    fn status(service: Host, known: &[Change], found: &[Change]) -> PropertyStatus {
        let run = Sample::bare().commit(service, known).reopen(service, found);
        run.status(PROPERTY)
    }

    #[test]
    fn unchanged_rows_are_fine() {
        let user = [step_new(1, 1, 0, 0), liked(1)];
        assert_eq!(status(USER, &user, &user), PropertyStatus::Passed);
        let article = [count(1, 1), step_new(1, 0, 0, 1)];
        assert_eq!(status(ARTICLE, &article, &article), PropertyStatus::Passed);
    }

    /// In both directions: a row that is gone, and one that nobody committed.
    #[test]
    fn lost_and_changed_rows_are_violations() {
        let user = [step_new(1, 1, 0, 0), liked(1)];
        assert_eq!(status(USER, &user, &user[..1]), PropertyStatus::Violated);
        assert_eq!(status(USER, &user[..1], &user), PropertyStatus::Violated);
        let counts = |likes| [count(1, likes)];
        let lost = status(ARTICLE, &counts(2), &counts(1));
        assert_eq!(lost, PropertyStatus::Violated);
        let sagas = |status| [saga(1, status, 1)];
        let lost = status(Host::COORDINATOR, &sagas(1), &sagas(0));
        assert_eq!(lost, PropertyStatus::Violated);
    }

    /// A service finds its own tables only, so the others are missing in what it finds.
    #[test]
    fn rows_of_another_service_are_ignored() {
        let run = Sample::bare()
            .commit(USER, &[liked(1)])
            .reopen(ARTICLE, &[]);
        assert_eq!(run.status(PROPERTY), PropertyStatus::Passed);
    }
}
