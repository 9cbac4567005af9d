//! The shape of a saga: which steps run in parallel, and which one is the pivot.

use std::ops::Range;

use likewise_barrier::StepIndex;

/// The largest number of steps of a saga. A [`Shape`] is copied with every decision, so it is two small numbers.
pub const STEPS_MAX: usize = 32;

/// The groups of a saga's steps and its pivot. Steps are numbered through all groups, in order.
///
/// ```text
///   debit ──► fraud check ──► credit ──► notify        steps          0   1 2   3   4
///        └──► limit check ──┘ (pivot)                  groups         0..1 │ 1..3 │ 3..4 │ 4..5
///   └──────── may be undone ───────┘ └ only forward ┘   until pivot    0..4
/// ```
///
/// A [`Definition`](super::Definition) has one, and only a valid one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Shape {
    /// Bit `n` is set if a group begins at step `n`. The bit behind the last step is set, too.
    group_starts: u64,
    /// The number of steps up to the pivot and with it. All steps, if there is no pivot.
    until_pivot: u8,
}

impl Shape {
    /// Steps that run one after another, without a pivot.
    ///
    /// # Panics
    /// If there are more than [`STEPS_MAX`] steps.
    #[must_use]
    pub const fn sequence(steps: usize) -> Self {
        assert!(steps <= STEPS_MAX, "a saga has at most 32 steps");
        Self {
            group_starts: (1 << (steps + 1)) - 1,
            until_pivot: steps as u8,
        }
    }

    /// A shape without steps, to which groups are added.
    pub(super) const EMPTY: Self = Self::sequence(0);

    /// Adds a group. With the steps that are there, it must have at most [`STEPS_MAX`] steps.
    pub(super) fn with_group(self, steps: usize, is_after_pivot: bool) -> Self {
        let end = self.steps() + steps;
        Self {
            group_starts: self.group_starts | 1 << end,
            until_pivot: match is_after_pivot {
                true => self.until_pivot,
                false => end as u8,
            },
        }
    }

    /// The number of steps.
    #[inline]
    #[must_use]
    pub const fn steps(self) -> usize {
        self.group_starts.ilog2() as usize
    }

    /// The group of a step, as a range of steps.
    #[inline]
    #[must_use]
    pub const fn group(self, step: StepIndex) -> Range<StepIndex> {
        let up_to_step = (2 << step) - 1;
        let start = (self.group_starts & up_to_step).ilog2();
        let end = (self.group_starts & !up_to_step).trailing_zeros();
        start as usize..end as usize
    }

    /// Whether a step is a group of one.
    #[inline]
    #[must_use]
    pub const fn is_alone(self, step: StepIndex) -> bool {
        self.group_starts >> step & 0b11 == 0b11
    }

    /// The steps up to the pivot and with it. They decide whether the saga is committed, and until then it may be undone. All
    /// steps, if there is no pivot.
    #[inline]
    #[must_use]
    pub const fn until_pivot(self) -> Range<StepIndex> {
        0..self.until_pivot as usize
    }

    /// Whether a step comes after the pivot: it has no compensation, and is sent until it is done.
    #[inline]
    #[must_use]
    pub const fn is_after_pivot(self, step: StepIndex) -> bool {
        step >= self.until_pivot as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_steps_of_a_sequence_are_groups_of_one() {
        for steps in 0..=STEPS_MAX {
            let shape = Shape::sequence(steps);
            assert_eq!(shape.steps(), steps);
            assert_eq!(shape.until_pivot(), 0..steps);
            for step in 0..steps {
                assert_eq!(shape.group(step), step..step + 1);
                assert!(shape.is_alone(step) && !shape.is_after_pivot(step));
            }
        }
    }

    #[test]
    fn a_step_belongs_to_the_group_that_it_was_added_with() {
        let shape = Shape::EMPTY
            .with_group(1, false)
            .with_group(2, false)
            .with_group(1, false)
            .with_group(28, true);
        assert_eq!(shape.steps(), STEPS_MAX);
        assert_eq!(shape.until_pivot(), 0..4);
        for (step, group) in [
            (0, 0..1),
            (1, 1..3),
            (2, 1..3),
            (3, 3..4),
            (4, 4..32),
            (31, 4..32),
        ] {
            assert_eq!(shape.group(step), group, "step {step}");
            assert_eq!(shape.is_after_pivot(step), step > 3, "step {step}");
            assert_eq!(shape.is_alone(step), shape.group(step).len() == 1);
        }
    }
}
