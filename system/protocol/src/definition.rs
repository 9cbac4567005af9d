//! What a saga consists of. A product derives it from the saga's kind and arguments.

use super::{Document, RetryPolicy, Shape, builder::DefinitionBuilder};

/// One step of a saga.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepDefinition {
    /// The name of the step. It is different from those of the saga's other steps. Log lines and errors show it.
    pub name: &'static str,
    /// The name of the service that executes the step.
    pub service: &'static str,
    /// The arguments that the service gets.
    pub args: Document,
    /// How the step is tried.
    pub retry: RetryPolicy,
}

impl StepDefinition {
    /// A step that is tried as the executor is configured.
    #[must_use]
    pub fn new(name: &'static str, service: &'static str, args: Document) -> Self {
        Self {
            name,
            service,
            args,
            retry: RetryPolicy::default(),
        }
    }

    /// The same step, tried in another way.
    #[must_use]
    pub fn retry(self, retry: RetryPolicy) -> Self {
        Self { retry, ..self }
    }
}

/// The steps of a saga, in groups, with at most one pivot.
///
/// - The steps of a group are sent at once. The next group starts when every step of the group is done.
/// - Compensations run in the reverse order of the groups. Those of one group are sent at once.
/// - Once the pivot is done, the saga only goes forward: the steps after it have no compensation and are sent until they are
///   done. They must not refuse. A saga without a pivot is committed by its last group.
///
/// It depends on the stored kind and arguments alone. Therefore a coordinator that recovers a saga from its log row sends the
/// same steps as the coordinator that started it.
///
/// # Changes between versions
/// The log does not store the definition. As long as a saga of a kind is open, every version must derive the same number,
/// order, groups, services and arguments of steps for it, and the same pivot. To change any of these, use a new kind, and keep
/// the old one until none of its sagas is open. To show sagas that have ended, the number and order of the steps are needed
/// for ever. Names and [`RetryPolicy`] may change at any time: they have no influence on what a saga means.
///
/// ```
/// use likewise_protocol::{Definition, Document, StepDefinition};
///
/// let transfer = |args: Document| {
///     let step = |name, service| StepDefinition::new(name, service, args.clone());
///     Definition::builder()
///         .step(step("debit", "accounts"))
///         .parallel([step("fraud_check", "risk"), step("limit_check", "limits")])
///         .pivot(step("credit", "accounts"))
///         .step(step("notify", "messages"))
///         .build()
/// };
/// let transfer = transfer(serde_json::json!({"from": 1, "to": 2, "cents": 500}).into())?;
///
/// let names: Vec<_> = transfer.steps().iter().map(|step| step.name).collect();
/// assert_eq!(names, ["debit", "fraud_check", "limit_check", "credit", "notify"]);
/// assert_eq!(transfer.shape().group(1), 1..3);
/// assert!(transfer.shape().is_after_pivot(4));
/// # Ok::<(), likewise_protocol::InvalidDefinition>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    pub(super) steps: Vec<StepDefinition>,
    pub(super) shape: Shape,
}

impl Definition {
    /// Starts a definition.
    pub fn builder() -> DefinitionBuilder {
        DefinitionBuilder::default()
    }

    /// The steps of all groups, in order.
    #[must_use]
    pub fn steps(&self) -> &[StepDefinition] {
        &self.steps
    }

    /// The steps of all groups, in order.
    #[must_use]
    pub fn into_steps(self) -> Vec<StepDefinition> {
        self.steps
    }

    /// The groups and the pivot.
    #[must_use]
    pub fn shape(&self) -> Shape {
        self.shape
    }
}
