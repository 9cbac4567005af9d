//! What a receiver of alerts may rely on: an alert comes, it is true, and it is not repeated all the time.
//!
//! The messages are judged when they leave a coordinator, before any fault of the network. The receiver says which of them it has
//! taken. What the log has is what was committed, so an alert that is sent too early is found at the moment of its mistake.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use bytes::Bytes;
use http::HeaderMap;
use likewise_saga::alerts::shortest_pause;
use serde_json::Value;
use uuid::Uuid;

use super::{Checker, Findings, ObservedState, Property};
use crate::plan::{Family, Host, Plan};

pub(crate) const DELIVERED: Property = Property {
    name: "alerts-are-delivered",
    about: "once the receiver of alerts works again, it gets an alert of every saga that was parked, and another one when that saga has ended",
    exercised_by: "a receiver of alerts (`receiver` of a plan) and a saga that is parked",
    kept_by: "the outbox: an alert is in the transaction of what it tells, and every leader sends what the log has as pending",
};

pub(crate) const TRUE: Property = Property {
    name: "alerts-tell-the-log",
    about: "an alert is sent only after the log has what it tells, and each time with the same identity and the same words",
    exercised_by: "a receiver of alerts (`receiver` of a plan) and a saga that is parked",
    kept_by: "the outbox: what is sent was read from the log, which proves the epoch of its writer and has one alert of each kind of a saga",
};

pub(crate) const PAUSES: Property = Property {
    name: "alerts-keep-their-pauses",
    about: "a leader sends an alert again no sooner than the pause after so many failures",
    exercised_by: "a receiver of alerts (`receiver` of a plan) that fails, and no fault of a clock",
    kept_by: "the time of the next attempt, which is in the log; a leader sends nothing before it has noted its last attempt there",
};

/// What an alert tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Told {
    Parked,
    Recovered,
}

/// The message of an alert, as anybody can read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertMessage {
    id: String,
    saga: Uuid,
    told: Told,
    body: Bytes,
}

impl AlertMessage {
    /// Reads a message. `None` if it is no alert.
    #[must_use]
    pub fn read(headers: &HeaderMap, body: &Bytes) -> Option<Self> {
        let id = headers.get("webhook-id")?.to_str().ok()?.to_owned();
        let content: Value = serde_json::from_slice(body).ok()?;
        let told = match content["type"].as_str()? {
            "saga.parked" => Told::Parked,
            "saga.recovered" => Told::Recovered,
            _ => return None,
        };
        Some(Self {
            id,
            saga: content["data"]["id"].as_str()?.parse().ok()?,
            told,
            body: body.clone(),
        })
    }

    fn in_words(&self) -> String {
        let (id, saga) = (&self.id, self.saga);
        match self.told {
            Told::Parked => format!("alert {id}, that saga {saga} is parked,"),
            Told::Recovered => format!("alert {id}, that saga {saga} is no longer parked,"),
        }
    }
}

/// A process, under the epoch that the log had when it sent something. In another term, an attempt of the term before may be unknown.
type Sender = (Host, u32, Option<i64>);

/// The alerts of a run.
pub(crate) struct Alerts {
    has_receiver: bool,
    clocks_are_right: bool,
    /// The first message of each alert.
    first: BTreeMap<(Uuid, Told), AlertMessage>,
    /// What the receiver has taken, or wants no more of.
    settled: BTreeSet<(Uuid, Told)>,
    /// The attempts of a process at an alert, and when it made the last one.
    attempts: BTreeMap<(Sender, String), (u32, Duration)>,
}

impl Alerts {
    pub(super) fn new(plan: &Plan) -> Self {
        let mut kinds = plan.faults.iter().map(|planned| planned.fault.kind());
        Self {
            has_receiver: plan.receiver.is_some(),
            clocks_are_right: !kinds.any(|kind| kind.family() == Family::Clock),
            first: BTreeMap::new(),
            settled: BTreeSet::new(),
            attempts: BTreeMap::new(),
        }
    }

    fn sent(
        &mut self,
        (host, incarnation): (Host, u32),
        message: &AlertMessage,
        observed: &ObservedState,
        now: Duration,
        findings: &mut Findings,
    ) {
        self.is_true(message, observed, findings);
        let sender = (host, incarnation, observed.epoch);
        let key = (sender, message.id.clone());
        let (attempts, last) = self.attempts.entry(key).or_default();
        if *attempts > 0 && self.clocks_are_right {
            let (since, pause) = (now.saturating_sub(*last), shortest_pause(*attempts));
            findings.require(PAUSES, since >= pause, || {
                let (since, pause) = (since.as_millis(), pause.as_millis());
                let what = message.in_words();
                format!("{what} was sent again after {since} ms; after {attempts} failures the pause is at least {pause} ms")
            });
        }
        *attempts += 1;
        *last = now;
    }

    fn is_true(
        &mut self,
        message: &AlertMessage,
        observed: &ObservedState,
        findings: &mut Findings,
    ) {
        let saga = observed.sagas.get(&message.saga);
        let is_so = saga.is_some_and(|saga| match message.told {
            Told::Parked => saga.parked,
            Told::Recovered => saga.parked && !saga.is_open(),
        });
        findings.require(TRUE, is_so, || {
            let what = message.in_words();
            format!("{what} was sent although the log did not say so")
        });
        let key = (message.saga, message.told);
        let first = self.first.entry(key).or_insert_with(|| message.clone());
        findings.require(TRUE, first == message, || {
            let (what, first) = (message.in_words(), &first.id);
            match first == &message.id {
                true => format!("{what} was sent in other words than before"),
                false => format!("{what} was sent as {first} before"),
            }
        });
    }

    /// The alerts that the receiver should have, and whether it has.
    fn expected(&self, observed: &ObservedState) -> impl Iterator<Item = (Uuid, Told, bool)> {
        let parked = observed.sagas.iter().filter(|(_, saga)| saga.parked);
        let alerts = parked.flat_map(|(id, saga)| {
            let recovered = (!saga.is_open()).then_some(Told::Recovered);
            let told = [Some(Told::Parked), recovered].into_iter().flatten();
            told.map(|told| (*id, told))
        });
        let parked = alerts.filter(|_| self.has_receiver);
        parked.map(|(id, told)| (id, told, self.settled.contains(&(id, told))))
    }

    fn at_rest(&self, observed: &ObservedState, findings: &mut Findings) {
        for (saga, told, is_settled) in self.expected(observed) {
            findings.require(DELIVERED, is_settled, || {
                let what = match told {
                    Told::Parked => "was parked",
                    Told::Recovered => "was parked and has ended",
                };
                format!("saga {saga} {what}, and the receiver of alerts was never told")
            });
        }
    }
}

impl Checker {
    /// A process sends an alert. `None`: what it sends is none. On a broken disk the log may have what no commit wrote.
    pub fn alert_sent(
        &mut self,
        from: (Host, u32),
        message: Option<&AlertMessage>,
        now: Duration,
        event: usize,
    ) {
        if !self.disk_is_sound {
            return;
        }
        let mut findings = Findings::default();
        match message {
            Some(message) => {
                self.alerts
                    .sent(from, message, &self.observed, now, &mut findings);
            }
            None => findings.require(TRUE, false, || {
                "a message to the receiver cannot be read".to_owned()
            }),
        }
        self.record(findings, event);
    }

    /// The receiver has taken an alert, or has said that it wants no more of it.
    pub fn alert_settled(&mut self, message: &AlertMessage) {
        self.alerts.settled.insert((message.saga, message.told));
    }

    /// Whether the receiver lacks an alert.
    #[must_use]
    pub fn awaits_alerts(&self) -> bool {
        let mut expected = self.alerts.expected(&self.observed);
        expected.any(|(_, _, is_settled)| !is_settled)
    }

    /// Nothing is in progress any more, and the alerts had their time.
    pub(super) fn alerts_at_rest(&self, findings: &mut Findings) {
        self.alerts.at_rest(&self.observed, findings);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        check::samples::*,
        record::{ChangeOp, PropertyStatus},
    };

    const SECOND: Duration = Duration::from_secs(1);

    fn alerts() -> Alerts {
        Alerts::new(&Plan::new("x").with_receiver([]))
    }

    fn message(id: &str, told: &str, saga: u128, reason: &str) -> AlertMessage {
        let mut headers = HeaderMap::new();
        headers.insert("webhook-id", id.parse().unwrap());
        let saga = Uuid::from_u128(saga);
        let body = json!({"type": told, "data": {"id": saga, "reason": reason}});
        AlertMessage::read(&headers, &body.to_string().into()).unwrap()
    }

    /// The first saga is parked, or has ended as well.
    fn parked(has_ended: bool) -> ObservedState {
        let id = Uuid::from_u128(1);
        let mark = json!({"saga": id, "epoch": 1, "parked_at": 0, "status": 0});
        let mut changes = vec![
            started(1, "a"),
            change("saga_parks", ChangeOp::Insert, &mark),
        ];
        changes.extend(has_ended.then(|| left(1, 0, 1)));
        observed(Host::COORDINATOR, &changes)
    }

    /// What is found when these messages are sent, each at its second.
    fn sent(observed: &ObservedState, messages: &[(u32, AlertMessage)]) -> Findings {
        let mut alerts = alerts();
        let mut findings = Findings::default();
        for (second, message) in messages {
            let from = (Host::COORDINATOR, 1);
            alerts.sent(from, message, observed, SECOND * *second, &mut findings);
        }
        findings
    }

    #[test]
    fn an_alert_of_what_the_log_has_is_true() {
        let parked_saga = message("a", "saga.parked", 1, "why");
        let recovered = message("b", "saga.recovered", 1, "done");
        let found = sent(&parked(true), &[(1, parked_saga.clone()), (2, recovered)]);
        assert_eq!(found.status(TRUE), PropertyStatus::Passed);
        let again = sent(
            &parked(false),
            &[(1, parked_saga.clone()), (7, parked_saga)],
        );
        assert_eq!(again.status(TRUE), PropertyStatus::Passed);
        assert_eq!(again.status(PAUSES), PropertyStatus::Passed);
    }

    #[test]
    fn an_alert_before_its_row_or_with_another_identity_is_a_violation() {
        let of = |id, told, saga, reason| message(id, told, saga, reason);
        let first = of("a", "saga.parked", 1, "why");
        for wrong in [
            of("b", "saga.parked", 2, "never parked"),
            of("b", "saga.recovered", 1, "still open"),
            of("b", "saga.parked", 1, "why"),
            of("a", "saga.parked", 1, "other words"),
        ] {
            let found = sent(&parked(false), &[(1, first.clone()), (99, wrong)]);
            assert_eq!(found.status(TRUE), PropertyStatus::Violated);
        }
    }

    #[test]
    fn an_alert_that_is_repeated_too_soon_is_a_violation() {
        let alert = message("a", "saga.parked", 1, "why");
        let at = |seconds: &[u32]| {
            let messages = seconds.iter().map(|second| (*second, alert.clone()));
            let messages: Vec<_> = messages.collect();
            sent(&parked(false), &messages).status(PAUSES)
        };
        assert_eq!(at(&[0, 5, 15, 35]), PropertyStatus::Passed);
        assert_eq!(at(&[0, 4]), PropertyStatus::Violated);
        assert_eq!(at(&[0, 5, 14]), PropertyStatus::Violated);
        assert_eq!(at(&[0]), PropertyStatus::NeverExercised);
    }

    #[test]
    fn an_alert_that_never_arrives_is_a_violation() {
        let at_rest = |alerts: &Alerts, has_ended| {
            let mut findings = Findings::default();
            alerts.at_rest(&parked(has_ended), &mut findings);
            findings.status(DELIVERED)
        };
        let mut alerts = alerts();
        assert_eq!(at_rest(&alerts, false), PropertyStatus::Violated);
        alerts.settled.insert((Uuid::from_u128(1), Told::Parked));
        assert_eq!(at_rest(&alerts, false), PropertyStatus::Passed);
        assert_eq!(at_rest(&alerts, true), PropertyStatus::Violated);
        alerts.settled.insert((Uuid::from_u128(1), Told::Recovered));
        assert_eq!(at_rest(&alerts, true), PropertyStatus::Passed);
        let nobody = Alerts::new(&Plan::new("x"));
        assert_eq!(at_rest(&nobody, true), PropertyStatus::NeverExercised);
    }
}
