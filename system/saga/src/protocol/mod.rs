//! The protocol between a coordinator and its participants: rules, messages and definitions. No I/O.
//!
//! [`decide`] holds the coordinator's rules: read it first. [`step`] holds the messages.

pub mod decide;
mod definition;
mod document;
pub mod step;

pub use decide::{Command, Event, IllegalEvent, Rules, SagaRules, SagaState, Status, StepState};
pub use definition::{Definition, Outcome, StepDefinition};
pub use document::Document;
pub use step::{Op, StepKey, StepReply, StepRequest, Unanswered};
