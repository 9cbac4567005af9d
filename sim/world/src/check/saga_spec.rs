//! One kind of saga, as a system declares it to the checks.

use likewise_saga::protocol::Document;

/// One kind of saga. The checks compare what a coordinator does with it, so it is declared apart from the product, which derives
/// the steps from the arguments.
pub struct SagaSpec {
    /// The kind, as the saga log stores it.
    pub kind: &'static str,
    /// The arguments of one such saga. The product must derive the steps of this declaration from them.
    pub args: fn() -> Document,
    /// The service of each step, in order.
    pub steps: &'static [&'static str],
    /// The place of the pivot among the steps. The steps after it are sent until they are done, whatever the deadline. `None` if
    /// every step may be undone.
    pub pivot: Option<usize>,
}

impl SagaSpec {
    /// The number of steps up to the pivot and with it: those that may be undone.
    #[must_use]
    pub fn steps_up_to_pivot(&self) -> usize {
        self.pivot.map_or(self.steps.len(), |pivot| pivot + 1)
    }
}
