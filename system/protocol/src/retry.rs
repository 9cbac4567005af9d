//! How a step is tried.

use std::time::Duration;

/// How the requests of one step are tried. What is not set is as the executor is configured.
///
/// It is about time alone. No rule and no stored state depends on it, so it may differ between versions, and a saga that
/// continues after a restart is tried as the new version says.
///
/// ```
/// use std::time::Duration;
/// use likewise_protocol::RetryPolicy;
///
/// let bank = RetryPolicy {
///     attempt_timeout: Some(Duration::from_millis(800)),
///     pause_max: Some(Duration::from_secs(60)),
///     ..RetryPolicy::default()
/// };
/// # assert_eq!(bank.pause_min, None);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How long one attempt waits for its reply. The sender of requests has a limit, too; the shorter one counts.
    pub attempt_timeout: Option<Duration>,
    /// The first pause between two attempts. Each further pause is twice as long, with jitter.
    pub pause_min: Option<Duration>,
    /// The longest pause between two attempts.
    pub pause_max: Option<Duration>,
    /// How long the action is tried, from its first attempt by this coordinator. If it is not done by then, the saga is in
    /// doubt, as after its own deadline: it sends seals instead of actions. The saga's deadline stays in force, and it is the
    /// one that is stored. A step after the pivot has no deadline.
    pub deadline: Option<Duration>,
}

impl RetryPolicy {
    /// What makes the policy unusable, if anything.
    pub(super) fn defect(&self) -> Option<&'static str> {
        let is_zero = |limit: Option<Duration>| limit == Some(Duration::ZERO);
        let pauses = self.pause_min.zip(self.pause_max);
        let is_reversed = pauses.is_some_and(|(min, max)| min > max);
        let defects = [
            (
                is_zero(self.attempt_timeout),
                "its attempt time-out is zero",
            ),
            (is_zero(self.pause_min), "its shortest pause is zero"),
            (is_reversed, "its shortest pause is longer than its longest"),
            (is_zero(self.deadline), "its deadline is zero"),
        ];
        let found = defects.iter().find(|(is_found, _)| *is_found);
        found.map(|(_, defect)| *defect)
    }
}
