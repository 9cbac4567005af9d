//! When requests begin in the open loop: legs of a fixed rate each, one after another.
//!
//! A request has a number, and its time follows from the number alone: whatever the system does
//! with the ones before, the next is due when it is due.

use std::time::Duration;

/// So many requests a second, for so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Leg {
    /// Requests a second; never 0.
    pub(crate) rate: u32,
    pub(crate) seconds: u32,
}

impl Leg {
    fn requests(self) -> u64 {
        u64::from(self.rate) * u64::from(self.seconds)
    }
}

/// The legs, in order.
#[derive(Debug, Clone)]
pub(crate) struct Schedule {
    pub(crate) legs: Vec<Leg>,
}

impl Schedule {
    /// How many there are in all.
    pub(crate) fn requests(&self) -> u64 {
        self.legs.iter().map(|leg| leg.requests()).sum()
    }

    /// How long after the begin the request of this number is due; nothing once all have been.
    pub(crate) fn due(&self, number: u64) -> Option<Duration> {
        let mut before = Duration::ZERO;
        let mut left = number;
        for leg in &self.legs {
            if left < leg.requests() {
                let within = left * 1_000_000_000 / u64::from(leg.rate.max(1));
                return Some(before + Duration::from_nanos(within));
            }
            left -= leg.requests();
            before += Duration::from_secs(leg.seconds.into());
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_leg_begins_when_the_last_one_is_over() {
        let leg = |rate, seconds| Leg { rate, seconds };
        let schedule = Schedule {
            legs: vec![leg(10, 1), leg(100, 2), leg(2, 1)],
        };
        let due: Vec<u128> = [0, 9, 10, 11, 209, 210, 211]
            .map(|number| schedule.due(number).unwrap().as_millis())
            .to_vec();
        assert_eq!(due, [0, 900, 1_000, 1_010, 2_990, 3_000, 3_500]);
        assert_eq!(schedule.due(212), None);
    }
}
