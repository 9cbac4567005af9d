//! Run records of a small shop, written by hand: a green one, a red one, and an older one without labels.
//!
//! A customer orders an item. Step 0 counts it as sold at the store, step 1 notes the order at the till.

use std::borrow::Cow;

use likewise_world::{
    plan::{
        Fault, Host, MessageKind, MessagePoint, Name, Operation, Plan, PlannedFault, Side, Trigger,
    },
    record::{
        Ending, Event, EventKind, Injection, InjectionPoint, Outcome, PropertyStatus,
        PropertyVerdict, RECORD_VERSION, RunRecord, SagaCounts, Violation, Word,
    },
};

use serde_json::json;

use super::{
    events::{self, event, phase},
    labels::labels,
};

/// The service that owns the items.
pub const STORE_SERVICE: Name = Name::new("store");
/// The service that owns the orders.
pub const TILL_SERVICE: Name = Name::new("till");
/// The host of the store.
pub const STORE: Host = Host::first_of(STORE_SERVICE);
/// The host of the till.
pub const TILL: Host = Host::first_of(TILL_SERVICE);

/// Texts that try to break out of a report when they are in a title, a header or an error.
pub const HOSTILE: &[&str] = &[
    "<script>alert(1)</script>",
    "</testcase><testcase name=\"x\"/>",
    "]]><!-- x --><?y?>",
    "a\n\n# heading\n- item\n| cell | cell |",
    "```\nend of block\n```mermaid",
    "`x` ``y`` [a](http://evil) ![b](x) **c** @everyone #1 <img src=x>",
    "a|b|c;d%%e\nNote over till: f",
    "\u{0}\u{1b}[31mred\u{7}\u{202e}drow\u{2028}x\u{85}y",
    "&lt;b&gt; &#60;i&#62; \" onload=\"x",
    "\r\nend\r\n",
];

/// The red run with this text in every place that comes from outside.
pub fn hostile(text: &str) -> RunRecord {
    let mut record = red();
    record.plan.name = text.to_owned();
    record.violations[0].detail = text.to_owned();
    for event in &mut record.events {
        match &mut event.kind {
            EventKind::Violated { detail, .. } => detail.replace_range(.., text),
            EventKind::Injected { what, .. } => what.replace_range(.., text),
            EventKind::Sent { path, steps, .. } => {
                path.replace_range(.., text);
                steps
                    .iter_mut()
                    .for_each(|note| note.op = text.to_owned().into());
            }
            EventKind::Replied { steps, .. } => {
                let replies = steps.iter_mut();
                replies.for_each(|note| note.reply = Some(text.to_owned().into()));
            }
            _ => {}
        }
    }
    record
}

/// Customer 1 orders item 1.
pub fn order() -> Operation {
    let fields = json!({ "action": "order", "customer": 1, "item": 1 });
    Operation::new(serde_json::from_value(fields).unwrap(), 0)
}

/// One order that succeeds.
pub fn green() -> RunRecord {
    let mut events = events::setup();
    events.extend(events::ordered());
    events.push(event(200, Host::NETWORK, phase("end")));
    let captions = vec!["customer 1 orders item 1".to_owned()];
    RunRecord {
        captions,
        ..record(plan("one order"), Vec::new(), events)
    }
}

/// An order that must be compensated. The reply to the compensation is lost, and a planted bug compensates twice.
pub fn red() -> RunRecord {
    let mut plan = plan("double-undo")
        .with_fault(Trigger::Message(lost_reply()), Fault::LoseReply)
        .with_fault(
            Trigger::At { millis: 90_000 },
            Fault::Crash {
                host: TILL,
                down_millis: 500,
            },
        );
    plan.system = "double-undo".to_owned();
    let mut events = events::setup();
    events.extend(events::compensated_twice());
    let property = "sold-equals-orders".to_owned();
    let detail = "item 1 is sold -1 times and has 0 orders".to_owned();
    let violation = Violation {
        property: property.clone(),
        detail: detail.clone(),
        at_micros: 160_000,
        event: events.len(),
    };
    events.push(event(160, STORE, EventKind::Violated { property, detail }));
    events.push(event(200, Host::NETWORK, phase("end")));
    let captions = vec!["customer 1 (barred) orders item 1".to_owned()];
    RunRecord {
        captions,
        flaw: "the compensation has no barrier".into(),
        ..record(plan, vec![violation], events)
    }
}

/// The green run as an older version wrote it: nothing names its system.
pub fn older() -> RunRecord {
    let mut record = green();
    (record.labels, record.services) = (None, Vec::new());
    (record.caption, record.captions) = (String::new(), Vec::new());
    for property in &mut record.properties {
        (property.about, property.kept_by) = (Word::default(), Word::default());
    }
    record
}

/// The green run with a probe of the harness at its end, which a property forbids to have an effect.
pub fn probed() -> RunRecord {
    let mut record = green();
    record.events.pop();
    record.events.extend(events::probed());
    let property = "repeats-change-nothing".to_owned();
    let detail = "the repeat changed item 1".to_owned();
    record.violations.push(Violation {
        property: property.clone(),
        detail: detail.clone(),
        at_micros: 310_000,
        event: record.events.len(),
    });
    let violated = EventKind::Violated { property, detail };
    record.events.push(event(310, Host::NETWORK, violated));
    record.events.push(event(320, Host::NETWORK, phase("end")));
    record
}

fn plan(name: &str) -> Plan {
    Plan::new(name).with_operation(order())
}

/// The first fault of the plan fired, and affected one saga.
fn injections(plan: &Plan, green: bool) -> Vec<Injection> {
    let injection = |planned: &PlannedFault| Injection {
        fault: 0,
        kind: planned.fault.kind(),
        place: planned.trigger.class(),
        event: 0,
        endings: vec![match green {
            true => Ending::Committed,
            false => Ending::Violated,
        }],
    };
    plan.faults.iter().take(1).map(injection).collect()
}

fn record(plan: Plan, violations: Vec<Violation>, events: Vec<Event>) -> RunRecord {
    let completed = u64::from(violations.is_empty());
    RunRecord {
        version: RECORD_VERSION,
        flaw: Word::default(),
        injected: plan
            .faults
            .iter()
            .enumerate()
            .map(|(i, _)| i == 0)
            .collect(),
        injections: injections(&plan, violations.is_empty()),
        behaviours: std::collections::BTreeMap::new(),
        filled: std::collections::BTreeMap::new(),
        plan,
        caption: String::new(),
        captions: Vec::new(),
        services: ["coordinator", "store", "till"].map(Word::from).into(),
        labels: Some(Cow::Owned(labels())),
        properties: verdicts(violations.is_empty()),
        violations,
        sagas: SagaCounts {
            completed,
            compensated: 1 - completed,
            ..SagaCounts::default()
        },
        operations: [(Outcome::Ok, completed), (Outcome::Fail, 1 - completed)]
            .into_iter()
            .filter(|(_, count)| *count > 0)
            .collect(),
        hanging_refused: 0,
        repeats_answered: 0,
        simulated_micros: 200_000,
        converged_after_micros: Some(40_000),
        hash: "0123456789abcdef0123456789abcdef".to_owned(),
        saga_ids: vec![events::SAGA.to_owned()],
        reached: Vec::new(),
        injection_points: vec![InjectionPoint::Message(lost_reply())],
        events,
    }
}

/// One property of each verdict that a report must tell apart.
fn verdicts(green: bool) -> Vec<PropertyVerdict> {
    let verdict = |name: &str, status, exercised| PropertyVerdict {
        name: name.to_owned(),
        about: format!("what {name} says").into(),
        kept_by: format!("what keeps {name}").into(),
        status,
        exercised,
    };
    let equal = match green {
        true => PropertyStatus::Passed,
        false => PropertyStatus::Violated,
    };
    vec![
        verdict("sold-equals-orders", equal, 7),
        verdict("one-reply-per-key", PropertyStatus::Passed, 1),
        verdict("epochs-only-rise", PropertyStatus::NeverExercised, 0),
    ]
}

fn lost_reply() -> MessagePoint {
    MessagePoint {
        from: Host::COORDINATOR,
        to: STORE,
        what: Some(MessageKind::UNDO),
        saga: None,
        nth: 1,
        every: None,
        side: Side::After,
    }
}
