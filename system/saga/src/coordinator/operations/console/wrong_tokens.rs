//! How often somebody may type a wrong token.
//!
//! A token has 64 bits at least if it is random, so nobody guesses one. The limit is for tokens that a person has made up. It
//! counts for the whole process: a listener behind a gateway does not know who asks. The routes with `Authorization` stay
//! open, so nobody can shut the operators out for good.

use std::time::Duration;

use tokio::time::Instant;

/// Wrong tokens in a row without a delay.
const FREE: u32 = 5;
/// The delay after one more. It doubles with each further one.
const DELAY_MIN: Duration = Duration::from_secs(1);
/// The longest delay.
const DELAY_MAX: Duration = Duration::from_secs(30);

/// The wrong tokens since the last right one.
#[derive(Debug, Default)]
pub(super) struct WrongTokens {
    in_a_row: u32,
    not_before: Option<Instant>,
}

impl WrongTokens {
    /// The time until a token may be tried again. `None` if it may be tried now.
    pub(super) fn delay(&self, now: Instant) -> Option<Duration> {
        let left = self.not_before?.saturating_duration_since(now);
        (!left.is_zero()).then_some(left)
    }

    /// Takes note of a wrong token.
    pub(super) fn count(&mut self, now: Instant) {
        self.in_a_row = self.in_a_row.saturating_add(1);
        let Some(over) = self.in_a_row.checked_sub(FREE) else {
            return;
        };
        let doubled = 1_u32.checked_shl(over);
        let delay = doubled.map_or(DELAY_MAX, |by| DELAY_MIN.saturating_mul(by));
        self.not_before = Some(now + delay.min(DELAY_MAX));
    }

    /// Takes note of a right token.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_five_wrong_tokens_in_a_row_each_further_one_waits_longer_up_to_a_limit() {
        let (mut wrong, mut now) = (WrongTokens::default(), Instant::now());
        let mut delays = Vec::new();
        for _ in 0..12 {
            wrong.count(now);
            let delay = wrong.delay(now).unwrap_or_default();
            delays.push(delay.as_secs());
            now += delay;
            assert_eq!(wrong.delay(now), None);
        }
        assert_eq!(delays, [0, 0, 0, 0, 1, 2, 4, 8, 16, 30, 30, 30]);
        for _ in 0..100 {
            wrong.count(now);
        }
        assert_eq!(wrong.delay(now), Some(DELAY_MAX));
        wrong.forget();
        assert_eq!(wrong.delay(now), None);
    }
}
