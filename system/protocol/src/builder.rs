//! Builds a definition, and refuses one that makes no sense.

use super::{Definition, Shape, StepDefinition, shape::STEPS_MAX};

/// Builds a [`Definition`]. The groups run in the order in which they are added.
#[derive(Debug, Clone)]
#[must_use]
pub struct DefinitionBuilder {
    steps: Vec<StepDefinition>,
    shape: Shape,
    pivot: Option<&'static str>,
    /// The first problem. What is added after it is not looked at.
    problem: Option<InvalidDefinition>,
}

/// Why a definition makes no sense. Each text names the step and says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDefinition {
    /// There is no step.
    #[error("the saga has no steps: add at least one")]
    NoSteps,
    /// A group has no step.
    #[error("{}: leave it out, or add steps to it", empty_group(.after))]
    EmptyGroup {
        /// The last step before the group.
        after: Option<&'static str>,
    },
    /// A step has no name or no service.
    #[error("step {index} has no {missing}: give it one")]
    Nameless {
        /// The index of the step.
        index: usize,
        /// `name` or `service`.
        missing: &'static str,
    },
    /// Two steps have the same name.
    #[error(
        "two steps are named `{name}`: rename one, because log lines and errors tell steps apart by name"
    )]
    DuplicateName {
        /// The name.
        name: &'static str,
    },
    /// There are two pivots.
    #[error(
        "`{second}` cannot be a pivot, because `{first}` is: a saga has one point of no return. Make `{second}` an ordinary step: after the pivot, every step only goes forward"
    )]
    SecondPivot {
        /// The first pivot.
        first: &'static str,
        /// The second pivot.
        second: &'static str,
    },
    /// A step after the pivot has a deadline.
    #[error(
        "step `{step}` has a deadline, but comes after the pivot `{pivot}`: it is tried until it is done. Remove the deadline, or move the step before the pivot"
    )]
    DeadlineAfterPivot {
        /// The step.
        step: &'static str,
        /// The pivot.
        pivot: &'static str,
    },
    /// A retry policy cannot be followed.
    #[error("step `{step}` cannot be tried, because {defect}: change or remove that value")]
    UnusableRetry {
        /// The step.
        step: &'static str,
        /// What is wrong.
        defect: &'static str,
    },
    /// There are too many steps.
    #[error("step `{step}` is one too many: a saga has at most {max} steps. Let one step do more, or start a second saga", max = STEPS_MAX)]
    TooManySteps {
        /// The first step beyond the limit.
        step: &'static str,
    },
}

fn empty_group(after: &Option<&'static str>) -> String {
    match after {
        Some(step) => format!("the group after step `{step}` has no steps"),
        None => "the first group has no steps".to_owned(),
    }
}

impl Default for DefinitionBuilder {
    fn default() -> Self {
        Self {
            steps: Vec::new(),
            shape: Shape::EMPTY,
            pivot: None,
            problem: None,
        }
    }
}

impl DefinitionBuilder {
    /// Adds a group of one step.
    pub fn step(self, step: StepDefinition) -> Self {
        self.group([step])
    }

    /// Adds a group whose steps run in parallel.
    pub fn parallel(self, steps: impl IntoIterator<Item = StepDefinition>) -> Self {
        self.group(steps)
    }

    /// Adds the pivot, a group of one step. Once it is done, the saga only goes forward.
    ///
    /// It needs no compensation: once its action has run, nothing is undone any more. If the saga is undone because an earlier
    /// step refused, the pivot may get an undo all the same, which makes the barrier refuse a late action.
    pub fn pivot(mut self, step: StepDefinition) -> Self {
        let name = step.name;
        if let Some(first) = self.pivot {
            return self.refuse(InvalidDefinition::SecondPivot {
                first,
                second: name,
            });
        }
        self = self.group([step]);
        self.pivot = Some(name);
        self
    }

    /// Ends the definition.
    ///
    /// # Errors
    /// [`InvalidDefinition`]: the first problem of the definition, in the order in which its steps were added.
    pub fn build(self) -> Result<Definition, InvalidDefinition> {
        match self.problem {
            Some(problem) => Err(problem),
            None if self.steps.is_empty() => Err(InvalidDefinition::NoSteps),
            None => Ok(Definition {
                steps: self.steps,
                shape: self.shape,
            }),
        }
    }

    fn group(mut self, steps: impl IntoIterator<Item = StepDefinition>) -> Self {
        let before = self.steps.len();
        for step in steps {
            if let Err(problem) = self.check(&step) {
                return self.refuse(problem);
            }
            self.steps.push(step);
        }
        if self.steps.len() == before {
            let after = self.steps.last().map(|step| step.name);
            return self.refuse(InvalidDefinition::EmptyGroup { after });
        }
        let size = self.steps.len() - before;
        self.shape = self.shape.with_group(size, self.pivot.is_some());
        self
    }

    fn refuse(mut self, problem: InvalidDefinition) -> Self {
        self.problem.get_or_insert(problem);
        self
    }

    /// Whether a step may be added.
    fn check(&self, step: &StepDefinition) -> Result<(), InvalidDefinition> {
        let (index, name) = (self.steps.len(), step.name);
        let missing = [("name", name), ("service", step.service)];
        if let Some((missing, _)) = missing.iter().find(|(_, text)| text.is_empty()) {
            return Err(InvalidDefinition::Nameless { index, missing });
        }
        if index >= STEPS_MAX {
            return Err(InvalidDefinition::TooManySteps { step: name });
        }
        if self.steps.iter().any(|other| other.name == name) {
            return Err(InvalidDefinition::DuplicateName { name });
        }
        if let Some(defect) = step.retry.defect() {
            return Err(InvalidDefinition::UnusableRetry { step: name, defect });
        }
        match self.pivot {
            Some(pivot) if step.retry.deadline.is_some() => {
                Err(InvalidDefinition::DeadlineAfterPivot { step: name, pivot })
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
