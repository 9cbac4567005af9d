//! What must be true of transfers alone.

use std::collections::{BTreeMap, BTreeSet};

use likewise_world::{
    check::{Delta, Findings, History, Invariant, ObservedState, Property},
    record::Outcome,
};
use uuid::Uuid;

use super::{
    observed::Observed,
    services::Entry,
    workload::{PROBED, read},
};

const CONSERVED: Property = Property {
    name: "money-is-conserved",
    about: "an amount is what it was opened with and what its done steps have changed; at rest no money is lost or made",
};
const NOTICED: Property = Property {
    name: "every-credit-is-noticed",
    about: "at rest, each credit has exactly one notice, and no notice is without its credit",
};
const ANSWERED: Property = Property {
    name: "answers-move-money",
    about: "at rest, the balances have changed by what the answers to the clients say",
};

/// The properties of transfers alone.
pub(crate) static PROPERTIES: [Property; 3] = [CONSERVED, NOTICED, ANSWERED];

/// Checks [`CONSERVED`].
pub(crate) struct Conserved;

impl Invariant for Conserved {
    fn after_commit(&mut self, observed: &ObservedState, _: &[Delta], findings: &mut Findings) {
        let own: &Observed = observed.own();
        let mut changed: BTreeMap<(&str, i64), i64> = BTreeMap::new();
        for entry in own.done.values() {
            *changed.entry((&entry.name, entry.account)).or_default() += entry.cents;
        }
        for ((name, account), (opening, cents)) in &own.amounts {
            let changed = changed
                .get(&(name.as_str(), *account))
                .copied()
                .unwrap_or(0);
            findings.require(CONSERVED, *cents == opening + changed, || {
                format!("the {name} of account {account} is {cents}, but was {opening} and its steps changed it by {changed}")
            });
        }
    }

    fn at_rest(&mut self, observed: &ObservedState, _: &History, findings: &mut Findings) {
        let balances = observed.own::<Observed>().balances();
        let made: i64 = balances.map(|(_, opening, cents)| cents - opening).sum();
        findings.require(CONSERVED, made == 0, || {
            format!("there are {made} cents more than the accounts were opened with")
        });
    }
}

/// Checks [`NOTICED`].
pub(crate) struct Noticed;

impl Invariant for Noticed {
    fn at_rest(&mut self, observed: &ObservedState, _: &History, findings: &mut Findings) {
        let own: &Observed = observed.own();
        let is_credit = |entry: &Entry| entry.name == "balance" && entry.cents > 0;
        let credits = own.done.iter().filter(|(_, entry)| is_credit(entry));
        let credits: BTreeSet<Uuid> = credits.map(|((saga, _), _)| *saga).collect();
        let noticed = own.notices.values().copied().collect();
        for saga in credits.union(&noticed) {
            let notices = own.notices.values().filter(|it| *it == saga).count();
            let credits = usize::from(credits.contains(saga));
            findings.require(NOTICED, notices == credits, || {
                format!("transfer {saga} has {credits} credits and {notices} notices")
            });
        }
    }
}

/// Checks [`ANSWERED`]: a transfer that was answered has moved its money once, one that failed has moved nothing, and one
/// without an answer may have done either.
pub(crate) struct Answered;

impl Invariant for Answered {
    fn at_rest(&mut self, observed: &ObservedState, history: &History, findings: &mut Findings) {
        // The same requests under one key are one transfer.
        let mut transfers = BTreeMap::new();
        for (place, op) in history.ops().iter().enumerate() {
            let (it, key) = (read(&op.what), op.key.clone().ok_or(place));
            let moves = [(it.from, -it.cents), (it.to, it.cents)];
            let known = transfers.entry((key, it.client, moves));
            let known = known.or_insert(op.outcome);
            if *known == Outcome::Unknown {
                *known = op.outcome;
            }
        }
        let mut bounds: BTreeMap<i64, (i64, i64)> = BTreeMap::new();
        for ((_, _, moves), outcome) in transfers {
            for (account, cents) in moves {
                let (least, most) = match outcome {
                    Outcome::Ok => (cents, cents),
                    Outcome::Unknown => (cents.min(0), cents.max(0)),
                    Outcome::Fail => (0, 0),
                };
                let sum = bounds.entry(account).or_default();
                *sum = (sum.0 + least, sum.1 + most);
            }
        }
        let balances = observed.own::<Observed>().balances();
        // Operations of probers are not in the history.
        for (account, opening, cents) in balances.filter(|it| !PROBED.contains(&it.0)) {
            let (least, most) = bounds.get(&account).copied().unwrap_or_default();
            let changed = cents - opening;
            findings.require(ANSWERED, (least..=most).contains(&changed), || {
                format!(
                    "account {account} has changed by {changed}, by the answers {least} to {most}"
                )
            });
        }
    }
}
