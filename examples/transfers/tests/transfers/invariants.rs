//! The invariants of transfers, each on a good and on bad histories made by hand.

use likewise_transfers::{ACCOUNTS, NOTICES, TRANSFERS, done};
use likewise_world::{
    System,
    check::ClientOp,
    plan::Host,
    record::{Change, ChangeOp, PropertyStatus},
    testing::{Sample, change, step_row},
};
use serde_json::json;
use uuid::Uuid;

use PropertyStatus::{Passed, Violated};

fn sample() -> Sample {
    let opened = [balance(1, 1_000), balance(2, 1_000)];
    Sample::of_system(&TRANSFERS, TRANSFERS.own_invariants()).commit(ACCOUNTS, &opened)
}

/// The statuses of the three properties: conserved, noticed, answered.
fn statuses(sample: &Sample) -> Vec<PropertyStatus> {
    let properties = TRANSFERS.own_properties().iter();
    properties
        .map(|property| sample.status(*property))
        .collect()
}

/// An account, opened with 1,000 cents, has this balance.
fn balance(account: i64, cents: i64) -> Change {
    let (taken, added) = ((1_000 - cents).max(0), (cents - 1_000).max(0));
    let row = json!({"account": account, "name": "balance", "taken": taken, "added": added});
    change("amounts", ChangeOp::Update, &row)
}

/// A step of transfer 1 that changes a balance is done.
fn step(step: i64, account: i64, cents: i64) -> Change {
    let entry = json!({"account": account, "name": "balance", "cents": cents});
    step_row(ChangeOp::Insert, (1, step), 0, Some(&entry))
}

fn notice(number: i64) -> Change {
    let row = json!({"notice": number, "saga": Uuid::from_u128(1), "account": 2});
    change("notices", ChangeOp::Insert, &row)
}

/// The answer to the transfer of 100 cents from account 1 to account 2.
fn answer(status: u16) -> ClientOp {
    ClientOp {
        what: done().workload.remove(0).what,
        ..ClientOp::answered(status, "{}")
    }
}

fn debit() -> [Change; 2] {
    [step(0, 1, -100), balance(1, 900)]
}

fn credit() -> [Change; 2] {
    [step(3, 2, 100), balance(2, 1_100)]
}

#[test]
fn a_transfer_that_is_done_noticed_and_answered_keeps_all_three() {
    let run = sample()
        .commit(ACCOUNTS, &debit())
        .commit(ACCOUNTS, &credit())
        .commit(NOTICES, &[notice(1)])
        .op(answer(200));
    assert_eq!(statuses(&run.rest()), [Passed; 3]);
}

#[test]
fn a_balance_that_no_step_changed_and_a_lost_credit_are_violations() {
    let run = sample().commit(ACCOUNTS, &[balance(1, 1_100)]);
    assert_eq!(statuses(&run)[0], Violated);
    let run = sample().commit(ACCOUNTS, &debit());
    assert_eq!(statuses(&run)[0], Passed);
    assert_eq!(statuses(&run.rest())[0], Violated);
}

#[test]
fn a_credit_without_a_notice_or_with_two_and_a_notice_without_a_credit_are_violations() {
    let changes: [(Host, &[Change]); 2] = [(ACCOUNTS, &credit()), (NOTICES, &[notice(1)])];
    for (host, changes) in changes {
        let run = sample().commit(host, changes).rest();
        assert_eq!(statuses(&run)[1], Violated, "{host}");
    }
    let run = sample().commit(ACCOUNTS, &credit());
    let run = run.commit(NOTICES, &[notice(1), notice(2)]).rest();
    assert_eq!(statuses(&run)[1], Violated);
}

#[test]
fn an_answer_that_is_not_true_is_a_violation() {
    let moved = || {
        sample()
            .commit(ACCOUNTS, &debit())
            .commit(ACCOUNTS, &credit())
    };
    assert_eq!(statuses(&moved().op(answer(500)).rest())[2], Violated);
    assert_eq!(statuses(&sample().op(answer(200)).rest())[2], Violated);
    assert_eq!(statuses(&sample().op(answer(500)).rest())[2], Passed);
}
