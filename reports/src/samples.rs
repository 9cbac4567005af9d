//! Two small records by hand, for the renderers' tests.

use std::time::Duration;

use likewise_sim::{
    fingerprint::fingerprint,
    plan::{
        Action, Fault, Host, MessageKind, MessagePoint, Operation, Plan, PlannedFault, Side,
        Trigger, single,
    },
    record::{
        Change, ChangeOp, Ending, Event, EventKind, Injection, InjectionPoint, Outcome,
        PropertyStatus, PropertyVerdict, RECORD_VERSION, RunRecord, SagaCounts, StepNote,
        Violation,
    },
};

use crate::{
    artefacts::run_folder,
    dossier::{Dossier, Reference, Role, Shown},
    report::{Course, SummaryLine},
    summary::Summary,
};

const SAGA: &str = "018f0000-0000-7000-8000-000000000001";

/// What somebody may put into a title, a header or an error, to break out of a report.
pub const HOSTILE: &[&str] = &[
    "<script>alert(1)</script>",
    "</testcase><testcase name=\"x\"/>",
    "]]><!-- x --><?y?>",
    "a\n\n# heading\n- item\n| cell | cell |",
    "```\nend of block\n```mermaid",
    "`x` ``y`` [a](http://evil) ![b](x) **c** @everyone #1 <img src=x>",
    "a|b|c;d%%e\nNote over user: f",
    "\u{0}\u{1b}[31mred\u{7}\u{202e}drow\u{2028}x\u{85}y",
    "&lt;b&gt; &#60;i&#62; \" onload=\"x",
    "\r\nend\r\n",
];

/// The red run, in which everything that comes from outside says this.
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

/// A campaign of these runs, all of which are shown.
pub fn dossier(records: &[(Role, RunRecord)], mut course: Course) -> Dossier {
    let mut summary = Summary::default();
    let mut runs = Vec::new();
    for (role, record) in records {
        let folder = run_folder(&record.plan);
        let replay = "cargo chaos replay plan.json".to_owned();
        if let Some(finding) = summary.add(record, Duration::from_millis(3)) {
            finding.replay = Some(replay.clone());
        }
        if !record.is_green() {
            summary.ledger.place(record, Some(folder.clone()), replay);
        }
        let finding = fingerprint(record);
        course.shown.push(Reference {
            role: *role,
            finding: finding.clone(),
            folder: folder.clone(),
        });
        runs.push(Shown {
            role: *role,
            finding,
            folder,
            record: record.clone(),
        });
    }
    let report = SummaryLine::of(&summary, Duration::from_millis(5), course);
    Dossier { report, runs }
}

/// One like of one article; nothing goes wrong.
pub fn green() -> RunRecord {
    let mut events = setup();
    events.extend(like());
    events.push(event(200, Host::Network, phase("end")));
    record(single(Action::Like, false), Vec::new(), events)
}

/// A like that must compensate, whose compensation's reply is lost, in a system that undoes it twice.
pub fn red() -> RunRecord {
    let mut plan = single(Action::Like, true)
        .with_fault(Trigger::Message(lost_reply()), Fault::LoseReply)
        .with_fault(
            Trigger::At { millis: 90_000 },
            Fault::Crash {
                host: Host::User,
                down_millis: 500,
            },
        );
    plan.system = "double-undo".to_owned();
    plan.name = "double-undo".to_owned();
    plan.workload[0] = Operation::new(1, Action::Like, 1, 0);
    let mut events = setup();
    events.extend(undone_twice());
    let property = "likes-equal-records".to_owned();
    let detail = "article 1 has -1 likes and 0 records".to_owned();
    let violation = Violation {
        property: property.clone(),
        detail: detail.clone(),
        at_micros: 160_000,
        event: events.len(),
    };
    events.push(event(
        160,
        Host::Article,
        EventKind::Violated { property, detail },
    ));
    events.push(event(200, Host::Network, phase("end")));
    record(plan, vec![violation], events)
}

/// The first fault of a plan struck, and met one saga.
fn strikes(plan: &Plan, green: bool) -> Vec<Injection> {
    let strike = |planned: &PlannedFault| Injection {
        fault: 0,
        kind: planned.fault.kind(),
        place: planned.trigger.class(),
        event: 0,
        endings: vec![match green {
            true => Ending::Committed,
            false => Ending::Violated,
        }],
    };
    plan.faults.iter().take(1).map(strike).collect()
}

fn record(plan: Plan, violations: Vec<Violation>, events: Vec<Event>) -> RunRecord {
    let standing = match violations.is_empty() {
        true => PropertyStatus::Passed,
        false => PropertyStatus::Violated,
    };
    let verdict = |name: &str, standing, exercised| PropertyVerdict {
        name: name.to_owned(),
        status: standing,
        exercised,
    };
    let completed = u64::from(violations.is_empty());
    RunRecord {
        version: RECORD_VERSION,
        injected: plan
            .faults
            .iter()
            .enumerate()
            .map(|(i, _)| i == 0)
            .collect(),
        injections: strikes(&plan, violations.is_empty()),
        behaviours: std::collections::BTreeMap::new(),
        plan,
        properties: vec![
            verdict("likes-equal-records", standing, 7),
            verdict("one-reply-per-key", PropertyStatus::Passed, 1),
            verdict("epochs-only-rise", PropertyStatus::NeverExercised, 0),
        ],
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
        saga_ids: vec![SAGA.to_owned()],
        reached: Vec::new(),
        injection_points: vec![InjectionPoint::Message(lost_reply())],
        events,
    }
}

fn lost_reply() -> MessagePoint {
    MessagePoint {
        from: Host::Coordinator,
        to: Host::Article,
        what: Some(MessageKind::Undo),
        saga: None,
        nth: 1,
        every: None,
        side: Side::After,
    }
}

fn event(millis: u64, host: Host, kind: EventKind) -> Event {
    Event {
        at_micros: millis * 1_000,
        host,
        kind,
    }
}

fn phase(name: &str) -> EventKind {
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

fn likes(likes: i64) -> Change {
    let row = format!(r#"{{"id":1,"title":"Article 1","likes":{likes},"created_at":1}}"#);
    change("articles", ChangeOp::Update, &row)
}

fn barrier(op: ChangeOp, step: usize, state: u8) -> Change {
    let row = format!(r#"{{"saga":"SAGA","step":{step},"state":{state}}}"#);
    change("barrier", op, &row)
}

fn saga(op: ChangeOp, status: u8) -> Change {
    let row = format!(
        r#"{{"id":"SAGA","kind":"like","args":"{{\"user_id\":1,\"article_id\":1}}","status":{status},"parked":0,"epoch":1}}"#
    );
    change("sagas", op, &row)
}

fn setup() -> Vec<Event> {
    let article = r#"{"id":1,"title":"Article 1","likes":0,"created_at":1}"#;
    vec![
        event(0, Host::Network, phase("setup")),
        event(0, Host::Article, EventKind::Started { incarnation: 1 }),
        event(
            50,
            Host::Article,
            committed(
                "article",
                vec![change("articles", ChangeOp::Insert, article)],
            ),
        ),
        event(100, Host::Network, phase("faults")),
    ]
}

fn invoked() -> EventKind {
    EventKind::Invoked {
        operation: 0,
        click: 1,
        user: 1,
        action: Action::Like,
        article: 1,
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
        event(100, Host::Clients, invoked()),
        event(
            110,
            Host::Coordinator,
            committed("saga-log", vec![saga(ChangeOp::Insert, 0)]),
        ),
        event(
            111,
            Host::Coordinator,
            sent(4, Host::Article, MessageKind::Do, note(0, "do", None)),
        ),
        event(
            115,
            Host::Article,
            committed("steps", vec![barrier(ChangeOp::Insert, 0, 0), likes(1)]),
        ),
        event(
            120,
            Host::Coordinator,
            replied(4, note(0, "do", Some("done"))),
        ),
        event(
            121,
            Host::Coordinator,
            sent(5, Host::User, MessageKind::Do, note(1, "do", None)),
        ),
    ]
}

fn like() -> Vec<Event> {
    let record = r#"{"record_id":"018f0000-0000-7000-8000-000000000002","user_id":1,"article_id":1,"created_at":1}"#;
    let mut events = begun();
    events.extend([
        event(
            125,
            Host::User,
            committed(
                "steps",
                vec![
                    barrier(ChangeOp::Insert, 1, 0),
                    change("likes", ChangeOp::Insert, record),
                ],
            ),
        ),
        event(
            130,
            Host::Coordinator,
            replied(5, note(1, "do", Some("done"))),
        ),
        event(135, Host::Clients, returned(Outcome::Ok, 200)),
        event(
            150,
            Host::Coordinator,
            committed("saga-log", vec![saga(ChangeOp::Update, 1)]),
        ),
    ]);
    events
}

fn undone_twice() -> Vec<Event> {
    let mut events = begun();
    events.extend([
        event(
            125,
            Host::User,
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
            Host::Coordinator,
            replied(5, note(1, "do", Some("refused: blocked"))),
        ),
        event(
            131,
            Host::Coordinator,
            sent(6, Host::Article, MessageKind::Undo, note(0, "undo", None)),
        ),
        event(
            135,
            Host::Article,
            committed("steps", vec![barrier(ChangeOp::Update, 0, 2), likes(0)]),
        ),
        event(
            140,
            Host::Network,
            EventKind::Injected {
                fault: 0,
                what: "reply #1 of undo coordinator→article: lose the reply".to_owned(),
            },
        ),
        event(
            140,
            Host::Network,
            EventKind::Lost {
                message: 6,
                side: Side::After,
            },
        ),
        event(
            150,
            Host::Coordinator,
            sent(7, Host::Article, MessageKind::Undo, note(0, "undo", None)),
        ),
        event(160, Host::Article, committed("steps", vec![likes(-1)])),
    ]);
    events
}
