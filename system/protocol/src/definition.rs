//! What a saga consists of. A product derives it from the saga's kind and arguments.

use super::Document;

/// One step of a saga.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepDefinition {
    /// The name of the service that executes the step.
    pub service: &'static str,
    /// The arguments that the service gets.
    pub args: Document,
}

/// The steps of a saga.
///
/// It depends on the stored kind and arguments alone. Therefore a coordinator that recovers a saga from its log row sends the
/// same steps as the coordinator that started it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// The steps, in the order in which their actions run.
    pub steps: Vec<StepDefinition>,
}
