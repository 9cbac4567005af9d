//! How reports name the tables and sagas of transfers, and the two numbers that must meet: money sent and received.

use std::sync::LazyLock;

use likewise_world::prelude::*;

const ACCOUNTS: Name = Name::new("accounts");

/// The labels of transfers.
pub(crate) static LABELS: LazyLock<Labels> = LazyLock::new(|| Labels {
    tables: vec![
        amounts(ACCOUNTS, "balances"),
        amounts(Name::new("checks"), "limits and risks"),
        TableLabels::of(Name::new("notices"), "notices", &["notice"])
            .shown("notices", &["account", "saga"])
            .told(
                "account {account} noticed",
                "notice of account {account} changed",
                "notice of account {account} gone",
            ),
    ],
    sagas: vec![SagaLabels::of(
        "transfer",
        "{kind} of {args.cents} cents from account {args.from} to account {args.to} for client {args.client}",
        "{args.cents}: a{args.from}→a{args.to}",
    )],
    plots: vec![Plot {
        title: "Money sent and received".into(),
        noun: "".into(),
        lines: [
            PlotLine::count("sent", ACCOUNTS, "amounts").sum_of("taken"),
            PlotLine::count("received", ACCOUNTS, "amounts").sum_of("added"),
        ],
        allowed: None,
    }],
});

fn amounts(service: Name, title: &'static str) -> TableLabels {
    let columns = ["account", "name", "opening", "taken", "added"];
    TableLabels::of(service, "amounts", &["account", "name"])
        .shown(title, &columns)
        .told(
            "{name} of account {account}: opened with {opening}",
            "{name} of account {account}: {taken,added:changes}",
            "{name} of account {account} gone",
        )
}
