//! How a fault whose moment has come strikes: as the message's own affair, as an order to the
//! driver, or as a force that lasts a while. And what it met.

use std::time::Duration;

use uuid::Uuid;

use super::{
    Boot,
    armed::Strike as Due,
    order::{Death, Order},
    state::State,
};
use crate::{
    plan::{Fault, Host},
    record::{Ending, EventKind, Strike},
};

/// A strike of a fault and the sagas it met.
pub(super) struct Met {
    fault: usize,
    what: Fault,
    cut: String,
    event: usize,
    sagas: Vec<Uuid>,
}

impl State {
    /// Lets faults strike at a message or commit of a process. Returns those that are its own
    /// affair.
    pub(super) fn strike_message(
        &mut self,
        boot: &Boot,
        sagas: &[u32],
        strikes: Vec<Due>,
    ) -> Vec<Fault> {
        let (own, world): (Vec<Due>, Vec<Due>) =
            strikes.into_iter().partition(|(_, fault)| fault.is_local());
        for (place, fault) in &own {
            self.struck(boot.host, *place, *fault, sagas);
        }
        for (place, fault) in world {
            self.strike_world(boot.host, sagas, vec![(place, fault)]);
            // The rest of this very step must not happen any more.
            match fault {
                Fault::Crash { host, .. } if host == boot.host => boot.die(),
                Fault::PowerCut { host, .. } if host == boot.host => boot.lose_power(),
                _ => {}
            }
        }
        own.into_iter().map(|(_, fault)| fault).collect()
    }

    /// Lets faults of the world strike: the driver carries them out at the next step boundary, or
    /// they are in force from now on.
    pub(super) fn strike_world(&mut self, at: Host, sagas: &[u32], strikes: Vec<Due>) {
        for (place, fault) in strikes {
            if !self.can_strike(&fault) {
                self.armed.missed(place);
                continue;
            }
            self.struck(at, place, fault, sagas);
            self.orders.extend(orders(fault));
            if fault.lasts().is_some() {
                let now = self.now();
                let holder = self.checker.mirror().holder;
                self.forces.begin(place, fault, holder, now);
                self.rouse();
            }
        }
    }

    /// Whether a fault can do anything now.
    fn can_strike(&self, fault: &Fault) -> bool {
        let is_up = |host: &Host| self.machines.get(host).is_some_and(|machine| machine.up);
        match fault {
            Fault::Crash { host, .. }
            | Fault::PowerCut { host, .. }
            | Fault::Restart { host, .. }
            | Fault::Pause { host, .. } => is_up(host),
            Fault::Zombie { .. } => {
                let holder = self.checker.mirror().holder;
                holder.as_ref().is_some_and(is_up)
            }
            Fault::Partition { .. }
            | Fault::PartitionOneWay { .. }
            | Fault::SlowLink { .. }
            | Fault::Flap { .. }
            | Fault::DiskFull { .. }
            | Fault::DiskError { .. }
            | Fault::Busy { .. }
            | Fault::PoolExhausted { .. }
            | Fault::Outage { .. }
            | Fault::SlowDatabase { .. }
            | Fault::ClockSkew { .. }
            | Fault::ClockDrift { .. }
            | Fault::ClockJump { .. } => true,
            _ => false,
        }
    }

    fn struck(&mut self, host: Host, place: usize, fault: Fault, sagas: &[u32]) {
        let what = fault.to_string();
        let event = self.note(host, EventKind::Struck { fault: place, what });
        let met = Met {
            fault: place,
            what: fault,
            cut: self.armed.class(place),
            event,
            sagas: self.met(sagas),
        };
        self.strikes.push(met);
    }

    /// The sagas of a message; of something that is not about sagas, those that are open.
    fn met(&self, sagas: &[u32]) -> Vec<Uuid> {
        if sagas.is_empty() {
            let all = self.checker.mirror().sagas.iter();
            return all
                .filter(|(_, saga)| saga.is_open())
                .map(|(id, _)| *id)
                .collect();
        }
        let known = self.sagas.iter().zip(1..);
        known
            .filter(|(_, number)| sagas.contains(number))
            .map(|(saga, _)| saga.0)
            .collect()
    }

    /// A coordinator has taken the saga log over: whoever waited for that goes on.
    pub(super) fn taken_over(&mut self) {
        let ended = self.forces.taken_over();
        self.eased(&ended);
    }

    /// Faults are over that were in force.
    pub(super) fn eased(&mut self, ended: &[(usize, Fault)]) {
        for (fault, what) in ended {
            let (fault, what) = (*fault, what.to_string());
            self.note(Host::Network, EventKind::Eased { fault, what });
        }
        if !ended.is_empty() {
            self.rouse();
        }
    }

    /// Lets each process stand still that a fault in force wants to, and the others go on; and each
    /// disk be as bad as the faults in force make it.
    fn rouse(&mut self) {
        for (host, machine) in &self.machines {
            machine.disk.trouble(self.forces.trouble_of(*host));
            let paused = self.forces.is_paused(*host);
            match (paused, machine.process.is_paused()) {
                (true, false) => machine.process.pause(),
                (false, true) => machine.process.resume(),
                _ => {}
            }
        }
    }

    /// The strikes, now that it is known how everything ended.
    pub(super) fn finished_strikes(&mut self) -> Vec<Strike> {
        let violated = !self.checker.violations().is_empty();
        let mirror = self.checker.mirror();
        let ending = |saga: &Uuid| match mirror.sagas.get(saga) {
            _ if violated => Ending::Violated,
            Some(saga) if saga.is_open() => Ending::Violated,
            Some(saga) if saga.parked => Ending::Parked,
            Some(saga) if saga.recovered => Ending::Resumed,
            Some(saga) if saga.status == 1 => Ending::Committed,
            Some(_) => Ending::Compensated,
            None => Ending::NoSaga,
        };
        let finished = |met: Met| {
            let mut endings: Vec<Ending> = met.sagas.iter().map(ending).collect();
            if endings.is_empty() {
                endings.push(if violated {
                    Ending::Violated
                } else {
                    Ending::NoSaga
                });
            }
            Strike {
                fault: met.fault,
                kind: met.what.kind(),
                cut: met.cut,
                event: met.event,
                endings,
            }
        };
        std::mem::take(&mut self.strikes)
            .into_iter()
            .map(finished)
            .collect()
    }
}

/// What the driver must do about a fault.
fn orders(fault: Fault) -> Vec<Order> {
    let one = match fault {
        Fault::Crash { host, down_millis } => down(host, Death::Kill, down_millis),
        Fault::PowerCut { host, down_millis } => down(host, Death::PowerLoss, down_millis),
        Fault::Restart { host, down_millis } => down(host, Death::Stop, down_millis),
        Fault::Partition { a, b, millis } => part(a, b, false, 0, millis),
        Fault::PartitionOneWay { from, to, millis } => part(from, to, true, 0, millis),
        Fault::Flap {
            a,
            b,
            times,
            millis,
        } => {
            let starts = (0..u64::from(times)).map(|cut| cut * 2 * millis);
            return starts
                .map(|after| part(a, b, false, after, millis))
                .collect();
        }
        _ => return Vec::new(),
    };
    vec![one]
}

fn down(host: Host, death: Death, millis: u64) -> Order {
    Order::Down(host, death, Duration::from_millis(millis))
}

fn part(a: Host, b: Host, one_way: bool, after_millis: u64, millis: u64) -> Order {
    Order::Part {
        a,
        b,
        one_way,
        after: Duration::from_millis(after_millis),
        lasts: Duration::from_millis(millis),
    }
}
