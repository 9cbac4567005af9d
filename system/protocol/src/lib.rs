//! The protocol between a coordinator and its participants: rules, messages and definitions. No I/O.
//!
//! - [`decide`] holds the coordinator's rules. Read it first.
//! - [`step`] holds the messages: a request to a participant and its reply.
//! - [`verdict()`] compares what the coordinator believes with a barrier row; [`preview()`] plays the rules against the rows.
//! - [`SagaState`] is what the rules know about a saga; [`Definition`] is what a product declares; [`Shape`] is the order of its
//!   steps; [`Outcome`] is the end.
//!
//! It is a crate, so that its manifest shows that the rules reach no database, network or clock, and so that their instructions
//! can be counted without an optimised build of the rest. The saga kit exports it as `likewise_saga::protocol`.

mod builder;
pub mod decide;
mod definition;
mod document;
mod outcome;
mod preview;
mod retry;
#[cfg(feature = "rule-variants")]
pub mod rule_variants;
mod shape;
mod state;
pub mod step;
mod trace_context;
mod verdict;

pub use builder::{DefinitionBuilder, InvalidDefinition};
pub use decide::{Command, Event, IllegalEvent, ParkReason, Rules, SagaRules};
pub use definition::{Definition, StepDefinition};
pub use document::Document;
pub use outcome::Outcome;
pub use preview::{Preview, PreviewEnd, PreviewMessage, Unforeseen, preview};
pub use retry::RetryPolicy;
pub use shape::{STEPS_MAX, Shape};
pub use state::{SagaState, Status, StepState};
pub use step::{NoReply, Op, StepKey, StepReply, StepRequest};
pub use trace_context::{InvalidTraceContext, TraceContext};
pub use verdict::{Row, Verdict, verdict};
