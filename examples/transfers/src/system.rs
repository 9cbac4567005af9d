//! Transfers as a system of the world: its services, and what the checks ask.

use axum::Router;
use likewise_saga::{
    coordinator::{PlainRequest, Product},
    protocol::Document,
    service::KitParts,
};
use likewise_world::prelude::*;

use super::{
    Transfer,
    invariants::{Answered, Conserved, Noticed, PROPERTIES},
    labels::LABELS,
    missing::MissingAccounts,
    observed, planted,
    services::{Amounts, NOTE, Notices, OF_AMOUNTS, OF_NOTICES, OPEN, TAKE_BACK},
    transfer::{self, PRODUCT},
};

/// The service with the balances.
pub const ACCOUNTS: Host = Host::constant("accounts");
/// The service with the limits.
pub const CHECKS: Host = Host::constant("checks");
/// The service that tells of credits.
pub const NOTICES: Host = Host::constant("notices");
/// What a client asks for.
pub const TRANSFER: MessageKind = MessageKind::new("transfer");

/// The system.
pub static TRANSFERS: Transfers = Transfers;

/// Transfers as a system of the world.
pub struct Transfers;

/// The rows that a step may change, as one text in the order of their keys.
const AMOUNTS: &str = "SELECT json_group_array(json_array(account, name, taken, added))
    FROM (SELECT * FROM amounts ORDER BY account, name)";
const NOTED: &str = "SELECT json_group_array(json_array(notice, saga, account))
    FROM (SELECT * FROM notices ORDER BY notice)";

static SERVICES: [ServiceSpec; 4] = [
    ServiceSpec::COORDINATOR,
    ServiceSpec::participant(
        "accounts",
        OF_AMOUNTS,
        &["amounts", "barrier", "barrier_watermarks"],
        AMOUNTS,
    ),
    ServiceSpec::participant(
        "checks",
        OF_AMOUNTS,
        &["amounts", "barrier", "barrier_watermarks"],
        AMOUNTS,
    ),
    ServiceSpec::participant(
        "notices",
        OF_NOTICES,
        &["notices", "barrier", "barrier_watermarks"],
        NOTED,
    ),
];

/// The parts of the product. A planted bug replaces one.
pub(crate) fn parts() -> KitServices {
    let parts = KitServices::new(&PRODUCT, &SERVICES, transfer::routes)
        .with_effect("accounts", Amounts(&TAKE_BACK))
        .with_effect("checks", Amounts(&TAKE_BACK))
        .with_effect("notices", Notices(&NOTE));
    parts.with_routes(|service, database| match service {
        "notices" => Router::new(),
        _ => rows_route("/v1/amounts", &OPEN, database),
    })
}

impl System for Transfers {
    fn name(&self) -> &'static str {
        "transfers"
    }

    fn services(&self) -> &'static [ServiceSpec] {
        &SERVICES
    }

    fn operation_kinds(&self) -> &'static [MessageKind] {
        &[TRANSFER]
    }

    fn parts(&self, kit: KitParts) -> Box<dyn SystemParts> {
        Box::new(KitServices { kit, ..parts() })
    }

    fn own_properties(&self) -> &'static [Property] {
        &PROPERTIES
    }

    fn own_invariants(&self) -> Vec<Box<dyn Invariant>> {
        vec![Box::new(Conserved), Box::new(Noticed), Box::new(Answered)]
    }

    fn labels(&self) -> Option<&'static Labels> {
        Some(&LABELS)
    }

    fn planted_bugs(&self) -> &'static [PlantedBug] {
        &planted::ALL
    }
}

impl CheckedSystem for Transfers {
    fn product(&self) -> &'static Product {
        &PRODUCT
    }

    fn observed(&self) -> Box<dyn SystemState> {
        Box::new(observed::empty())
    }

    fn sagas(&self) -> &'static [SagaSpec] {
        &[SagaSpec {
            kind: "transfer",
            args: || Document::of(&Transfer::of(1, [1, 2], 1)),
            steps: &["accounts", "checks", "checks", "accounts", "notices"],
            pivot: Some(3),
        }]
    }

    fn stored_key(&self, client: i64, key: &str) -> String {
        PlainRequest::stored_key(&client.to_string(), key)
    }

    fn lock_key(&self, what: &Fields) -> String {
        valid_fields::<Transfer>(what).client.to_string()
    }

    fn missing_things(&self) -> Option<&'static dyn MissingThings> {
        Some(&MissingAccounts)
    }

    fn nouns(&self) -> Nouns {
        Nouns::new("a transfer", "client")
    }
}
