//! What contradicts itself in a system, found without a run.

mod sagas;

use std::{collections::BTreeSet, fmt};

use crate::{
    ServiceSpec, System,
    check::{MissingThings, Property},
    plan::{Host, MessageKind, Name, PRODUCT, Plan, generate, problem},
    planted::PlantedBug,
    record::{Labels, label_problem},
};

/// The seeds whose plans are drawn.
const SEEDS: u64 = 50;

/// Something that contradicts itself in a system: which item, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contradiction {
    /// The item: a service, a property, a planted bug, a plan.
    pub item: String,
    /// What is wrong with it, and the cure.
    pub what: String,
}

impl fmt::Display for Contradiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.item, self.what)
    }
}

/// What contradicts itself in a system. Empty if nothing does.
///
/// Draws some plans, and runs nothing. What only runs can show, such as an invariant that is never exercised, is found by a
/// campaign.
#[must_use]
pub fn contradictions(system: &dyn System) -> Vec<Contradiction> {
    let mut found = Found::default();
    found.services(system.services());
    found.sagas(system);
    let properties = system.properties();
    found.properties(&properties, system.in_own_words());
    found.planted_bugs(system.planted_bugs(), &properties);
    if let Some(labels) = system.labels() {
        found.labels(labels, system.services());
    }
    for bug in system.planted_bugs() {
        let plan = (bug.plan)();
        found.plan(&format!("planted bug {}", bug.name), system, &plan);
    }
    found.plans(system);
    found.operations(system);
    if let Some(things) = system.missing_things() {
        found.missing(things, (0..SEEDS).map(|seed| generate(system, seed)));
    }
    found.0
}

#[derive(Default)]
struct Found(Vec<Contradiction>);

impl Found {
    fn add(&mut self, item: impl fmt::Display, what: impl Into<String>) {
        self.0.push(Contradiction {
            item: item.to_string(),
            what: what.into(),
        });
    }

    fn services(&mut self, services: &[ServiceSpec]) {
        self.once(
            "service",
            services.iter().map(|service| service.name.text()),
        );
        let is_coordinator = |service: &ServiceSpec| service.name == Name::COORDINATOR;
        if !services.iter().any(is_coordinator) {
            let what = "there is none: the coordinator's service must have this name";
            self.add("service coordinator", what);
        }
        for service in services {
            let item = format!("service {}", service.name);
            if service.replicas_max == 0 {
                self.add(
                    &item,
                    "it can have no process: let `replicas_max` be 1 or more",
                );
            }
            let needs = match is_coordinator(service) {
                true => ServiceSpec::COORDINATOR.tables,
                false => ["barrier", "barrier_watermarks"].as_slice(),
            };
            for table in needs.iter().filter(|table| !service.tables.contains(table)) {
                let what = format!("its tables lack `{table}`, which the checks of any saga read");
                self.add(&item, what);
            }
            if !is_coordinator(service) && service.effect_rows.is_none() {
                let what = "it has no query `effect_rows`, so no law of compensations is checked: \
                            select every row that a step may change";
                self.add(&item, what);
            }
        }
    }

    fn properties(&mut self, properties: &[Property], in_own_words: &[(&str, &str)]) {
        self.once("property", properties.iter().map(|property| property.name));
        let known: BTreeSet<&str> = properties.iter().map(|property| property.name).collect();
        for (name, _) in in_own_words {
            if !known.contains(name) {
                self.add(format!("words for {name}"), "there is no such property");
            }
        }
    }

    fn labels(&mut self, labels: &Labels, services: &[ServiceSpec]) {
        match label_problem(labels, services) {
            Ok(None) => {}
            Ok(Some(problem)) => self.add(format!("labels {}", problem.place), problem.what),
            Err(error) => self.add("labels", format!("a migration cannot be applied: {error}")),
        }
    }

    fn planted_bugs(&mut self, bugs: &[PlantedBug], properties: &[Property]) {
        self.once("planted bug", bugs.iter().map(|bug| bug.name));
        let known: BTreeSet<&str> = properties.iter().map(|property| property.name).collect();
        for bug in bugs {
            let item = format!("planted bug {}", bug.name);
            if bug.name == PRODUCT {
                self.add(&item, "the product has this name: choose another one");
            }
            for property in bug.caught_by.iter().filter(|name| !known.contains(*name)) {
                let what = format!("it is caught by `{property}`, but there is no such property");
                self.add(&item, what);
            }
        }
    }

    fn plans(&mut self, system: &dyn System) {
        let bases = system.bases();
        if bases.is_empty() {
            self.add(
                "bases",
                "there are none: the exhaustive search needs a plan with one saga",
            );
        }
        self.once("base", bases.iter().map(|base| base.name.as_str()));
        for base in &bases {
            self.plan(&format!("base \"{}\"", base.name), system, base);
        }
        for seed in 0..SEEDS {
            self.plan(
                &format!("the plan of seed {seed}"),
                system,
                &generate(system, seed),
            );
        }
    }

    /// A plan that cannot run, or has too few captions.
    fn plan(&mut self, item: &str, system: &dyn System, plan: &Plan) {
        if let Some(problem) = problem(system, plan) {
            self.add(item, format!("it cannot run: {problem}"));
            return;
        }
        // The fields of a system stand beside those of a plan. One of the same name would be read as the plan's.
        let again = serde_json::to_value(plan).and_then(serde_json::from_value::<Plan>);
        if !again.is_ok_and(|again| again == *plan) {
            let what = "it is another plan when it is written and read again: is there a field of the system with the \
                        name of a field of `Plan` or `Operation`?";
            self.add(item, what);
        }
        let (captions, operations) = (system.captions(plan).len(), plan.workload.len());
        if captions != operations {
            let what =
                format!("{captions} captions for {operations} operations: write one for each");
            self.add(item, what);
        }
    }

    /// Kinds of operations that no client sends, and operations that do not come back from their own request.
    fn operations(&mut self, system: &dyn System) {
        let mut drawn = BTreeSet::new();
        let plans = (0..SEEDS).map(|seed| generate(system, seed));
        for operation in plans.chain(system.bases()).flat_map(|plan| plan.workload) {
            let request = system.request(Host::COORDINATOR.name(), &operation.what, Some("key"));
            let (method, path) = (request.method(), request.uri().path());
            let kind = system.message_kind(Host::COORDINATOR, method, path);
            if !drawn.insert(kind) {
                continue;
            }
            let item = format!("operation {kind}");
            if !system.operation_kinds().contains(&kind) {
                let what = "`operation_kinds` lacks it, so no fault can be aimed at it: add it";
                self.add(&item, what);
            }
            if !system.is_operation(method, path) {
                self.add(&item, "`is_operation` does not know its request");
            }
            if system.operation_of(&request).is_none() {
                self.add(&item, "`operation_of` cannot read its request");
            }
        }
        self.never_drawn(system.operation_kinds(), &drawn);
    }

    fn never_drawn(&mut self, kinds: &[MessageKind], drawn: &BTreeSet<MessageKind>) {
        for kind in kinds.iter().filter(|kind| !drawn.contains(kind)) {
            let what = format!(
                "no client sends it in {SEEDS} seeds: let `draw_workload` draw it, or take it out of \
                 `operation_kinds`"
            );
            self.add(format!("operation {kind}"), what);
        }
    }

    /// Missing things that no operation names.
    fn missing(&mut self, things: &dyn MissingThings, plans: impl Iterator<Item = Plan>) {
        let mut operations = plans.flat_map(|plan| plan.workload);
        if !operations.any(|operation| things.is_missing(&operation.what)) {
            let what = format!(
                "no operation of {SEEDS} seeds names one: let `MissingThings::draw` draw what `is_missing` tells"
            );
            self.add("missing things", what);
        }
    }

    /// Names that must be there once.
    fn once<'n>(&mut self, kind: &str, names: impl Iterator<Item = &'n str>) {
        let mut seen = BTreeSet::new();
        for name in names {
            if !seen.insert(name) {
                let what = "there are two of this name: give one of them another name";
                self.add(format!("{kind} {name}"), what);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rand_pcg::Pcg64Mcg;

    use super::*;
    use crate::{
        check::SystemState,
        plan::Fields,
        planted::no_tombstone,
        record::TableLabels,
        testing::{ORDER, SERVICES, SHOP, one_order},
    };

    fn found(find: impl FnOnce(&mut Found)) -> Vec<String> {
        let mut found = Found::default();
        find(&mut found);
        found.0.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_sound_system_has_no_contradiction() {
        assert_eq!(contradictions(&SHOP), []);
    }

    #[test]
    fn a_participant_without_a_query_for_its_rows_is_named() {
        let services = [
            ServiceSpec::COORDINATOR,
            ServiceSpec {
                effect_rows: None,
                ..SERVICES[1]
            },
        ];
        let found = found(|found| found.services(&services));
        assert!(
            found[0].starts_with("service store: it has no query"),
            "{found:?}"
        );
    }

    #[test]
    fn two_services_of_one_name_and_a_missing_coordinator_are_named() {
        let twice = || ServiceSpec { ..SERVICES[1] };
        let found = found(|found| found.services(&[twice(), twice()]));
        assert!(
            found[0].starts_with("service store: there are two"),
            "{found:?}"
        );
        assert!(
            found[1].starts_with("service coordinator: there is none"),
            "{found:?}"
        );
    }

    #[test]
    fn words_and_bugs_must_name_properties_that_exist() {
        let words = found(|found| found.properties(&[], &[("no-such", "x")]));
        assert_eq!(words, ["words for no-such: there is no such property"]);
        let bugs = [no_tombstone::BUG.shown_by(&["no-such"], one_order)];
        let bugs = found(|found| found.planted_bugs(&bugs, &[]));
        assert!(bugs[0].contains("caught by `no-such`"), "{bugs:?}");
    }

    #[test]
    fn a_label_of_a_table_that_does_not_exist_is_named() {
        let mut labels = Labels::NONE;
        let table = TableLabels::of(Name::new("store"), "items", &["id"]);
        labels.tables.push(table);
        let found = found(|found| found.labels(&labels, &SERVICES));
        let what = "store has no captured table items; it has barrier, barrier_watermarks, stock";
        assert_eq!(found, [format!("labels tables[0].table: {what}")]);
    }

    #[test]
    fn an_operation_that_no_client_draws_is_named() {
        let nothing = BTreeSet::new();
        let found = found(|found| found.never_drawn(&[ORDER], &nothing));
        assert!(
            found[0].starts_with("operation order: no client sends it"),
            "{found:?}"
        );
    }

    struct NothingIsMissing;

    impl MissingThings for NothingIsMissing {
        fn draw(&self, _: &mut Pcg64Mcg, _: &Plan) -> Fields {
            one_order().workload.swap_remove(0).what
        }

        fn is_missing(&self, _: &Fields) -> bool {
            false
        }

        fn trace(&self, _: &dyn SystemState) -> Option<String> {
            None
        }
    }

    #[test]
    fn missing_things_that_no_operation_names_are_named() {
        let found = found(|found| found.missing(&NothingIsMissing, [one_order()].into_iter()));
        assert!(
            found[0].starts_with("missing things: no operation of 50 seeds names one"),
            "{found:?}"
        );
    }

    #[test]
    fn a_field_that_a_plan_has_itself_is_named() {
        let mut plan = one_order();
        plan.workload[0].what.insert("key".to_owned(), "x".into());
        let found = found(|found| found.plan("base", &SHOP, &plan));
        assert!(
            found[0].starts_with("base: it is another plan"),
            "{found:?}"
        );
    }

    #[test]
    fn a_plan_that_cannot_run_is_named() {
        let mut plan = one_order();
        plan.workload[0].what.remove("amount");
        let found = found(|found| found.plan("base", &SHOP, &plan));
        assert!(
            found[0].starts_with("base: it cannot run: workload[0]"),
            "{found:?}"
        );
    }
}
