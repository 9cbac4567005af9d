//! An order takes effect only on what its operator has seen.
//!
//! Between a look and an order, a step may be done or undone. An order that was right before would then be wrong, and its operator
//! does not know.

use serde_json::Value;

use super::{Delta, Findings, Invariant, ObservedState, Property, SentOrder};

pub(crate) const PROPERTY: Property = Property {
    name: "orders-act-on-what-was-seen",
    about: "an order in the audit is based on the barrier rows that its operator was shown under the tag that it sent",
    exercised_by: "an operator (`operators` of a plan) that gives an order about one saga",
    kept_by: "the tag of a saga: it covers every barrier row, and they are read again before the order is written",
};

/// The orders that are based on a look.
#[derive(Default)]
pub(crate) struct OrdersSeen {
    sent: Vec<SentOrder>,
}

impl Invariant for OrdersSeen {
    fn order_sent(&mut self, order: &SentOrder) {
        if order.shown.is_some() {
            self.sent.push(order.clone());
        }
    }

    fn after_commit(
        &mut self,
        observed: &ObservedState,
        deltas: &[Delta],
        findings: &mut Findings,
    ) {
        for delta in deltas {
            let Delta::Ordered { number, .. } = delta else {
                continue;
            };
            let Some(entry) = observed.audit.get(number) else {
                continue;
            };
            let sent = self.sent.iter().find(|sent| entry.is_of(sent));
            let Some(shown) = sent.and_then(|sent| sent.shown.as_ref()) else {
                continue;
            };
            let based_on = entry.barrier();
            let is_same = based_on.as_ref() == Some(&shown.barrier);
            findings.require(PROPERTY, is_same, || {
                let action = entry.action.map_or("an order", |it| it.name());
                let based_on = based_on.unwrap_or_default();
                let (step, was, is) = first_difference(&shown.barrier, &based_on);
                let reason = &entry.reason;
                format!(
                    "{action} ({reason}) took effect although step {step} was {was} when its operator looked, and {is} when the order was written"
                )
            });
        }
    }
}

/// The first step with two different rows, and what each says.
fn first_difference<'r>(
    shown: &'r [(Value, bool)],
    based_on: &'r [(Value, bool)],
) -> (usize, &'r str, &'r str) {
    let steps = 0..shown.len().max(based_on.len());
    let differs = |step: &usize| shown.get(*step) != based_on.get(*step);
    let step = steps.into_iter().find(differs).unwrap_or_default();
    (
        step,
        row_in_words(shown.get(step)),
        row_in_words(based_on.get(step)),
    )
}

fn row_in_words(row: Option<&(Value, bool)>) -> &str {
    match row {
        None | Some((_, true)) => "not read",
        Some((row, false)) => row["state"].as_str().unwrap_or("without a row"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::{
        check::{OrderAction, ShownSaga, samples::*},
        plan::Host,
        record::PropertyStatus,
    };

    /// The operator was shown one row, and the order is based on another.
    fn status(shown: &Value, based_on: &Value) -> PropertyStatus {
        let steps = |row: &Value| json!([{"barrier": row, "barrier_error": null}]);
        let mut sent = sent_order(OrderAction::Abort, 1, "first");
        let barrier = ShownSaga::barrier_of(&steps(shown)).unwrap();
        let saga = sent.saga.unwrap();
        sent.shown = Some(ShownSaga { saga, barrier });
        let truth = json!({"steps": steps(based_on)});
        let entry = audit(1, "abort", 1, "first", &truth);
        let run = sample_of(OrdersSeen::default()).order(&sent);
        run.commit(Host::COORDINATOR, &[entry]).status(PROPERTY)
    }

    #[test]
    fn an_order_on_the_rows_that_were_shown_is_fine() {
        let row = json!({"state": "done"});
        assert_eq!(status(&row, &row), PropertyStatus::Passed);
        assert_eq!(status(&Value::Null, &Value::Null), PropertyStatus::Passed);
    }

    #[test]
    fn an_order_on_other_rows_is_a_violation() {
        let row = json!({"state": "done"});
        assert_eq!(status(&Value::Null, &row), PropertyStatus::Violated);
    }
}
