//! The pure parts of a like, prepared for repeated runs.
//!
//! Criterion measures their time, and valgrind counts their instructions. Both run exactly this code.
//!
//! This crate depends on the rules, the messages and the allocator, and on nothing with I/O. The counts need an optimised build,
//! and an optimised build of the product takes minutes.

use std::{hint::black_box, ops::Range};

use likewise_barrier::{BarrierState, SagaId, judge};
use likewise_protocol::{
    Document, Event, Op, SagaState, Shape, StepReply, StepRequest, decide::decide,
};
use serde_json::json;
use uuid::Uuid;

/// The number of steps in the batches whose JSON is measured.
pub const BATCH: usize = 16;

/// One part: its name, and a function that prepares it.
type Part = (&'static str, fn() -> Box<dyn Fn()>);

/// All parts.
pub const PARTS: [Part; 6] = [
    ("decide: one like", || {
        let reply = done();
        Box::new(move || one_like(&reply))
    }),
    ("judge: every state, every request", || Box::new(judgements)),
    ("parse a batch of 16 requests", || {
        let text = serde_json::to_vec(&requests()).expect("requests are JSON");
        Box::new(move || {
            drop(black_box(serde_json::from_slice::<Vec<StepRequest>>(
                black_box(&text),
            )))
        })
    }),
    ("render 16 replies", || {
        let replies = replies();
        Box::new(move || drop(black_box(serde_json::to_vec(black_box(&replies)))))
    }),
    ("render a batch of 16 requests", || {
        let requests = requests();
        Box::new(move || drop(black_box(serde_json::to_vec(black_box(&requests)))))
    }),
    ("parse 16 replies", || {
        let text = serde_json::to_vec(&replies()).expect("replies are JSON");
        Box::new(move || {
            drop(black_box(serde_json::from_slice::<Vec<StepReply>>(
                black_box(&text),
            )))
        })
    }),
];

/// Every decision about one like, from start to end.
fn one_like(reply: &StepReply) {
    let answered = |step| Event::Replied {
        step,
        op: Op::Do,
        reply: reply.clone(),
    };
    let start = SagaState::started(Shape::sequence(2));
    let (sent, _) = decide(&start, Event::Resumed).expect("the saga starts");
    let (half, _) = decide(&sent, answered(0)).expect("the saga continues");
    let _ = black_box(decide(&half, answered(1)).expect("the saga ends"));
}

/// The barrier's decision for every stored state and every operation.
fn judgements() {
    use BarrierState::{Done, Refused, Tomb, Undone};
    for stored in [None, Some(Done), Some(Refused), Some(Undone), Some(Tomb)] {
        for op in [Op::Do, Op::Undo, Op::Seal] {
            black_box(judge(black_box(stored), black_box(op)));
        }
    }
}

/// The first step of a saga, with these arguments.
#[must_use]
pub fn request(saga: SagaId, args: Document) -> StepRequest {
    StepRequest {
        saga,
        step: 0,
        op: Op::Do,
        fingerprint: args.fingerprint(),
        args,
        traceparent: None,
    }
}

/// The reply to [`request`].
#[must_use]
pub fn done() -> StepReply {
    StepReply::Done {
        result: Document::from(json!({ "likes": 3 })),
    }
}

fn requests() -> Vec<StepRequest> {
    let numbers: Range<u64> = 1..1 + BATCH as u64;
    let saga = |number: u64| SagaId(Uuid::from_u128(u128::from(number) << 64));
    // The text that the product's `CountArgs` has: the count of article 1 goes up by one.
    let args = Document::from(json!({ "article_id": 1, "delta": 1 }));
    numbers
        .map(|number| request(saga(number), args.clone()))
        .collect()
}

fn replies() -> Vec<StepReply> {
    (0..BATCH).map(|_| done()).collect()
}
