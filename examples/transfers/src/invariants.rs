//! What must be true of transfers alone.

use std::collections::{BTreeMap, BTreeSet};

use likewise_world::prelude::*;
use uuid::Uuid;

use super::{
    Transfer,
    observed::{Amount, Notice, Observed, balances},
    services::Entry,
    workload::PROBED,
};

const CONSERVED: Property = Property {
    name: "money-is-conserved",
    about: "an amount has changed by what its done steps say; at rest, no money is lost or made",
    exercised_by: "any transfer",
    kept_by: "the saga as a whole: what is taken from one account is added to the other, or both are undone",
};
const NOTICED: Property = Property {
    name: "every-credit-is-noticed",
    about: "at rest, each credit has exactly one notice, and no notice is without its credit",
    exercised_by: "a transfer that completes",
    kept_by: "the pivot: after it the saga only goes forward, so the notice follows the credit",
};
const ANSWERED: Property = Property {
    name: "answers-move-money",
    about: "at rest, the balances have changed by what the answers to the clients say",
    exercised_by: "a run that comes to rest",
    kept_by: "the implicit commit: an answer says done only if every step up to the pivot is done",
};

/// The properties of transfers alone.
pub(crate) static PROPERTIES: [Property; 3] = [CONSERVED, NOTICED, ANSWERED];

/// Checks [`CONSERVED`].
pub(crate) struct Conserved;

impl Invariant for Conserved {
    fn after_commit(&mut self, observed: &ObservedState, _: &[Delta], findings: &mut Findings) {
        let own: &Observed = observed.own();
        let mut by_steps: BTreeMap<(&str, i64), i64> = BTreeMap::new();
        for (_, entry) in own.done() {
            *by_steps.entry((&entry.name, entry.account)).or_default() += entry.cents;
        }
        for amount in own.rows::<Amount>() {
            let (name, account, changed) = (&*amount.name, amount.account, amount.changed());
            let steps = by_steps.get(&(name, account)).copied().unwrap_or(0);
            findings.require(CONSERVED, changed == steps, || {
                format!("the {name} of account {account} has changed by {changed}, but its steps changed it by {steps}")
            });
        }
    }

    fn at_rest(&mut self, observed: &ObservedState, _: &History, findings: &mut Findings) {
        let made: i64 = balances(observed).map(Amount::changed).sum();
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
        let credits = own.done().filter(|(_, entry)| is_credit(entry));
        let credits: BTreeSet<Uuid> = credits.map(|(saga, _)| saga).collect();
        let noticed = own.rows::<Notice>().map(|it| it.saga).collect();
        for saga in credits.union(&noticed) {
            let notices = own.rows::<Notice>().filter(|it| it.saga == *saga);
            let notices = notices.count();
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
        let mut bounds: BTreeMap<i64, (i64, i64)> = BTreeMap::new();
        for (what, outcome) in history.operations() {
            let it: Transfer = valid_fields(what);
            for (account, cents) in [(it.from, -it.cents), (it.to, it.cents)] {
                let (least, most) = match outcome {
                    Outcome::Ok => (cents, cents),
                    Outcome::Unknown => (cents.min(0), cents.max(0)),
                    Outcome::Fail => (0, 0),
                };
                let sum = bounds.entry(account).or_default();
                *sum = (sum.0 + least, sum.1 + most);
            }
        }
        // Operations of probers are not in the history.
        for balance in balances(observed).filter(|it| !PROBED.contains(&it.account)) {
            let (account, changed) = (balance.account, balance.changed());
            let (least, most) = bounds.get(&account).copied().unwrap_or_default();
            findings.require(ANSWERED, (least..=most).contains(&changed), || {
                format!(
                    "account {account} has changed by {changed}, by the answers {least} to {most}"
                )
            });
        }
    }
}
