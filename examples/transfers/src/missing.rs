//! Accounts that do not exist: a transfer from or to one is refused by a step and compensated.

use likewise_world::{check::Attempt, outcome, prelude::*};
use rand::RngExt;
use rand_pcg::Pcg64Mcg;

use super::{Transfer, observed::Observed, workload::ACCOUNTS};

/// The first account that does not exist.
pub(crate) const MISSING_FROM: i64 = 2_000_000;

pub(crate) struct MissingAccounts;

impl MissingThings for MissingAccounts {
    fn draw(&self, rng: &mut Pcg64Mcg, _: &Plan) -> Fields {
        let mut pair = [
            rng.random_range(ACCOUNTS),
            MISSING_FROM + rng.random_range(0..2),
        ];
        if rng.random_bool(0.5) {
            pair.reverse();
        }
        write_fields(&Transfer::of(rng.random_range(1..=6), pair, 100))
    }

    fn is_missing(&self, what: &Fields) -> bool {
        let it: Transfer = valid_fields(what);
        it.from.max(it.to) >= MISSING_FROM
    }

    /// The transfer was undone.
    fn is_refusal(&self, answer: &Attempt) -> bool {
        outcome(answer) == Outcome::Fail
    }

    fn trace(&self, own: &dyn SystemState) -> Option<String> {
        let mut done = own.of_type::<Observed>().done();
        let (_, entry) = done.find(|(_, entry)| entry.account >= MISSING_FROM)?;
        Some(format!(
            "a step of account {}, which does not exist, is done",
            entry.account
        ))
    }
}
