//! What the clients do, and the set-up before it: they move money between few accounts, so that transfers meet.

use std::ops::RangeInclusive;

use likewise_world::prelude::*;
use rand::RngExt;
use rand_pcg::Pcg64Mcg;
use serde::{Deserialize, Serialize};

use super::{Transfer, Transfers, missing::MISSING_FROM};

/// The accounts of a plan: 1 to 3.
pub(crate) const ACCOUNTS: RangeInclusive<i64> = 1..=3;
/// What each account has at first, and what it may pay altogether, in cents.
const FEW: [i64; 2] = [1_000, 600];
/// More than any plan moves.
const PLENTY: i64 = 1_000_000_000;
/// The most that one transfer moves.
const CENTS_MAX: i64 = 1_000_000;
/// The accounts of the probers: one pays, the other one gets.
pub(crate) const PROBED: [i64; 2] = [1_000_001, 1_000_002];

/// What the set-up makes: accounts with money and limits. A plan without its fields blocks no account.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SetUp {
    /// Accounts that may get nothing: a check refuses a transfer to one, and the transfer is compensated.
    pub blocked: Vec<i64>,
}

impl SetUp {
    /// The amounts of a service, each with its account, its name and what it is at first. With `plenty`, no step is refused any more.
    pub(crate) fn amounts(&self, service: &str, plenty: bool) -> Vec<(i64, String, i64)> {
        let of_account = |account| {
            let has_plenty = plenty || PROBED.contains(&account);
            let [balance, limit] = if has_plenty { [PLENTY; 2] } else { FEW };
            let is_blocked = self.blocked.contains(&account) && !plenty;
            let risk = if is_blocked { 0 } else { PLENTY };
            let amounts = match service {
                "accounts" => vec![("balance", balance)],
                _ => vec![("limit", limit), ("risk", risk)],
            };
            let amounts = amounts.into_iter();
            amounts.map(move |(name, opening)| (account, name.to_owned(), opening))
        };
        ACCOUNTS.chain(PROBED).flat_map(of_account).collect()
    }
}

/// The plan with these accounts blocked.
#[must_use]
pub fn with_blocked(mut plan: Plan, accounts: &[i64]) -> Plan {
    let blocked = accounts.to_vec();
    plan.set_up = write_fields(&SetUp { blocked });
    plan
}

/// This client moves 100 cents from account 1 to account 2, with a key, one click and two retries.
#[must_use]
pub fn transfer(client: i64, at_millis: u64) -> Operation {
    Operation::new(write_fields(&Transfer::of(client, [1, 2], 100)), at_millis)
}

/// One transfer, which succeeds.
#[must_use]
pub fn done() -> Plan {
    Plan::new("one transfer").with_operation(transfer(1, 0))
}

/// One transfer, which a check refuses.
#[must_use]
pub fn refused() -> Plan {
    let name = "one transfer that must compensate".to_owned();
    with_blocked(Plan { name, ..done() }, &[2])
}

impl Workload for Transfers {
    fn draw_workload(&self, rng: &mut Pcg64Mcg, spread_millis: u64, plan: &mut Plan) {
        let blocked: Vec<i64> = ACCOUNTS.filter(|_| rng.random_ratio(1, 8)).collect();
        plan.set_up = write_fields(&SetUp { blocked });
        for client in 1..=rng.random_range(1..=6) {
            for _ in 0..rng.random_range(1..=4) {
                let from = rng.random_range(ACCOUNTS);
                let to = (from + rng.random_range(0..2)) % 3 + 1;
                // Some are over the limit, and some are more than the balance.
                let cents = match rng.random_range(0..8) {
                    0 => 700,
                    1 => 1_500,
                    _ => rng.random_range(1..=200),
                };
                let what = write_fields(&Transfer::of(client, [from, to], cents));
                plan.workload.push(Operation {
                    keyed: rng.random_bool(0.7),
                    clicks: rng.random_range(1..=2),
                    retries: rng.random_range(0..=2),
                    ..Operation::new(what, rng.random_range(0..spread_millis))
                });
            }
        }
    }

    fn bases(&self) -> Vec<Plan> {
        vec![done(), refused()]
    }

    fn crowd(&self) -> Plan {
        let workload = (1..=4).map(|client| transfer(client, 0)).collect();
        Plan { workload, ..done() }
    }

    fn problem(&self, plan: &Plan) -> Option<Problem> {
        let unreadable = unreadable_fields::<SetUp, Transfer>(plan);
        unreadable.or_else(|| impossible(plan))
    }

    fn captions(&self, plan: &Plan) -> Vec<String> {
        let SetUp { blocked } = valid_fields(&plan.set_up);
        let caption = |operation: &Operation| {
            let it: Transfer = valid_fields(&operation.what);
            let (client, from, to) = (it.client, it.from, it.to);
            let amount = match it.cents {
                1 => "1 cent".to_owned(),
                cents => format!("{cents} cents"),
            };
            let is_blocked = blocked.contains(&to);
            let note = if is_blocked { " (blocked)" } else { "" };
            let [from, to] = [from, to].map(|it| {
                if it < MISSING_FROM {
                    format!("account {it}")
                } else {
                    format!("missing account {it}")
                }
            });
            format!("client {client} moves {amount} from {from} to {to}{note}")
        };
        plan.workload.iter().map(caption).collect()
    }

    fn caption_of_workload(&self, plan: &Plan) -> String {
        format!("clients ask for {} transfers", plan.workload.len())
    }

    fn client(&self, what: &Fields) -> i64 {
        valid_fields::<Transfer>(what).client
    }

    fn simpler_set_ups(&self, plan: &Plan) -> Vec<Plan> {
        vec![with_blocked(plan.clone(), &[])]
    }

    /// The same client moves as much from account 1 to account 2, or 100 cents.
    fn simpler_operations(&self, what: &Fields) -> Vec<Fields> {
        let it: Transfer = valid_fields(what);
        let simpler = [([1, 2], it.cents), ([it.from, it.to], 100)];
        let simpler = simpler.map(|(pair, cents)| Transfer::of(it.client, pair, cents));
        simpler.map(|transfer| write_fields(&transfer)).into()
    }
}

/// Accounts that neither exist nor are known as missing, and numbers that no transfer has.
fn impossible(plan: &Plan) -> Option<Problem> {
    let exists = |account: &i64| ACCOUNTS.contains(account) || PROBED.contains(account);
    let is_named = |account: &i64| exists(account) || *account >= MISSING_FROM;
    let SetUp { blocked } = valid_fields(&plan.set_up);
    if !blocked.iter().all(exists) {
        return Some(Problem::new("blocked", "names an account that is missing"));
    }
    let is_wrong = |operation: &Operation| {
        let it: Transfer = valid_fields(&operation.what);
        let is_amount = (1..=CENTS_MAX).contains(&it.cents);
        it.client < 1 || !is_amount || !is_named(&it.from) || !is_named(&it.to)
    };
    let place = plan.workload.iter().position(is_wrong)?;
    let what = format!("needs a client from 1, accounts from 1 to 3, and 1 to {CENTS_MAX} cents");
    Some(Problem::new(format!("workload[{place}]"), what))
}
