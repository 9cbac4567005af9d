//! The names in the panes of a run: its hosts and services in order, its tables, its sagas, and what is plotted.

use std::collections::BTreeMap;

use likewise_world::{
    plan::Host,
    record::{Change, EventKind, Labels, Plot, RunRecord},
};
use serde::Serialize;

use crate::analysis::narrative::{
    hosts, saga_purpose,
    tables::{Table, tables},
};

/// The names of one run, which the script reads.
#[derive(Serialize)]
pub(super) struct PageLabels<'a> {
    /// The hosts with events, in the order of their tracks. Every run has the network, which has no track.
    hosts: Vec<Host>,
    /// The services, in the order of the inspector.
    services: Vec<&'a str>,
    /// By service and name: `store/items`.
    tables: BTreeMap<String, Table>,
    /// What each saga is for in a few characters, in the order of their numbers.
    sagas: Vec<Option<String>>,
    /// The same for sagas that sent no message and have no number, by id.
    unnumbered: BTreeMap<&'a str, String>,
    plots: &'a [Plot],
}

impl<'a> PageLabels<'a> {
    pub(super) fn of(record: &'a RunRecord) -> Self {
        let labels = record.labels.as_deref().unwrap_or(const { &Labels::NONE });
        let mut unnumbered = sagas(record, labels);
        let ids = record.saga_ids.iter();
        let sagas = ids.map(|id| unnumbered.remove(id.as_str())).collect();
        Self {
            hosts: hosts::in_order(record, record.events.iter().map(|event| event.host)),
            services: hosts::services(record),
            tables: tables(record),
            sagas,
            unnumbered,
            plots: &labels.plots,
        }
    }
}

/// What each saga is for, from its first row.
fn sagas<'a>(record: &'a RunRecord, labels: &Labels) -> BTreeMap<&'a str, String> {
    let mut sagas = BTreeMap::new();
    let changes = record.events.iter().flat_map(|event| match &event.kind {
        EventKind::Committed { changes, .. } => changes.as_slice(),
        _ => &[],
    });
    for Change { row, .. } in changes.filter(|change| change.table == "sagas") {
        if let Ok(id) = row.text("id") {
            sagas
                .entry(id)
                .or_insert_with(|| saga_purpose::short(labels, row));
        }
    }
    sagas
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::records;

    #[test]
    fn hosts_and_services_are_in_the_order_of_the_system() {
        let record = records::green();
        let labels = PageLabels::of(&record);
        assert_eq!(labels.services, ["coordinator", "store", "till"]);
        let names: Vec<&str> = labels.hosts.iter().map(|host| host.name()).collect();
        assert_eq!(names, ["clients", "coordinator", "store", "till"]);
        assert_eq!(labels.sagas, [Some("order c1→i1".to_owned())]);
        assert!(labels.unnumbered.is_empty());
        assert_eq!(labels.plots[0].noun, "item");
    }

    #[test]
    fn an_older_record_has_hosts_and_services_too() {
        let record = records::older();
        let labels = PageLabels::of(&record);
        assert_eq!(labels.services, ["coordinator", "store", "till"]);
        let names: Vec<&str> = labels.hosts.iter().map(|host| host.name()).collect();
        assert_eq!(names, ["clients", "coordinator", "store", "till"]);
        assert_eq!(labels.sagas, [Some("order".to_owned())]);
        assert!(labels.plots.is_empty());
    }
}
