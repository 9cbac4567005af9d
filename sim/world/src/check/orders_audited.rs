//! Every order that was accepted is in the audit, once, and whatever is in the audit was ordered.
//!
//! The entry in the audit is the order. A coordinator that carries an order out first and writes it down later forgets it when it is
//! killed in between, and nobody can say who did what.

use super::{
    AnsweredOrder, AuditRow, Delta, Findings, Invariant, ObservedState, OrderAction, Property,
    SentOrder,
};

pub(crate) const PROPERTY: Property = Property {
    name: "orders-are-audited",
    about: "an order that was accepted is in the audit, with who gave it; what was ordered once is there once, and no saga ends by an order that is not there",
    exercised_by: "an operator (`operators` of a plan)",
    kept_by: "the entry in the audit, which is the order: it is carried out only after its commit",
};

/// The orders that were sent.
#[derive(Default)]
pub(crate) struct OrdersAudited {
    sent: Vec<SentOrder>,
}

impl Invariant for OrdersAudited {
    fn order_sent(&mut self, order: &SentOrder) {
        self.sent.push(order.clone());
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
            match entry.action {
                Some(OrderAction::Settled) => settled(observed, *number, entry, findings),
                _ => self.ordered(observed, *number, entry, findings),
            }
        }
    }

    fn order_answered(
        &mut self,
        answered: &AnsweredOrder,
        observed: &ObservedState,
        findings: &mut Findings,
    ) {
        let AnsweredOrder { sent, number } = answered;
        let entry = observed.audit.get(number);
        let is_there = entry.is_some_and(|entry| entry.is_of(sent));
        findings.require(PROPERTY, is_there, || {
            let (action, reason) = (sent.action.name(), &sent.reason);
            format!("{action} ({reason}) was accepted as number {number} of the audit, which has no such entry")
        });
    }
}

impl OrdersAudited {
    /// Somebody ordered it, and it is not there already.
    fn ordered(
        &self,
        observed: &ObservedState,
        number: i64,
        entry: &AuditRow,
        findings: &mut Findings,
    ) {
        let was_sent = self.sent.iter().any(|sent| entry.is_of(sent));
        findings.require(PROPERTY, was_sent, || {
            let (actor, reason) = (&entry.actor, &entry.reason);
            format!("number {number} of the audit ({reason}) was never ordered by {actor}")
        });
        let key = |entry: &AuditRow| (entry.reason.clone(), entry.saga, entry.batch.clone());
        let before = observed.audit.range(..number);
        let again = before.rev().find(|(_, before)| key(before) == key(entry));
        findings.require(PROPERTY, again.is_none(), || {
            let first = again.map_or(0, |(first, _)| *first);
            format!(
                "{} is in the audit twice: as number {first} and as number {number}",
                entry.reason
            )
        });
    }
}

/// A saga that ended by an order was given one.
fn settled(observed: &ObservedState, number: i64, entry: &AuditRow, findings: &mut Findings) {
    let is_order = |before: &AuditRow| {
        before.saga == entry.saga && before.action.is_some_and(OrderAction::is_direction)
    };
    let mut before = observed.audit.range(..number);
    let was_ordered = before.any(|(_, before)| is_order(before));
    findings.require(PROPERTY, was_ordered, || {
        let saga = entry.saga.unwrap_or_default();
        format!("saga {saga} ended by an order that is not in the audit")
    });
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{check::samples::*, plan::Host, record::PropertyStatus};

    const ABORT: OrderAction = OrderAction::Abort;

    fn sample() -> Sample {
        let truth = json!({"steps": []});
        sample_of(OrdersAudited::default())
            .order(&sent_order(ABORT, 1, "first"))
            .commit(Host::COORDINATOR, &[audit(1, "abort", 1, "first", &truth)])
    }

    #[test]
    fn an_order_that_is_in_the_audit_once_is_fine() {
        let run = sample().accepted(&sent_order(ABORT, 1, "first"), 1);
        let settled = audit(2, "settled", 1, "result", &json!({}));
        let run = run.commit(Host::COORDINATOR, &[settled]);
        assert_eq!(run.status(PROPERTY), PropertyStatus::Passed);
    }

    #[test]
    fn an_order_that_is_missing_or_there_twice_is_a_violation() {
        let missing = sample().accepted(&sent_order(ABORT, 1, "first"), 2);
        assert_eq!(missing.status(PROPERTY), PropertyStatus::Violated);
        let again = audit(2, "abort", 1, "first", &json!({}));
        let twice = sample().commit(Host::COORDINATOR, &[again]);
        assert_eq!(twice.status(PROPERTY), PropertyStatus::Violated);
    }

    #[test]
    fn an_entry_that_nobody_ordered_is_a_violation() {
        for (action, saga) in [("abort", 2), ("pause", 1), ("settled", 2)] {
            let run = sample().commit(
                Host::COORDINATOR,
                &[audit(2, action, saga, "other", &json!({}))],
            );
            assert_eq!(run.status(PROPERTY), PropertyStatus::Violated, "{action}");
        }
    }
}
