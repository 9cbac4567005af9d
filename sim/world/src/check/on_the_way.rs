//! Requests for a coordinator that were sent and have not arrived.
//!
//! A client may give up while its request is on a link, or in the sockets of a process that is paused. The request may arrive
//! all the same, and start a saga. So the run is not at rest before it has arrived, or had the time for it.

use std::{collections::BTreeMap, time::Duration};

use super::Checker;
use crate::plan::{Host, Plan};

/// How many latencies and ticks a request takes at most: a new connection there and back, the request, and a turn of its
/// receiver.
const HOPS: u32 = 6;

/// The requests that may still arrive.
pub(crate) struct OnTheWay {
    /// By the number of the message: the receiver, and when it was sent.
    requests: BTreeMap<u64, (Host, Duration)>,
    /// When each process was resumed.
    resumed: BTreeMap<Host, Duration>,
    /// How long a request takes at most.
    within: Duration,
}

impl OnTheWay {
    pub(super) fn new(plan: &Plan) -> Self {
        let hop = plan.timing.latency_max_millis + plan.timing.tick_millis;
        Self {
            requests: BTreeMap::new(),
            resumed: BTreeMap::new(),
            within: Duration::from_millis(hop) * HOPS,
        }
    }

    fn sent(&mut self, message: u64, to: Host, now: Duration) {
        self.requests.insert(message, (to, now));
    }

    fn over(&mut self, message: u64) {
        self.requests.remove(&message);
    }

    fn resumed(&mut self, host: Host, now: Duration) {
        self.resumed.insert(host, now);
    }

    /// A process has started. What was in the sockets of the one before it is gone.
    pub(super) fn started(&mut self, host: Host) {
        self.requests.retain(|_, (to, _)| *to != host);
    }

    /// Whether a request may still arrive.
    fn may_arrive(&self, now: Duration) -> bool {
        self.requests.values().any(|(to, sent)| {
            let resumed = self.resumed.get(to).copied().unwrap_or_default();
            now <= resumed.max(*sent) + self.within
        })
    }
}

impl Checker {
    /// A request for a coordinator has left its sender.
    pub fn request_sent(&mut self, message: u64, to: Host, now: Duration) {
        self.on_the_way.sent(message, to, now);
    }

    /// A request has arrived, was answered, or will not arrive.
    pub fn request_over(&mut self, message: u64) {
        self.on_the_way.over(message);
    }

    /// A process has resumed.
    pub fn process_resumed(&mut self, host: Host, now: Duration) {
        self.timed.process_resumed(host);
        self.on_the_way.resumed(host, now);
    }

    /// Whether an operation that was sent may still start a saga, also if its client has left.
    #[must_use]
    pub fn may_start_a_saga(&self, now: Duration) -> bool {
        self.open_requests.may_start_a_saga(now) || self.on_the_way.may_arrive(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: Host = Host::COORDINATOR;
    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_request_may_arrive_until_it_has_or_had_the_time_for_it() {
        let mut on_the_way = OnTheWay::new(&Plan::new("x"));
        let within = on_the_way.within;
        on_the_way.sent(1, HOST, SECOND);
        assert!(on_the_way.may_arrive(SECOND + within));
        assert!(!on_the_way.may_arrive(SECOND + within * 2));
        on_the_way.over(1);
        assert!(!on_the_way.may_arrive(SECOND));
    }

    /// A paused process reads what is in its sockets when it resumes.
    #[test]
    fn a_request_to_a_paused_process_may_arrive_after_its_pause() {
        let mut on_the_way = OnTheWay::new(&Plan::new("x"));
        on_the_way.sent(1, HOST, Duration::ZERO);
        on_the_way.resumed(Host::CLIENTS, SECOND);
        assert!(!on_the_way.may_arrive(SECOND), "another process");
        on_the_way.resumed(HOST, SECOND);
        assert!(on_the_way.may_arrive(SECOND));
        on_the_way.started(HOST);
        assert!(!on_the_way.may_arrive(SECOND), "its sockets are gone");
    }
}
