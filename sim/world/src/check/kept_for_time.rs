//! What has ended is kept for its published time, and not for much longer. The newest saga stays until a newer one begins: a
//! watermark is the identity of a saga, and everything *below* it is deleted. The log's last ends stay until a later one is
//! committed, because the next position on SQLite follows from them.
//!
//! The clock of retention is no wall clock: it counts the time for which some coordinator led. So it never runs faster than the
//! simulated time, whatever happens to the clocks.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
    time::Duration,
};

use likewise_saga::protocol::Status;
use uuid::Uuid;

use super::{Delta, Findings, ObservedState, Property};
use crate::plan::{Host, Plan};

pub(crate) const KEPT: Property = Property {
    name: "kept-for-its-time",
    about: "a saga that has ended is deleted no sooner than its period after its end, and one with a key no sooner than that of keys",
    exercised_by: "`retention` in a plan, and a run that is longer",
    kept_by: "the marks of retention: what is below a mark has been kept for its whole period",
};

pub(crate) const BOUNDED: Property = Property {
    name: "tables-stay-bounded",
    about: "without faults, neither the log nor a barrier holds what could be deleted and ended more than two periods ago",
    exercised_by: "`retention` in a plan without faults, and a run that is longer",
    kept_by: "the collection: a service deletes what is below its watermark",
};

/// How much earlier than the time of a commit its process may have read its clock: some ticks.
const READ_BEFORE: Duration = Duration::from_millis(100);
/// How long a publication and a batch of rows may take.
const DELETED_WITHIN: Duration = Duration::from_secs(1);

/// When sagas ended, and which rows are left of them.
pub(crate) struct Kept {
    /// The periods of sagas and of keys.
    periods: Option<[Duration; 2]>,
    is_quiet: bool,
    /// Whether operators may hold an older saga open for as long as they like. Without them an older saga ends within the answer
    /// time-out, which `later_by` allows for. With them the time counts from the end of the last older saga: from then on nothing holds
    /// the watermark back, and a pause of a service or a kind holds back no collection.
    has_operators: bool,
    /// How long after two periods the last row may go: an older saga that is open holds the watermark back.
    later_by: Duration,
    began: BTreeMap<Uuid, Duration>,
    ended: BTreeMap<Uuid, Duration>,
    /// The times of the ends.
    ends: BTreeSet<Duration>,
    /// The ended sagas that the log has: without a key, and with one.
    in_log: [BTreeSet<Uuid>; 2],
    /// The steps of sagas that each service has.
    at_services: BTreeMap<Host, BTreeMap<Uuid, usize>>,
}

impl Kept {
    pub(super) fn new(plan: &Plan) -> Self {
        let periods = plan.retention.map(|retention| {
            [retention.sagas_millis, retention.keys_millis].map(Duration::from_millis)
        });
        Self {
            periods,
            is_quiet: plan.faults.is_empty(),
            has_operators: plan.operators > 0,
            later_by: plan.timing.answer_timeout() + DELETED_WITHIN,
            began: BTreeMap::new(),
            ended: BTreeMap::new(),
            ends: BTreeSet::new(),
            in_log: Default::default(),
            at_services: BTreeMap::new(),
        }
    }

    pub(super) fn changed(
        &mut self,
        observed: &ObservedState,
        delta: &Delta,
        now: Duration,
        findings: &mut Findings,
    ) {
        let Some(periods) = self.periods else {
            return;
        };
        let is_keyed = |saga: &Uuid| {
            let row = observed.sagas.get(saga);
            usize::from(row.is_some_and(|row| row.key.is_some()))
        };
        match delta {
            Delta::Saga {
                saga,
                after,
                before,
                ..
            } => {
                self.began.entry(*saga).or_insert(now);
                if !after.is_some_and(Status::is_open) {
                    self.ended.entry(*saga).or_insert(now);
                    self.ends.insert(now);
                    self.in_log[is_keyed(saga)].insert(*saga);
                } else if before.is_none() && self.is_quiet {
                    self.judge_all(periods, now, findings);
                }
            }
            Delta::Collected { saga } => {
                self.in_log[is_keyed(saga)].remove(saga);
                self.judge(*saga, periods[is_keyed(saga)], now, findings);
            }
            Delta::Barrier {
                service,
                saga,
                before,
                after,
                ..
            } => {
                let steps = self.at_services.entry(*service).or_default();
                match (before, after) {
                    (None, Some(_)) => *steps.entry(*saga).or_default() += 1,
                    (Some(_), None) => {
                        if let Some(left) = steps.get_mut(saga) {
                            *left -= 1;
                            if *left == 0 {
                                steps.remove(saga);
                            }
                        }
                        self.judge(*saga, periods[0], now, findings);
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }

    /// Rows of a saga were deleted.
    fn judge(&self, saga: Uuid, period: Duration, now: Duration, findings: &mut Findings) {
        // That nothing open is deleted is another property.
        let Some(ended) = self.ended.get(&saga) else {
            return;
        };
        let kept = now.saturating_sub(*ended);
        findings.require(KEPT, kept + READ_BEFORE >= period, || {
            let (kept, period) = (kept.as_millis(), period.as_millis());
            format!("rows of saga {saga} were deleted {kept} ms after its end, and are promised for {period} ms")
        });
    }

    /// Since when a saga has ended and a newer one has begun. `None` if that is not so yet.
    fn could_go(&self, saga: &Uuid) -> Option<Duration> {
        let newer = (Bound::Excluded(*saga), Bound::Unbounded);
        let (_, next_began) = self.began.range(newer).next()?;
        let since = (*next_began).max(*self.ended.get(saga)?);
        match self.has_operators {
            true => Some(since.max(self.all_ended(saga)?)),
            false => Some(since),
        }
    }

    /// When the last saga up to this one has ended. `None` if one is open.
    fn all_ended(&self, saga: &Uuid) -> Option<Duration> {
        let up_to_it = self.began.range(..=*saga);
        let ends = up_to_it.map(|(older, _)| self.ended.get(older).copied());
        ends.collect::<Option<Vec<Duration>>>()?.into_iter().max()
    }

    /// As [`could_go`](Self::could_go), and an end came after those of all sagas up to this one that the log has.
    fn could_go_from_log(&self, saga: &Uuid) -> Option<Duration> {
        let since = self.could_go(saga)?;
        let up_to_it = self.in_log.iter().flat_map(|sagas| sagas.range(..=*saga));
        let last = up_to_it.filter_map(|saga| self.ended.get(saga)).max()?;
        let later = (Bound::Excluded(*last), Bound::Unbounded);
        Some(since.max(*self.ends.range(later).next()?))
    }

    /// The oldest saga of each table must not be too old.
    fn judge_all(&self, periods: [Duration; 2], now: Duration, findings: &mut Findings) {
        let in_log = self.in_log.iter().zip(periods);
        let in_log = in_log.filter_map(|(sagas, period)| {
            let saga = sagas.first()?;
            Some((saga, self.could_go_from_log(saga)?, period, "log"))
        });
        let at_services = self.at_services.iter().filter_map(|(service, steps)| {
            let (saga, _) = steps.first_key_value()?;
            Some((saga, self.could_go(saga)?, periods[0], service.name()))
        });
        for (saga, since, period, place) in in_log.chain(at_services) {
            let kept = now.saturating_sub(since);
            findings.require(BOUNDED, kept <= period * 2 + self.later_by, || {
                let (kept, period) = (kept.as_millis(), period.as_millis());
                format!("the {place} has saga {saga}, which could be deleted for {kept} ms: the period is {period} ms")
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        check::samples::*,
        record::{Change, PropertyStatus},
    };

    /// Sagas are kept for 10 s, keys for 20 s. Each commit is made at a second.
    fn status(property: Property, commits: &[(u64, Host, Change)]) -> PropertyStatus {
        status_with(0, property, commits)
    }

    /// The same, with so many operators.
    fn status_with(
        operators: u8,
        property: Property,
        commits: &[(u64, Host, Change)],
    ) -> PropertyStatus {
        let plan = Plan::new("").with_retention(10_000, 20_000);
        let mut kept = Kept::new(&plan.with_operators(operators));
        let mut observed = ObservedState::new(&SHOP);
        let mut findings = Findings::default();
        for (second, host, change) in commits {
            let now = Duration::from_secs(*second);
            for delta in observed.apply(*host, std::slice::from_ref(change)) {
                kept.changed(&observed, &delta, now, &mut findings);
            }
        }
        findings.status(property)
    }

    const LOG: Host = Host::COORDINATOR;

    #[test]
    fn a_saga_and_a_key_are_deleted_after_their_time() {
        let gone_at = |second, saga| {
            let run = [(1, LOG, saga), (second, LOG, saga_gone(1))];
            status(KEPT, &run)
        };
        assert_eq!(gone_at(11, saga(1, 1, 1)), PropertyStatus::Passed);
        assert_eq!(gone_at(9, saga(1, 1, 1)), PropertyStatus::Violated);
        assert_eq!(
            gone_at(21, keyed_saga(1, 1, 1, "a")),
            PropertyStatus::Passed
        );
        assert_eq!(
            gone_at(19, keyed_saga(1, 1, 1, "a")),
            PropertyStatus::Violated
        );
    }

    #[test]
    fn a_barrier_row_is_deleted_after_the_time_of_its_saga() {
        let gone_at = |second| {
            let done = (1, STORE, step_new(1, 0, 0));
            let run = [
                done,
                (1, LOG, saga(1, 1, 1)),
                (second, STORE, step_gone(1, 0, 0)),
            ];
            status(KEPT, &run)
        };
        assert_eq!(gone_at(11), PropertyStatus::Passed);
        assert_eq!(gone_at(9), PropertyStatus::Violated);
    }

    /// Saga 1 ends at the first second, and saga 2 begins then.
    #[test]
    fn what_is_left_after_two_periods_is_a_violation() {
        let next_at = |second| {
            [
                (1, STORE, step_new(1, 0, 0)),
                (1, LOG, saga(1, 1, 1)),
                (1, LOG, saga(2, 0, 1)),
                (second, LOG, saga(3, 0, 1)),
            ]
        };
        assert_eq!(status(BOUNDED, &next_at(21)), PropertyStatus::Passed);
        assert_eq!(status(BOUNDED, &next_at(30)), PropertyStatus::Violated);
        let mut run = next_at(30).to_vec();
        run.insert(3, (12, LOG, saga_gone(1)));
        let left = status(BOUNDED, &run);
        assert_eq!(left, PropertyStatus::Violated, "a barrier row is left");
    }

    /// Saga 1 is paused, and ends at second 40. Saga 2 has ended long before.
    #[test]
    fn an_older_saga_that_is_paused_holds_a_younger_one_back_until_it_ends() {
        let next_at = |second| {
            [
                (1, LOG, saga(1, 0, 1)),
                (1, STORE, step_new(2, 0, 0)),
                (2, LOG, saga(2, 1, 1)),
                (3, LOG, saga(3, 1, 1)),
                (40, LOG, saga(1, 1, 1)),
                (41, LOG, saga_gone(1)),
                (second, LOG, saga(4, 0, 1)),
            ]
        };
        let with = |second| status_with(1, BOUNDED, &next_at(second));
        assert_eq!(with(60), PropertyStatus::Passed);
        assert_eq!(with(70), PropertyStatus::Violated);
        let without = status(BOUNDED, &next_at(60));
        assert_eq!(without, PropertyStatus::Violated, "nobody has paused it");
        let open = &next_at(0)[..4];
        let mut open = open.to_vec();
        open.push((90, LOG, saga(4, 0, 1)));
        let open = status_with(1, BOUNDED, &open);
        assert_eq!(open, PropertyStatus::NeverExercised, "it is open still");
    }

    #[test]
    fn the_newest_saga_stays_until_another_one_begins() {
        let next_at = |second| {
            [
                (1, LOG, saga(1, 1, 1)),
                (60, LOG, saga(2, 1, 1)),
                (second, LOG, saga(3, 0, 1)),
            ]
        };
        assert_eq!(status(BOUNDED, &next_at(79)), PropertyStatus::Passed);
        assert_eq!(status(BOUNDED, &next_at(89)), PropertyStatus::Violated);
    }

    /// Seed 199: two sagas ended with one commit, and nothing ended for a while.
    #[test]
    fn the_last_ends_of_the_log_stay_until_another_saga_ends() {
        let run = [
            (1, LOG, saga(1, 1, 1)),
            (1, LOG, saga(2, 1, 1)),
            (60, LOG, saga(3, 0, 1)),
        ];
        assert_ne!(status(BOUNDED, &run), PropertyStatus::Violated);
    }
}
