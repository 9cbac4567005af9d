//! What the files of a system under test use: the traits, and the types in their methods.
//!
//! `use likewise_world::prelude::*;` stands for the imports of `docs/your-own-system.md`.

pub use crate::{
    KitServices, Requests, ServiceSpec, System, SystemParts, Workload, balancer,
    check::{
        CheckedSystem, Delta, Findings, History, Invariant, KeyedRows, MissingThings, Nouns,
        ObservedState, Property, SagaSpec, SystemState,
    },
    json_request,
    plan::{
        Fields, Host, MessageKind, MessagePoint, Name, Operation, Plan, Problem, unreadable_fields,
        valid_fields, write_fields,
    },
    planted::{CaughtByOwn, Change, PlantedBug, Situations, of_any_saga},
    record::{Labels, Outcome, Plot, PlotLine, SagaLabels, TableLabels},
    rows_route,
};
