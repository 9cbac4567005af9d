//! What the answer to an attempt means, and when the next attempt is due. No I/O.
//!
//! | answer | then |
//! |---|---|
//! | 2xx | delivered |
//! | 410 Gone | given up: the receiver wants no more |
//! | anything else, redirects included, or none | another attempt, [`ATTEMPTS_MAX`] in all |

use std::time::Duration;

use http::StatusCode;

use super::{
    deliveries::{Attempt, Delivery, DeliveryState},
    outbox::micros,
};
use crate::time::Timestamp;

/// The pause after the first failure. It doubles with each further one.
pub(super) const PAUSE_MIN: Duration = Duration::from_secs(5);
/// The longest pause, without its jitter.
pub(super) const PAUSE_MAX: Duration = Duration::from_secs(6 * 60 * 60);
/// The jitter adds at most this share of a pause.
const JITTER_SHARE: u32 = 4;
/// The most attempts at one delivery. With the pauses between them they take about three days.
pub(super) const ATTEMPTS_MAX: u32 = 24;

/// The longest pause, with its jitter.
pub(super) fn pause_longest() -> Duration {
    with_jitter(PAUSE_MAX)
}

/// The longest pause after the first failure.
pub(super) fn first_pause_longest() -> Duration {
    with_jitter(PAUSE_MIN)
}

fn with_jitter(pause: Duration) -> Duration {
    pause + pause / JITTER_SHARE
}

/// The shortest pause after this many failures in a row, at least one: the pause without its jitter.
#[must_use]
pub fn shortest_pause(failures: u32) -> Duration {
    let doubled = 1_u32.checked_shl(failures.saturating_sub(1));
    let pause = doubled.map_or(PAUSE_MAX, |by| PAUSE_MIN.saturating_mul(by));
    pause.min(PAUSE_MAX)
}

/// The pause after this many failures in a row, at least one.
fn pause(failures: u32, random: u64) -> Duration {
    let pause = shortest_pause(failures);
    // In 32 bits the share is exact enough.
    let share = u32::try_from(random >> 32).unwrap_or(u32::MAX);
    let jitter = (pause / JITTER_SHARE).mul_f64(f64::from(share) / f64::from(u32::MAX));
    pause + jitter
}

/// What came of an attempt that began and ended at these times. `answer` is the status, or why there is none.
pub(super) fn judge(
    delivery: &Delivery,
    now: Timestamp,
    random: u64,
    answer: Result<StatusCode, String>,
) -> Attempt {
    let attempts = delivery.attempts.saturating_add(1);
    let (state, error) = match &answer {
        Ok(status) if status.is_success() => (DeliveryState::Delivered, None),
        Ok(status) if *status == StatusCode::GONE => {
            let gone = format!("the webhook answered {status}: it wants no more messages");
            (DeliveryState::GivenUp, Some(gone))
        }
        answer => {
            let error = match answer {
                Ok(status) if status.is_redirection() => {
                    format!("the webhook answered {status}; redirects are not followed")
                }
                Ok(status) => format!("the webhook answered {status}"),
                Err(why) => why.clone(),
            };
            let state = match attempts < ATTEMPTS_MAX {
                true => DeliveryState::Pending,
                false => DeliveryState::GivenUp,
            };
            (state, Some(error))
        }
    };
    let next = now.0.saturating_add(micros(pause(attempts, random)));
    Attempt {
        alert: delivery.alert.id,
        attempts_before: delivery.attempts,
        state,
        next_attempt_at: match state {
            DeliveryState::Pending => Timestamp(next),
            DeliveryState::Delivered | DeliveryState::GivenUp => now,
        },
        status: answer.ok().map(|status| status.as_u16()),
        error,
        delivered_at: (state == DeliveryState::Delivered).then_some(now),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{
        alerts::{Alert, AlertId, AlertKind},
        id::SagaId,
    };

    const NOW: Timestamp = Timestamp(1_700_000_000_000_000);

    fn delivery(attempts: u32) -> Delivery {
        let saga = SagaId(Uuid::from_u128(7));
        Delivery {
            alert: Alert {
                id: AlertId::new(saga, AlertKind::Parked, NOW),
                saga,
                kind: AlertKind::Parked,
                saga_kind: String::new(),
                subject: String::new(),
                status: "running",
                reason: String::new(),
                parked_at: NOW,
                created_at: NOW,
            },
            state: DeliveryState::Pending,
            attempts,
            next_attempt_at: NOW,
            last_status: None,
            last_error: None,
            delivered_at: None,
            resends: 0,
        }
    }

    #[test]
    fn r15_only_2xx_delivers_and_only_410_gives_up_at_once() {
        let judged = |status: u16| {
            let status = StatusCode::from_u16(status).unwrap();
            judge(&delivery(0), NOW, 0, Ok(status))
        };
        for status in 100..=599 {
            let expected = match status {
                200..=299 => DeliveryState::Delivered,
                410 => DeliveryState::GivenUp,
                _ => DeliveryState::Pending,
            };
            let attempt = judged(status);
            assert_eq!(attempt.state, expected, "{status}");
            assert_eq!(attempt.status, Some(status));
            assert_eq!(
                attempt.error.is_none(),
                expected == DeliveryState::Delivered
            );
        }
        assert!(
            judged(302)
                .error
                .unwrap()
                .contains("redirects are not followed")
        );
        let silent = judge(&delivery(0), NOW, 0, Err("no reply".to_owned()));
        assert_eq!(
            (silent.state, silent.status),
            (DeliveryState::Pending, None)
        );
    }

    #[test]
    fn r15_the_pauses_grow_to_hours_and_end_after_about_three_days() {
        let pauses = [0, u64::MAX].map(|random| [1, 2, 3, 13, 14, 40].map(|n| pause(n, random)));
        assert_eq!(
            pauses[0].map(|it| it.as_secs()),
            [5, 10, 20, 20_480, 21_600, 21_600]
        );
        assert_eq!(pauses[1][0], Duration::from_millis(6_250));
        assert_eq!(pauses[1][0], first_pause_longest());
        assert_eq!(pauses[1][5], pause_longest());
        assert_eq!(pauses[0][2], shortest_pause(3));
        let day = Duration::from_secs(24 * 60 * 60);
        let all = |random| {
            (1..ATTEMPTS_MAX)
                .map(|n| pause(n, random))
                .sum::<Duration>()
        };
        let (shortest, longest) = (all(0), all(u64::MAX));
        assert!(
            shortest > day * 5 / 2 && longest < day * 4,
            "{shortest:?} {longest:?}"
        );
        let failed = || Err("no reply".to_owned());
        let before_last = judge(&delivery(ATTEMPTS_MAX - 2), NOW, 0, failed());
        assert_eq!(before_last.state, DeliveryState::Pending);
        let last = judge(&delivery(ATTEMPTS_MAX - 1), NOW, 0, failed());
        assert_eq!(last.state, DeliveryState::GivenUp);
    }
}
