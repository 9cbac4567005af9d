//! The passes that make numbers smaller: earlier triggers, shorter faults, earlier operations.

use likewise_world::plan::{
    CommitPoint, Fault, MessagePoint, Operation, Plan, PlannedFault, Trigger,
};

/// Each trigger in turn at an earlier message or commit of its kind: the first, the one half as far, the one before it.
///
/// This pass comes before the workload: a fault at the twentieth message needs all the operations that send the other
/// nineteen.
pub(super) fn aims(plan: &Plan) -> Vec<Plan> {
    edited(plan, |planned| match &planned.trigger {
        Trigger::At { .. } => Vec::new(),
        Trigger::Message(point) => message(point).into_iter().map(Trigger::Message).collect(),
        Trigger::Commit(point) => {
            let at = |nth| {
                let point = point.clone();
                Trigger::Commit(CommitPoint { nth, ..point })
            };
            earlier(point.nth).into_iter().map(at).collect()
        }
    })
}

/// Simpler message triggers: not every message, an earlier one, of any saga, or of an earlier saga.
fn message(point: &MessagePoint) -> Vec<MessagePoint> {
    let mut points = Vec::new();
    if point.every.is_some() {
        points.push(MessagePoint {
            every: None,
            ..*point
        });
    }
    let nth = |nth| MessagePoint { nth, ..*point };
    points.extend(earlier(point.nth).into_iter().map(nth));
    if let Some(saga) = point.saga {
        points.push(MessagePoint {
            saga: None,
            ..*point
        });
        points.extend(earlier(saga).into_iter().map(|saga| point.of_saga(saga)));
    }
    points
}

/// The plan with all its numbered triggers `by` places earlier. `None` if that changes no trigger.
pub(super) fn moved_up(mut plan: Plan, by: u32) -> Option<Plan> {
    let before = plan.faults.clone();
    let up = |number: &mut u32| {
        if *number > by {
            *number -= by;
        }
    };
    for planned in &mut plan.faults {
        match &mut planned.trigger {
            Trigger::Message(point) => match &mut point.saga {
                // A trigger within a saga counts the messages of that saga only, so the saga's number moves instead.
                Some(saga) => up(saga),
                None => up(&mut point.nth),
            },
            Trigger::Commit(point) => up(&mut point.nth),
            Trigger::At { .. } => {}
        }
    }
    (plan.faults != before).then_some(plan)
}

/// Each time and each amount in turn at its minimum or at half.
pub(super) fn times(plan: &Plan) -> Vec<Plan> {
    let mut plans = edited(plan, |planned| match planned.trigger {
        Trigger::At { millis } => less(millis, 0)
            .into_iter()
            .map(|millis| Trigger::At { millis })
            .collect(),
        _ => Vec::new(),
    });
    for (place, planned) in plan.faults.iter().enumerate() {
        plans.extend(shorter(&planned.fault).into_iter().map(|fault| {
            let mut plan = plan.clone();
            plan.faults[place].fault = fault;
            plan
        }));
    }
    for (place, operation) in plan.workload.iter().enumerate() {
        plans.extend(less(operation.at_millis, 0).into_iter().map(|at_millis| {
            let mut plan = plan.clone();
            plan.workload[place] = Operation {
                at_millis,
                ..operation.clone()
            };
            plan
        }));
    }
    plans
}

/// The same fault with each of its numbers smaller.
pub(super) fn shorter(fault: &Fault) -> Vec<Fault> {
    let mut faults = Vec::new();
    for number in 0..numbers(&mut fault.clone()).len() {
        let at = |fault: &mut Fault| numbers(fault)[number].get();
        for value in less_signed(at(&mut fault.clone())) {
            let mut smaller = *fault;
            numbers(&mut smaller)[number].set(value);
            faults.push(smaller);
        }
    }
    faults
}

/// A number of a fault, of any type.
enum Number<'a> {
    /// How often, or how many.
    Count(&'a mut u32),
    /// A duration in milliseconds.
    Length(&'a mut u64),
    /// A change of a clock, in either direction.
    Shift(&'a mut i64),
}

impl Number<'_> {
    fn get(&self) -> i64 {
        match self {
            Self::Count(count) => i64::from(**count),
            Self::Length(length) => i64::try_from(**length).unwrap_or(i64::MAX),
            Self::Shift(shift) => **shift,
        }
    }

    fn set(&mut self, value: i64) {
        match self {
            Self::Count(count) => **count = u32::try_from(value).unwrap_or(1),
            Self::Length(length) => **length = u64::try_from(value).unwrap_or(1),
            Self::Shift(shift) => **shift = value,
        }
    }
}

/// The numbers of a fault that can be smaller without changing its kind. The match is exhaustive on purpose: a new fault
/// must decide here.
fn numbers(fault: &mut Fault) -> Vec<Number<'_>> {
    use Number::{Count, Length, Shift};
    match fault {
        Fault::Duplicate { copies } => vec![Count(copies)],
        Fault::Delay { millis }
        | Fault::ReplayLate { millis }
        | Fault::Partition { millis, .. }
        | Fault::PartitionOneWay { millis, .. }
        | Fault::Pause { millis, .. }
        | Fault::Zombie { millis }
        | Fault::AcceptAndNeverAnswer { millis, .. }
        | Fault::Busy { millis, .. }
        | Fault::PoolExhausted { millis, .. }
        | Fault::Outage { millis, .. }
        | Fault::Hang { millis, .. }
        | Fault::TooManyClients { millis, .. }
        | Fault::OutsiderLock { millis, .. }
        | Fault::WithheldBody { millis }
        | Fault::SecondProcess { millis }
        | Fault::DiskFull { millis, .. }
        | Fault::DiskError { millis, .. } => vec![Length(millis)],
        Fault::Crash { down_millis, .. }
        | Fault::UnreadableRow { down_millis, .. }
        | Fault::PowerCut { down_millis, .. }
        | Fault::Restart { down_millis, .. } => vec![Length(down_millis)],
        Fault::Disconnect { after_millis } => vec![Length(after_millis)],
        Fault::SlowLink {
            latency_millis,
            millis,
            ..
        } => vec![Length(millis), Length(latency_millis)],
        Fault::SlowDatabase {
            extra_millis,
            millis,
            ..
        } => vec![Length(millis), Length(extra_millis)],
        Fault::RefusedRow { item, millis } => vec![Count(item), Length(millis)],
        Fault::Flap { times, millis, .. } => vec![Count(times), Length(millis)],
        Fault::ClockSkew {
            by_millis, millis, ..
        } => vec![Length(millis), Shift(by_millis)],
        Fault::ClockDrift {
            percent, millis, ..
        } => vec![Length(millis), Shift(percent)],
        Fault::ClockJump { by_millis, .. } => vec![Shift(by_millis)],
        Fault::LoseRequest
        | Fault::LoseReply
        | Fault::Reorder
        | Fault::Truncate { .. }
        | Fault::Forge { .. }
        | Fault::LoseConnection
        | Fault::SilentConnection => Vec::new(),
    }
}

/// Each fault in turn with each of these triggers.
fn edited(plan: &Plan, triggers: impl Fn(&PlannedFault) -> Vec<Trigger>) -> Vec<Plan> {
    let mut plans = Vec::new();
    for (place, planned) in plan.faults.iter().enumerate() {
        plans.extend(triggers(planned).into_iter().map(|trigger| {
            let mut plan = plan.clone();
            plan.faults[place].trigger = trigger;
            plan
        }));
    }
    plans
}

/// Smaller numbers that count from 1.
fn earlier(nth: u32) -> Vec<u32> {
    let mut numbers = vec![1, nth / 2, nth.saturating_sub(1)];
    numbers.retain(|number| (1..nth).contains(number));
    numbers.dedup();
    numbers
}

/// Smaller numbers: the minimum and the half.
fn less(number: u64, least: u64) -> Vec<u64> {
    let mut numbers = vec![least, number / 2];
    numbers.retain(|smaller| (least..number).contains(smaller));
    numbers.dedup();
    numbers
}

/// Numbers nearer to zero, but not zero: a fault that changes nothing is no fault.
fn less_signed(number: i64) -> Vec<i64> {
    let sign = number.signum();
    let near = less(number.unsigned_abs(), 1).into_iter();
    near.map(|near| sign * i64::try_from(near).unwrap_or(i64::MAX))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use likewise_world::plan::{Host, MessageKind};
    use likewise_world::testing::STORE;

    #[test]
    fn numbers_go_down_to_their_minimum_and_no_further() {
        assert!(earlier(1).is_empty());
        assert_eq!(earlier(2), [1]);
        assert_eq!(earlier(9), [1, 4, 8]);
        assert_eq!(less(9, 0), [0, 4]);
        assert!(less(0, 0).is_empty());
        assert_eq!(less_signed(-3), [-1]);
        assert!(less_signed(1).is_empty());
    }

    #[test]
    fn each_number_of_a_fault_gets_smaller_alone() {
        let flap = |times, millis| Fault::Flap {
            a: Host::COORDINATOR,
            b: STORE,
            times,
            millis,
        };
        let faults = shorter(&flap(4, 100));
        assert_eq!(
            faults,
            [flap(1, 100), flap(2, 100), flap(4, 1), flap(4, 50)]
        );
        assert!(shorter(&Fault::LoseReply).is_empty());
    }

    #[test]
    fn triggers_move_up_with_what_was_removed_before_them() {
        let point = |nth| MessagePoint::request(Host::COORDINATOR, STORE, MessageKind::DO, nth);
        let plan = Plan::new("x").with_fault(point(3), Fault::LoseRequest);
        let moved = moved_up(plan.clone(), 1).unwrap();
        assert_eq!(moved.faults[0].trigger, Trigger::Message(point(2)));
        assert_eq!(moved_up(plan, 3), None, "there is no place 0");
        let of_saga = Plan::new("x").with_fault(point(3).of_saga(2), Fault::LoseRequest);
        let moved = moved_up(of_saga, 1).unwrap();
        assert_eq!(
            moved.faults[0].trigger,
            Trigger::Message(point(3).of_saga(1))
        );
    }
}
