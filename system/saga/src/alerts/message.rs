//! The message of an alert, and the view of its delivery for operators.

use bytes::Bytes;
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    alert::{Alert, AlertId},
    deliveries::{Delivery, DeliveryState},
};
use crate::{id::SagaId, time::Timestamp};

#[derive(Serialize)]
struct Message<'a> {
    r#type: &'static str,
    timestamp: Timestamp,
    data: Data<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
    id: SagaId,
    kind: &'a str,
    subject: &'a str,
    status: &'static str,
    reason: &'a str,
    parked_at: Timestamp,
}

/// The body of the messages of an alert. It is always the same, so that a receiver may compare two.
#[must_use]
pub fn message(alert: &Alert) -> Bytes {
    let message = Message {
        r#type: alert.kind.name(),
        timestamp: alert.created_at,
        data: Data {
            id: alert.saga,
            kind: &alert.saga_kind,
            subject: &alert.subject,
            status: alert.status,
            reason: &alert.reason,
            parked_at: alert.parked_at,
        },
    };
    // Strings, numbers and structs can always be written.
    Bytes::from(serde_json::to_vec(&message).unwrap_or_default())
}

/// A delivery as the API shows it.
#[must_use]
pub fn delivery_json(delivery: &Delivery) -> Value {
    let Delivery { alert, state, .. } = delivery;
    let is_pending = *state == DeliveryState::Pending;
    let AlertId(id) = alert.id;
    json!({
        "id": id.to_string(),
        "type": alert.kind.name(),
        "saga": alert.saga,
        "kind": alert.saga_kind,
        "subject": alert.subject,
        "status": alert.status,
        "reason": alert.reason,
        "parked_at": alert.parked_at,
        "created_at": alert.created_at,
        "state": state.name(),
        "attempts": delivery.attempts,
        "next_attempt_at": is_pending.then_some(delivery.next_attempt_at),
        "last_status": delivery.last_status,
        "last_error": delivery.last_error,
        "delivered_at": delivery.delivered_at,
        "resends": delivery.resends,
    })
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::alerts::AlertKind;

    #[test]
    fn r15_a_message_has_the_form_of_standard_webhooks() {
        let at = Timestamp(1_700_000_000_000_000);
        let saga = SagaId(Uuid::from_u128(7));
        let alert = Alert {
            id: AlertId::new(saga, AlertKind::Parked, at),
            saga,
            kind: AlertKind::Parked,
            saga_kind: "like".to_owned(),
            subject: "7/\"1\"".to_owned(),
            status: "compensating",
            reason: "no reply".to_owned(),
            parked_at: at,
            created_at: at,
        };
        assert_eq!(
            String::from_utf8_lossy(&message(&alert)),
            "{\"type\":\"saga.parked\",\"timestamp\":\"2023-11-14T22:13:20.000000Z\",\"data\":{\
             \"id\":\"00000000-0000-0000-0000-000000000007\",\"kind\":\"like\",\"subject\":\"7/\\\"1\\\"\",\
             \"status\":\"compensating\",\"reason\":\"no reply\",\"parked_at\":\"2023-11-14T22:13:20.000000Z\"}}"
        );
    }
}
