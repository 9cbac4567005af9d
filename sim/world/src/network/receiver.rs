//! The host that alerts are sent to. It verifies each message as any receiver of Standard Webhooks does, with a library that is not the
//! product's, and then does with it what the plan says.
//!
//! It knows the older of two secrets only: the newer one was just added to the file of the coordinators.

use std::{
    collections::VecDeque,
    io,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Request, State},
    response::Response,
};
use http::{HeaderMap, StatusCode};
use likewise_saga::{
    alerts::{AlertsConfig, WebhookUrl},
    http::serve,
};

use super::{arrivals::Watched, sockets::SimListener};
use crate::{
    check::AlertMessage,
    handle::World,
    plan::{Host, ReceiverAnswer},
    process::{environment::EPOCH_SECONDS, incarnation::Incarnation},
};

/// Where alerts are sent to.
const ADDRESS: &str = "http://receiver/alerts";
/// The secret that the receiver knows.
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// The secret that replaces it.
const NEWER_SECRET: &str = "whsec_bmV3ZXIgc2VjcmV0IG9mIHRoaXJ0eSBieXRlcy4=";
/// How far the time of a message may be from the receiver's clock.
const TOLERANCE: Duration = Duration::from_secs(5 * 60);
/// The largest message that it reads.
const BYTES_MAX: usize = 64 * 1024;

/// How a coordinator sends alerts in a run with a receiver.
pub(crate) fn alerts_config() -> Option<AlertsConfig> {
    Some(AlertsConfig {
        webhook: WebhookUrl::in_trusted_network(ADDRESS).ok()?,
        secrets: format!("{NEWER_SECRET}\n{SECRET}\n").parse().ok()?,
        http_client: None,
    })
}

/// Runs the receiver until the end of the run.
///
/// # Errors
/// It cannot listen: a defect of the harness.
pub(crate) async fn run_receiver(world: World) -> turmoil::Result {
    let listener = SimListener::bind(Incarnation::new(Host::RECEIVER, 1)).await?;
    let receiver = Arc::new(Receiver {
        webhook: standardwebhooks::Webhook::new(SECRET)?,
        script: Mutex::new(script(&world)),
        world: world.clone(),
    });
    let routes = Router::new().fallback(receive).with_state(receiver);
    let routes = Watched::new((routes, None), world, Host::RECEIVER);
    serve(listener, routes, std::future::pending()).await?;
    Ok(())
}

fn script(world: &World) -> VecDeque<ReceiverAnswer> {
    let receiver = world.plan().receiver.as_ref();
    let answers = receiver.map_or(&[][..], |receiver| &receiver.answers);
    answers.iter().copied().collect()
}

struct Receiver {
    webhook: standardwebhooks::Webhook,
    /// What it does with the next messages.
    script: Mutex<VecDeque<ReceiverAnswer>>,
    world: World,
}

async fn receive(State(receiver): State<Arc<Receiver>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, BYTES_MAX)
        .await
        .unwrap_or_default();
    let alert = AlertMessage::read(&head.headers, &body);
    let (true, Some(alert)) = (receiver.verifies(&head.headers, &body), alert) else {
        return status(StatusCode::UNAUTHORIZED);
    };
    let answer = receiver.next_answer();
    let is_taken = matches!(answer, None | Some(ReceiverAnswer::Late { .. }));
    if is_taken || answer == Some(GONE) {
        receiver
            .world
            .with_checker(|checker| checker.alert_settled(&alert));
    }
    match answer {
        None => {}
        Some(ReceiverAnswer::Late { millis }) => {
            tokio::time::sleep(Duration::from_millis(millis)).await;
        }
        Some(ReceiverAnswer::Status { status: refusal }) => {
            return status(StatusCode::from_u16(refusal).unwrap_or_default());
        }
        Some(ReceiverAnswer::Close) => return closed_within(),
        Some(ReceiverAnswer::Never) => std::future::pending().await,
    }
    status(StatusCode::NO_CONTENT)
}

/// It wants no more of this message.
const GONE: ReceiverAnswer = ReceiverAnswer::Status { status: 410 };

impl Receiver {
    /// What it does with this message. `None`: it takes it.
    fn next_answer(&self) -> Option<ReceiverAnswer> {
        let mut script = self.script.lock().unwrap_or_else(PoisonError::into_inner);
        script.pop_front()
    }

    /// Whether the message is signed with the secret that the receiver knows, a short time ago. The library would compare the time
    /// with the clock of this machine.
    fn verifies(&self, headers: &HeaderMap, body: &[u8]) -> bool {
        let header = |name| headers.get(name).and_then(|it| it.to_str().ok());
        let (Some(id), Some(signatures)) = (
            header(standardwebhooks::HEADER_WEBHOOK_ID),
            header(standardwebhooks::HEADER_WEBHOOK_SIGNATURE),
        ) else {
            return false;
        };
        let at = header(standardwebhooks::HEADER_WEBHOOK_TIMESTAMP);
        let Some(at) = at.and_then(|at| at.parse::<i64>().ok()) else {
            return false;
        };
        let since_epoch = Duration::from_secs(EPOCH_SECONDS);
        let now = since_epoch + turmoil::sim_elapsed().unwrap_or_default();
        let off_by = now.as_secs().abs_diff(at.unsigned_abs());
        let expected = self.webhook.sign(id, at, body);
        off_by <= TOLERANCE.as_secs()
            && expected.is_ok_and(|expected| signatures.split(' ').any(|it| it == expected))
    }
}

fn status(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// An answer whose body breaks off: the server closes the connection.
fn closed_within() -> Response {
    let parts = [
        Ok(Bytes::from_static(b"{")),
        Err(io::Error::other("it closes")),
    ];
    Response::new(Body::from_stream(futures::stream::iter(parts)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        plan::{Fault, MessageKind, MessagePoint, Plan},
        record::{EventKind, PropertyStatus, RunRecord},
        run::run,
        testing::{SHOP, TILL, order},
    };

    /// Orders whose requests to the till take longer than their time-out: they are parked, and undone later.
    fn parked(answers: impl Into<Vec<ReceiverAnswer>>) -> Plan {
        let slow = MessagePoint {
            every: Some(1),
            ..MessagePoint::request(Host::COORDINATOR, TILL, MessageKind::DO, 1)
        };
        let orders = (1..=2).map(|customer| order(customer, 0, 500 * customer.unsigned_abs()));
        let mut plan = orders.fold(Plan::new("x"), Plan::with_operation);
        plan.limits.park_after = 1;
        plan.with_fault(slow, Fault::Delay { millis: 700 })
            .with_receiver(answers)
    }

    fn status(record: &RunRecord, name: &str) -> PropertyStatus {
        let mut all = record.properties.iter();
        all.find(|property| property.name == name).unwrap().status
    }

    /// The statuses that the receiver answered.
    fn answers(record: &RunRecord) -> Vec<u16> {
        let events = record
            .events
            .iter()
            .filter(|event| event.host == Host::RECEIVER);
        let answered = |kind: &EventKind| match kind {
            EventKind::Answered { status, .. } => Some(*status),
            _ => None,
        };
        events.filter_map(|event| answered(&event.kind)).collect()
    }

    #[test]
    fn r15_alerts_reach_a_receiver_that_works() {
        let record = run(&SHOP, &parked([])).unwrap();
        assert_eq!(record.violations, []);
        assert_eq!(answers(&record), [204; 4], "two sagas are parked and end");
        for name in ["alerts-are-delivered", "alerts-tell-the-log"] {
            assert_eq!(status(&record, name), PropertyStatus::Passed, "{name}");
        }
    }

    #[test]
    fn r15_alerts_reach_a_receiver_that_fails_closes_delays_and_is_silent() {
        let failing = |status| ReceiverAnswer::Status { status };
        let record = run(
            &SHOP,
            &parked([
                failing(500),
                ReceiverAnswer::Close,
                failing(404),
                ReceiverAnswer::Never,
                ReceiverAnswer::Late { millis: 20_000 },
                failing(301),
            ]),
        );
        let record = record.unwrap();
        assert_eq!(record.violations, []);
        let name = "alerts-keep-their-pauses";
        assert_eq!(status(&record, name), PropertyStatus::Passed);
        let answers = answers(&record);
        assert!(
            answers.contains(&500) && answers.contains(&404),
            "{answers:?}"
        );
        // One is answered so late that the run has ended.
        assert!(answers.iter().filter(|it| **it == 204).count() >= 3);
    }

    #[test]
    fn a_run_without_a_receiver_sends_no_alert() {
        let mut plan = parked([]);
        plan.receiver = None;
        let record = run(&SHOP, &plan).unwrap();
        let never = PropertyStatus::NeverExercised;
        assert_eq!(status(&record, "alerts-are-delivered"), never);
    }
}
