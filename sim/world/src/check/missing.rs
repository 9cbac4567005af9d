//! What does not exist is refused.
//!
//! A service that takes such a request for any other one makes rows that nothing owns, or a saga that can never end. The system
//! says what is missing: [`MissingThings`].

use likewise_saga::protocol::Status;

use super::{
    ClientOp, Findings, History, Invariant, MissingThings, ObservedState, Property, Read,
    reuse::KEY_REUSED,
};
use crate::record::Outcome;

pub(crate) const PROPERTY: Property = Property {
    name: "missing-is-refused",
    about: "an operation or a read that names something that does not exist is refused, and leaves nothing behind",
    exercised_by: "an operation that names something that does not exist (`MissingThings::draw`)",
    kept_by: "the checks before a saga: what does not exist is refused before anything is written",
};

/// Judges operations and reads of this system.
pub(crate) struct MissingIsRefused(pub(crate) &'static dyn MissingThings);

impl Invariant for MissingIsRefused {
    fn returned(&mut self, op: &ClientOp, _: &ObservedState, findings: &mut Findings) {
        if op.outcome == Outcome::Unknown || !self.0.is_missing(&op.what) {
            return;
        }
        // A key that stands for something else is refused before anybody looks.
        let is_reused = |status| op.shares_key && status == KEY_REUSED;
        for answer in &op.attempts {
            let is_refused = self.0.is_refusal(answer) || is_reused(answer.status);
            findings.require(PROPERTY, is_refused, || {
                let (status, body) = (answer.status, &answer.body);
                format!("something that does not exist was answered {status} {body}")
            });
        }
    }

    fn read_answered(&mut self, read: &Read, _: &ObservedState, findings: &mut Findings) {
        if let Some(judged) = self.0.judge(read) {
            findings.require(PROPERTY, judged.is_ok(), || {
                judged.err().unwrap_or_default()
            });
        }
    }

    fn at_rest(&mut self, observed: &ObservedState, history: &History, findings: &mut Findings) {
        let ops = history.ops().iter();
        let missing: Vec<&ClientOp> = ops.filter(|op| self.0.is_missing(&op.what)).collect();
        for op in &missing {
            // Under a shared key, the saga may be that of another operation.
            let Some(key) = op.key.as_deref().filter(|_| !op.shares_key) else {
                continue;
            };
            let key = Some(observed.system().stored_key(op.client, key));
            let mut sagas = observed.sagas.values().filter(|saga| saga.key == key);
            let completed = sagas.any(|saga| saga.status == Some(Status::Completed));
            findings.require(PROPERTY, !completed, || {
                "a saga for something that does not exist is completed".to_owned()
            });
        }
        if !missing.is_empty() {
            let trace = self.0.trace(observed.own_part());
            findings.require(PROPERTY, trace.is_none(), || trace.unwrap_or_default());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        check::{Attempt, SystemState, samples::*},
        plan::{Fields, Host, Plan},
        record::PropertyStatus,
    };
    use rand_pcg::Pcg64Mcg;

    /// Orders of nothing: the shop has no such thing. A stock of 13 is their trace.
    struct OrdersOfNothing;

    impl MissingThings for OrdersOfNothing {
        fn draw(&self, _: &mut Pcg64Mcg, _: &Plan) -> Fields {
            order(1, 0, 0).what
        }

        fn is_missing(&self, what: &Fields) -> bool {
            what["amount"] == 0
        }

        fn trace(&self, own: &dyn SystemState) -> Option<String> {
            let unlucky = observed(STORE, &[stock(13)]);
            let is_unlucky = own.effect_change(unlucky.own_part()).is_none();
            is_unlucky.then(|| "13 are left".to_owned())
        }

        fn judge(&self, read: &Read) -> Option<Result<(), String>> {
            let path = read.request.uri().path();
            (path == "/nothing").then(|| match read.answers[0].status {
                404 => Ok(()),
                other => Err(format!("nothing was answered {other}")),
            })
        }
    }

    fn answered(amount: i64, status: u16) -> ClientOp {
        ClientOp {
            what: order(1, amount, 0).what,
            ..keyed_answer_of(status)
        }
    }

    fn keyed_answer_of(status: u16) -> ClientOp {
        let outcome = match status {
            200 => Outcome::Ok,
            _ => Outcome::Fail,
        };
        let body = "{}".to_owned();
        ClientOp {
            attempts: vec![Attempt { status, body }],
            outcome,
            ..keyed_answer("a", "{}")
        }
    }

    fn sample() -> Sample {
        sample_of(MissingIsRefused(&OrdersOfNothing))
    }

    #[test]
    fn a_refusal_passes_and_what_exists_is_not_judged() {
        let refused = sample().op(answered(0, 404)).rest();
        assert_eq!(refused.status(PROPERTY), PropertyStatus::Passed);
        let exists = sample().op(answered(1, 200)).rest();
        assert_eq!(exists.status(PROPERTY), PropertyStatus::NeverExercised);
    }

    #[test]
    fn any_other_answer_is_a_violation() {
        for status in [200, 409, 422, 500] {
            let run = sample().op(answered(0, status));
            assert_eq!(run.status(PROPERTY), PropertyStatus::Violated, "{status}");
        }
    }

    /// Another operation of the client has used the key.
    #[test]
    fn the_refusal_of_a_shared_key_passes() {
        let shared = ClientOp {
            shares_key: true,
            ..answered(0, KEY_REUSED)
        };
        let run = sample().op(shared);
        assert_eq!(run.status(PROPERTY), PropertyStatus::Passed);
    }

    #[test]
    fn a_completed_saga_and_a_trace_are_violations() {
        let refused = || sample().op(answered(0, 404));
        let completed = refused().commit(Host::COORDINATOR, &[keyed_saga(1, 1, 1, "a")]);
        assert_eq!(completed.rest().status(PROPERTY), PropertyStatus::Violated);
        let compensated = refused().commit(Host::COORDINATOR, &[keyed_saga(1, 3, 1, "a")]);
        assert_eq!(compensated.rest().status(PROPERTY), PropertyStatus::Passed);
        let trace = refused().commit(STORE, &[stock(13)]).rest();
        assert_eq!(trace.status(PROPERTY), PropertyStatus::Violated);
        assert_eq!(trace.detail(), "13 are left");
    }

    #[test]
    fn a_read_of_something_that_does_not_exist_is_judged() {
        let status = |path: &str, status| {
            let request = http::Request::get(format!("http://store{path}"));
            let read = Read {
                number: 0,
                request: request.body(bytes::Bytes::new()).unwrap(),
                answers: vec![Attempt {
                    status,
                    body: String::new(),
                }],
            };
            let mut findings = Findings::default();
            let nothing = observed(STORE, &[]);
            MissingIsRefused(&OrdersOfNothing).read_answered(&read, &nothing, &mut findings);
            findings.status(PROPERTY)
        };
        assert_eq!(status("/nothing", 404), PropertyStatus::Passed);
        assert_eq!(status("/nothing", 200), PropertyStatus::Violated);
        assert_eq!(status("/stock", 200), PropertyStatus::NeverExercised);
    }
}
