//! The events of the sample records.

use likewise_world::{
    plan::{Host, MessageKind, Side},
    record::{Change, ChangeOp, Event, EventKind, Outcome, PROBE, StepNote},
};

use super::records::{STORE, TILL, order};

/// The saga's id, which rows hold in full and messages by its number.
pub(super) const SAGA: &str = "018f0000-0000-7000-8000-000000000001";

pub(crate) fn event(millis: u64, host: Host, kind: EventKind) -> Event {
    Event {
        at_micros: millis * 1_000,
        host,
        kind,
    }
}

pub(super) fn phase(name: &str) -> EventKind {
    EventKind::Phase {
        name: name.to_owned(),
    }
}

fn sent(message: u64, to: Host, what: MessageKind, note: StepNote) -> EventKind {
    EventKind::Sent {
        message,
        to,
        what,
        path: "POST /v1/steps".to_owned(),
        steps: vec![note],
    }
}

fn replied(message: u64, note: StepNote) -> EventKind {
    EventKind::Replied {
        message,
        status: 200,
        steps: vec![note],
    }
}

fn note(step: usize, op: &str, reply: Option<&str>) -> StepNote {
    StepNote {
        saga: 1,
        step,
        op: op.to_owned().into(),
        reply: reply.map(|reply| reply.to_owned().into()),
    }
}

fn committed(what: &str, changes: Vec<Change>) -> EventKind {
    EventKind::Committed {
        what: what.to_owned().into(),
        changes,
    }
}

fn change(table: &str, op: ChangeOp, row: &str) -> Change {
    Change {
        table: table.to_owned().into(),
        op,
        row: row.replace("SAGA", SAGA).parse().unwrap(),
    }
}

fn sold(sold: i64) -> Change {
    let row = format!(r#"{{"id":1,"name":"pencil","sold":{sold}}}"#);
    change("items", ChangeOp::Update, &row)
}

fn barrier(op: ChangeOp, step: usize, state: u8) -> Change {
    let row = format!(r#"{{"saga":"SAGA","step":{step},"state":{state}}}"#);
    change("barrier", op, &row)
}

fn saga(op: ChangeOp, status: u8) -> Change {
    let row = format!(
        r#"{{"id":"SAGA","kind":"order","args":"{{\"customer\":1,\"item\":1}}","status":{status},"parked":0,"epoch":1}}"#
    );
    change("sagas", op, &row)
}

pub(super) fn setup() -> Vec<Event> {
    let item = r#"{"id":1,"name":"pencil","sold":0}"#;
    vec![
        event(0, Host::NETWORK, phase("setup")),
        started(Host::COORDINATOR),
        started(STORE),
        started(TILL),
        event(
            50,
            STORE,
            committed("item", vec![change("items", ChangeOp::Insert, item)]),
        ),
        event(100, Host::NETWORK, phase("faults")),
    ]
}

fn started(host: Host) -> Event {
    event(0, host, EventKind::Started { incarnation: 1 })
}

fn invoked() -> EventKind {
    EventKind::Invoked {
        operation: 0,
        click: 1,
        what: order().what,
        key: Some("0-1".to_owned()),
    }
}

fn returned(outcome: Outcome, status: u16) -> EventKind {
    EventKind::Returned {
        operation: 0,
        click: 1,
        outcome,
        status,
        body: "{}".to_owned(),
    }
}

fn begun() -> Vec<Event> {
    vec![
        event(100, Host::CLIENTS, invoked()),
        event(
            110,
            Host::COORDINATOR,
            committed("saga-log", vec![saga(ChangeOp::Insert, 0)]),
        ),
        event(
            111,
            Host::COORDINATOR,
            sent(4, STORE, MessageKind::DO, note(0, "do", None)),
        ),
        event(
            115,
            STORE,
            committed("steps", vec![barrier(ChangeOp::Insert, 0, 0), sold(1)]),
        ),
        event(
            120,
            Host::COORDINATOR,
            replied(4, note(0, "do", Some("done"))),
        ),
        event(
            121,
            Host::COORDINATOR,
            sent(5, TILL, MessageKind::DO, note(1, "do", None)),
        ),
    ]
}

pub(super) fn ordered() -> Vec<Event> {
    let order = r#"{"order_id":"018f0000-0000-7000-8000-000000000002","customer":1,"item":1,"created_at":1}"#;
    let mut events = begun();
    events.extend([
        event(
            125,
            TILL,
            committed(
                "steps",
                vec![
                    barrier(ChangeOp::Insert, 1, 0),
                    change("orders", ChangeOp::Insert, order),
                ],
            ),
        ),
        event(
            130,
            Host::COORDINATOR,
            replied(5, note(1, "do", Some("done"))),
        ),
        event(135, Host::CLIENTS, returned(Outcome::Ok, 200)),
        event(
            150,
            Host::COORDINATOR,
            committed("saga-log", vec![saga(ChangeOp::Update, 1)]),
        ),
    ]);
    events
}

pub(super) fn compensated_twice() -> Vec<Event> {
    let mut events = begun();
    events.extend(refused_and_compensated());
    events.extend(compensated_again());
    events
}

/// The second step is refused, so the first one is compensated.
fn refused_and_compensated() -> [Event; 4] {
    [
        event(
            125,
            TILL,
            committed(
                "steps",
                vec![
                    barrier(ChangeOp::Insert, 1, 0),
                    barrier(ChangeOp::Update, 1, 1),
                ],
            ),
        ),
        event(
            130,
            Host::COORDINATOR,
            replied(5, note(1, "do", Some("refused: barred"))),
        ),
        event(
            131,
            Host::COORDINATOR,
            sent(6, STORE, MessageKind::UNDO, note(0, "undo", None)),
        ),
        event(
            135,
            STORE,
            committed("steps", vec![barrier(ChangeOp::Update, 0, 2), sold(0)]),
        ),
    ]
}

/// The reply is lost, and the repeat subtracts once more.
fn compensated_again() -> [Event; 4] {
    [
        event(
            140,
            Host::NETWORK,
            EventKind::Injected {
                fault: 0,
                what: "reply #1 of undo coordinator→store: lose the reply".to_owned(),
            },
        ),
        event(
            140,
            Host::NETWORK,
            EventKind::Lost {
                message: 6,
                side: Side::After,
            },
        ),
        event(
            150,
            Host::COORDINATOR,
            sent(7, STORE, MessageKind::UNDO, note(0, "undo", None)),
        ),
        event(160, STORE, committed("steps", vec![sold(-1)])),
    ]
}

/// A probe asks for a step again, and the till answers it.
pub(super) fn probed() -> [Event; 2] {
    let answered = EventKind::Repeated {
        message: PROBE,
        status: 200,
        steps: vec![note(1, "do", Some("done"))],
    };
    [
        event(300, Host::NETWORK, phase("probes")),
        event(305, Host::NETWORK, answered),
    ]
}
