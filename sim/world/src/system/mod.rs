//! A system that a world can run: its services, its clients, its checks and its planted bugs.
//!
//! ```text
//!  System ─┬─ services and parts   what runs: this file, `service_spec.rs`, `parts.rs`, `kit_services.rs`
//!          ├─ Workload             what its clients do, in a plan: `workload.rs`
//!          ├─ Requests             what that is over HTTP: `requests.rs`
//!          └─ CheckedSystem        what must hold: `../check/checked_system.rs`
//! ```
//!
//! `variant.rs` is what one run tests: the product, or the product with one planted bug.

mod contradictions;
mod json_request;
mod kit_services;
mod parts;
mod requests;
mod rows_route;
mod service_spec;
mod variant;
mod workload;

pub use contradictions::{Contradiction, contradictions};
pub use json_request::json_request;
pub use kit_services::{Effects, KitServices};
pub use parts::{ProcessStart, SystemParts};
pub use requests::Requests;
pub use rows_route::rows_route;
pub use service_spec::ServiceSpec;
pub use variant::SystemUnderTest;
pub use workload::Workload;

use std::fmt;

use likewise_saga::service::KitParts;

use super::{
    check::{
        CheckedSystem, Invariant, Property, any_saga,
        missing::{self, MissingIsRefused},
    },
    plan::{Host, MessageKind, Name, PRODUCT, Plan},
    planted::{Change, PlantedBug},
    record::Labels,
};

/// A system whose services run in a world.
pub trait System: CheckedSystem + Workload + Requests {
    /// Its name. Systems that run in one process have different names.
    fn name(&self) -> &'static str;

    /// Its services, in the order in which they start.
    fn services(&self) -> &'static [ServiceSpec];

    /// What the operations of its clients ask for. Each is drawn by some plan.
    fn operation_kinds(&self) -> &'static [MessageKind];

    /// What its other messages ask for, besides steps.
    fn other_message_kinds(&self) -> &'static [MessageKind] {
        &[]
    }

    /// The product's parts, with this kit.
    fn parts(&self, kit: KitParts) -> Box<dyn SystemParts>;

    /// The properties that only this system has, in the order in which reports show them. Names are public: plans, records
    /// and reports contain them.
    fn own_properties(&self) -> &'static [Property];

    /// Properties of any saga in the words of this system: their names, each with its sentence. The others keep the words of
    /// the world.
    fn in_own_words(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// The checks of [`own_properties`](Self::own_properties), for one run. Their order decides which violation of a commit is
    /// reported first.
    fn own_invariants(&self) -> Vec<Box<dyn Invariant>>;

    /// How reports name its tables, rows and sagas, and what they plot. They are written into the record of each run. Without
    /// labels, reports show the rows in general words.
    fn labels(&self) -> Option<&'static Labels> {
        None
    }

    /// Its planted bugs: its own, and those of any saga with the plans that show them. The order is that of
    /// `cargo chaos list`.
    fn planted_bugs(&self) -> &'static [PlantedBug];
}

impl<'s> dyn System + 's {
    /// What messages ask for.
    #[must_use]
    pub fn message_kinds(&self) -> Vec<MessageKind> {
        let operations = self.operation_kinds().iter().copied();
        let others = self.other_message_kinds().iter().copied();
        let own = operations.chain(others);
        own.chain(MessageKind::OF_ANY_SYSTEM).collect()
    }

    /// The service of this name.
    #[must_use]
    pub fn service(&self, name: Name) -> Option<&'static ServiceSpec> {
        self.services().iter().find(|service| service.name == name)
    }

    /// The most processes of a service. None if there is no such service.
    #[must_use]
    pub fn replicas_max(&self, name: Name) -> u8 {
        self.service(name).map_or(0, |service| service.replicas_max)
    }

    /// The first host of each service.
    #[must_use]
    pub fn hosts(&self) -> Vec<Host> {
        let services = self.services().iter();
        services
            .map(|service| Host::first_of(service.name))
            .collect()
    }

    /// The first host of each service that executes steps.
    #[must_use]
    pub fn participants(&self) -> Vec<Host> {
        let hosts = self.hosts().into_iter();
        hosts.filter(|host| !host.is_coordinator()).collect()
    }

    /// Every property that a run is checked for: the system's own ones, what follows if it says what is missing in it, then those
    /// of any saga.
    #[must_use]
    pub fn properties(&self) -> Vec<Property> {
        let in_own_words = |property: Property| {
            let mut words = self.in_own_words().iter();
            match words.find(|(name, _)| *name == property.name) {
                Some((_, about)) => property.in_words(about),
                None => property,
            }
        };
        let any_saga = any_saga::PROPERTIES.into_iter().map(in_own_words);
        let own = self.own_properties().iter().copied();
        let missing = self.missing_things().map(|_| missing::PROPERTY);
        own.chain(missing).chain(any_saga).collect()
    }

    /// The invariants of one run. Those of any saga judge first: what they find often explains the rest.
    pub(super) fn invariants(&self) -> Vec<Box<dyn Invariant>> {
        let mut invariants = any_saga::invariants();
        if let Some(things) = self.missing_things() {
            invariants.push(Box::new(MissingIsRefused(things)));
        }
        invariants.extend(self.own_invariants());
        invariants
    }

    /// The planted bug of this name.
    #[must_use]
    pub fn planted_bug(&self, name: &str) -> Option<&'static PlantedBug> {
        self.planted_bugs().iter().find(|bug| bug.name == name)
    }

    /// The small plan that shows a planted bug. `None` if there is no bug of this name.
    ///
    /// The plan is small enough to be read, and shows the bug every time. How soon random plans find the bug is another
    /// question, which the detection benchmark answers.
    #[must_use]
    pub fn plan_of_bug(&self, name: &str) -> Option<Plan> {
        let bug = self.planted_bug(name)?;
        let mut plan = (bug.plan)();
        plan.name = format!("planted bug {name}");
        plan.system = name.to_owned();
        Some(plan)
    }

    /// What a plan tests that names this variant: the product, or a planted bug. `None` if there is no such variant.
    #[must_use]
    pub fn variant(&self, name: &str) -> Option<SystemUnderTest> {
        let change = match name == PRODUCT {
            true => Change::NONE,
            false => self.planted_bug(name)?.change,
        };
        Some(SystemUnderTest {
            parts: match change {
                Change::Own { parts, .. } => parts(),
                other => self.parts(other.kit()),
            },
            takes_prepared_databases: change.takes_prepared_databases(),
            change,
        })
    }
}

impl fmt::Debug for dyn System + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
