//! When requests are due in the open loop: phases of a fixed rate, one after another.
//!
//! A request's due time follows from its number alone. A slow system therefore cannot delay the requests that follow.

use std::time::Duration;

/// A fixed rate for a fixed time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Phase {
    /// Requests per second; never 0.
    pub(crate) rate: u32,
    pub(crate) seconds: u32,
}

impl Phase {
    fn requests(self) -> u64 {
        u64::from(self.rate) * u64::from(self.seconds)
    }
}

/// The phases of a load, in order.
#[derive(Debug, Clone)]
pub(crate) struct Schedule {
    pub(crate) phases: Vec<Phase>,
}

impl Schedule {
    /// The number of requests in all phases.
    pub(crate) fn requests(&self) -> u64 {
        self.phases.iter().map(|phase| phase.requests()).sum()
    }

    /// When request `number` is due, from the start of the load; `None` after the last request. Numbers start at 0.
    pub(crate) fn due(&self, number: u64) -> Option<Duration> {
        let mut phase_start = Duration::ZERO;
        let mut left = number;
        for phase in &self.phases {
            if left < phase.requests() {
                let within = left * 1_000_000_000 / u64::from(phase.rate.max(1));
                return Some(phase_start + Duration::from_nanos(within));
            }
            left -= phase.requests();
            phase_start += Duration::from_secs(phase.seconds.into());
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_phase_starts_when_the_previous_one_ends() {
        let phase = |rate, seconds| Phase { rate, seconds };
        let schedule = Schedule {
            phases: vec![phase(10, 1), phase(100, 2), phase(2, 1)],
        };
        let due: Vec<u128> = [0, 9, 10, 11, 209, 210, 211]
            .map(|number| schedule.due(number).unwrap().as_millis())
            .to_vec();
        assert_eq!(due, [0, 900, 1_000, 1_010, 2_990, 3_000, 3_500]);
        assert_eq!(schedule.due(212), None);
    }
}
